"""How far apart earlier sessions usually are from one another: the yardstick of drift. Pure, deterministic.

Learners of one session live the same weeks, deadlines and trainer: thirty of them are not thirty proofs. So the noise
is taken between sessions. Again and again, an earlier session takes the place of each current one, in the same week and
with as many learners (drawn with replacement), and is compared with the sessions that are left, exactly as the current
ones are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.distances import Coded, Floats, distances, missing, spreads
from monitoring.windows import Alike, Group

SEED = 20_240_902
ENOUGH = 0.5
"""Share of the draws that must have values on both sides."""
LEAST_SPREAD, LEAST_MISSING = 0.03, 0.02
"""Least spread between sessions of a distance, and of a share of nulls: what never differed may differ a little."""


@dataclass(frozen=True)
class Difference:
    """Two windows, bin by bin, and how far apart they are: a number a column, in units of `spread`."""

    before: Floats
    after: Floats
    spread: Floats
    distance: Floats
    missing: Floats


@dataclass(frozen=True)
class Noise:
    """What the differences between earlier sessions are: a line a draw, a column a column.

    `sessions` stood for `groups` current ones.
    """

    distance: Floats
    missing: Floats
    sessions: int
    groups: int

    def usual(self) -> Floats:
        """Return the distance that one session in twenty exceeds, by column."""
        told, known = np.full(self.distance.shape[1], np.nan), self.known
        told[known] = np.nanquantile(self.distance[:, known], 0.95, axis=0)
        return told

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether earlier sessions have enough values in a column for their distances to be a yardstick."""
        enough: NDArray[np.bool_] = np.isfinite(self.distance).mean(axis=0) >= ENOUGH
        return enough


def observed(data: Coded, found: Alike) -> Difference:
    """Compare the current rows with the earlier sessions of the same weeks, mixed as the current rows are."""
    after = data.counts(data.current[np.concatenate([group.rows for group in found.groups])])
    before = sum(
        (_share(data, list(group.earlier.values()), len(group.rows)) for group in found.groups), np.zeros(data.shape)
    )
    return _difference(data, before, after, spreads(before, data.grid))


def between_sessions(data: Coded, found: Alike, *, draws: int, spread: Floats) -> Noise:
    """Return how far apart earlier sessions are, each in its turn standing for a current one, in units of `spread`."""
    rng = np.random.default_rng(SEED)
    cells = _cells(data, found.groups)
    told = [_draw(data, found.groups, cells, rng, spread) for _ in range(draws)]
    return Noise(
        np.array([one.distance for one in told]),
        np.array([one.missing for one in told]),
        found.n_sessions,
        len(found.groups),
    )


Cells = dict[tuple[int, str], Floats]


def _cells(data: Coded, groups: Sequence[Group]) -> Cells:
    """Return the bins of each earlier session, by group: counted once for all draws."""
    return {
        (n, name): data.counts(data.reference[rows])
        for n, group in enumerate(groups)
        for name, rows in group.earlier.items()
    }


def _draw(data: Coded, groups: Sequence[Group], cells: Cells, rng: np.random.Generator, spread: Floats) -> Difference:
    stands = _stand_ins(groups, rng)
    before, rows = np.zeros(data.shape), []
    for n, (group, stand_in) in enumerate(zip(groups, stands, strict=True)):
        left = [name for name in group.earlier if name not in stands] or [n for n in group.earlier if n != stand_in]
        counts = sum((cells[n, name] for name in left), np.zeros(data.shape))
        before += counts * (len(group.rows) / counts[0].sum())
        rows.append(rng.choice(group.earlier[stand_in], size=len(group.rows)))
    return _difference(data, before, data.counts(data.reference[np.concatenate(rows)]), spread)


def _stand_ins(groups: Sequence[Group], rng: np.random.Generator) -> list[str]:
    """Return the earlier session that stands for each group: a different one each, as far as they go."""
    chosen: list[str] = []
    for group in groups:
        names = list(group.earlier)
        free = [name for name in names if name not in chosen] or names
        chosen.append(free[int(rng.integers(len(free)))])
    return chosen


def _share(data: Coded, parts: Sequence[NDArray[np.int64]], rows: int) -> Floats:
    counts = data.counts(data.reference[np.concatenate(parts)])
    told: Floats = counts * (rows / counts[0].sum())
    return told


def _difference(data: Coded, before: Floats, after: Floats, spread: Floats) -> Difference:
    distance = distances(before, after, data.grid, spread)
    return Difference(before, after, spread, distance, missing(after) - missing(before))


def chances(one: Difference, noise: Noise) -> tuple[Floats, Floats]:
    """Return, by column, the chance of a distance and of a difference of nulls at least as great between sessions.

    From Student's distribution, its mean and spread those of the draws.
    Degrees of freedom: one less than the sessions, times the square root of the groups, for the same sessions stand for
    each other in several weeks. That they make few false alarms is measured (`docs/watch.md`), not proven.
    NaN without a distance, and where earlier sessions have too few values to be a yardstick.
    """
    from scipy.stats import t

    degrees, wider = max(noise.sessions - 1, 1) * noise.groups**0.5, (1 + 1 / max(noise.sessions, 1)) ** 0.5
    of_distance, known = np.full(len(one.distance), np.nan), noise.known
    drawn = noise.distance[:, known]
    spread = np.maximum(np.nanstd(drawn, axis=0), LEAST_SPREAD) * wider
    of_distance[known] = t.sf((one.distance[known] - np.nanmean(drawn, axis=0)) / spread, degrees)
    nulls = np.maximum(noise.missing.std(axis=0), LEAST_MISSING) * wider
    of_missing: Floats = 2 * t.sf(np.abs(one.missing) / nulls, degrees)
    return of_distance, of_missing


def adjusted(chances: Floats) -> Floats:
    """Return the chances adjusted for how many there are (Benjamini and Hochberg, 1995); NaN stays NaN and counts not.

    Those that are at most q hold, on average, a share of at most q that are chance.
    """
    told = np.full(len(chances), np.nan)
    there = np.flatnonzero(~np.isnan(chances))
    order = there[np.argsort(chances[there], kind="stable")]
    scaled = chances[order] * len(order) / np.arange(1, len(order) + 1)
    told[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return told
