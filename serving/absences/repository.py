"""Queries on absences and on who may stand in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from serving.access import FOLLOWERS
from serving.tables import Absence, Account


def from_day(session: Session, day: date, *, mentor_id: int | None = None) -> Sequence[Absence]:
    """Return the absences not over on a day, of one mentor or of all, the first to begin first."""
    query = select(Absence).where(Absence.until_on >= day).order_by(Absence.from_on, Absence.id)
    return session.scalars(query if mentor_id is None else query.where(Absence.mentor_id == mentor_id)).all()


def one(session: Session, absence_id: int) -> Absence | None:
    """Return an absence, None when there is none."""
    return session.get(Absence, absence_id)


def add(session: Session, absence: Absence) -> Absence:
    """Keep a new absence and give it its id."""
    session.add(absence)
    session.flush()
    return absence


def remove(session: Session, absence: Absence) -> None:
    """Take away an absence that has not begun."""
    session.delete(absence)
    session.flush()


def deputies(session: Session) -> Sequence[Account]:
    """Return the open accounts that may stand in for a mentor, by name."""
    query = select(Account).where(Account.active, Account.role.in_(FOLLOWERS))
    return session.scalars(query.order_by(Account.display_name, Account.id)).all()
