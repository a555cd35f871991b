"""Queries on the sessions of a course lead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from serving.access import Person
from serving.alerts.repository import reach
from serving.tables import Alert, Roster, Score, SessionSignal


def roster(session: Session, person: Person, session_id: str | None = None) -> Sequence[Roster]:
    """Return the enrolments of a person's courses, of one session when it is named."""
    query = select(Roster).where(reach(person), Roster.course_id.in_(person.courses))
    if session_id is not None:
        query = query.where(Roster.session_id == session_id)
    return session.scalars(query.order_by(Roster.started_on.desc(), Roster.enrolment_id)).all()


def risks(session: Session, person: Person, run_id: int) -> dict[int, float]:
    """Return the risk of each enrolment of a person's courses in a run."""
    query = select(Score.enrolment_id, Score.probability).join(Roster, Roster.enrolment_id == Score.enrolment_id)
    rows = session.execute(query.where(Score.run_id == run_id, Roster.course_id.in_(person.courses)))
    return {row.enrolment_id: row.probability for row in rows}


def live_alerts(session: Session, person: Person, *, until: date) -> Sequence[Row[Alert, Roster]]:
    """Return the alerts of a person's courses that are not closed, the oldest first."""
    query = select(Alert, Roster).join(Roster, Roster.enrolment_id == Alert.enrolment_id)
    query = query.where(Roster.course_id.in_(person.courses), Alert.closed_at.is_(None), Alert.opened_on <= until)
    return session.execute(query.order_by(Alert.opened_on, Alert.id)).all()


def signals(session: Session, person: Person, *, until: date) -> Sequence[SessionSignal]:
    """Return the signals of a person's sessions opened up to a day, the latest first."""
    query = select(SessionSignal).where(SessionSignal.course_id.in_(person.courses), SessionSignal.opened_on <= until)
    return session.scalars(query.order_by(SessionSignal.opened_on.desc(), SessionSignal.id.desc())).all()
