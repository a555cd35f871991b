"""When the daily run trains a challenger, what is said of it in the shadow, and when a person is asked. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

OFF, ASKED = SETTINGS = ("off", "asked")
ACTIONS = ("retrain", "recalibrate")
"""What the watch may ask that a training answers; going back down a level is a person's to do."""
TRAIN, WAITS, UNMEASURED, QUIET, TOO_LITTLE, NOT_ASKED, TOO_SOON = DECISIONS = (
    "train", "waits", "never_measured", "source_quiet", "not_enough_data", "not_asked", "too_soon",
)  # fmt: skip
WAITING, BETTER, WORSE, NO_DIFFERENCE, NOT_ENOUGH = STANDINGS = (
    "waiting", "better", "worse", "no_difference", "not_enough_data",
)  # fmt: skip
FEWEST_LISTS, PATIENCE = 2, 40
"""Shadow lists before anybody is asked; and from which a person is asked whatever is known, for it keeps others from
being trained."""


@dataclass(frozen=True)
class Situation:
    """What the decision to train rests on.

    `waits`: a challenger waits for a person; `measured`: a test on this site measured the champion; `action` and
    `reasons` are the watch's of that day, empty without one; `trained_on` the day of the last training, if any.
    """

    setting: str
    today: date
    waits: bool = False
    measured: bool = True
    action: str = ""
    reasons: Collection[str] = ()
    trained_on: date | None = None
    floor_days: int = 28


def train_today(one: Situation) -> str:
    """Return `train`, or the first reason not to.

    One does not train on an outage. Where nothing measured serves, what is trained would serve at once: a person does
    that.
    """
    checks = (
        (OFF, one.setting == OFF),
        (WAITS, one.waits),
        (UNMEASURED, not one.measured),
        (QUIET, "source_quiet" in one.reasons),
        (TOO_LITTLE, one.action in ("", "not_enough_data")),
        (NOT_ASKED, one.action not in ACTIONS),
        (TOO_SOON, one.trained_on is not None and one.today < one.trained_on + timedelta(days=one.floor_days)),
    )
    return next((code for code, holds in checks if holds), TRAIN)


@dataclass(frozen=True)
class Shadow:
    """What is known of a challenger in the shadow.

    `gain` bounds the difference in ranking (ROC AUC) on matured labels, challenger less champion, null where they are
    too few; `allowed`: the gate of its test lets it through with a name alone; `told`: somebody was asked already.
    """

    lists: int
    allowed: bool
    gain: tuple[float, float] | None = None
    told: bool = False


def standing(one: Shadow) -> str:
    """Say how a challenger stands beside the champion on the same rows."""
    if one.lists < FEWEST_LISTS:
        return WAITING
    if one.gain is None:
        return NOT_ENOUGH
    low, high = one.gain
    return BETTER if low > 0 else WORSE if high < 0 else NO_DIFFERENCE


def ask_now(one: Shadow) -> bool:
    """Whether a person is asked to decide now: once, after a few lists.

    Labels take weeks: a challenger that the gate lets through is not kept waiting for them. One that it does not is
    told once labels speak, or after so many lists that they will not.
    """
    found = standing(one)
    if one.told or found == WAITING:
        return False
    return found != NOT_ENOUGH or one.allowed or one.lists >= PATIENCE


@dataclass(frozen=True)
class Agreement:
    """How far two lists would call the same people: counts only; `share` of the longer list is in both."""

    first: int
    common: int
    enter: int
    leave: int

    @property
    def share(self) -> float:
        """Share of the first ones in common; 1 where there is nobody."""
        longest = self.common + max(self.enter, self.leave)
        return self.common / longest if longest else 1.0


def agreement(ranks: Iterable[tuple[int, int]], first: int) -> Agreement:
    """Compare the first ones of each mentor's list.

    Parameters
    ----------
    ranks : for each enrolment, its rank for its mentor by the challenger, then by the champion; from 1.
    first : how many of each mentor's list.
    """
    both = [(mine <= first, theirs <= first) for mine, theirs in ranks]
    return Agreement(
        first, sum(a and b for a, b in both), sum(a and not b for a, b in both), sum(b and not a for a, b in both)
    )
