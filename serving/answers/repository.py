"""Queries on the answers kept for requests that may be sent twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from serving.problems import KeyInUseError
from serving.tables import Answered


def kept(session: Session, account_id: int, key: str) -> Answered | None:
    """Return what a key of an account was answered, None when it is new."""
    return session.get(Answered, (account_id, key))


def reserve(session: Session, account_id: int, key: str, *, digest: str, now: datetime) -> Answered:
    """Take a key for the request under way: it is given up with the request's transaction.

    Raises
    ------
    KeyInUseError : another request took it at the same moment.
    """
    answered = Answered(account_id=account_id, key=key, digest=digest, status=0, body="", at=now)
    session.add(answered)
    try:
        session.flush()
    except IntegrityError:
        raise KeyInUseError("a request with this key is being answered", todo="send it again in a moment") from None
    return answered


def purge(session: Session, *, until: datetime) -> None:
    """Forget the answers given up to an instant."""
    session.execute(delete(Answered).where(Answered.at <= until))
