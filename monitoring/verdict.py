"""What to do with the model that serves: keep it, recalibrate it, train again, fall down the ladder. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from monitoring.performance import UNKNOWN, WORSE

KEEP, RECALIBRATE, RETRAIN, FALL, NOT_ENOUGH = ACTIONS = (
    "keep", "recalibrate", "retrain", "fall_down", "not_enough_data",
)  # fmt: skip
REASONS = (
    "ranks_no_better_than_below", "ranks_worse", "source_quiet", "probabilities_off", "estimate_low", "data_drifted",
    "new_courses", "too_old", "as_expected", "no_label_yet", "nothing_to_compare", "never_measured",
)  # fmt: skip
OLD_DAYS = 365
ESTIMATE_LOSS = 0.05
"""ROC AUC lost by the estimate without labels, from which it is a reason."""


@dataclass(frozen=True)
class Signs:
    """What is known of the model that serves.

    `drift` is the drift's verdict; `quiet` the kinds of record that are quiet or drip; `ranking` and `calibration` are
    those of matured labels; `below`: the ranking is no better than what the level below did in the test; `estimate` is
    the loss of ROC AUC by the estimate without labels, null where it cannot be told from none; `rules`: the level has
    none below.
    """

    drift: str = "not_enough_data"
    quiet: Collection[str] = ()
    ranking: str = UNKNOWN
    calibration: str = UNKNOWN
    below: bool = False
    estimate: float | None = None
    new_courses: Collection[str] = ()
    age_days: int | None = None
    rules: bool = False
    measured: bool = True


@dataclass(frozen=True)
class Verdict:
    """What to do, and why: codes, the weightiest first."""

    action: str
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain types only."""
        return asdict(self)


def verdict(signs: Signs) -> Verdict:
    """Return what to do.

    What labels say comes first: scores that turn out as expected are kept, whatever else moved. Then a source that is
    quiet, for one does not train on an outage; then what is known without labels. Every reason that holds is told.
    """
    reasons = tuple(reason for reason in REASONS if _holds(reason, signs))
    return Verdict(_action(reasons), reasons)


def _holds(reason: str, signs: Signs) -> bool:
    found = signs.ranking != UNKNOWN or signs.calibration != UNKNOWN
    return {
        "ranks_no_better_than_below": signs.below and not signs.rules and signs.ranking == WORSE,
        "ranks_worse": signs.ranking == WORSE,
        "source_quiet": bool(signs.quiet),
        "probabilities_off": signs.calibration == WORSE,
        "estimate_low": signs.estimate is not None and signs.estimate >= ESTIMATE_LOSS and signs.ranking == UNKNOWN,
        "data_drifted": signs.drift == "drifted",
        "new_courses": bool(signs.new_courses),
        "too_old": signs.age_days is not None and signs.age_days > OLD_DAYS,
        "as_expected": found and WORSE not in (signs.ranking, signs.calibration),
        "no_label_yet": not found,
        "nothing_to_compare": signs.drift == "not_enough_data",
        "never_measured": not signs.measured,
    }[reason]


ASKS = {
    "ranks_no_better_than_below": FALL, "ranks_worse": RETRAIN, "source_quiet": KEEP, "probabilities_off": RECALIBRATE,
    "estimate_low": RETRAIN, "data_drifted": RETRAIN, "too_old": RETRAIN,
}  # fmt: skip
"""What each reason asks for, the first that holds; the others are told and ask for nothing."""


def _action(reasons: tuple[str, ...]) -> str:
    if "as_expected" in reasons:
        return KEEP
    asked = next((ASKS[reason] for reason in reasons if reason in ASKS), None)
    if asked is not None:
        return asked
    return NOT_ENOUGH if {"no_label_yet", "nothing_to_compare"} <= set(reasons) else KEEP
