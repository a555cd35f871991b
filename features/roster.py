"""Who is expected on a day: the roster comes from the enrolments, never from the activity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
from numpy.typing import NDArray

from features.schedule import Schedule
from features.shown import shown

Days = NDArray[np.int64]
NEVER = 2**40
"""Day number of what has not happened."""
NOBODY = -1
"""Mentor number of an enrolment without a mentor."""

_EPOCH = date(1970, 1, 1)
_ENROLMENTS = f"""
SELECT p.position AS session, e.enrolment_id, e.learner_id, coalesce(e.mentor_id, {NOBODY}) AS mentor_id, e.course_id,
       e.registered_on - DATE '1970-01-01' AS registered,
       e.started_on - DATE '1970-01-01' AS started,
       e.planned_end_on - DATE '1970-01-01' AS planned_end,
       coalesce(e.outcome_known_on - DATE '1970-01-01', {NEVER}) AS outcome_known,
       coalesce(e.outcome = 'abandoned', false) AS abandoned,
       coalesce(e.prior_attempts, 'nan'::DOUBLE) AS prior_attempts,
       coalesce(e.credits, 'nan'::DOUBLE) AS credits,
       coalesce(s.starts_on, min(e.started_on) OVER whole) - DATE '1970-01-01' AS session_start,
       greatest(least(s.starts_on, min(e.started_on) OVER whole), s.starts_on - 365) - DATE '1970-01-01' AS origin
FROM enrolments e JOIN filrouge_schedule p USING (session_id) LEFT JOIN sessions s USING (session_id)
WINDOW whole AS (PARTITION BY e.session_id)
ORDER BY p.position, e.enrolment_id
"""


@dataclass(frozen=True)
class Enrolments:
    """All enrolments of the scheduled sessions, one array a column, whole sessions side by side.

    Days are numbers since 1970-01-01; `session` is the session's rank in `sessions`; `origin` is where
    the session's grid begins: its start, or its first learner's when earlier (a year earlier at most).
    """

    sessions: tuple[str, ...]
    session: Days
    enrolment_id: NDArray[np.int64]
    learner_id: NDArray[np.int64]
    mentor_id: NDArray[np.int64]
    course_id: NDArray[np.object_]
    registered: Days
    started: Days
    planned_end: Days
    outcome_known: Days
    abandoned: NDArray[np.bool_]
    prior_attempts: NDArray[np.float64]
    credits: NDArray[np.float64]
    session_start: Days
    origin: Days

    def part(self, rows: slice) -> Enrolments:
        """Return these rows only."""
        arrays = {name: value[rows] for name, value in vars(self).items() if name != "sessions"}
        return Enrolments(sessions=self.sessions, **arrays)

    def __len__(self) -> int:
        return len(self.enrolment_id)


def day_number(day: date) -> int:
    """Return the number of days since 1970-01-01."""
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """Return the day of a number of days since 1970-01-01."""
    return _EPOCH + timedelta(days=number)


def in_roster(people: Enrolments, as_of: Days) -> NDArray[np.bool_]:
    """Say who is expected on each day: known, started, not past the planned end, not known to have left.

    Parameters
    ----------
    people : n enrolments.
    as_of : day numbers, any shape that broadcasts with n.
    """
    begun = (people.started <= as_of) & (people.registered <= as_of) & (people.origin <= as_of)
    return np.asarray(begun & (as_of <= people.planned_end) & ~(people.outcome_known < as_of))


def read(con: duckdb.DuckDBPyConnection, schedule: Schedule) -> Enrolments:
    """Read the enrolments of the scheduled sessions, sessions in the schedule's order, then by enrolment_id."""
    sessions = tuple(schedule)
    columns = {"session_id": np.array(sessions, np.object_), "position": np.arange(len(sessions))}
    with shown(con, "filrouge_schedule", columns):
        found = con.execute(_ENROLMENTS).fetchnumpy()
    return Enrolments(sessions=sessions, **{name: np.asarray(value) for name, value in found.items()})
