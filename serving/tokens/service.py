"""Make an API token, shown once; revoke it."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from serving.accounts.repository import hash_of
from serving.problems import NotFoundError
from serving.quality import journal
from serving.tables import Account, ApiToken
from serving.tokens import policy, repository
from serving.tokens.known import KNOWN

MARK = "frg_"
"""What every token begins with, so that a scanner of secrets knows one when it sees it."""


def create(
    session: Session,
    account: Account,
    name: str,
    scopes: Collection[str],
    *,
    days: int,
    now: datetime,
    author_id: int | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for an account and return it with its secret, of which only the SHA-256 is kept.

    Raises
    ------
    RefusedError : a scope the account's role has no use for, or too many tokens.
    """
    wanted = sorted(set(scopes))
    policy.check_new(role=account.role, scopes=wanted, days=days, held=repository.count(session, account.id, now=now))
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken(
        account_id=account.id,
        name=name,
        secret_hash=hash_of(secret),
        scopes=wanted,
        created_at=now,
        expires_at=now + timedelta(days=days),
        active=True,
    )
    repository.add(session, token)
    details: dict[str, int | list[str]] = {"account": account.id, "token": token.id, "scopes": wanted}
    journal.append(session, "token_created", at=now, author_id=author_id, details=details)
    return token, secret


def revoke(session: Session, account_id: int, token_id: int, *, now: datetime, author_id: int | None = None) -> None:
    """Revoke a token of an account: it opens nothing from the next request.

    Raises
    ------
    NotFoundError : the account has no such token.
    """
    token = repository.one_of(session, account_id, token_id)
    if token is None:
        raise NotFoundError("there is no such token")
    token.active = False
    KNOWN.forget_after(session)
    details = {"account": account_id, "token": token.id}
    journal.append(session, "token_revoked", at=now, author_id=author_id, details=details)
