"""Activity, the one big table, rolled up without a hash table: sorted as packed numbers, batch by batch, then summed.

DuckDB streams (row, day, kind, count). Each record becomes one integer, cell and kind in its high bits, count in its
low ones: sorting those puts the records of a cell side by side. What is kept is one number a cell, so memory follows
the learners' days, not the records.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data.contracts import ACTIVITY_KINDS
from features.columns import LEAD
from features.roster import Days, Enrolments

Ints = NDArray[np.int64]
BATCH = 4_000_000
"""Records sorted at once."""
BITS = 24
"""Bits of a count beside its cell; larger ones take the slower way."""
SHIFT = 4
KINDS = 1 << SHIFT
"""Kinds a cell may hold; 0 is a kind that the catalogue does not know."""
THREADS = 2

QUERY = f"""
SELECT r.place AS row, a.known_on AS day, coalesce(list_position({list(ACTIVITY_KINDS)!r}, a.kind), 0)::UTINYINT AS kind,
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
    """Read the activity of the scheduled enrolments known before their last as-of date."""
    width = int((last - people.origin).max(initial=0)) + LEAD + 1
    first = np.arange(len(people)) * width
    base = first - people.origin + LEAD
    con.register("filrouge_places", _places(people, last))
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            batches = con.execute(QUERY).to_arrow_reader(BATCH)
            parts = []
            while two := list(islice(batches, THREADS)):
                parts += list(pool.map(lambda batch: _cells(batch, base, first), two))
    finally:
        con.unregister("filrouge_places")
    code, n = _merged(parts)
    return Rolled(width, code, n)


def _places(people: Enrolments, last: Days) -> pa.Table:
    place = pa.array(np.arange(len(people), dtype=np.int32))
    until = pa.array(last.astype(np.int32)).cast(pa.date32())
    return pa.table({"place": place, "enrolment_id": people.enrolment_id, "until_on": until})


def _cells(batch: pa.RecordBatch, base: Ints, first: Ints) -> tuple[Ints, Ints]:
    row, kind, n = (batch.column(name).to_numpy() for name in ("row", "kind", "n"))
    cell = base[row] + batch.column("day").cast(pa.int32()).to_numpy()
    np.maximum(cell, first[row], out=cell)
    cell <<= SHIFT
    cell |= kind
    return _summed(cell, n)


def _merged(parts: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    none = np.zeros(0, np.int64)
    code, n = (np.concatenate([none, *(part[side] for part in parts)]) for side in (0, 1))
    parts.clear()
    return _summed(code, n)


def _starts(code: Ints) -> Ints:
    """Return where each run of equal numbers begins."""
    inside = np.flatnonzero(code[1:] != code[:-1]) + 1
    return np.concatenate([np.zeros(min(len(code), 1), np.int64), inside])


def _summed(code: Ints, n: NDArray[np.integer[Any]]) -> tuple[Ints, Ints]:
    """Return each code once, in order, with the sum of its numbers."""
    if not len(code):
        return code, n.astype(np.int64)
    code, n = _sorted(code, n)
    starts = _starts(code)
    return code[starts], np.add.reduceat(n, starts, dtype=np.int64)


def _sorted(code: Ints, n: NDArray[np.integer[Any]]) -> tuple[Ints, NDArray[np.integer[Any]]]:
    if int(n.max()) >> BITS or int(n.min()) < 0 or int(code.max()) >> (63 - BITS):
        order = np.argsort(code, kind="stable")
        return code[order], n[order]
    key = code << BITS
    key |= n
    key.sort()
    return key >> BITS, (key & ((1 << BITS) - 1)).astype(np.int32)
