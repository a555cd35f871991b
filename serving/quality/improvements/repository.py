"""Queries on the improvement plan."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from serving.tables import Complaint, Improvement

EVENTS = ("improvement_recorded", "improvement_changed")


def listed(session: Session, *, after: int = 0, limit: int | None = None) -> Sequence[Improvement]:
    """Return the plan by number, from after one."""
    query = select(Improvement).where(Improvement.id > after).order_by(Improvement.id)
    return session.scalars(query.limit(limit)).all()


def one(session: Session, improvement_id: int) -> Improvement | None:
    """Return a line of the plan, None when there is none."""
    return session.get(Improvement, improvement_id)


def add(session: Session, row: Improvement) -> Improvement:
    """Keep a new line and give it its number."""
    session.add(row)
    session.flush()
    return row


def complaints_of(session: Session, improvement_id: int) -> Sequence[Complaint]:
    """Return the complaints that a line answers."""
    return session.scalars(
        select(Complaint).where(Complaint.improvement_id == improvement_id).order_by(Complaint.id)
    ).all()


def complaint(session: Session, complaint_id: int) -> Complaint | None:
    """Return a complaint, None when there is none."""
    return session.get(Complaint, complaint_id)
