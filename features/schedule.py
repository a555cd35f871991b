"""When to look: which as-of dates each session is computed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TypeAlias

import duckdb

Schedule: TypeAlias = Mapping[str, Sequence[date]]
"""Session id -> its as-of dates, in order, without repeats."""

_SPANS = """
SELECT e.session_id, coalesce(any_value(s.starts_on), min(e.started_on)) AS starts_on,
       greatest(coalesce(any_value(s.ends_on), max(e.planned_end_on)), max(e.planned_end_on)) AS ends_on
FROM enrolments e LEFT JOIN sessions s USING (session_id)
GROUP BY e.session_id ORDER BY e.session_id
"""
_RUNNING = """
SELECT DISTINCT session_id FROM enrolments
WHERE registered_on <= $as_of AND started_on <= $as_of AND planned_end_on >= $as_of
  AND (outcome_known_on IS NULL OR outcome_known_on >= $as_of)
ORDER BY session_id
"""


def on_date(con: duckdb.DuckDBPyConnection, as_of: date) -> Schedule:
    """Return that one date for every session with somebody in its roster that day."""
    return {session: (as_of,) for (session,) in con.execute(_RUNNING, {"as_of": as_of}).fetchall()}


def weekly(con: duckdb.DuckDBPyConnection, until: date, weekday: int = 0) -> Schedule:
    """Return every such weekday (0 = Monday) after each session's first day, up to its end or `until`."""
    return _drop_empty(
        {
            session: _weekdays(first, min(last, until), weekday)
            for session, first, last in con.execute(_SPANS).fetchall()
        }
    )


def on_course_days(con: duckdb.DuckDBPyConnection, days: Sequence[int], *, until: date | None = None) -> Schedule:
    """Return each session's first day + each of `days`, while the session runs (and not after `until`)."""
    return _drop_empty(
        {
            session: tuple(d for d in _shifted(first, days) if d <= min(last, until or last))
            for session, first, last in con.execute(_SPANS).fetchall()
        }
    )


def _shifted(first: date, days: Sequence[int]) -> tuple[date, ...]:
    return tuple(first + timedelta(days=day) for day in sorted(set(days)))


def _weekdays(first: date, last: date, weekday: int) -> tuple[date, ...]:
    start = first + timedelta(days=(weekday - first.weekday() - 1) % 7 + 1)
    return tuple(start + timedelta(days=step) for step in range(0, (last - start).days + 1, 7))


def _drop_empty(schedule: dict[str, tuple[date, ...]]) -> Schedule:
    return {session: dates for session, dates in schedule.items() if dates}
