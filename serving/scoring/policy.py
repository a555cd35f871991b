"""Pure decisions of a scored list: which reasons are told, and who comes first for each mentor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

MAX_REASONS = 4
MAX_PER_FAMILY = 2
MIN_CONTRIBUTION = 0.02


@dataclass(frozen=True)
class Reason:
    """Why a score is high: a feature, its value now and a week before, its weight in log-odds."""

    feature: str
    value: float | None
    previous: float | None
    contribution: float


def on_risky_side(value: float | None, centre: float | None, direction: int) -> bool:
    """Whether a value may be told as a reason for a risk.

    « Hands in early » never explains a risk, whatever a model makes of it: where the catalogue
    knows the direction, the value must lie beyond the training window's median, on that side.
    Without a direction, a value or a median, the sentence alone decides.
    """
    if direction == 0 or value is None or centre is None:
        return True
    return (value - centre) * direction > 0


def choose_reasons(
    candidates: Iterable[Reason],
    *,
    family: Callable[[str], str],
    unit: Callable[[str], str],
    speaks: Callable[[Reason], bool],
) -> tuple[Reason, ...]:
    """Return at most `MAX_REASONS`, the heaviest first, at most `MAX_PER_FAMILY` of one family.

    Only what raises the risk is told (`contribution` at least `MIN_CONTRIBUTION`), only what
    the catalogue can put in a sentence (`speaks`), and nothing twice: the same number of the
    same unit in the same family (34 days without a login, 34 days without activity) is one reason.
    """
    chosen: list[Reason] = []
    families: Counter[str] = Counter()
    told: set[tuple[str, str, float | None]] = set()
    for reason in sorted(candidates, key=lambda r: (-r.contribution, r.feature)):
        if len(chosen) == MAX_REASONS or reason.contribution < MIN_CONTRIBUTION:
            break
        group = family(reason.feature)
        says = group, unit(reason.feature), reason.value
        if families[group] < MAX_PER_FAMILY and says not in told and speaks(reason):
            chosen.append(reason)
            families[group] += 1
            told.add(says)
    return tuple(chosen)


def rank_for_mentors(
    probabilities: Sequence[float], mentors: Sequence[int | None], enrolments: Sequence[int]
) -> list[int]:
    """Return each enrolment's rank (1 is the most at risk) on its mentor's list.

    Equal probabilities are ordered by enrolment, so that the same list comes out twice.
    Enrolments without a mentor share one list.
    """
    order = sorted(range(len(enrolments)), key=lambda i: (-probabilities[i], enrolments[i]))
    ranks, taken = [0] * len(enrolments), dict[int | None, int]()
    for i in order:
        taken[mentors[i]] = ranks[i] = taken.get(mentors[i], 0) + 1
    return ranks


def as_json(reasons: Iterable[Reason]) -> list[Mapping[str, float | str | None]]:
    """Return reasons as the plain dictionaries kept in the work database."""
    return [vars(reason).copy() for reason in reasons]
