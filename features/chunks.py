"""Cut the scheduled sessions into chunks of whole sessions, each seen on all its dates at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

import duckdb
import numpy as np
from numpy.typing import NDArray

from features.asof import AsOf, Norms
from features.columns import LEAD
from features.grid import Grid
from features.rollup import Records
from features.roster import Enrolments, day_number
from features.schedule import Schedule

CELLS = 500_000
"""Days x enrolments that a chunk aims not to exceed; a session is never cut."""

_CLOSURES = """
SELECT session_id, from_on - DATE '1970-01-01' AS first, to_on - DATE '1970-01-01' AS last FROM calendar
"""


def chunks(
    con: duckdb.DuckDBPyConnection,
    records: Records,
    people: Enrolments,
    schedule: Schedule,
    norms: Norms | None = None,
) -> Iterator[AsOf]:
    """Yield one view per chunk, sessions in the order of `people`; `norms` is what the views know of earlier ones.

    Neighbouring sessions share a chunk when they are seen the same number of times and are small.
    """
    closures = con.execute(_CLOSURES).fetchall()
    days = {number: _days(schedule[session]) for number, session in enumerate(people.sessions)}
    for rows in _slices(people, days):
        part = people.part(rows)
        dates = np.stack([days[session] for session in part.session], axis=1)
        columns = max(int((dates - part.origin).max()) + LEAD, 1)
        closed = _closed(closures, people.sessions, part, columns)
        yield AsOf(Grid(records, people, rows, columns=columns, closed=closed), dates, norms)


def _days(dates: Sequence[date]) -> NDArray[np.int64]:
    return np.array([day_number(day) for day in dates], np.int64)


def _slices(people: Enrolments, days: dict[int, NDArray[np.int64]]) -> Iterator[slice]:
    if not len(people):
        return
    edges = [0, *(np.flatnonzero(np.diff(people.session)) + 1).tolist(), len(people)]
    start, cells, times = 0, 0, 0
    for first, last in pairwise(edges):
        seen = days[int(people.session[first])]
        size = (last - first) * (int(seen[-1] - people.origin[first]) + LEAD)
        if first > start and (cells + size > CELLS or len(seen) != times):
            yield slice(start, first)
            start, cells = first, 0
        cells, times = cells + size, len(seen)
    yield slice(start, len(people))


def _closed(
    closures: Sequence[tuple[str, int, int]], sessions: Sequence[str], part: Enrolments, columns: int
) -> NDArray[np.int32]:
    numbers, first_row = np.unique(part.session, return_index=True)
    closed = np.zeros((len(numbers), columns), np.int32)
    for place, (number, row) in enumerate(zip(numbers, first_row, strict=True)):
        origin = int(part.origin[row]) - LEAD
        for session, first, last in closures:
            if session in ("", sessions[number]):
                closed[place, max(first - origin, 0) : max(last + 1 - origin, 0)] = 1
    return closed
