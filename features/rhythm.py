"""The learner's rhythm over open weeks: since when, which way, and where it fell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.asof import AsOf, Values

WEEK = 7
SIDE = 2
"""Weeks wanted on each side of a fall."""


def weeks_begun(a: AsOf, weeks: int) -> NDArray[np.bool_]:
    """Say whether so many weeks of seven open days have gone by since the learner's start."""
    return np.asarray(a.days_since_start() >= WEEK * weeks)


def slope(weeks: Values) -> Values:
    """Return the least squares slope a week, ÷ the mean; weeks come latest first. NaN where the mean is 0."""
    place = (len(weeks) - 1) / 2 - np.arange(len(weeks))
    rise = sum(step * week for step, week in zip(place, weeks, strict=True)) / (place**2).sum()
    mean = weeks.mean(axis=0)
    return np.asarray(np.divide(rise, mean, out=np.full(mean.shape, np.nan), where=mean > 0))


def drop(a: AsOf, weeks: int) -> tuple[Values, Values]:
    """Return the largest fall of weekly actions in standard deviations, and how many weeks it has lasted.

    Each learner's whole open weeks since the start are looked at, `weeks` at most; NaN before twice SIDE of them.
    Counts are on a logarithmic scale; the fall is the mean before less the mean after, ÷ the standard deviation.
    """
    seen = np.minimum(a.days_since_start() // WEEK, weeks)
    found = np.log1p(a.weekly("action", weeks))
    found[np.arange(weeks)[:, None, None] >= seen] = 0
    whole, square = found.sum(axis=0), (found**2).sum(axis=0)
    times = np.maximum(seen, 1)
    spread = np.sqrt(np.maximum(square / times - (whole / times) ** 2, 0))
    fall, since, after = np.zeros(a.shape), np.full(a.shape, np.nan), found[0].copy()
    for week in range(SIDE, weeks - SIDE + 1):
        after += found[week - 1]
        left = seen - week
        here = (whole - after) / np.maximum(left, 1) - after / week
        better = (left >= SIDE) & (here > fall)
        fall, since = np.where(better, here, fall), np.where(better, week, since)
    size = np.divide(fall, spread, out=np.zeros(a.shape), where=spread > 1e-6)
    enough = seen >= 2 * SIDE
    return np.where(enough, size, np.nan), np.where(enough, since, np.nan)
