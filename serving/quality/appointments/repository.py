"""Queries on appointments; a mentor's reach is part of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from serving.access import Person
from serving.alerts.repository import reach
from serving.tables import Appointment, Roster

EVENTS = (
    "appointment_planned",
    "appointment_kept",
    "appointment_missed",
    "appointment_cancelled",
    "appointment_planned_again",
    "appointment_told",
)


def add(session: Session, row: Appointment) -> Appointment:
    """Keep a new appointment and give it its id."""
    session.add(row)
    session.flush()
    return row


def of_enrolment(session: Session, enrolment_id: int) -> Sequence[Appointment]:
    """Return an enrolment's appointments, the latest first."""
    query = select(Appointment).where(Appointment.enrolment_id == enrolment_id)
    return session.scalars(query.order_by(Appointment.at.desc(), Appointment.id.desc())).all()


def of_person(session: Session, person: Person, appointment_id: int) -> Row[Appointment, Roster] | None:
    """Return one appointment with a learner whom a person follows, None when there is none."""
    query = select(Appointment, Roster).join(Roster, Roster.enrolment_id == Appointment.enrolment_id)
    return session.execute(query.where(reach(person), Appointment.id == appointment_id)).one_or_none()


def to_see_to(session: Session, person: Person, *, until: datetime) -> Sequence[Row[Appointment, Roster]]:
    """Return the appointments still planned, before an instant, with the learners a person follows, in their order."""
    query = select(Appointment, Roster).join(Roster, Roster.enrolment_id == Appointment.enrolment_id)
    query = query.where(reach(person), Appointment.state == "planned", Appointment.at < until)
    return session.execute(query.order_by(Appointment.at, Appointment.id)).all()


def listed(session: Session) -> Sequence[Row[Appointment, Roster]]:
    """Return every appointment, the latest first; the roster is None when the enrolment left it."""
    query = select(Appointment, Roster).outerjoin(Roster, Roster.enrolment_id == Appointment.enrolment_id)
    return session.execute(query.order_by(Appointment.at.desc(), Appointment.id.desc())).all()
