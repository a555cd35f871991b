"""Queries on accounts, sessions and failed sign-ins."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from serving.tables import Absence, Account, Roster, SignedIn, SignInFailure


def by_username(session: Session, username: str) -> Account | None:
    """Return the account of a username, None when there is none."""
    return session.scalar(select(Account).where(Account.username == username))


def by_id(session: Session, account_id: int) -> Account | None:
    """Return an account, None when there is none."""
    return session.get(Account, account_id)


def listed(session: Session) -> Sequence[Account]:
    """Return every account, by role then username."""
    return session.scalars(select(Account).order_by(Account.role, Account.username)).all()


def display_names(session: Session) -> dict[int, str]:
    """Return every account's name by its id."""
    return {row.id: row.display_name for row in session.execute(select(Account.id, Account.display_name))}


def follows(session: Session, account: Account, today: date) -> frozenset[int]:
    """Return the mentors whose learners an account follows on a day: their own, and those for whom they stand in."""
    away = select(Absence.mentor_id).where(
        Absence.deputy_id == account.id, Absence.from_on <= today, Absence.until_on >= today
    )
    own = frozenset() if account.mentor_id is None else frozenset({account.mentor_id})
    return own | frozenset(session.scalars(away))


def courses(session: Session) -> list[str]:
    """Return every course of the roster."""
    return list(session.scalars(select(Roster.course_id).distinct().order_by(Roster.course_id)))


def add(session: Session, account: Account) -> Account:
    """Keep a new account and give it its id."""
    session.add(account)
    session.flush()
    return account


def hash_of(token: str) -> str:
    """Return what is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(session: Session, account_id: int, token: str, *, now: datetime, until: datetime) -> None:
    """Keep a new session, and forget those that are over."""
    session.execute(delete(SignedIn).where(SignedIn.expires_at <= now))
    session.add(SignedIn(token_hash=hash_of(token), account_id=account_id, created_at=now, expires_at=until))


def signed_in(session: Session, token: str, *, now: datetime) -> Account | None:
    """Return the active account of a session that is not over."""
    query = (
        select(Account)
        .join(SignedIn, SignedIn.account_id == Account.id)
        .where(SignedIn.token_hash == hash_of(token), SignedIn.expires_at > now, Account.active)
    )
    return session.scalar(query)


def sign_out(session: Session, token: str) -> None:
    """Forget a session."""
    session.execute(delete(SignedIn).where(SignedIn.token_hash == hash_of(token)))


def sign_out_everywhere(session: Session, account_id: int) -> None:
    """Forget every session of an account."""
    session.execute(delete(SignedIn).where(SignedIn.account_id == account_id))


def failures(session: Session, *, account: str, address: str, since: datetime) -> tuple[int, int]:
    """Return how many sign-ins failed since an instant, for an account and from an address."""
    recent = select(func.count()).select_from(SignInFailure).where(SignInFailure.at > since)
    return (
        session.scalar(recent.where(SignInFailure.account_digest == account)) or 0,
        session.scalar(recent.where(SignInFailure.address_digest == address)) or 0,
    )


def record_failure(session: Session, *, account: str, address: str, now: datetime, keep: timedelta) -> None:
    """Keep a failed sign-in, and forget those older than `keep`."""
    session.execute(delete(SignInFailure).where(SignInFailure.at <= now - keep))
    session.add(SignInFailure(account_digest=account, address_digest=address, at=now))


def forget_failures(session: Session, account: str) -> None:
    """Forget the failures of an account that has just signed in."""
    session.execute(delete(SignInFailure).where(SignInFailure.account_digest == account))


def email_taken(session: Session, email: str, *, but: int | None = None) -> bool:
    """Whether another account has an address."""
    query = select(Account.id).where(func.lower(Account.email) == email)
    return session.scalar(query.where(Account.id != but).limit(1) if but else query.limit(1)) is not None
