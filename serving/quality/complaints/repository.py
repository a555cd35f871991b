"""Queries on complaints, and on whom they may be about."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from serving.access import Person
from serving.alerts.repository import reach
from serving.tables import Complaint, Improvement, Roster

EVENTS = ("complaint_recorded", "complaint_changed")


def listed(session: Session, *, after: int = 0, limit: int | None = None) -> Sequence[Complaint]:
    """Return the complaints by number, from after one."""
    query = select(Complaint).where(Complaint.id > after).order_by(Complaint.id)
    return session.scalars(query.limit(limit)).all()


def one(session: Session, complaint_id: int) -> Complaint | None:
    """Return a complaint, None when there is none."""
    return session.get(Complaint, complaint_id)


def add(session: Session, row: Complaint) -> Complaint:
    """Keep a new complaint and give it its number."""
    session.add(row)
    session.flush()
    return row


def declared_by(session: Session, person: Person) -> Sequence[Row[Complaint, Roster]]:
    """Return what an account declared, the latest first; the roster is None for whom it does not follow any more."""
    query = select(Complaint, Roster).outerjoin(Roster, (Roster.enrolment_id == Complaint.enrolment_id) & reach(person))
    query = query.where(Complaint.created_by == person.account_id)
    return session.execute(query.order_by(Complaint.received_on.desc(), Complaint.id.desc())).all()


def roster(session: Session, session_id: str | None = None) -> Sequence[Row[int, int, str]]:
    """Return the enrolments, of one session when it is named: number, learner, session."""
    query = select(Roster.enrolment_id, Roster.learner_id, Roster.session_id)
    if session_id is not None:
        query = query.where(Roster.session_id == session_id)
    return session.execute(query.order_by(Roster.started_on.desc(), Roster.enrolment_id)).all()


def learners(session: Session, enrolment_ids: Sequence[int]) -> dict[int, int]:
    """Return the learner of each enrolment that is in the roster."""
    query = select(Roster.enrolment_id, Roster.learner_id).where(Roster.enrolment_id.in_(enrolment_ids))
    return {row.enrolment_id: row.learner_id for row in session.execute(query)}


def sessions(session: Session) -> dict[str, str]:
    """Return the sessions of the roster, the latest to begin first."""
    query = select(Roster.session_id, func.max(Roster.session_name)).group_by(Roster.session_id)
    rows = session.execute(query.order_by(func.max(Roster.started_on).desc(), Roster.session_id))
    return {row[0]: row[1] for row in rows}


def improvements(session: Session) -> Sequence[Improvement]:
    """Return the improvement plan, the latest first."""
    return session.scalars(select(Improvement).order_by(Improvement.id.desc())).all()
