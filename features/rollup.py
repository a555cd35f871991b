"""From records to cells: what each learner was known, each day, to have done.

One query a family turns a canonical table into rows (plane, row, col, value): `row` is the
enrolment's place in `Enrolments`, `col` the day the record became known, counted from LEAD days
before the session's start (column 0 holds everything earlier). Only records known before the
last as-of date of their session are read. The queries are in `rollup_sql.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import RLock
from typing import Any, TypeAlias

import duckdb
import numpy as np
from numpy.typing import NDArray

from features import rollup_opened
from features.rollup_activity import LearnerDays, Rolled, roll
from features.rollup_marks import LATEST
from features.rollup_opened import Opened, Openings
from features.rollup_sql import ASKED_FIRST, GROUP_OF, QUERIES, TABLES
from features.roster import Days, Enrolments
from features.shown import shown

Table: TypeAlias = dict[str, NDArray[Any]]
"""A small table of events, one array a column."""


@dataclass(frozen=True)
class Cells:
    """Cells of one plane sorted by row then column; at most one a row and column."""

    row: NDArray[np.int64]
    col: NDArray[np.int64]
    value: NDArray[np.int64]

    def between(self, rows: slice) -> Cells:
        """Return the cells of these rows, numbered from 0."""
        first, last = np.searchsorted(self.row, (rows.start, rows.stop))
        return Cells(self.row[first:last] - rows.start, self.col[first:last], self.value[first:last])


class Records:
    """Everything known about the scheduled enrolments, read family by family when first asked for.

    Parameters
    ----------
    con : a connection that has the canonical tables.
    people : the enrolments, whole sessions side by side.
    last : per enrolment, the day number of its session's last as-of date.
    only : the planes that will be asked for, so that no other is worked out; all of them by default.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, people: Enrolments, last: Days, only: Sequence[str] | None = None
    ) -> None:
        self._con = con
        self._only = only
        self._people, self._last = people, last
        self._rows = _row_table(people, last)
        self._planes: dict[str, Cells] = {}
        self._tables: dict[str, Table] = {}
        self._rolled: Rolled | None = None
        self._opened: Opened | None = None
        self._reading = RLock()

    def cells(self, plane: str, rows: slice) -> Cells:
        """Return one plane's cells in some rows, numbered from 0; the whole family is read with it."""
        with self._reading:
            if plane not in self._planes:
                self._read(GROUP_OF[plane])
        return self._planes[plane].between(rows)

    def days(self, rows: slice) -> LearnerDays:
        """Return what each learner of some rows, numbered from 0, did each day."""
        with self._reading:
            if self._rolled is None:
                self._rolled = roll(self._con, self._people, self._last)
        return self._rolled.part(rows)

    def openings(self, rows: slice) -> Openings:
        """Return what each learner of some rows, numbered from 0, opened for the first time, and when."""
        with self._reading:
            if self._opened is None:
                self._opened = rollup_opened.read(self._con, self._people, self._last)
        return self._opened.part(rows)

    def table(self, name: str, rows: slice | None = None) -> Table:
        """Return a small table of events by name (`rollup_sql.TABLES`), of some rows, numbered from 0."""
        with self._reading:
            if name not in self._tables:
                self._tables[name] = self._query(TABLES[name] if self._some(name) else f"FROM ({TABLES[name]}) LIMIT 0")
        found = self._tables[name]
        if rows is None:
            return found
        first, last = np.searchsorted(found["row"], (rows.start, rows.stop))
        part = {column: values[first:last] for column, values in found.items()}
        return {**part, "row": part["row"] - rows.start}

    def _some(self, name: str) -> bool:
        """Say whether a table may hold something."""
        return name not in ASKED_FIRST or self._con.execute(ASKED_FIRST[name]).fetchone() == (True,)

    def _read(self, group: str) -> None:
        planes, sql = QUERIES[group]
        if self._only is not None:
            planes = tuple(plane for plane in planes if plane in self._only)
        numbered = f"""
            SELECT list_position({list(planes)!r}, plane) AS plane, row, col, value::BIGINT AS value
            FROM ({sql}) WHERE plane IN {list(planes)!r} AND (value <> 0 OR plane IN {LATEST!r})
            ORDER BY plane, row, col
        """
        found = self._query(numbered)
        edges = np.searchsorted(found["plane"], np.arange(1, len(planes) + 2))
        for number, plane in enumerate(planes):
            part = slice(edges[number], edges[number + 1])
            self._planes[plane] = Cells(found["row"][part], found["col"][part], found["value"][part])

    def _query(self, sql: str) -> Table:
        with shown(self._con, "filrouge_rows", self._rows):
            return {name: np.asarray(values) for name, values in self._con.execute(sql).fetchnumpy().items()}


def _row_table(people: Enrolments, last: Days) -> dict[str, NDArray[Any]]:
    days = {"origin": people.origin, "started_on": people.started, "until_on": last}
    return {
        "row": np.arange(len(people)),
        "enrolment_id": people.enrolment_id,
        "learner_id": people.learner_id,
        "session": people.session,
        "session_id": np.array(people.sessions, np.object_)[people.session],
        **{name: value.astype("datetime64[D]") for name, value in days.items()},
    }
