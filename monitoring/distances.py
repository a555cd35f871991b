"""How far apart two windows are, column by column, worked out on histograms so that hundreds of windows cost little.

A column's values are kept as they are where there are at most `GRID` of them, else rounded down to that many quantiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
GRID = 64
LEAST_SPREAD = 0.001
"""Least standard deviation that a distance is told in, as Evidently has it: a nearly constant column stays finite."""


@dataclass(frozen=True)
class Coded:
    """Columns as whole numbers: 0 for a null, else one more than the place of the value in its column's `grid`.

    `grid` has a line a column, its last value repeated to the width of all.
    """

    reference: Codes
    current: Codes
    grid: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Columns, and bins of each (the nulls' first)."""
        return self.grid.shape[0], self.grid.shape[1] + 1

    def counts(self, codes: Codes) -> Floats:
        """Return how many rows fall in each bin, a line a column."""
        columns, bins = self.shape
        flat = (codes + np.arange(columns, dtype=np.int32) * bins).ravel()
        return np.bincount(flat, minlength=columns * bins).reshape(columns, bins).astype(np.float64)


def coded(reference: pd.DataFrame, current: pd.DataFrame, names: Sequence[str]) -> Coded:
    """Return some columns of two windows, coded on the same grids."""
    before, after = (frame[list(names)].to_numpy(dtype=np.float64) for frame in (reference, current))
    grids = [_grid(np.concatenate([before[:, n], after[:, n]])) for n in range(len(names))]
    width = max(map(len, grids), default=1)
    padded = np.array([np.pad(grid, (0, width - len(grid)), mode="edge") for grid in grids]).reshape(len(grids), width)
    return Coded(_codes(before, grids), _codes(after, grids), padded)


def _grid(values: Floats) -> Floats:
    known = np.sort(values[~np.isnan(values)])
    if not len(known):
        return np.zeros(1)
    present: Floats = known[np.append(True, np.diff(known) > 0)]
    if len(present) <= GRID:
        return present
    told: Floats = np.unique(known[np.floor(np.linspace(0, 1, GRID) * (len(known) - 1)).astype(np.int64)])
    return told


def _codes(values: Floats, grids: Sequence[Floats]) -> Codes:
    told = np.zeros(values.shape, np.int32)
    for n, grid in enumerate(grids):
        told[:, n] = np.searchsorted(grid, values[:, n], side="right")
        told[np.isnan(values[:, n]), n] = 0
    return told


def missing(counts: Floats) -> Floats:
    """Return each column's share of nulls."""
    shares: Floats = counts[:, 0] / np.maximum(counts.sum(axis=1), 1e-12)
    return shares


def spreads(counts: Floats, grid: Floats) -> Floats:
    """Return each column's standard deviation, at least `LEAST_SPREAD`; NaN without values."""
    mass = counts[:, 1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        total = mass.sum(axis=1)
        mean = (mass * grid).sum(axis=1) / total
        found = np.sqrt((mass * (grid - mean[:, None]) ** 2).sum(axis=1) / total)
    told: Floats = np.maximum(found, LEAST_SPREAD)
    return told


def distances(before: Floats, after: Floats, grid: Floats, spread: Floats) -> Floats:
    """Return each column's Wasserstein distance in a unit of its own (`spread`); NaN without values.

    Parameters
    ----------
    before, after : counts (or weights) by bin, as `Coded.counts` gives them.
    """
    mass_before, mass_after = before[:, 1:], after[:, 1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = (mass / mass.sum(axis=1, keepdims=True) for mass in (mass_before, mass_after))
        below = np.cumsum(next(shares) - next(shares), axis=1)
        told: Floats = (np.abs(below[:, :-1]) * np.diff(grid, axis=1)).sum(axis=1) / spread
    return told


def medians(counts: Floats, grid: Floats) -> Floats:
    """Return each column's (lower) median, NaN without values."""
    mass = counts[:, 1:]
    total = mass.sum(axis=1, keepdims=True)
    at = (np.cumsum(mass, axis=1) >= total / 2 - 1e-9).argmax(axis=1)
    told: Floats = np.where(total[:, 0] > 0, grid[np.arange(len(grid)), at], np.nan)
    return told
