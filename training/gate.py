"""Which level serves: a pure decision with a table of cases.

The comparison is PR-AUC (average precision), out of time. Mentors only ever see the head of
a list, and average precision is the mean of the precisions over every length of that head;
ROC AUC rewards the order of learners nobody will call, the Brier score hardly moves on a
rare label, and the precision at one capacity rests on a few dozen alerts, so that its
interval would keep a better model out for years.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.bootstrap import Interval, interval
from training.metrics import Array

LADDER = ("rules", "peers", "logistic", "lightgbm")
COMPARISON = "pr_auc"


@dataclass(frozen=True)
class Step:
    """One rung: the level, the level it had to beat, by how much, and whether it did."""

    level: str
    against: str
    gain: Interval | None
    passed: bool


def climb(values: Mapping[str, float], draws: Mapping[str, Array], ladder: Sequence[str] = LADDER) -> list[Step]:
    """Return the steps: a level serves only where it beats the one then serving by an interval above zero.

    Parameters
    ----------
    values : each level's figure on the test fold; a level that could not be made is absent.
    draws : its paired bootstrap replicates.
    """
    steps: list[Step] = []
    serving = ""
    for level in ladder:
        if level not in values:
            continue
        if not serving:
            steps.append(Step(level, "", None, passed=True))
            serving = level
            continue
        gain = interval(values[level] - values[serving], draws[level] - draws[serving])
        steps.append(Step(level, serving, gain, passed=gain.above_zero))
        serving = level if gain.above_zero else serving
    return steps


def serving_level(steps: Sequence[Step]) -> str:
    """Return the highest level that passed."""
    return [step.level for step in steps if step.passed][-1]
