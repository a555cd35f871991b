"""One enrolment's weeks, read from the records: what the picture draws and its table says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_WEEKS = 60


@dataclass(frozen=True)
class Week:
    """Seven days of one enrolment, counted from its first day.

    `typical` is the median of the session's enrolments still there that week; `asked` and
    `answered` count surveys; `score` is the mean mark of what was handed in, in [0, 1], None
    when nothing was marked.
    """

    number: int
    starts_on: date
    actions: float
    typical: float
    posts: int
    handed_in: int
    score: float | None
    asked: int
    answered: int
    absences: int


@dataclass(frozen=True)
class SessionSpan:
    """The session beside which enrolments are drawn, and the days between which its records are read."""

    session_id: str
    started_on: date
    until: date
    zone: str

    @property
    def n_weeks(self) -> int:
        """Whole or begun weeks, at most sixty."""
        return min(MOST_WEEKS, max(0, (self.until - self.started_on).days) // 7 + 1)


@dataclass(frozen=True)
class Span:
    """The enrolment drawn, and the days between which its records are read (`until` included)."""

    enrolment_id: int
    session_id: str
    started_on: date
    until: date
    zone: str

    @property
    def of_session(self) -> SessionSpan:
        """The same days of its session: those of every enrolment that began and is drawn until the same days."""
        return SessionSpan(self.session_id, self.started_on, self.until, self.zone)

    @property
    def n_weeks(self) -> int:
        """Whole or begun weeks, at most sixty."""
        return self.of_session.n_weeks


Weekly = Mapping[int, tuple[float, Mapping[int, float]]]
"""By week: the median of the session, and the actions of each enrolment that has any."""


_ACTIVITY = """
WITH people AS (
  SELECT enrolment_id, coalesce(ended_on, DATE '9999-12-31') AS ended_on FROM enrolments WHERE session_id = $session
), spread AS (
  SELECT enrolment_id, count,
         (CAST(occurred_from AT TIME ZONE $zone AS DATE) - $start) // 7 AS first_week,
         (CAST(greatest(occurred_from, occurred_to - INTERVAL 1 SECOND) AT TIME ZONE $zone AS DATE) - $start) // 7
           AS last_week
  FROM activity JOIN people USING (enrolment_id) WHERE known_on <= $until
), weekly AS (
  SELECT enrolment_id, unnest(range(first_week, last_week + 1)) AS week, count / (last_week - first_week + 1) AS n
  FROM spread
), summed AS (SELECT enrolment_id, week, sum(n) AS n FROM weekly GROUP BY ALL)
SELECT w.week, median(coalesce(n, 0)) FILTER (p.ended_on > $start + CAST(7 * w.week AS INTEGER)),
       list({'who': p.enrolment_id, 'n': n}) FILTER (n IS NOT NULL)
FROM (SELECT unnest(range($weeks)) AS week) w CROSS JOIN people p
LEFT JOIN summed s ON s.week = w.week AND s.enrolment_id = p.enrolment_id
GROUP BY w.week ORDER BY w.week
"""
_EVENTS = """
SELECT week, sum(posts), sum(handed_in), avg(score), sum(asked), sum(answered), sum(absences) FROM (
  SELECT (CAST(occurred_at AT TIME ZONE $zone AS DATE) - $start) // 7 AS week, 1 AS posts, 0 AS handed_in,
         NULL::DOUBLE AS score, 0 AS asked, 0 AS answered, 0 AS absences
  FROM posts WHERE enrolment_id = $me AND known_on <= $until
  UNION ALL
  SELECT (CAST(submitted_at AT TIME ZONE $zone AS DATE) - $start) // 7, 0, 1,
         CASE WHEN score_known_on <= $until THEN score END, 0, 0, 0
  FROM quiz_results WHERE enrolment_id = $me AND known_on <= $until AND NOT banked
  UNION ALL
  SELECT (min(sent_on) - $start) // 7, 0, 0, NULL, 1, coalesce(bool_or(answered_on <= $until), false)::INTEGER, 0
  FROM survey_answers WHERE enrolment_id = $me AND sent_on <= $until GROUP BY survey_id
  UNION ALL
  SELECT (CAST(starts_at AT TIME ZONE $zone AS DATE) - $start) // 7, 0, 0, NULL, 0, 0, (status = 'absent')::INTEGER
  FROM attendance WHERE enrolment_id = $me AND known_on <= $until
) GROUP BY week
"""


def weekly(con: DuckDBPyConnection, span: SessionSpan) -> Weekly:
    """Return the weeks of a session's activity, from what was known at the end of `until`."""
    values = {"session": span.session_id, "start": span.started_on, "until": span.until, "zone": span.zone}
    rows = con.execute(_ACTIVITY, {**values, "weeks": span.n_weeks}).fetchall()
    return {int(week): (float(median or 0), {one["who"]: float(one["n"]) for one in people or ()})
            for week, median, people in rows}  # fmt: skip


def read(con: DuckDBPyConnection, span: Span, session: Weekly | None = None) -> tuple[Week, ...]:
    """Return the weeks of an enrolment, silent ones included, from what was known at the end of `until`.

    Parameters
    ----------
    session : `weekly` of the same days, where it is known already.
    """
    around = weekly(con, span.of_session) if session is None else session
    values: dict[str, Any] = {
        "me": span.enrolment_id,
        "start": span.started_on,
        "until": span.until,
        "zone": span.zone,
    }
    events = {int(row[0]): row[1:] for row in con.execute(_EVENTS, values).fetchall() if row[0] is not None}
    nothing: tuple[float, Mapping[int, float]] = (0.0, {})
    beside = [around.get(number, nothing) for number in range(span.n_weeks)]
    return tuple(
        _week(number, span.started_on, typical, people.get(span.enrolment_id, 0.0), events.get(number))
        for number, (typical, people) in enumerate(beside)
    )


def _week(number: int, start: date, typical: float, actions: float, events: tuple[Any, ...] | None) -> Week:
    posts, handed_in, score, asked, answered, absences = events or (0, 0, None, 0, 0, 0)
    return Week(
        number=number + 1,
        starts_on=start + timedelta(days=7 * number),
        actions=actions,
        typical=typical,
        posts=int(posts or 0),
        handed_in=int(handed_in or 0),
        score=None if score is None else float(score),
        asked=int(asked or 0),
        answered=int(answered or 0),
        absences=int(absences or 0),
    )
