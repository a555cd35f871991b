"""Queries on what the journal has of who serves."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from serving.tables import JournalEntry


def entries(session: Session, events: Collection[str]) -> Sequence[JournalEntry]:
    """Return the journal's entries of some events, oldest first."""
    query = select(JournalEntry).where(JournalEntry.event.in_(events))
    return session.scalars(query.order_by(JournalEntry.seq)).all()
