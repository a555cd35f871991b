"""Queries on API tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from serving.accounts.repository import hash_of
from serving.tables import Account, ApiToken
from serving.tokens.known import KNOWN


def holder(session: Session, secret: str, *, now: datetime) -> tuple[Account, ApiToken] | None:
    """Return the open account behind a token that is neither revoked nor over, None when there is none."""
    query = (
        select(Account, ApiToken)
        .join(ApiToken, ApiToken.account_id == Account.id)
        .where(ApiToken.secret_hash == hash_of(secret), ApiToken.active, Account.active)
        .where(or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now))
    )
    row = session.execute(query).first()
    return None if row is None else (row.Account, row.ApiToken)


def any_with(session: Session, scope: str) -> bool:
    """Say whether some token that is not revoked has a scope."""
    return any(scope in scopes for scopes in session.scalars(select(ApiToken.scopes).where(ApiToken.active)))


def of_account(session: Session, account_id: int) -> Sequence[ApiToken]:
    """Return the tokens of an account that are not revoked, the latest first."""
    query = select(ApiToken).where(ApiToken.account_id == account_id, ApiToken.active)
    return session.scalars(query.order_by(ApiToken.id.desc())).all()


def count(session: Session, account_id: int, *, now: datetime) -> int:
    """Return how many tokens of an account still open something."""
    query = select(func.count()).select_from(ApiToken).where(ApiToken.account_id == account_id, ApiToken.active)
    return session.scalar(query.where(or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now))) or 0


def add(session: Session, token: ApiToken) -> ApiToken:
    """Keep a new token and give it its id."""
    session.add(token)
    session.flush()
    return token


def one_of(session: Session, account_id: int, token_id: int) -> ApiToken | None:
    """Return a token of an account that is not revoked, None when there is none."""
    query = select(ApiToken).where(ApiToken.id == token_id, ApiToken.account_id == account_id, ApiToken.active)
    return session.scalar(query)


def used_on(session: Session, token_id: int, day: date) -> None:
    """Keep the day on which a token was last used: never the hour."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_on=day))


def revoke_all(session: Session, account_id: int) -> None:
    """Revoke every token of an account."""
    session.execute(update(ApiToken).where(ApiToken.account_id == account_id).values(active=False))
    KNOWN.forget_after(session)
