"""What a learner's features say at once, without a model: the kinds of alert that do not wait for a run. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DECLARED, UNANSWERED = "declared_intention", "unanswered_question"
GRAVE = (DECLARED,)
OF_SILENCE = frozenset({"sudden_silence", "never_started"})
"""Kinds of alert that have no object any more once the learner is back."""
READ = (
    "days_since_last_activity", "last_intention", "last_nps", "longest_wait_for_answer_days", "posts_about_leaving_30d",
    "unanswered_questions",
)  # fmt: skip
"""Features that are read here."""
LOW_NPS, WAITED_DAYS, SILENT_DAYS = 4, 2, 7
Features = Mapping[str, float | None]


@dataclass(frozen=True)
class Signal:
    """A kind of alert that features show, and the features that show it."""

    kind: str
    features: tuple[str, ...]

    def told(self, values: Features, previous: Features) -> dict[str, Any]:
        """Return the signal as kept with a score and an alert, its reasons as those of the model."""
        reasons = [
            {"feature": name, "value": _known(values, name), "previous": _known(previous, name), "contribution": 0.0}
            for name in self.features
        ]
        return {"kind": self.kind, "grave": self.kind in GRAVE, "reasons": reasons}


def signals(features: Features) -> tuple[Signal, ...]:
    """Return the kinds that features show, the grave first.

    A declared intention: the last answer says so, the last NPS is at most `LOW_NPS`, or a post of the last thirty days
    speaks of leaving. A question left unanswered: one waits for `WAITED_DAYS` open days at least.
    """
    told = (
        ("last_intention", _value(features, "last_intention", 0) < 0),
        ("last_nps", _value(features, "last_nps", 10) <= LOW_NPS),
        ("posts_about_leaving_30d", _value(features, "posts_about_leaving_30d", 0) > 0),
    )
    declared = tuple(name for name, holds in told if holds)
    asked = _value(features, "unanswered_questions", 0) > 0
    waits = asked and _value(features, "longest_wait_for_answer_days", 0) >= WAITED_DAYS
    found = [Signal(DECLARED, declared)] if declared else []
    return (*found, *([Signal(UNANSWERED, ("unanswered_questions",))] if waits else []))


def is_back(yesterday: Features, now: Features) -> bool:
    """Say whether somebody who had been silent for `SILENT_DAYS` open days at least did something today."""
    silent = _value(yesterday, "days_since_last_activity", 0) >= SILENT_DAYS
    return silent and _value(now, "days_since_last_activity", SILENT_DAYS) <= 1


def resolves(kinds: frozenset[str]) -> bool:
    """Say whether an alert of these kinds has no object any more once its learner is back."""
    return bool(kinds) and kinds <= OF_SILENCE


def _known(features: Features, name: str) -> float | None:
    value = features.get(name)
    return None if value is None or value != value else value


def _value(features: Features, name: str, otherwise: float) -> float:
    value = _known(features, name)
    return otherwise if value is None else value
