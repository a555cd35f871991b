"""What was known before a date: the only thing a feature is given.

An `AsOf` looks at one chunk of the grid on k dates at once. Every answer has the shape (k, n): dates by
enrolments. Rows of the grid at or after the date cannot be reached from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from features.columns import LEAD
from features.grid import NOT_SEEN, Grid
from features.rollup import Table
from features.rollup_opened import numbered
from features.roster import Enrolments, in_roster

Values: TypeAlias = NDArray[np.float64]
Made = TypeVar("Made")
Feature: TypeAlias = "Callable[[AsOf], Values]"
Norm: TypeAlias = tuple[int, float, float]
"""How many learners of earlier sessions, their mean and standard deviation."""
Norms: TypeAlias = Mapping[tuple[str, int], Sequence[Norm]]
"""Session and as-of day number -> what earlier sessions of the course were on that day of it (`norms.py`)."""


def ratio(part: Values, whole: Values) -> Values:
    """Return part ÷ whole, NaN where there is no whole."""
    out: Values = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return out


def _name(work: Callable[..., Any], *arguments: float) -> str:
    return f"{work.__module__}.{work.__name__}{arguments}"


class AsOf:
    """The grid as it was known before each date.

    Parameters
    ----------
    grid : a chunk of whole sessions.
    dates : day numbers, (k, n): one line a date; the same date for the whole of a session.
    norms : what earlier sessions of the same course were on the same day of it.
    """

    def __init__(self, grid: Grid, dates: NDArray[np.int64], norms: Norms | None = None) -> None:
        self._grid = grid
        self._norms: Norms = norms or {}
        self._col = np.clip(dates - grid.people.origin + LEAD, 1, grid.columns)
        self._same = bool((self._col == self._col[:, :1]).all())
        self._since = grid.people.started - grid.people.origin + LEAD
        self._made: dict[str, Any] = {}
        self._weeks: dict[str, Values] = {}
        self.dates = dates
        self.people: Enrolments = grid.people
        self.roster = in_roster(grid.people, dates)
        self.session = grid.session

    @property
    def shape(self) -> tuple[int, int]:
        """Dates by enrolments."""
        return self.dates.shape[0], self.dates.shape[1]

    def of(self, feature: Feature) -> Values:
        """Return another feature's values, worked out once."""
        return self.once(feature)

    def once(self, work: Callable[..., Made], *arguments: float) -> Made:
        """Return what `work` makes of this view, worked out once."""
        key = _name(work, *arguments)
        if key not in self._made:
            self._made[key] = work(self, *arguments)
        made: Made = self._made[key]
        return made

    def keep(self, feature: Feature, values: Values) -> None:
        """Keep a feature's values here, where they are stored, rather than a copy of them."""
        self._made[_name(feature)] = values

    def forget(self) -> None:
        """Let go of everything worked out so far."""
        self._made.clear()
        self._weeks.clear()
        self._grid.forget()

    # --- counts -------------------------------------------------------------------------------

    def count(self, *planes: str, days: int | None = None, before: int = 0) -> Values:
        """Return how many, in the `days` that end `before` days ahead of the date; all of them by default."""
        found = self._window(planes[0], days, before)
        for plane in planes[1:]:
            found += self._window(plane, days, before)
        return found

    def since_start(self, plane: str) -> Values:
        """Return how many since the learner's first expected day."""
        total = self._grid.total(plane)
        start = np.clip(self._since, 0, self._col)
        return np.asarray(self.count(plane) - total[start, np.arange(total.shape[1])], np.float64)

    def active_days(self, days: int | None = None, before: int = 0) -> Values:
        """Return on how many days something was done."""
        return self.count("active", days=days, before=before)

    def kinds(self, days: int) -> Values:
        """Return how many kinds of things were done in the last `days` days."""
        return np.asarray(np.bitwise_count(self._at(self._grid.kinds(days), self._col)), np.float64)

    def decayed(self, plane: str, half_life: float) -> Values:
        """Return the count where an action weighs half as much after each `half_life` days."""
        if self._grid.is_empty(plane):
            return np.zeros(self.shape)
        return self._row(self._grid.decayed(plane, half_life), self._col)

    def weekly(self, plane: str, weeks: int) -> Values:
        """Return the counts of the last weeks of seven open days each, the latest first: (weeks, k, n).

        Closed days belong to the week that follows them, so that a holiday is not a week of silence.
        """
        held = self._weeks.get(plane)
        if held is None or len(held) < weeks:
            self._weeks[plane] = held = self._weekly(plane, weeks)
        return held[:weeks]

    def _weekly(self, plane: str, weeks: int) -> Values:
        total, person = self._grid.total(plane), np.arange(self.shape[1])
        rows = self._same and not self._grid.closes
        known = np.stack([total[edge[:, 0] if rows else (edge, person)] for edge in self._week_edges(weeks)])
        return np.asarray(known[:-1] - known[1:], np.float64)

    def _week_edges(self, weeks: int) -> list[NDArray[np.int64]]:
        if not self._grid.closes:
            return [np.maximum(self._col - 7 * week, 1) for week in range(weeks + 1)]
        edges = [self._col, *(np.empty_like(self._col) for _ in range(weeks))]
        for place in range(self._grid.n_sessions):
            mine = self.session == place
            for week in range(1, weeks + 1):
                edges[week][:, mine] = np.maximum(self._grid.open_back(7 * week, place, self._col[:, mine]), 1)
        return edges

    def first_days(self, plane: str, days: int) -> Values:
        """Return how many in the learner's first `days` days; what is not over yet is counted so far."""
        total, person = self._grid.total(plane), np.arange(self.shape[1])
        first = np.clip(self._since, 1, self._grid.columns)
        last = np.minimum(np.clip(self._since + days, 1, self._grid.columns), self._col)
        return np.asarray(total[last, person] - total[np.minimum(first, last), person], np.float64)

    def up_to(self, plane: str, ahead: Values, days: int) -> Values:
        """Return how many in the `days` days that end `ahead` days before the date, both ends seen; NaN for NaN."""
        known, person = ~np.isnan(ahead), np.arange(self.shape[1])
        high = np.maximum(self._col - np.where(known, ahead, 0).astype(np.int64), 1)
        total = self._grid.total(plane)
        found = total[high, person] - total[np.maximum(high - days, 1), person]
        return np.where(known, found.astype(np.float64), np.nan)

    def _window(self, plane: str, days: int | None, before: int) -> Values:
        if self._grid.is_empty(plane):
            return np.zeros(self.shape)
        total = self._grid.total(plane)
        high = np.maximum(self._col - before, 1)
        if days is None:
            return self._row(total, high)
        return np.asarray(self._at(total, high) - self._at(total, np.maximum(high - days, 1)), np.float64)

    def _row(self, table: NDArray[np.generic], col: NDArray[np.int64]) -> Values:
        return np.asarray(self._at(table, col), dtype=np.float64)

    def _at(self, table: NDArray[Any], col: NDArray[np.int64]) -> NDArray[Any]:
        """Return a table's row at each date, of each enrolment."""
        if self._same:
            return np.asarray(table[col[:, 0]])
        return np.asarray(table.ravel().take(col * table.shape[1] + np.arange(table.shape[1])))

    # --- recency ------------------------------------------------------------------------------

    def days_since(self, *planes: str) -> Values:
        """Return the open days since the last one, or since the learner's start when there is none later."""
        last = self._last_day(*planes)
        return np.asarray(self._col - last - self._grid.closed_between(last, self._col), np.float64)

    def days_since_start(self) -> Values:
        """Return the open days since the learner's first expected day."""
        first = np.broadcast_to(self._since, self.shape)
        return np.asarray(self._col - first - self._grid.closed_between(first - 1, self._col), np.float64)

    def begun(self, days: int) -> NDArray[np.bool_]:
        """Say whether the last `days` days all lie on or after the learner's first expected day."""
        return np.asarray(self.dates - self.people.started >= days)

    def longest_gap(self, plane: str) -> Values:
        """Return the longest silence so far in open days, the present one included."""
        past = self._row(self._grid.longest_gap(plane, self._since), self._col)
        return np.maximum(past, self.days_since(plane))

    def usual_gap(self, plane: str) -> Values:
        """Return one active day in how many open days, up to the last one; NaN before two of them."""
        times, last = self.count(plane), self._last_day(plane)
        spread = last - self._since + 1 - self._grid.closed_between(np.broadcast_to(self._since - 1, last.shape), last)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(times >= 2, np.maximum(spread, 1) / times, np.nan)

    def median_gap(self, plane: str) -> Values:
        """Return the median of the open days between active days so far; NaN before two gaps."""
        gaps, out = self._grid.gaps(plane), np.full(self.shape, np.nan)
        since = self._first_date(gaps.row, gaps.col)
        counts = np.bincount(since * self.shape[1] + gaps.row, minlength=out.size + self.shape[1])
        known_times = np.cumsum(counts.reshape(-1, self.shape[1]), axis=0)
        packed = (gaps.value << 16) | since  # from the last date to the first, so that fewer are gone through each time
        for slot in reversed(range(self.shape[0])):
            packed = packed[(packed & 0xFFFF) <= slot]
            gap, times = packed >> 16, known_times[slot]
            first = np.cumsum(times) - times
            some = np.flatnonzero(times >= 2)
            low, high = first[some] + (times[some] - 1) // 2, first[some] + times[some] // 2
            out[slot, some] = (gap[low] + gap[high]) / 2
        return out

    def wait_before_first(self, plane: str) -> Values:
        """Return the open days from the learner's start to the first one after it, or so far when there is none."""
        first = np.broadcast_to(np.maximum(self._grid.first(plane), self._since), self.shape)
        until = np.minimum(first, self._col)
        since = np.broadcast_to(self._since, self.shape)
        return np.asarray(until - since - self._grid.closed_between(since - 1, until), np.float64)

    def steady(self, plane: str, pause: int) -> tuple[Values, Values]:
        """Return the open days of the run without a longer pause (0 during one), and those of the longest run so far.

        The present run goes up to the date; one that a pause has ended stops at its last active day.
        """
        begun, longest = self._grid.steady(plane, self._since, pause)
        start = self._row(begun, self._col).astype(np.int32)
        run = self._col - start - self._grid.closed_between(start - 1, self._col)
        now = np.where(self.days_since(plane) > pause, 0, run).astype(np.float64)
        return now, np.maximum(now, self._row(longest, self._col))

    def days_since_day(self, plane: str) -> Values:
        """Return the open days since the day that a plane's latest value names, or since the learner's start."""
        named = np.nan_to_num(self.latest(plane), nan=NOT_SEEN)
        last = np.maximum(named, self._since - 1).astype(np.int32)
        return np.asarray(self._col - last - self._grid.closed_between(last, self._col), np.float64)

    def _last_day(self, *planes: str) -> NDArray[np.int32]:
        last = np.full(self.shape, NOT_SEEN, np.int32)
        for plane in planes:
            if self._grid.is_empty(plane):
                continue
            last = np.maximum(last, self._row(self._grid.last(plane), self._col).astype(np.int32))
        return np.maximum(last, (self._since - 1).astype(np.int32))

    # --- the latest value -----------------------------------------------------------------------

    def latest(self, plane: str, nth: int = 1) -> Values:
        """Return the latest known value, or the one before it (`nth` = 2); NaN when there is none."""
        cells, found = self._grid.cells(plane), np.full(self.shape, np.nan)
        if not len(cells.row):
            return found
        width = self._grid.columns + 2
        place = np.searchsorted(cells.row * width + cells.col, np.arange(self.shape[1]) * width + self._col) - nth
        inside = place >= 0
        inside[inside] = cells.row[place[inside]] == np.broadcast_to(np.arange(self.shape[1]), self.shape)[inside]
        found[inside] = cells.value[place[inside]]
        return found

    # --- what the source can say ------------------------------------------------------------------

    def supplied(self, *planes: str) -> NDArray[np.bool_]:
        """Say whether anybody in the session has such a record yet: a silent source says nothing of a learner."""
        first = np.minimum.reduce([self._grid.first_seen(plane) for plane in planes])
        return np.asarray(first[self.session] < self._col)

    def finer_than(self, days: int) -> NDArray[np.bool_]:
        """Say whether the session's activity is known in steps of at most `days` days."""
        return np.asarray(self.once(AsOf._span) <= days)

    def _span(self) -> NDArray[np.int32]:
        return np.asarray(self._grid.span()[self._col, self.session])

    def norms(self, number: int) -> tuple[Values, Values, Values]:
        """Return, of one of `norms.BASES`, the earlier sessions' learners, mean and standard deviation."""
        out = np.zeros((3, *self.shape))
        for first in np.flatnonzero(np.diff(self.session, prepend=-1)):
            name, mine = self.people.sessions[self.people.session[first]], self.session == self.session[first]
            for slot, date in enumerate(self.dates[:, first]):
                if (found := self._norms.get((name, int(date)))) is not None:
                    out[:, slot, mine] = np.array(found[number])[:, None]
        return out[0], out[1], out[2]

    # --- events -----------------------------------------------------------------------------------

    def events(self, name: str, only: int | None = None) -> Iterator[tuple[int, Table]]:
        """Yield, for each date, a family's small table of events (`rollup_sql.TABLES`) known before it.

        `ago` says how many days before. Nothing is yielded where there is no event at all.
        """
        found = self._grid.records.table(name, self._grid.rows)
        if not len(found["row"]):
            return
        for slot in range(self.shape[0]) if only is None else (only,):
            ago = self._col[slot, found["row"]] - found["col"]
            known = ago > 0
            yield slot, {"ago": ago[known], **{column: values[known] for column, values in found.items()}}

    def openings(self, later: int) -> tuple[Table, NDArray[np.int64]]:
        """Return the first openings known before the last date, and the session of each resource.

        `slot` is the first date that knows of an opening, `later` the first that does so many days after it (the
        number of dates when none does); a `resource` counts apart in each session and for each kind of action.
        """
        found = self._grid.openings()
        slot = self._first_date(found.row, found.col)
        row, resource, kind, col = found.row, found.resource, found.kind, found.col
        if len(slot) and slot.max() >= self.shape[0]:
            seen = np.flatnonzero(slot < self.shape[0])
            row, resource, kind, col, slot = row[seen], resource[seen], kind[seen], col[seen], slot[seen]
        events = {"row": row, "slot": slot, "later": self._first_date(row, col + later)}
        resource, used = numbered([(resource, int(resource.max(initial=0)) + 1)])
        kinds = int(kind.max(initial=0)) + 1
        events["resource"], code = numbered(
            [(self.session[row], self._grid.n_sessions), (resource, len(used)), (kind, kinds)]
        )
        return events, code // max(len(used) * kinds, 1)

    def _first_date(self, row: NDArray[np.int64], col: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the first date that knows of what became known in a column; the number of dates when none does."""
        cols = self._col[:, :1] if self._same else self._col[:, np.flatnonzero(np.diff(self.session, prepend=-1))]
        columns = np.arange(self._grid.columns + 1)
        first = np.stack([np.searchsorted(each, columns, side="right") for each in cols.T])
        place = np.minimum(col, self._grid.columns)
        if not self._same:
            place += self.session[row] * len(columns)
        return first.ravel().take(place)

    def next_deadlines(self) -> Iterator[tuple[Values, NDArray[np.int64]]]:
        """Yield, for each date, the days to the next deadline announced before it (NaN: none), and its assessment.

        Nothing is yielded where no session has a deadline.
        """
        found = self._grid.deadlines()
        first_row = np.flatnonzero(np.diff(self.session, prepend=-1))
        for slot in range(self.shape[0] if len(found["due"]) else 0):
            days, assessment = np.full(len(first_row), np.nan), np.full(len(first_row), NOT_SEEN)
            for place, (number, row) in enumerate(zip(self._grid.sessions, first_row, strict=True)):
                col = self._col[slot, row]
                ahead = np.flatnonzero(
                    (found["session"] == number) & (found["announced"] < col) & (found["due"] >= col)
                )
                if len(ahead):
                    days[place], assessment[place] = found["due"][ahead[0]] - col, found["assessment_id"][ahead[0]]
            yield days[self.session], assessment[self.session]

    def deadlines(self) -> Iterator[tuple[int, Table]]:
        """Yield, for each date, the deadlines announced before it; nothing where no session has one.

        `place` is the session's rank in the chunk, `wait` the days to the deadline (below 0 once past), beside
        `assessment_id` and `weight` in hundredths.
        """
        found = self._grid.deadlines()
        place = np.searchsorted(self._grid.sessions, found["session"])
        first_row = np.flatnonzero(np.diff(self.session, prepend=-1))
        for slot in range(self.shape[0] if len(place) else 0):
            col = self._col[slot, first_row][place]
            known = found["announced"] < col
            kept = {name: found[name][known] for name in ("assessment_id", "weight")}
            yield slot, {"place": place[known], "wait": (found["due"] - col)[known], **kept}

    def waits(self, name: str) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int32]]]:
        """Yield, for each date, the rows of a family's events not answered before it, and the open days each waited."""
        for slot, events in self.events(name):
            row, col = events["row"], self._col[slot]
            left = events["answered"] >= col[row]
            row, asked = row[left], events["col"][left].astype(np.int32)
            yield slot, row, col[row] - asked - self._grid.closed_among(row, asked, col[row])
