"""Queries of the packs: those that were made, and the actions they tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from serving.tables import Action, Pack, Roster


def packs(session: Session, *, limit: int = 100) -> Sequence[Pack]:
    """Return the packs made, the latest first."""
    return session.scalars(select(Pack).order_by(Pack.id.desc()).limit(limit)).all()


def pack(session: Session, pack_id: int) -> Pack | None:
    """Return a pack, None when there is none."""
    return session.get(Pack, pack_id)


def by_key(session: Session, key: str) -> Pack | None:
    """Return the pack of a key, None when none was made."""
    return session.scalar(select(Pack).where(Pack.key == key))


def add(session: Session, made: Pack) -> Pack:
    """Keep a pack and give it its id."""
    session.add(made)
    session.flush()
    return made


def actions(session: Session, from_on: date, until_on: date, *, before: datetime) -> Sequence[Row[Action, Roster]]:
    """Return the actions done between two days, both included, and recorded before an instant, the first one first.

    The roster is None when the enrolment left it.
    """
    query = select(Action, Roster).outerjoin(Roster, Roster.enrolment_id == Action.enrolment_id)
    query = query.where(Action.done_on.between(from_on, until_on), Action.recorded_at < before)
    return session.execute(query.order_by(Action.done_on, Action.id)).all()
