"""Queries on the sessions and the details of an account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from serving.tables import SignedIn

MARK = 16
"""Characters of a session's hash that name it on the page."""


def sessions(session: Session, account_id: int, *, now: datetime) -> Sequence[SignedIn]:
    """Return the sessions of an account that are not over, the latest first."""
    query = select(SignedIn).where(SignedIn.account_id == account_id, SignedIn.expires_at > now)
    return session.scalars(query.order_by(SignedIn.created_at.desc())).all()


def end(session: Session, account_id: int, mark: str) -> None:
    """End the session of an account that bears a mark."""
    session.execute(
        delete(SignedIn).where(SignedIn.account_id == account_id, SignedIn.token_hash.startswith(mark, autoescape=True))
    )


def end_others(session: Session, account_id: int, kept: str) -> None:
    """End the sessions of an account but the one of a hash."""
    session.execute(delete(SignedIn).where(SignedIn.account_id == account_id, SignedIn.token_hash != kept))
