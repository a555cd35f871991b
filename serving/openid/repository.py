"""Queries on accounts by what the organisation's own sign-in knows of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from serving.tables import Account


def by_subject(session: Session, subject: str) -> Account | None:
    """Return the account of a subject, None when there is none."""
    return session.scalar(select(Account).where(Account.subject == subject))


def by_email(session: Session, email: str) -> Sequence[Account]:
    """Return the accounts of an address, none for no address."""
    if not email:
        return []
    return session.scalars(select(Account).where(func.lower(Account.email) == email)).all()


def usernames(session: Session) -> set[str]:
    """Return every username."""
    return set(session.scalars(select(Account.username)))
