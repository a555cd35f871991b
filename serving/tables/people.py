"""Accounts, sessions, and what they may do from elsewhere."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from serving.tables.base import SERIAL, Base


class Account(Base):
    """A person of the organisation who may sign in.

    An account of role mentor follows the learners of `mentor_id`; with `unassigned`, those
    whom the source gives to no mentor. One of role course_lead follows the sessions of `courses`. `demo`: made by
    `filrouge run`, its password is shown. `subject` is who they are for the organisation's own sign-in (OpenID).
    """

    __tablename__ = "accounts"
    __table_args__ = (Index("uq_accounts_subject", "subject", unique=True),)

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    role: Mapped[str]
    mentor_id: Mapped[int | None] = mapped_column(BigInteger)
    unassigned: Mapped[bool] = mapped_column(server_default=text("false"))
    language: Mapped[str | None]
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    courses: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    email: Mapped[str | None]
    subject: Mapped[str | None]


class SignedIn(Base):
    """A server-side session; the cookie's value is kept only as its SHA-256."""

    __tablename__ = "signed_in"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignInFailure(Base):
    """A failed sign-in, for the rate limit only; account and address are keyed digests."""

    __tablename__ = "sign_in_failures"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    account_digest: Mapped[str] = mapped_column(index=True)
    address_digest: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]


class ApiToken(Base):
    """A key by which a program reads or acts for an account, within its scopes; kept as a SHA-256, shown once."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_on: Mapped[date | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class Answered(Base):
    """What a request with an idempotency key was answered, for as long as it may be sent again."""

    __tablename__ = "answered"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    status: Mapped[int]
    body: Mapped[str]
    at: Mapped[datetime]


class Preference(Base):
    """How an account wants to be reached; `days` are those of the week, 1 for Monday; hours are local."""

    __tablename__ = "preferences"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(server_default=text("'daily'"))
    days: Mapped[str] = mapped_column(server_default=text("'12345'"))
    hour: Mapped[int] = mapped_column(server_default=text("8"))
    quiet_from: Mapped[int] = mapped_column(server_default=text("19"))
    quiet_until: Mapped[int] = mapped_column(server_default=text("8"))
    immediate: Mapped[bool] = mapped_column(server_default=text("true"))
