"""The usual rhythm of what comes in, by weekday and hour, and when a silence is longer than it explains. Pure.

One definition, for the alerts that are held while a source is quiet and for the watch that tells it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
WINDOW = timedelta(weeks=8)
FEWEST_DAYS, FEWEST_SPAN = 5, timedelta(days=14)
CHANCE = 0.0005
"""Chance, were hours independent, that a source which is well is silent for as long: beyond it, it is quiet."""
BEYOND = 1.5
"""How many times the longest silence of the window a silence is too, before it is called quiet."""
SUREST = 0.95
"""No hour of the week is surer than that to bring something."""
FALLEN, LOWEST = 0.3, 0.6
"""A drip: under this share of the usual week, and of the least of those known."""
FEWEST_A_WEEK = 30
"""Records of a usual week under which a drip cannot be told."""
FRESH, SLOW, QUIET, UNKNOWN = STATES = ("fresh", "slow", "quiet", "not_enough_data")
Counts = Mapping[datetime, int]
"""Records by the local hour in which they became known, naive."""


@dataclass(frozen=True)
class Freshness:
    """How a source is: `fresh`, `slow` (a drip: far less than usual), `quiet`, or `not_enough_data`.

    `last_at` is the hour of its last record. `surprise` is how unlikely the silence since is, as minus the logarithm of
    its chance, and `limit` what it must exceed. `share` is the last seven days' count by the usual one's, null where it
    cannot be told.
    """

    state: str
    last_at: datetime | None = None
    surprise: float = 0.0
    limit: float = 0.0
    share: float | None = None


def freshness(counts: Counts, now: datetime, *, closed: Collection[date] = (), people: float = 1.0) -> Freshness:
    """Return how a source is at an instant, from what came in during the eight weeks before its last record.

    Each hour of the week has its chance to bring something: the share of the weeks known in which it did, closed days
    left out. A silence is as unlikely as all its open hours together; the source is quiet when that is less than
    `CHANCE`, and its silence is beyond `BEYOND` times any of the window.

    Parameters
    ----------
    counts : by hour, of the whole source (or of one session of it).
    now : naive, local; what came in from that hour on is not looked at.
    closed : days on which nothing is expected.
    people : learners followed now, for each one followed in the window: fewer people, fewer records.
    """
    shut = frozenset(closed)
    hours = sorted(hour for hour, count in counts.items() if count and hour < now)
    if not hours:
        return Freshness(UNKNOWN)
    last = hours[-1]
    kept = [hour for hour in hours if hour > last - WINDOW]
    days = {hour.date() for hour in kept}
    if len(days) < FEWEST_DAYS or last - kept[0] < FEWEST_SPAN:
        return Freshness(UNKNOWN, last)
    weights = _weights(kept, shut)
    usual = max(_surprise(weights, first + HOUR, then, shut) for first, then in pairwise(kept))
    silence, limit = _surprise(weights, last + HOUR, now, shut), max(-log(CHANCE), BEYOND * usual)
    if silence > limit:
        return Freshness(QUIET, last, silence, limit)
    share = _share(counts, now, shut, people)
    slow = share is not None and share[0] < FALLEN and share[1] < LOWEST
    return Freshness(SLOW if slow else FRESH, last, silence, limit, None if share is None else share[0])


Weights = NDArray[np.float64]


def _hour_of_week(hour: datetime) -> int:
    return 24 * hour.weekday() + hour.hour


def _weights(hours: list[datetime], shut: Collection[date]) -> Weights:
    """Return how much a silence of each hour of the week counts: minus the logarithm of its chance."""
    seen, open_ = np.zeros(168), np.zeros(168)
    there = set(hours)
    hour = hours[0]
    while hour <= hours[-1]:
        if hour.date() not in shut:
            open_[_hour_of_week(hour)] += 1
            seen[_hour_of_week(hour)] += hour in there
        hour += HOUR
    chance = np.minimum(np.divide(seen, open_, out=np.zeros(168), where=open_ > 0), SUREST)
    told: Weights = -np.log1p(-chance)
    return told


def _surprise(weights: Weights, start: datetime, end: datetime, shut: Collection[date]) -> float:
    """Return how unlikely it is that nothing came from an hour to another, the last one left out."""
    total, hour = 0.0, start
    while hour < end:
        if hour.hour == 0 and hour.date() in shut:
            hour += DAY
            continue
        if hour.date() not in shut:
            total += weights[_hour_of_week(hour)]
        hour += HOUR
    return float(total)


def _share(counts: Counts, now: datetime, shut: Collection[date], people: float) -> tuple[float, float] | None:
    """Return the last seven days' count by the middle one of the weeks before, and by the least of them.

    Weeks with a closed day are not told, nor compared with; a week without a record is a silence, not a drip.
    """
    weeks = [0] * 9
    for hour, count in counts.items():
        if hour < now:
            at = (now - hour - timedelta(microseconds=1)) // WEEK
            if at < len(weeks):
                weeks[at] += count
    first = min((hour for hour, count in counts.items() if count), default=now)
    before = [
        weeks[n] * people
        for n in range(1, len(weeks))
        if now - (n + 1) * WEEK >= first - DAY and not _meets(now - (n + 1) * WEEK, now - n * WEEK, shut)
    ]
    if len(before) < 3 or not weeks[0] or _meets(now - WEEK, now, shut):
        return None
    usual = float(np.median(before))
    return None if usual < FEWEST_A_WEEK else (weeks[0] / usual, weeks[0] / max(min(before), 1.0))


def _meets(start: datetime, end: datetime, shut: Collection[date]) -> bool:
    return any(start.date() <= day < end.date() for day in shut)
