"""What the alerts of a replay were worth: each share with its n and an interval, beside plainer orders. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from serving.alerts.holding import Queue
from serving.alerts.kinds import KINDS
from serving.replay.policy import Day, Given, week_of

Array = npt.NDArray[np.float64]
AHEAD_DAYS, HORIZONS = 14, (28, 56)
REPLICATES, LEVEL = 1000, 0.95
SHARES = (
    "precision_28d", "precision_56d", "already_gone", "abandoned_ahead", "recorded_ahead", "completers_alerted",
)  # fmt: skip
"""The shares of `figures`."""


@dataclass(frozen=True)
class Fate:
    """How an enrolment ended, as known at the data's end; `recorded`: the organisation dated the exit itself."""

    enrolment_id: int
    abandoned_on: date | None = None
    recorded: bool = False
    completed: bool = False


@dataclass(frozen=True)
class Frame:
    """What alerts are judged within: who was on the roster, how it ended, until when anything is known."""

    days: Sequence[Day]
    fates: Mapping[int, Fate]
    data_end: date

    def enrolments(self) -> list[int]:
        """Return who was ever on the roster, in order."""
        return sorted({one.enrolment_id for day in self.days for one in day.candidates})

    def weeks(self) -> set[tuple[Queue, date]]:
        """Return the weeks in which each mentor had somebody to follow."""
        return {(one.queue, week_of(day.as_of)) for day in self.days for one in day.candidates}


@dataclass(frozen=True)
class Parts:
    """By enrolment, what each share divides: `part[name] / whole[name]`, summed over whoever is drawn."""

    part: Mapping[str, Array]
    whole: Mapping[str, Array]

    def shares(self, weights: Array) -> dict[str, Array]:
        """Return each share under some weights, one line a draw; NaN where there is nothing to divide by."""
        out = {}
        for name in SHARES:
            below = weights @ self.whole[name]
            with np.errstate(invalid="ignore", divide="ignore"):
                out[name] = np.where(below > 0, (weights @ self.part[name]) / below, np.nan)
        return out


def parts_of(given: Iterable[Given], frame: Frame) -> Parts:
    """Return what the shares of some alerts divide.

    An alert is right within k days when its learner abandoned on its day or within the k days from it; it counts once
    those days are over. One whose learner had gone already (a silence that never ended, which nobody had recorded) is
    not right, and is told apart. Ahead: the first alert came 14 days or more before the abandonment.
    """
    place = {number: line for line, number in enumerate(frame.enrolments())}
    part = {name: np.zeros(len(place)) for name in SHARES}
    whole = {name: np.zeros(len(place)) for name in SHARES}
    first: dict[int, date] = {}
    for one in given:
        at, fate = place[one.enrolment_id], frame.fates[one.enrolment_id]
        first.setdefault(one.enrolment_id, one.on)
        whole["already_gone"][at] += 1
        part["already_gone"][at] += _gone(one, fate)
        for days in HORIZONS:
            if (right := right_within(one, fate, days, frame.data_end)) is not None:
                whole[f"precision_{days}d"][at] += 1
                part[f"precision_{days}d"][at] += right
    for number, at in place.items():
        fate, told = frame.fates[number], first.get(number)
        ahead = told is not None and fate.abandoned_on is not None and lead(fate, told) >= AHEAD_DAYS
        whole["abandoned_ahead"][at], part["abandoned_ahead"][at] = fate.abandoned_on is not None, ahead
        whole["recorded_ahead"][at], part["recorded_ahead"][at] = fate.recorded, ahead and fate.recorded
        whole["completers_alerted"][at], part["completers_alerted"][at] = fate.completed, fate.completed and bool(told)
    return Parts(part, whole)


def lead(fate: Fate, on: date) -> int:
    """Return the days from a day to the abandonment of somebody who abandoned."""
    return (fate.abandoned_on - on).days if fate.abandoned_on else 0


def _gone(one: Given, fate: Fate) -> bool:
    return fate.abandoned_on is not None and fate.abandoned_on < one.on


def right_within(one: Given, fate: Fate, days: int, data_end: date) -> bool | None:
    """Say whether an alert's learner abandoned within some days from it; None while nobody can say."""
    if fate.abandoned_on is not None and fate.abandoned_on < one.on + timedelta(days=days):
        return not _gone(one, fate)
    return None if one.on + timedelta(days=days - 1) > data_end else False


def figures(given: Sequence[Given], frame: Frame, weights: Array) -> dict[str, Any]:
    """Return what some alerts were worth.

    Parameters
    ----------
    weights : one line a draw of the enrolments with replacement (`draws`).
    """
    parts = parts_of(given, frame)
    leads = _leads(given, frame)
    quartiles = [float(one) for one in np.percentile(leads, [25, 50, 75])] if leads else [None] * 3
    return {
        "n_alerts": len(given),
        "n_enrolments_alerted": len({one.enrolment_id for one in given}),
        "per_mentor_and_week": per_week(given, frame),
        "shares": {name: _share(parts, name, drawn) for name, drawn in parts.shares(weights).items()},
        "lead_days": {"n": len(leads), "q1": quartiles[0], "median": quartiles[1], "q3": quartiles[2]},
    }


def _share(parts: Parts, name: str, drawn: Array) -> dict[str, Any]:
    part, whole = float(parts.part[name].sum()), float(parts.whole[name].sum())
    return {"value": part / whole if whole else None, "n": int(whole), "found": int(part), **_ends(drawn)}


def _ends(drawn: Array) -> dict[str, float | None]:
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return {"low": None, "high": None}
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"low": float(low), "high": float(high)}


def _leads(given: Iterable[Given], frame: Frame) -> list[int]:
    """Return the days from the first alert of each who abandoned after it to the abandonment."""
    first: dict[int, date] = {}
    for one in given:
        first.setdefault(one.enrolment_id, one.on)
    fates = ((frame.fates[number], on) for number, on in first.items())
    return [lead(fate, on) for fate, on in fates if fate.abandoned_on is not None and fate.abandoned_on >= on]


def per_week(given: Iterable[Given], frame: Frame) -> dict[str, Any]:
    """Return how many alerts a mentor receives in a week: mean, most, and how many weeks had each number."""
    counts = Counter((one.queue, week_of(one.on)) for one in given)
    numbers = [counts[each] for each in sorted(frame.weeks(), key=str)]
    spread = {str(n): times for n, times in sorted(Counter(numbers).items())}
    mean = sum(numbers) / len(numbers) if numbers else None
    return {"n": len(numbers), "mean": mean, "max": max(numbers, default=0), "weeks_with": spread}


def draws(n: int, *, replicates: int = REPLICATES, seed: int = 0) -> Array:
    """Return how often each of n enrolments is drawn, with replacement, a line a draw."""
    if not n:
        return np.zeros((replicates, 0))
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=replicates).astype(np.float64)


def compared(mine: Sequence[Given], other: Sequence[Given], frame: Frame, weights: Array) -> dict[str, dict[str, Any]]:
    """Return by share how much higher mine is, with the interval of the difference on the same draws.

    `verdict`: better, worse, or not told apart. Alerts to who had gone already, and to completers, are better fewer.
    """
    ours, theirs = parts_of(mine, frame), parts_of(other, frame)
    once = np.ones((1, len(frame.enrolments())))
    drawn, against, now, then = ours.shares(weights), theirs.shares(weights), ours.shares(once), theirs.shares(once)
    out = {}
    for name in SHARES:
        gain, ends = float((now[name] - then[name])[0]), _ends(drawn[name] - against[name])
        out[name] = {"gain": None if gain != gain else gain, **ends, "verdict": _verdict(name, **ends)}
    return out


def _verdict(name: str, *, low: float | None, high: float | None) -> str:
    fewer = name in ("already_gone", "completers_alerted")
    if low is None or high is None or low <= 0 <= high:
        return "not told apart"
    return "better" if (low > 0) is not fewer else "worse"


def by_kind(given: Sequence[Given], frame: Frame) -> list[dict[str, Any]]:
    """Return, kind by kind, the alerts in which it speaks, and how many were right, with exact binomial intervals.

    `names`: alerts that it names (the first of their kinds); `alone`: those in which nothing else speaks.
    """
    return [_of_kind(kind, [one for one in given if kind in one.kinds], frame) for kind in KINDS]


def _of_kind(kind: str, mine: Sequence[Given], frame: Frame) -> dict[str, Any]:
    fates = frame.fates
    told: dict[str, Any] = {
        "kind": kind,
        "n": len(mine),
        "names": sum(one.kinds[0] == kind for one in mine),
        "alone": sum(len(one.kinds) == 1 for one in mine),
        "already_gone": sum(_gone(one, fates[one.enrolment_id]) for one in mine),
    }
    for days in HORIZONS:
        told[f"within_{days}d"] = _counted(mine, frame, days)
        told[f"alone_{days}d"] = _counted([one for one in mine if len(one.kinds) == 1], frame, days)
    return told


def _counted(mine: Iterable[Given], frame: Frame, days: int) -> dict[str, Any]:
    found = [right_within(one, frame.fates[one.enrolment_id], days, frame.data_end) for one in mine]
    known = [one for one in found if one is not None]
    low, high = exact_interval(sum(known), len(known))
    return {"found": sum(known), "n": len(known), "low": low, "high": high}


def exact_interval(found: int, n: int) -> tuple[float | None, float | None]:
    """Return the exact 95 % interval of a share (Clopper and Pearson 1934); null for none."""
    from scipy.stats import beta

    if not n:
        return None, None
    low = float(beta.ppf((1 - LEVEL) / 2, found, n - found + 1)) if found else 0.0
    high = float(beta.ppf((1 + LEVEL) / 2, found + 1, n - found)) if found < n else 1.0
    return low, high


def by_chance(frame: Frame) -> dict[str, Any]:
    """Return how often somebody on the roster abandons within 28 days of a day: what alerts given blindly are worth."""
    told = [
        right_within(Given(one.enrolment_id, one.queue, day.as_of), frame.fates[one.enrolment_id], 28, frame.data_end)
        for day in frame.days
        for one in day.candidates
    ]
    known = [one for one in told if one is not None]
    return {"value": sum(known) / len(known) if known else None, "n": len(known)}
