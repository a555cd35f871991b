"""Queries on what people did of the alerts: counts only, by role or by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from serving.quality.repository import written
from serving.tables import Account, Alert, JournalEntry


def gestures(session: Session, *, before: datetime, named: bool) -> Sequence[Row[str, str, int]]:
    """Return how many steps of each kind people wrote, by role, or by name when it is asked for.

    What the system did by itself has no author, and is not a person's step.
    """
    who = Account.display_name if named else Account.role
    query = (
        select(JournalEntry.event, who, func.count())
        .join(Account, Account.id == JournalEntry.author_id)
        .where(JournalEntry.at < written(before))
        .where(JournalEntry.alert_id.is_not(None) | JournalEntry.action_id.is_not(None))
        .group_by(JournalEntry.event, who)
        .order_by(JournalEntry.event, who)
    )
    return session.execute(query).all()


def outcomes(session: Session, *, before: datetime) -> dict[str, int]:
    """Return how many alerts people closed, by outcome."""
    query = select(Alert.outcome, func.count()).where(Alert.closed_by == "person", Alert.closed_at < before)
    rows = session.execute(query.group_by(Alert.outcome)).all()
    return {outcome: n for outcome, n in rows if outcome}
