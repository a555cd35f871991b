"""One world's drift: what the watch says each Monday where nothing changes, and how late it says what does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from features.table import IDENTITY
from monitoring.drift import SCORE, Comparison, by_course, compare
from monitoring.freshness import closures
from monitoring.windows import Closures
from tests.bench.watched_changes import (
    CHANGES,
    COURSES,
    closed,
    in_two_courses,
    logins_halved_in,
    once_late,
)
from tests.bench.watched_worlds import (
    CHANGE_AT,
    CHANGE_ON,
    LOOK_ON,
    LOOKS,
    Tables,
    lists_of,
    plan_of,
    reference_of,
    shown,
    tables_of,
)

ALARMS = ("watch", "drifted")
SPREADS = {"alike": 0.0, "different": 0.3}
"""Between sessions: none, or a third of the spread between learners."""
CHRISTMAS = range(16, 22)
"""Looks from the first Monday of the closure on."""
CLOSED = tuple((date(year, 12, 20), date(year + 1, 1, 4)) for year in (2024, 2025))
"""The winters of the sessions that taught, and of the lists."""
Line = dict[str, Any]


@dataclass(frozen=True)
class Watch:
    """What each list of a world is compared with."""

    reference: pd.DataFrame
    names: list[str]
    closures: Closures

    @classmethod
    def of(cls, tables: Tables) -> Watch:
        """Take the sessions that taught, and the closures that the calendar tells."""
        reference = reference_of(tables)
        names = [SCORE, *(name for name in reference if name not in (SCORE, *IDENTITY))]
        with shown(tables) as con:
            return cls(reference, names, closures(con))

    def whole(self, rows: pd.DataFrame) -> Comparison:
        """Return what the watch says of a list."""
        return compare(self.reference, rows, self.names, closures=self.closures)

    def own(self, rows: pd.DataFrame) -> dict[str, Comparison]:
        """Return what the watch says of each course of a list apart."""
        return by_course(self.reference, rows, self.names, closures=self.closures)


def nothing_changes(seed: int, sessions: str) -> Line:
    """Measure one world where nothing changes, but for the records of three days that once come late.

    Parameters
    ----------
    sessions : one of SPREADS.
    """
    tables = in_two_courses(tables_of(plan_of(seed), spread=SPREADS[sessions]))
    watch, lists = Watch.of(tables), lists_of(tables)
    own = {day: watch.own(rows) for day, rows in list(lists.items())[::2]}
    late = lists_of(once_late(tables), range(CHANGE_AT, CHANGE_AT + 3))
    apart = {name: _alarms({day: found[name] for day, found in own.items() if name in found}) for name in COURSES}
    return {"whole": quiet(watch, lists), "once_late": quiet(watch, late), **apart}


def changes(seed: int, sessions: str) -> Line:
    """Measure one world with each change in its turn: the days until it is seen.

    Parameters
    ----------
    sessions : one of SPREADS.
    """
    tables = in_two_courses(tables_of(plan_of(seed), spread=SPREADS[sessions]))
    watch = Watch.of(tables)
    return {
        "found": {what: _found(watch, change(tables), what) for what, change in CHANGES.items()},
        "one_course": {course: _found_in(watch, tables, course) for course in COURSES},
    }


def christmas(seed: int) -> Line:
    """Measure one world's looks from a closure of two weeks on, told in the calendar and not; the winter before too."""
    tables = in_two_courses(tables_of(plan_of(seed, looks=CHRISTMAS.stop)))
    shut = {name: closed(tables, CLOSED, told=told) for name, told in (("told", True), ("untold", False))}
    return {name: quiet(Watch.of(one), lists_of(one, CHRISTMAS)) for name, one in shut.items()}


def quiet(watch: Watch, lists: Mapping[date, pd.DataFrame]) -> Line:
    """Return the looks that said something moved, and the columns that did."""
    told = {day: watch.whole(rows) for day, rows in lists.items()}
    columns = [column.drifted for one in told.values() for column in one.columns]
    return {**_alarms(told), "columns": len(columns), "moved": sum(columns)}


def _alarms(told: Mapping[date, Comparison]) -> Line:
    """Return how many looks, and those that said something moved, as weeks since the first of all."""
    weeks = [(day - LOOK_ON).days // 7 for day, one in told.items() if one.verdict in ALARMS]
    return {
        "looks": len(told),
        "alarms": weeks,
        "not_enough": sum(o.verdict == "not_enough_data" for o in told.values()),
    }


def _found(watch: Watch, tables: Tables, what: str) -> int | None:
    """Return the days until a change is seen: something moved, or a course is new where that is the change."""

    def seen(rows: pd.DataFrame) -> bool:
        one = watch.whole(rows)
        return one.verdict in ALARMS or (what == "a new course" and bool(one.new_courses))

    return _first(lists_of(tables, range(CHANGE_AT, LOOKS)), seen)


def _found_in(watch: Watch, tables: Tables, course: str) -> Line:
    """Return the days until a change of one course is seen: by the whole's verdict, and by the course's own."""
    lists = lists_of(logins_halved_in(course)(tables), range(CHANGE_AT, LOOKS))

    def own(rows: pd.DataFrame) -> bool:
        found = watch.own(rows).get(course)
        return found is not None and found.verdict in ALARMS

    return {"whole": _first(lists, lambda rows: watch.whole(rows).verdict in ALARMS), "own": _first(lists, own)}


def _first(lists: Mapping[date, pd.DataFrame], seen: Callable[[pd.DataFrame], bool]) -> int | None:
    first = next((day for day, rows in lists.items() if seen(rows)), None)
    return None if first is None else (first - CHANGE_ON).days
