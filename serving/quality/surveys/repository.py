"""Queries on who ended, what was sent to them and who was asked again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from serving.quality.surveys.policy import Asked, Ended
from serving.tables import Roster, SurveyChase, SurveyWave

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LEFT_FOR_ELSEWHERE = "transferred"
_ASKED = """
SELECT a.enrolment_id, CAST(a.survey_id AS VARCHAR), s.kind, min(a.sent_on), min(a.answered_on)
FROM survey_answers a JOIN surveys s USING (survey_id)
GROUP BY ALL ORDER BY ALL
"""
_AFTER = """
SELECT CAST(survey_id AS VARCHAR), any_value(name), any_value(kind), any_value(session_id), min(opens_on)
FROM surveys GROUP BY survey_id ORDER BY min(opens_on) DESC, survey_id
"""


def ended(session: Session, *, since: date, today: date) -> list[Ended]:
    """Return the enrolments whose training ended between two days; one that goes on past its planned end has ended.

    Whoever moved to another session has not.
    """
    over = func.coalesce(Roster.ended_on, Roster.planned_end_on)
    query = select(Roster.enrolment_id, Roster.learner_id, Roster.session_id, over.label("over"))
    query = query.where(over >= since, over <= today, Roster.outcome != LEFT_FOR_ELSEWHERE)
    rows = session.execute(query.order_by(over, Roster.enrolment_id))
    return [Ended(row.enrolment_id, row.learner_id, row.session_id, row.over) for row in rows]


def asked(con: DuckDBPyConnection) -> list[Asked]:
    """Return every survey sent to an enrolment: one row for each, whatever its questions."""
    return [Asked(*row) for row in con.execute(_ASKED).fetchall()]


def surveys(con: DuckDBPyConnection) -> list[tuple[str, str, str, str, date]]:
    """Return the surveys of the records: number, name, kind, session, first day; the latest first."""
    return [tuple(row) for row in con.execute(_AFTER).fetchall()]


def waves(session: Session) -> dict[str, str]:
    """Return the wave told of each survey, where one was."""
    return {one.survey_id: one.wave for one in session.scalars(select(SurveyWave))}


def tell_wave(session: Session, survey_id: str, wave: str | None, *, author_id: int, now: datetime) -> None:
    """Keep which wave a survey is; None: it is inferred again."""
    session.execute(delete(SurveyWave).where(SurveyWave.survey_id == survey_id))
    if wave is not None:
        session.add(SurveyWave(survey_id=survey_id, wave=wave, changed_by=author_id, changed_at=now))
    session.flush()


def chases(session: Session) -> Sequence[SurveyChase]:
    """Return every reminder, the oldest first."""
    return session.scalars(select(SurveyChase).order_by(SurveyChase.chased_on, SurveyChase.id)).all()


def add_chase(session: Session, chase: SurveyChase) -> None:
    """Keep a reminder."""
    session.add(chase)
    session.flush()


def last_chases(session: Session, author_id: int) -> Sequence[SurveyChase]:
    """Return a person's last reminders: all those recorded at that instant."""
    last = select(func.max(SurveyChase.recorded_at)).where(SurveyChase.author_id == author_id).scalar_subquery()
    query = select(SurveyChase).where(SurveyChase.author_id == author_id, SurveyChase.recorded_at == last)
    return session.scalars(query.order_by(SurveyChase.id)).all()


def remove_chase(session: Session, chase: SurveyChase) -> None:
    """Take a reminder away."""
    session.delete(chase)
    session.flush()


def enrolments(session: Session, ids: Sequence[int]) -> dict[int, Roster]:
    """Return enrolments of the roster by their number."""
    return {one.enrolment_id: one for one in session.scalars(select(Roster).where(Roster.enrolment_id.in_(ids)))}


def session_names(session: Session) -> dict[str, str]:
    """Return the name of every session of the roster."""
    rows = session.execute(select(Roster.session_id, func.max(Roster.session_name)).group_by(Roster.session_id))
    return {row[0]: row[1] for row in rows}
