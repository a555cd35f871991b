"""Activity, the one big table, rolled up without a hash table: sorted as packed numbers, batch by batch, then summed.

DuckDB streams (row, day, kind, count). Each record becomes one integer, cell and kind in its high bits, count in its
low ones: sorting those puts the records of a cell side by side. What is kept is one number a cell, so memory follows
the learners' days, not the records.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data.contracts import ACTIVITY_KINDS
from features.columns import LEAD
from features.roster import Days, Enrolments

Ints = NDArray[np.int64]
BATCH, HELD = 1_000_000, 16_000_000
"""Records read, and sorted, at once."""
SHIFT = 4
KINDS = 1 << SHIFT
"""Kinds a cell may hold; 0 is a kind that the catalogue does not know."""
THREADS = 2

QUERY = f"""
SELECT r.place AS row, a.known_on AS day,
       coalesce(list_position({list(ACTIVITY_KINDS)!r}, a.kind), 0)::UTINYINT AS kind,
       a.count AS n
FROM activity a JOIN filrouge_places r USING (enrolment_id) WHERE a.known_on < r.until_on
"""


class Rolled:
    """How many actions of each kind each learner was known to have done each day.

    Parameters
    ----------
    width : columns a row.
    code : (row x width + column) x KINDS + kind, in order, each once.
    n : the actions.
    """

    def __init__(self, width: int, code: Ints, n: Ints) -> None:
        self._n, self._kind, cell = n, (code & (KINDS - 1)).astype(np.uint8), code >> SHIFT
        self._starts = _starts(cell)
        self._row = cell // width
        self._col = cell - self._row * width

    def plane(self, name: str) -> tuple[Ints, Ints, Ints]:
        """Return row, column and value of a kind's cells, of `action` (any kind) or of `active` (1 a day)."""
        if name in ("action", "active"):
            place, value = self._starts, np.add.reduceat(self._n, self._starts) if len(self._n) else self._n
            value = np.ones_like(value) if name == "active" else value
        else:
            place = np.flatnonzero(self._kind == 1 + ACTIVITY_KINDS.index(name))
            value = self._n[place]
        if not value.all():
            place, value = place[value != 0], value[value != 0]
        return self._row[place], self._col[place], value


def roll(con: duckdb.DuckDBPyConnection, people: Enrolments, last: Days) -> Rolled:
    """Read the activity of the scheduled enrolments known before their last as-of date.

    Raises
    ------
    OverflowError : more actions in a cell than the grid can count.
    """
    width = int((last - people.origin).max(initial=0)) + LEAD + 1
    bits = 63 - max(len(people) * width * KINDS, 1).bit_length()
    con.register("filrouge_places", _places(people, last))
    try:
        key = _collected(con.execute(QUERY).to_arrow_reader(BATCH), LEAD - people.origin, width, bits)
    finally:
        con.unregister("filrouge_places")
    return Rolled(width, key >> bits, key & ((1 << bits) - 1))


def _places(people: Enrolments, last: Days) -> pa.Table:
    place = pa.array(np.arange(len(people), dtype=np.int32))
    until = pa.array(last.astype(np.int32)).cast(pa.date32())
    return pa.table({"place": place, "enrolment_id": people.enrolment_id, "until_on": until})


def _collected(batches: Iterable[pa.RecordBatch], shift: Ints, width: int, bits: int) -> Ints:
    """Return the cells of all batches, packed, in order, each once; summed each time HELD records have come."""
    held: list[Ints] = []
    for batch in batches:
        held.append(_packed(batch, shift, width, bits))
        if sum(map(len, held)) > HELD:
            held = [_summed(held, bits)]
    return _summed(held, bits)


def _packed(batch: pa.RecordBatch, shift: Ints, width: int, bits: int) -> Ints:
    row, kind, n = (batch.column(name).to_numpy() for name in ("row", "kind", "n"))
    _must_fit(n, bits)
    key: Ints = shift[row]
    key += batch.column("day").cast(pa.int32()).to_numpy()
    np.maximum(key, 0, out=key)
    key += np.multiply(row, width, dtype=np.int64)
    key <<= SHIFT
    key |= kind
    key <<= bits
    key |= n
    return key


def _summed(held: list[Ints], bits: int) -> Ints:
    """Return each cell once, in order, with the sum of its numbers; one half of the rows on each core."""
    key = np.concatenate([np.zeros(0, np.int64), *held])
    held.clear()
    middle = int(key.max(initial=0)) // 2
    below = key < middle
    halves = [key[below], key[~below]]
    del key, below
    with ThreadPoolExecutor(THREADS) as pool:
        return np.concatenate(list(pool.map(lambda half: _summed_half(half, bits), halves)))


def _summed_half(key: Ints, bits: int) -> Ints:
    if not len(key):
        return key
    key.sort()
    code = key >> bits
    starts = _starts(code)
    key &= (1 << bits) - 1
    total = np.cumsum(key, out=key)[np.append(starts[1:], len(key)) - 1]
    n = np.diff(total, prepend=0)
    _must_fit(n, bits)
    code = code[starts]
    code <<= bits
    code |= n
    return code


def _starts(code: Ints) -> Ints:
    """Return where each run of equal numbers begins."""
    inside = np.flatnonzero(code[1:] != code[:-1]) + 1
    return np.concatenate([np.zeros(min(len(code), 1), np.int64), inside])


def _must_fit(n: NDArray[np.integer[Any]], bits: int) -> None:
    if len(n) and (int(n.max()) >> min(bits, 31) or int(n.min()) < 0):
        raise OverflowError("more actions of one kind in one day than the grid can count")
