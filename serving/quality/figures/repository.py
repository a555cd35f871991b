"""Queries on the records and on the alerts, for the figures: nothing known on the day or after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import Session

from serving.actions.policy import IN_TOUCH
from serving.quality.figures.inputs import Alerted, Answer, Enrolment, Invited, Post, Sent
from serving.quality.figures.prevention import contact_instant
from serving.site import Records
from serving.tables import Action, Alert, ScoreRun

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_KNOWN = "outcome <> 'ongoing' AND coalesce(outcome_known_on, ended_on, DATE '0001-01-01') < $today"
_ENROLMENTS = f"""
SELECT enrolment_id, session_id, started_on, planned_end_on, CASE WHEN {_KNOWN} THEN outcome ELSE 'ongoing' END,
       CASE WHEN {_KNOWN} THEN coalesce(ended_on, outcome_known_on) END,
       CASE WHEN passed IS NOT NULL AND coalesce(result_known_on, DATE '0001-01-01') < $today THEN passed END
FROM enrolments
WHERE started_on BETWEEN $since AND $until AND started_on <= $today AND registered_on <= $today
ORDER BY enrolment_id
"""
_SENT = """
SELECT a.enrolment_id, e.session_id, bool_or(coalesce(a.answered_on < $today, false)),
       coalesce(any_value(s.closes_on) >= $today, false)
FROM survey_answers a JOIN enrolments e USING (enrolment_id) LEFT JOIN surveys s USING (survey_id)
WHERE a.sent_on BETWEEN $since AND $until AND a.known_on < $today
GROUP BY a.enrolment_id, e.session_id, a.survey_id ORDER BY a.enrolment_id, a.survey_id
"""
_ANSWERS = """
SELECT a.enrolment_id, e.session_id, CASE WHEN a.scale = 'nps' THEN 'nps' ELSE 'satisfaction' END,
       CASE WHEN a.answered_on BETWEEN $since AND $until AND a.answered_on < $today THEN a.value END
FROM survey_answers a JOIN enrolments e USING (enrolment_id)
WHERE (a.scale = 'nps' OR (a.question = 'satisfaction' AND a.scale = 'likert5')) AND a.known_on < $today
  AND (a.answered_on BETWEEN $since AND $until OR a.sent_on BETWEEN $since AND $until)
ORDER BY a.record_id
"""
_INVITED = f"""
WITH seen AS (
  SELECT enrolment_id FROM posts WHERE enrolment_id IS NOT NULL AND occurred_at < $end AND known_on < $today
  UNION SELECT enrolment_id FROM activity WHERE kind = 'forum_view' AND occurred_from < $end AND known_on < $today
), lively AS (
  SELECT session_id FROM posts WHERE known_on < $today AND occurred_at < $end
  UNION SELECT e.session_id FROM seen JOIN enrolments e USING (enrolment_id)
)
SELECT enrolment_id, learner_id, session_id, enrolment_id IN (SELECT enrolment_id FROM seen)
FROM enrolments
WHERE session_id IN (SELECT session_id FROM lively) AND started_on <= least($until, $today) AND registered_on <= $today
  AND coalesce(CASE WHEN {_KNOWN} THEN coalesce(ended_on, outcome_known_on) END, planned_end_on) >= $since
ORDER BY enrolment_id
"""
_PEOPLE = "SELECT enrolment_id, learner_id FROM enrolments ORDER BY enrolment_id"
_POSTS = """
WITH every AS (
  SELECT record_id, session_id, thread_id, parent_id, enrolment_id, is_question, n_words, reactions,
         epoch(occurred_at) AS at,
         row_number() OVER (PARTITION BY session_id, thread_id ORDER BY occurred_at, record_id) AS place
  FROM posts WHERE known_on < $today
), known AS (
  SELECT * FROM every WHERE enrolment_id IS NULL OR enrolment_id NOT IN (SELECT unnest($unread))
), firsts AS (
  SELECT q.record_id, min(a.at) AS answered_at
  FROM known q JOIN known a ON a.session_id = q.session_id AND a.thread_id = q.thread_id AND a.at >= q.at
   AND a.record_id <> q.record_id AND a.enrolment_id IS DISTINCT FROM q.enrolment_id
  WHERE q.is_question AND q.place = 1 AND q.enrolment_id IS NOT NULL GROUP BY q.record_id
)
SELECT k.session_id, k.enrolment_id, k.at, k.place = 1, k.is_question, k.n_words, k.reactions, f.answered_at,
       CASE WHEN p.enrolment_id IS DISTINCT FROM k.enrolment_id THEN p.enrolment_id END
FROM known k LEFT JOIN firsts f USING (record_id) LEFT JOIN known p ON p.record_id = k.parent_id
WHERE k.at >= epoch($start) AND k.at < epoch($end)
ORDER BY k.at, k.record_id
"""
_ABANDONED = f"""
SELECT enrolment_id, coalesce(ended_on, outcome_known_on) FROM enrolments WHERE outcome = 'abandoned' AND {_KNOWN}
"""
_SESSIONS = """
SELECT DISTINCT e.session_id, coalesce(s.course_id, e.course_id), coalesce(s.name, e.session_id)
FROM enrolments e LEFT JOIN sessions s USING (session_id) ORDER BY ALL
"""
_CLOSED = """
SELECT from_on, to_on FROM calendar WHERE session_id = '' AND kind IN ('closure', 'public_holiday') ORDER BY ALL
"""
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Window:
    """The days told, both included; what is known before `today`; the organisation's time zone."""

    since: date
    until: date
    today: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The instant at which the first day begins."""
        return datetime.combine(self.since, time(), self.zone).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The instant at which the last day is over."""
        return datetime.combine(self.until + timedelta(days=1), time(), self.zone).astimezone(UTC)

    @property
    def now(self) -> datetime:
        """The instant at which today begins: nothing later is known."""
        return datetime.combine(self.today, time(), self.zone).astimezone(UTC)


def sessions(records: Records) -> list[tuple[str, str, str]]:
    """Return every session that has enrolments: its code, its course, its title."""
    return [(s, c, name) for s, c, name in _read(records, _SESSIONS, {})]


def _read(records: Records, query: str, values: dict[str, Any]) -> Rows:
    def read(con: DuckDBPyConnection) -> Rows:
        return con.execute(query, values).fetchall()

    return records.kept(("figures", query, tuple(sorted(values.items()))), read)


def _days(window: Window, *names: str) -> dict[str, Any]:
    return {name: getattr(window, name) for name in names}


def enrolments(records: Records, window: Window) -> list[Enrolment]:
    """Return the enrolments started in the period, as they were known."""
    return [Enrolment(*row) for row in _read(records, _ENROLMENTS, _days(window, "since", "until", "today"))]


def sent(records: Records, window: Window) -> list[Sent]:
    """Return the surveys sent in the period, one an enrolment and survey."""
    return [Sent(*row) for row in _read(records, _SENT, _days(window, "since", "until", "today"))]


def answers(records: Records, window: Window) -> list[Answer]:
    """Return what was asked and answered in the period: NPS and satisfaction."""
    return [Answer(*row) for row in _read(records, _ANSWERS, _days(window, "since", "until", "today"))]


def invited(records: Records, window: Window) -> list[Invited]:
    """Return the learners in training in the period where there is a community; those that may not be read are told."""
    may: Callable[[int], bool] = records.reads("community")
    rows = _read(records, _INVITED, _days(window, "since", "until", "today", "end"))
    return [Invited(number, session, bool(joined), may(learner)) for number, learner, session, joined in rows]


def posts(records: Records, window: Window) -> list[Post]:
    """Return the posts written in the period; those of learners who may not be read are as if they were not there."""
    may = records.reads("community")
    unread = tuple(number for number, learner in _read(records, _PEOPLE, {}) if not may(learner))
    values = _days(window, "today", "start", "end")

    def read(con: DuckDBPyConnection) -> Rows:
        return con.execute(_POSTS, values | {"unread": [*unread]}).fetchall()

    rows = records.kept(("figures", _POSTS, tuple(sorted(values.items())), unread), read)
    return [_post(row) for row in rows]


def _post(row: tuple[Any, ...]) -> Post:
    session, number, at, opens, question, words, reactions, answered, answers = row
    return Post(
        session_id=session,
        enrolment_id=number,
        at=datetime.fromtimestamp(at, UTC),
        opens=bool(opens),
        is_question=bool(question),
        words=words or 0,
        reactions=reactions or 0,
        answered_at=None if answered is None else datetime.fromtimestamp(answered, UTC),
        answers=answers,
    )


def closed(records: Records) -> list[tuple[date, date]]:
    """Return the closures and public holidays of the whole organisation."""
    return [(first, last) for first, last in _read(records, _CLOSED, {})]


def abandoned(records: Records, window: Window) -> dict[int, date | None]:
    """Return when each learner who is known to have abandoned did, by enrolment."""
    return dict(_read(records, _ABANDONED, {"today": window.today}))


def alerts(session: Session, records: Records, window: Window, *, closing: bool) -> list[Alerted]:
    """Return the alerts opened in the period, or closed in it, with their first contact and their learner's end."""
    on = Alert.closed_on if closing else Alert.opened_on
    contact = and_(Action.alert_id == Alert.id, Action.result.in_(IN_TOUCH), Action.done_on <= window.today)
    query = (
        select(Alert, ScoreRun.horizon_days, Action.done_on, Action.recorded_at)
        .join(ScoreRun, ScoreRun.id == Alert.run_id)
        .outerjoin(Action, contact)
        .where(on >= window.since, on <= window.until, Alert.opened_on <= window.today)
        .order_by(Alert.id, Action.done_on, Action.recorded_at, Action.id)
    )
    gone = abandoned(records, window)
    found: dict[int, Alerted] = {}
    for row in session.execute(query):
        found.setdefault(row.Alert.id, _alerted(row, gone, window))
    return list(found.values())


def _alerted(row: Row[Alert, int, date, datetime], gone: dict[int, date | None], window: Window) -> Alerted:
    alert = row.Alert
    over = alert.closed_on is not None and alert.closed_on <= window.today
    contact = None if row.done_on is None else contact_instant(row.done_on, row.recorded_at, window.zone)
    return Alerted(
        enrolment_id=alert.enrolment_id,
        session_id=alert.session_id,
        opened_at=alert.opened_at,
        opened_on=alert.opened_on,
        closed_on=alert.closed_on if over else None,
        closed_by=alert.closed_by if over else None,
        useful=alert.useful,
        outcome=alert.outcome if over else None,
        contact_at=contact,
        abandoned_on=gone.get(alert.enrolment_id),
        horizon_days=row.horizon_days,
    )


def known_sessions(rows: Sequence[tuple[str, str, str]]) -> dict[str, tuple[str, str]]:
    """Return the course and the title of each session."""
    return {session: (course, name) for session, course, name in rows}
