"""Queries of the auditor's sample."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from serving.quality.appointments.repository import EVENTS
from serving.tables import Alert, Appointment, JournalEntry, Roster


def stays(session: Session, *, until: date) -> Sequence[Row[int, str, date, date, date | None, str]]:
    """Return each enrolment that had started by a day: its id, its course, its dates, its outcome."""
    query = select(
        Roster.enrolment_id,
        Roster.course_id,
        Roster.started_on,
        Roster.planned_end_on,
        Roster.ended_on,
        Roster.outcome,
    )
    return session.execute(query.where(Roster.started_on <= until)).all()


def alerted(session: Session, from_on: date, until_on: date) -> set[int]:
    """Return the enrolments that had an alert opened on one of the days, both included."""
    query = select(Alert.enrolment_id).where(Alert.opened_on.between(from_on, until_on))
    return set(session.scalars(query))


def enrolments(session: Session, ids: Collection[int]) -> dict[int, Roster]:
    """Return enrolments of the roster by id; one that is not there any more is left out."""
    return {row.enrolment_id: row for row in session.scalars(select(Roster).where(Roster.enrolment_id.in_(ids)))}


def alerts(session: Session, ids: Collection[int], *, before: datetime) -> Sequence[Alert]:
    """Return the alerts of enrolments opened before an instant, the first one first."""
    query = select(Alert).where(Alert.enrolment_id.in_(ids), Alert.opened_at < before)
    return session.scalars(query.order_by(Alert.id)).all()


def appointments(session: Session, ids: Collection[int], *, before: datetime) -> Sequence[Appointment]:
    """Return the appointments of enrolments written down before an instant, the earliest first."""
    query = select(Appointment).where(Appointment.enrolment_id.in_(ids), Appointment.created_at < before)
    return session.scalars(query.order_by(Appointment.at, Appointment.id)).all()


def meetings(session: Session, ids: Collection[int]) -> Sequence[JournalEntry]:
    """Return the journal's entries on the appointments of enrolments, in order."""
    query = select(JournalEntry).where(JournalEntry.event.in_(EVENTS), JournalEntry.enrolment_id.in_(ids))
    return session.scalars(query.order_by(JournalEntry.seq)).all()
