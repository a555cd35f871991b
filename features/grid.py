"""The learner-day grid: dense day-major arrays of whole sessions, aligned to each session's origin.

A plane is what was done of one kind. Its running total has one row a day: row d holds what was known
before column d, so a trailing window is the difference of two rows, and what is known at or after the
as-of day lies in rows that a view never reads (`asof.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.rollup import Cells, Records, Table
from features.roster import Enrolments

Ints = NDArray[np.int64]
NOT_SEEN = -1


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
        self._arrays: dict[tuple[str, ...], NDArray[np.generic]] = {}

    def forget(self) -> None:
        """Let go of the arrays; they are made again when asked for."""
        self._arrays.clear()

    def cells(self, plane: str) -> Cells:
        """Return one plane's cells, rows numbered within the chunk."""
        return self.records.cells(plane).between(self.rows)

    def total(self, plane: str) -> NDArray[np.int32]:
        """Return the running total: [d, enrolment] is the sum known before column d."""
        key = ("total", plane)
        if key not in self._arrays:
            cells = self.cells(plane)
            total = np.zeros((self.columns + 1, len(self.people)), np.int32)
            total[cells.col + 1, cells.row] = cells.value
            self._arrays[key] = np.cumsum(total, axis=0, out=total)
        return self._arrays[key]  # type: ignore[return-value]

    def last(self, plane: str) -> NDArray[np.int32]:
        """Return the last column seen: [d, enrolment] is the latest before d, NOT_SEEN when there is none."""
        key = ("last", plane)
        if key not in self._arrays:
            cells = self.cells(plane)
            last = np.full((self.columns + 1, len(self.people)), NOT_SEEN, np.int32)
            last[cells.col + 1, cells.row] = cells.col
            self._arrays[key] = np.maximum.accumulate(last, axis=0, out=last)
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
        order = np.lexsort((gap, row))
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
            np.maximum.accumulate(begun, axis=0, out=begun)
            run = here - begun[1:] + 1 - self.closed_between(begun[1:] - 1, here + 1)
            longest = np.zeros((self.columns + 1, len(self.people)), np.int32)
            np.maximum.accumulate(run, axis=0, out=longest[1:])
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
            self._arrays[key] = np.maximum.accumulate(out, axis=0, out=out)
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
            daily = np.diff(self.total(plane), axis=0)
            out = np.zeros((self.columns + 1, len(self.people)))
            kept = 0.5 ** (1 / half_life)
            for column in range(self.columns):
                np.multiply(out[column], kept, out=out[column + 1])
                out[column + 1] += daily[column]
            self._arrays[key] = out
        return self._arrays[key]  # type: ignore[return-value]

    def longest_gap(self, plane: str, since: Ints) -> NDArray[np.int32]:
        """Return the longest run of open days between two active days, seen before each column.

        `since` is, per enrolment, the column of its first expected day: silence before it is no silence.
        """
        key = ("gap", plane)
        if key not in self._arrays:
            last = np.maximum(self.last(plane), (since - 1).astype(np.int32))
            before, here = last[:-1], last[1:]
            gap = here - before - self.closed_between(before, here)
            gap[here == before] = 0
            out = np.zeros((self.columns + 1, len(self.people)), np.int32)
            np.maximum.accumulate(gap, axis=0, out=out[1:])
            self._arrays[key] = out
        return self._arrays[key]  # type: ignore[return-value]

    def closed_between(self, after: NDArray[np.int32], before: NDArray[np.int32]) -> NDArray[np.int32]:
        """Count the closed days strictly between two columns, whose last axis is the enrolments."""
        if not self.closed_before[-1].any():
            return np.zeros(np.broadcast(after, before).shape, np.int32)
        low = np.clip(after + 1, 0, self.columns)
        high = np.clip(before, low, self.columns)
        return np.asarray(self.closed_before[high, self.session] - self.closed_before[low, self.session])

    def closed_among(self, row: Ints, after: Ints, before: Ints) -> Ints:
        """Count the closed days strictly between two columns of some enrolments, one of each a row."""
        low = np.clip(after + 1, 0, self.columns)
        high = np.clip(before, low, self.columns)
        home = self.session[row]
        return np.asarray(self.closed_before[high, home] - self.closed_before[low, home], np.int64)
