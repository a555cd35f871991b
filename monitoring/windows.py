"""Which rows of the reference a scored list is compared with: those of the same week of the course. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from monitoring.thresholds import DEFAULT, Thresholds

if TYPE_CHECKING:
    import pandas as pd

Rows = NDArray[np.int64]
CLOCK, SESSION, COURSE = PLACE = ("day_of_course", "session_id", "course_id")
"""Where a row stands; a window without them has nothing to be compared by."""


TRAILING, A_WEEK = 28, 5
"""Days before a list that its windows look at; working days closed that make a week closed."""


@dataclass(frozen=True)
class Closures:
    """When the whole organisation was closed, and on which day each session started."""

    days: Collection[date] = ()
    starts: Mapping[str, date] = field(default_factory=dict)

    def weeks(self, frame: pd.DataFrame) -> Rows:
        """Return how many working weeks of the 28 days before each row were closed, to the nearest.

        A list of January looks back on the closure of Christmas: it is compared with lists that look back on as much.
        """
        told = np.zeros(len(frame), np.int64)
        if not self.days:
            return told
        starts = frame[SESSION].map(lambda session: np.datetime64(self.starts.get(session, "NaT"), "D"))
        on = starts.to_numpy("datetime64[D]") + frame[CLOCK].to_numpy().astype("timedelta64[D]")
        for day in self.days:
            if day.weekday() < A_WEEK:
                back = (on - np.datetime64(day)).astype(np.float64, copy=True)
                told += (back > 0) & (back <= TRAILING) & ~np.isnat(on)
        return (told + A_WEEK // 2) // A_WEEK


NEVER_CLOSED = Closures()


@dataclass(frozen=True)
class Group:
    """The current rows of one session in one week of its course, and the earlier sessions to compare them with.

    `earlier` holds the rows of each earlier session in the same week, of the same course where there are enough of
    them (`of_course`).
    """

    session: str
    course: str
    week: int
    rows: Rows
    earlier: Mapping[str, Rows]
    of_course: bool


@dataclass(frozen=True)
class Alike:
    """What can be compared: the groups, how many current rows have nothing alike, courses never seen before."""

    groups: tuple[Group, ...]
    n_unlike: int
    new_courses: tuple[str, ...] = ()

    @property
    def n_current(self) -> int:
        """Current rows that are compared."""
        return sum(len(group.rows) for group in self.groups)

    @property
    def n_reference(self) -> int:
        """Rows of the reference that they are compared with, each once."""
        told = [rows for group in self.groups for rows in group.earlier.values()]
        return len(np.unique(np.concatenate(told))) if told else 0

    @property
    def n_sessions(self) -> int:
        """Earlier sessions that they are compared with."""
        return len({name for group in self.groups for name in group.earlier})

    @property
    def fewest(self) -> int:
        """Earlier sessions of the group that has the fewest."""
        return min((len(group.earlier) for group in self.groups), default=0)


def alike(
    reference: pd.DataFrame, current: pd.DataFrame, *, limits: Thresholds = DEFAULT, closures: Closures = NEVER_CLOSED
) -> Alike:
    """Group the current rows by session and week, and find the earlier sessions that each is compared with.

    A learner in week 2 is not compared with one in week 12, nor one back from a closure with one who had none, nor a
    session with itself.
    """
    if not set(PLACE) <= set(reference) & set(current):
        return Alike((), len(current))
    before, groups, n_unlike = _cells(reference, closures), list[Group](), 0
    by_week: dict[tuple[int, int], dict[tuple[str, str], Rows]] = defaultdict(dict)
    for (session, course, week, closed), rows in before.items():
        if len(rows) >= limits.min_rows_of_session:
            by_week[week, closed][session, course] = rows
    for (session, course, week, closed), rows in _cells(current, closures).items():
        earlier, of_course = _earlier(by_week[week, closed], session, course, limits)
        if len(earlier) < limits.min_sessions:
            n_unlike += len(rows)
        else:
            groups.append(Group(session, course, week, rows, earlier, of_course))
    seen = set(reference[COURSE])
    new = sorted({str(one) for one in current[COURSE] if one not in seen})
    return Alike(tuple(groups), n_unlike, tuple(new))


def _cells(frame: pd.DataFrame, closures: Closures) -> dict[tuple[str, str, int, int], Rows]:
    """Return the rows of each session in each week of its course, those who look back on as long a closure together."""
    columns = (frame[SESSION], frame[COURSE], frame[CLOCK] // 7, closures.weeks(frame))
    found: dict[tuple[str, str, int, int], list[int]] = defaultdict(list)
    for row, (session, course, week, closed) in enumerate(zip(*(one.tolist() for one in columns), strict=True)):
        found[str(session), str(course), int(week), closed].append(row)
    return {key: np.array(rows, np.int64) for key, rows in sorted(found.items())}


def _earlier(
    at_week: Mapping[tuple[str, str], Rows], session: str, course: str, limits: Thresholds
) -> tuple[dict[str, Rows], bool]:
    """Return the other sessions of a week: of the same course where there are enough of them, else of all."""
    others = {key: rows for key, rows in at_week.items() if key[0] != session}
    own = {name: rows for (name, of), rows in others.items() if of == course}
    if len(own) >= limits.enough_of_course:
        return own, True
    return {name: rows for (name, _), rows in others.items()}, False


def sample(reference: pd.DataFrame, found: Alike, *, rows: int) -> pd.DataFrame:
    """Return about `rows` rows of the reference that have the current rows' own mix of weeks (and courses).

    For a page that takes two plain tables; evenly spaced, so always the same.
    """
    total = max(found.n_current, 1)
    picked = list(_spaced(found.groups, rows / total))
    return reference.iloc[np.concatenate(picked)] if picked else reference.iloc[:0]


def _spaced(groups: Sequence[Group], share: float) -> Iterator[Rows]:
    for group in groups:
        there = np.concatenate(list(group.earlier.values()))
        wanted = max(1, round(len(group.rows) * share))
        yield there[np.linspace(0, len(there), wanted, endpoint=False).astype(np.int64)]
