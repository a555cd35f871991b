"""The learner-day grid: dense day-major arrays of whole sessions, aligned to each session's origin.

A plane is what was done of one kind. Its running total has one row a day: row d holds what was known
before column d, so a trailing window is the difference of two rows, and what is known at or after the
as-of day lies in rows that a view never reads (`asof.py`).
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.rollup import Cells, Records, Table
from features.rollup_activity import LearnerDays
from features.rollup_opened import OPENED_PLANES, Openings
from features.rollup_sql import ACTIVITY_PLANES
from features.roster import Enrolments

Ints = NDArray[np.int64]
NOT_SEEN = -1


def running_max(rows: NDArray[Any]) -> NDArray[Any]:
    """Return the largest seen up to each row, in place: row by row is faster than NumPy's own accumulate."""
    for before, here in pairwise(rows):
        np.maximum(before, here, out=here)
    return rows


class Grid:
    """One chunk of whole sessions.

    Parameters
    ----------
    records : the rolled-up records.
    people : all the scheduled enrolments.
    rows : the chunk's rows among them.
    columns : number of day columns; the largest as-of column.
    closed : per session of the chunk and column, 1 when closed (sessions x columns).
    """

    def __init__(
        self, records: Records, people: Enrolments, rows: slice, *, columns: int, closed: NDArray[np.int32]
    ) -> None:
        self.records, self.rows, self.columns = records, rows, columns
        self.people = people.part(rows)
        self.sessions, self.session = np.unique(self.people.session, return_inverse=True)
        self.n_sessions = len(self.sessions)
        self.closed_before = np.zeros((columns + 1, self.n_sessions), np.int32)
        np.cumsum(closed.T, axis=0, out=self.closed_before[1:])
        self.closes = bool(self.closed_before[-1].any())
        self._arrays: dict[Hashable, NDArray[np.generic]] = {}
        self._cells: dict[str, Cells] = {}
        self._days: LearnerDays | None = None
        self._opened: Openings | None = None

    def forget(self) -> None:
        """Let go of the arrays; they are made again when asked for."""
        self._arrays.clear()
        self._cells.clear()
        self._days = self._opened = None

    def cells(self, plane: str) -> Cells:
        """Return one plane's cells, rows numbered within the chunk."""
        if plane not in self._cells:
            self._cells[plane] = self._read(plane)
        return self._cells[plane]

    def _read(self, plane: str) -> Cells:
        if plane in ACTIVITY_PLANES:
            return Cells(*self._learner_days().plane(plane))
        if plane in OPENED_PLANES:
            return Cells(*self.openings().plane(plane))
        return self.records.cells(plane, self.rows)

    def openings(self) -> Openings:
        """Return what each enrolment opened for the first time, and when."""
        if self._opened is None:
            self._opened = self.records.openings(self.rows)
        return self._opened

    def _learner_days(self) -> LearnerDays:
        if self._days is None:
            self._days = self.records.days(self.rows)
        return self._days

    def is_empty(self, plane: str) -> bool:
        """Say whether nobody of the chunk has such a record."""
        return not len(self.cells(plane).row)

    def kinds(self, days: int) -> NDArray[np.uint16]:
        """Return what was done in the `days` columns before each: bit k for a kind of activity; column 0 is in none."""
        key = ("kinds", days)
        if key not in self._arrays:
            row, col, kinds = self._learner_days().kinds()
            seen = np.zeros((self.columns + 1, len(self.people)), np.uint16)
            seen[col + 1, row] = kinds
            seen[1] = 0
            width = 1
            while width < days:
                step = min(width, days - width)
                seen = np.concatenate([seen[:step], seen[step:] | seen[:-step]])
                width += step
            self._arrays[key] = seen
        return self._arrays[key]  # type: ignore[return-value]

    def total(self, plane: str) -> NDArray[np.int32]:
        """Return the running total: [d, enrolment] is the sum known before column d."""
        key = ("total", plane)
        if key not in self._arrays:
            cells = self.cells(plane)
            total = np.zeros((self.columns + 1, len(self.people)), np.int32)
            total[cells.col + 1, cells.row] = cells.value
            for before, here in pairwise(total):
                here += before
            self._arrays[key] = total
        return self._arrays[key]  # type: ignore[return-value]

    def last(self, plane: str) -> NDArray[np.int32]:
        """Return the last column seen: [d, enrolment] is the latest before d, NOT_SEEN when there is none."""
        plane = "active" if plane == "action" else plane
        key = ("last", plane)
        if key not in self._arrays:
            cells = self.cells(plane)
            last = np.full((self.columns + 1, len(self.people)), NOT_SEEN, np.int32)
            last[cells.col + 1, cells.row] = cells.col
            self._arrays[key] = running_max(last)
        return self._arrays[key]  # type: ignore[return-value]

    def first_seen(self, plane: str) -> Ints:
        """Return, per session of the chunk, the first column with any such record (columns + 1 when none)."""
        cells = self.cells(plane)
        first = np.full(self.n_sessions, self.columns + 1, np.int64)
        np.minimum.at(first, self.session[cells.row], cells.col)
        return first

    def first(self, plane: str) -> Ints:
        """Return, per enrolment, the first column with any such record (columns + 1 when none)."""
        cells = self.cells(plane)
        first = np.full(len(self.people), self.columns + 1, np.int64)
        np.minimum.at(first, cells.row, cells.col)
        return first

    def gaps(self, plane: str) -> Cells:
        """Return the open days between each active day and the one before, by enrolment then by gap."""
        cells = self.cells(plane)
        later = np.flatnonzero(np.diff(cells.row, prepend=-1) == 0)
        row, col, before = cells.row[later], cells.col[later], cells.col[later - 1]
        gap = col - before - self.closed_among(row, before, col)
        order = np.argsort(row * (self.columns + 1) + gap)
        return Cells(row[order], col[order], gap[order])

    def steady(self, plane: str, since: Ints, pause: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return where the run without a longer pause began, and the longest run so far, seen before each column.

        A run is broken by more than `pause` open days without an active day; it lasts from its first day to its
        last active one. `since` is, per enrolment, the column of its first expected day.
        """
        key = ("steady", plane)
        if key not in self._arrays:
            last = np.maximum(self.last(plane), (since - 1).astype(np.int32))
            before, here = last[:-1], last[1:]
            paused = here - before - self.closed_between(before, here) > pause
            begun = np.zeros((self.columns + 1, len(self.people)), np.int32)
            begun[0] = since
            np.multiply(here, paused, out=begun[1:])
            running_max(begun)
            run = here - begun[1:] + 1 - self.closed_between(begun[1:] - 1, here + 1)
            longest = np.zeros((self.columns + 1, len(self.people)), np.int32)
            longest[1:] = running_max(run)
            self._arrays[key], self._arrays[(*key, "longest")] = begun, longest
        return self._arrays[key], self._arrays[(*key, "longest")]  # type: ignore[return-value]

    def open_back(self, days: int, place: int, col: NDArray[np.int64]) -> Ints:
        """Return the column so many open days before each of one session's columns."""
        opened = np.arange(self.columns + 1) - self.closed_before[:, place]
        return np.searchsorted(opened, opened[col] - days)

    def span(self) -> NDArray[np.int32]:
        """Return, per session, the widest counted window seen before each column, in days; 1 for dated actions."""
        key = ("span",)
        if key not in self._arrays:
            spans = self.records.table("spans")
            mine = np.isin(spans["session"], self.sessions)
            out = np.ones((self.columns + 1, self.n_sessions), np.int32)
            out[spans["col"][mine] + 1, np.searchsorted(self.sessions, spans["session"][mine])] = spans["days"][mine]
            self._arrays[key] = running_max(out)
        return self._arrays[key]  # type: ignore[return-value]

    def deadlines(self) -> Table:
        """Return the assessments of the chunk's sessions that have a deadline, by session then deadline."""
        found = self.records.table("deadlines")
        first, last = np.searchsorted(found["session"], (self.sessions[0], self.sessions[-1] + 1))
        return {column: values[first:last] for column, values in found.items()}

    def decayed(self, plane: str, half_life: float) -> NDArray[np.float64]:
        """Return the total where an action weighs half as much after each `half_life` days."""
        key = ("decayed", plane, str(half_life))
        if key not in self._arrays:
            cells = self.cells(plane)
            out = np.zeros((self.columns + 1, len(self.people)))
            out[cells.col + 1, cells.row] = cells.value
            kept, left = 0.5 ** (1 / half_life), np.empty(len(self.people))
            for before, here in pairwise(out):
                here += np.multiply(before, kept, out=left)
            self._arrays[key] = out
        return self._arrays[key]  # type: ignore[return-value]

    def longest_gap(self, plane: str, since: Ints) -> NDArray[np.int32]:
        """Return the longest run of open days between two active days, seen before each column.

        `since` is, per enrolment, the column of its first expected day: silence before it is no silence.
        """
        key = ("gap", plane)
        if key not in self._arrays:
            cells = self.cells(plane)
            again = np.diff(cells.row, prepend=-1) == 0
            eve = since[cells.row] - 1
            before = np.maximum(np.where(again, np.roll(cells.col, 1), NOT_SEEN), eve)
            here = np.maximum(cells.col, eve)
            out = np.zeros((self.columns + 1, len(self.people)), np.int32)
            out[cells.col + 1, cells.row] = here - before - self.closed_among(cells.row, before, here)
            running_max(out)
            self._arrays[key] = out
        return self._arrays[key]  # type: ignore[return-value]

    def closed_between(self, after: NDArray[np.int32], before: NDArray[np.int32]) -> NDArray[np.int32]:
        """Count the closed days strictly between two columns, whose last axis is the enrolments."""
        if not self.closes:
            return np.zeros(np.broadcast(after, before).shape, np.int32)
        low = np.clip(after + 1, 0, self.columns)
        high = np.clip(before, low, self.columns)
        return np.asarray(self.closed_before[high, self.session] - self.closed_before[low, self.session])

    def closed_among(self, row: Ints, after: Ints, before: Ints) -> Ints:
        """Count the closed days strictly between two columns of some enrolments, one of each a row."""
        if not self.closes:
            return np.zeros(len(row), np.int64)
        low = np.clip(after + 1, 0, self.columns)
        high = np.clip(before, low, self.columns)
        home = self.session[row]
        return np.asarray(self.closed_before[high, home] - self.closed_before[low, home], np.int64)
