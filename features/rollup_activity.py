"""Activity, the one big table, rolled up without a hash table: sorted as packed numbers, then summed.

DuckDB streams (row, day, kind, count). Each record becomes one integer, cell and kind in its high bits, count in its
low ones: sorting those puts the records of a cell side by side (`runs.py`). What is kept is one number a record, or a
cell where there are many records, and a chunk's cells are made from those numbers when the chunk is worked on.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data.contracts import ACTIVITY_KINDS
from features.columns import LEAD
from features.roster import Days, Enrolments
from features.runs import BATCH, Ints, Runs
from features.shown import shown

SHIFT = 4
KINDS = 1 << SHIFT
"""Kinds a cell may hold; 0 is a kind that the catalogue does not know."""
KIND = f"list_position({list(ACTIVITY_KINDS)!r}, a.kind)::UTINYINT"
"""The SQL of a kind's number, from 1; DuckDB works it out once a name, not once a record."""

QUERY = f"""
SELECT r.place AS row, a.known_on AS day, {KIND} AS kind, a.count AS n
FROM activity a JOIN filrouge_places r USING (enrolment_id) WHERE a.known_on < r.until_on
"""


class Rolled:
    """How many actions of each kind each learner was known to have done each day.

    Parameters
    ----------
    days : bits of a column; a row has 2 ** days columns.
    bits : bits of a count.
    runs : (((row, column), kind), actions) in as many bits; a part has each cell once, and none without an action.
    """

    def __init__(self, days: int, bits: int, runs: Runs) -> None:
        self._days, self._bits, self._runs = days, bits, runs

    def part(self, rows: slice) -> LearnerDays:
        """Return the cells of these rows, numbered from 0."""
        return LearnerDays(self._runs.part(rows), self._days, self._bits)


class LearnerDays:
    """What each learner of some rows did each day, from packed cells."""

    def __init__(self, key: Ints, days: int, bits: int) -> None:
        self._n, self._code, self._days = key & ((1 << bits) - 1), key >> bits, days
        cell = self._code >> SHIFT
        self._starts = starts(cell)
        self._row, self._col = self._cells(cell[self._starts])

    def plane(self, name: str) -> tuple[Ints, Ints, Ints]:
        """Return row, column and value of a kind's cells, of `action` (any kind) or of `active` (1 a day)."""
        if name == "action":
            return self._row, self._col, sums(self._n, self._starts)
        if name == "active":
            return self._row, self._col, np.ones(len(self._starts), np.int64)
        place = np.flatnonzero(self._kind == 1 + ACTIVITY_KINDS.index(name))
        return *self._cells(self._code[place] >> SHIFT), self._n[place]

    def kinds(self) -> tuple[Ints, Ints, NDArray[np.uint16]]:
        """Return row, column and what was done there: bit k for the kind of rank k in `ACTIVITY_KINDS`."""
        bit = (np.uint16(1) << self._kind) >> np.uint16(1)  # a cell has each kind once: bits add up
        return self._row, self._col, sums(bit, self._starts).astype(np.uint16)

    @cached_property
    def _kind(self) -> NDArray[np.uint8]:
        return (self._code & (KINDS - 1)).astype(np.uint8)

    def _cells(self, cell: Ints) -> tuple[Ints, Ints]:
        return cell >> self._days, cell & ((1 << self._days) - 1)


def roll(con: duckdb.DuckDBPyConnection, people: Enrolments, last: Days) -> Rolled:
    """Read the activity of the scheduled enrolments known before their last as-of date.

    Raises
    ------
    OverflowError : more actions in a cell than the grid can count.
    """
    days = column_bits(people, last)
    bits = 63 - SHIFT - days - len(people).bit_length()
    shift = LEAD - people.origin

    def packed(batch: pa.RecordBatch) -> Ints:
        n = batch.column("n").to_numpy()
        _must_fit(n, bits)
        key = columns_of(batch, shift)
        key |= np.left_shift(batch.column("row").to_numpy(), days, dtype=np.int64)
        key <<= SHIFT
        key |= kinds_of(batch)
        key <<= bits
        key |= n
        return key

    runs = Runs(len(people), days + SHIFT + bits, lambda ordered: _summed(ordered, bits))
    with shown(con, "filrouge_places", places(people, last)):
        return Rolled(days, bits, runs.read(con.execute(QUERY).to_arrow_reader(BATCH), packed))


def column_bits(people: Enrolments, last: Days) -> int:
    """Return how many bits hold the columns up to the last as-of date."""
    return (int((last - people.origin).max(initial=0)) + LEAD + 1).bit_length()


def places(people: Enrolments, last: Days) -> dict[str, NDArray[Any]]:
    """Return the enrolments by their place, each with the date up to which its records are read."""
    place = np.arange(len(people), dtype=np.int32)
    return {"place": place, "enrolment_id": people.enrolment_id, "until_on": last.astype("datetime64[D]")}


def columns_of(batch: pa.RecordBatch, shift: Ints) -> Ints:
    """Return the column of each record of a batch; `shift` is, per row, the column of day 0."""
    col: Ints = np.take(shift, batch.column("row").to_numpy(), mode="clip")
    col += batch.column("day").cast(pa.int32()).to_numpy()
    return np.maximum(col, 0, out=col)


def kinds_of(batch: pa.RecordBatch) -> NDArray[np.uint8]:
    """Return the number of each record's kind: 0 for one that the catalogue does not know."""
    kind = batch.column("kind")
    return np.asarray((kind.fill_null(0) if kind.null_count else kind).to_numpy())


def _summed(key: Ints, bits: int) -> Ints:
    """Return sorted keys with the numbers of each cell summed; cells without an action are dropped."""
    code = key >> bits
    at = starts(code)
    n = sums(key & ((1 << bits) - 1), at)
    _must_fit(n, bits)
    found: Ints = (code[at] << bits) | n
    return found if n.all() else found[n != 0]


def starts(code: Ints) -> Ints:
    """Return where each run of equal numbers begins."""
    new = np.empty(len(code), np.bool_)
    new[:1] = True
    np.not_equal(code[1:], code[:-1], out=new[1:])
    return np.flatnonzero(new)


def sums(values: NDArray[np.integer[Any]], at: Ints) -> Ints:
    """Return the sum of each run of values, given where they begin: `reduceat` is slower on such short runs."""
    total = np.cumsum(values, dtype=np.int64)
    ends: Ints = total[np.append(at[1:], len(total)) - 1] if len(total) else total
    found = ends.copy()
    found[1:] -= ends[:-1]
    return found


def _must_fit(n: NDArray[np.integer[Any]], bits: int) -> None:
    if len(n) and (int(n.max()) >> min(bits, 31) or int(n.min()) < 0):
        raise OverflowError("more actions of one kind in one day than the grid can count")
