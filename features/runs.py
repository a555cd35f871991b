"""Records packed as whole numbers, the row in their high bits, kept in sorted runs.

A batch of records is sorted while the processor has it at hand, on one core while the next is read on the other. Those
of some rows are taken from every run, put in order and shortened when they are asked for: they are at hand then too.
Nothing is ever sorted whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise, starmap

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.cores import each

Ints = NDArray[np.int64]
BATCH = 200_000
"""Records read at once, which the processor keeps at hand."""
HELD = 12_000_000
"""Numbers held before they are shortened, so that memory follows what is kept and not the records."""
FEW = 1_000_000
"""Numbers that are put in order once and for all: their rows are asked for again and again."""


class Runs:
    """Sorted runs of packed numbers; a lone run is shortened already.

    Parameters
    ----------
    rows : how many rows there are.
    shift : bits under a row's.
    reduced : shortens sorted numbers of whole rows.
    """

    def __init__(self, rows: int, shift: int, reduced: Callable[[Ints], Ints]) -> None:
        self._rows, self._shift, self._reduced = rows, shift, reduced
        self._runs: list[Ints] = []
        self._used = self._kept = 0

    def read(self, batches: Iterable[pa.RecordBatch], packed: Callable[[pa.RecordBatch], Ints]) -> Runs:
        """Take in the numbers of all batches; `packed` makes a batch's."""

        def run(batch: pa.RecordBatch) -> Ints:
            key = packed(batch)
            key.sort()
            return key

        for key in each(run, batches):
            self._runs.append(key)
            self._used += len(key)
            if self._used > max(HELD, 2 * self._kept):
                self._fold()
        if self._used <= FEW or len(self._runs) < 2:
            self._fold()
        return self

    def part(self, rows: slice) -> Ints:
        """Return the numbers of these rows in order, shortened, rows numbered from 0."""
        found = self._slices(rows)
        key: Ints = (found[0] if len(found) == 1 else self._in_order(found)) - (rows.start << self._shift)
        return key

    def _slices(self, rows: slice) -> list[Ints]:
        edges = np.array([rows.start << self._shift, rows.stop << self._shift])
        return [run[slice(*np.searchsorted(run, edges))] for run in self._runs]

    def _in_order(self, runs: list[Ints]) -> Ints:
        key = np.concatenate(runs) if runs else np.empty(0, np.int64)
        key.sort()
        return self._reduced(key)

    def _fold(self) -> None:
        """Make one run of all, some rows after the others."""
        parts = max(self._used // BATCH, 1)
        edges = np.linspace(0, self._rows, parts + 1).astype(np.int64).tolist()
        pieces = list(each(lambda rows: self._in_order(self._slices(rows)), starmap(slice, pairwise(edges))))
        self._runs.clear()
        self._runs = [np.concatenate(pieces)]
        self._used = self._kept = len(self._runs[0])
