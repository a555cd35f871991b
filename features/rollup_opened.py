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
from features.rollup_activity import KIND, SHIFT, column_bits, columns_of, kinds_of, places, starts
from features.roster import Days, Enrolments
from features.runs import BATCH, Ints, Runs
from features.shown import shown

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
    runs : (((row, resource), kind), column) in as many bits.
    """

    def __init__(self, widths: tuple[int, int], runs: Runs) -> None:
        self._widths, self._runs = widths, runs

    def part(self, rows: slice) -> Openings:
        """Return the openings of these rows, numbered from 0."""
        return Openings(self._widths, self._runs.part(rows))


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
    shift = LEAD - people.origin

    def packed(batch: pa.RecordBatch) -> Ints:
        key: Ints = np.left_shift(batch.column("row").to_numpy(), resources, dtype=np.int64)
        key |= batch.column("resource").to_numpy()
        key <<= SHIFT
        key |= kinds_of(batch)
        key <<= days
        key |= columns_of(batch, shift)
        return key

    numbers = {"number": np.arange(len(resource_ids), dtype=np.int32), "resource_id": np.asarray(resource_ids)}
    runs = Runs(len(people), resources + SHIFT + days, lambda ordered: _firsts(ordered, days))
    with shown(con, "filrouge_places", places(people, last)), shown(con, "filrouge_resources", numbers):
        return Opened((resources, days), runs.read(con.execute(QUERY).to_arrow_reader(BATCH), packed))


def _firsts(key: Ints, days: int) -> Ints:
    """Return the first number of each learner, resource and known kind of sorted numbers."""
    code = key >> days
    first = starts(code)
    found: Ints = key[first[(code[first] & ((1 << SHIFT) - 1)) > 0]]
    return found


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
