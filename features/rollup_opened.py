"""First openings: when each learner was first known to have opened each resource, by packed numbers as activity is.

Each record becomes one integer, learner, resource and kind in its high bits, day in its low ones: sorted, the first of
a learner, resource and kind is its first opening.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data.contracts import ACTIVITY_KINDS
from features.columns import LEAD
from features.rollup_activity import BATCH, KIND, SHIFT, collected, column_bits, kinds_of, places, starts
from features.roster import Days, Enrolments

Ints = NDArray[np.int64]
OPENED_PLANES = frozenset((*(f"new_{kind}" for kind in ACTIVITY_KINDS), "new"))
"""Planes that count first openings."""
RESOURCES = "SELECT DISTINCT resource_id FROM activity WHERE resource_id IS NOT NULL"
QUERY = f"""
SELECT r.place AS row, a.known_on AS day, {KIND} AS kind, s.number AS resource
FROM activity a JOIN filrouge_places r USING (enrolment_id) JOIN filrouge_resources s USING (resource_id)
WHERE a.known_on < r.until_on
"""


class Opened:
    """First openings, one number each.

    Parameters
    ----------
    widths : bits of a resource, and of a column.
    key : (((row, resource), kind), column) in as many bits, in order.
    """

    def __init__(self, widths: tuple[int, int], key: Ints) -> None:
        self._widths, self._key = widths, key

    def part(self, rows: slice) -> Openings:
        """Return the openings of these rows, numbered from 0."""
        shift = sum(self._widths) + SHIFT
        first, last = np.searchsorted(self._key, (rows.start << shift, rows.stop << shift))
        return Openings(self._widths, self._key[first:last] - (rows.start << shift))


class Openings:
    """The first openings of some rows: `row`, `resource` (any number), `kind` (from 1), `col`, by row."""

    def __init__(self, widths: tuple[int, int], key: Ints) -> None:
        resources, days = widths
        self._days, self.col = days, key & ((1 << days) - 1)
        code = key >> days
        self.kind = (code & ((1 << SHIFT) - 1)).astype(np.uint8)
        self.resource = (code >> SHIFT) & ((1 << resources) - 1)
        self.row = code >> (SHIFT + resources)

    def plane(self, name: str) -> tuple[Ints, Ints, Ints]:
        """Return row, column and number of the first openings of a kind (`new_` and its name), or of any (`new`)."""
        cell = (self.row << self._days) | self.col
        if name != "new":
            cell = cell[self.kind == 1 + ACTIVITY_KINDS.index(name.removeprefix("new_"))]
        cell.sort()
        at = starts(cell)
        return cell[at] >> self._days, cell[at] & ((1 << self._days) - 1), np.diff(at, append=len(cell))


def read(con: duckdb.DuckDBPyConnection, people: Enrolments, last: Days) -> Opened:
    """Read the first openings of the scheduled enrolments known before their last as-of date.

    Raises
    ------
    OverflowError : more learners, resources and days than 63 bits tell apart.
    """
    resource_ids = con.execute(RESOURCES).fetchnumpy()["resource_id"]
    days, resources = column_bits(people, last), len(resource_ids).bit_length()
    if len(people).bit_length() + resources + SHIFT + days > 63:
        raise OverflowError("more learners, resources and days than the grid can tell apart")

    def packed(batch: pa.RecordBatch, key: Ints) -> None:
        row = batch.column("row").to_numpy()
        np.left_shift(row, resources, out=key, dtype=np.int64)
        key |= batch.column("resource").to_numpy()
        key <<= SHIFT
        key |= kinds_of(batch)
        key <<= days
        key |= np.maximum((LEAD - people.origin)[row] + batch.column("day").cast(pa.int32()).to_numpy(), 0)

    numbers = pa.table({"number": np.arange(len(resource_ids), dtype=np.int32), "resource_id": resource_ids})
    con.register("filrouge_places", places(people, last))
    con.register("filrouge_resources", numbers)
    try:
        key = collected(con.execute(QUERY).to_arrow_reader(BATCH), packed, lambda ordered: _firsts(ordered, days))
    finally:
        con.unregister("filrouge_places")
        con.unregister("filrouge_resources")
    return Opened((resources, days), key)


def _firsts(key: Ints, days: int) -> Ints:
    """Keep the first number of each learner, resource and known kind of sorted numbers, in place."""
    code = key >> days
    first = starts(code)
    kept = first[(code[first] & ((1 << SHIFT) - 1)) > 0]
    key[: len(kept)] = key[kept]
    return key[: len(kept)]


def numbered(columns: Sequence[tuple[NDArray[np.integer], int]]) -> tuple[Ints, Ints]:
    """Number what some columns tell apart, in order: return the number of each line, and a line's columns packed.

    Parameters
    ----------
    columns : whole numbers from 0, each with a bound that it stays under.
    """
    code = np.zeros(len(columns[0][0]), np.int64)
    size = 1
    for values, bound in columns:
        code = code * bound + values
        size *= bound
    used = np.zeros(size, np.bool_)
    used[code] = True
    return (np.cumsum(used) - 1)[code], np.flatnonzero(used)
