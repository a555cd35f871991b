"""The tables of the work database: score runs, roster, people, alerts, actions, journal.

Ids of learners, enrolments and mentors are keyed pseudonyms; no name of a learner is here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, Integer, MetaData, Text, TypeDecorator, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SERIAL = BigInteger().with_variant(Integer, "sqlite")


class Instant(TypeDecorator[datetime]):
    """An instant in UTC: a naive one is refused, whatever the database gives back is aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn an aware instant into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back an aware instant."""
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


class Base(DeclarativeBase):
    """Declares the work database."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way
        datetime: Instant,
        str: Text,
        dict[str, Any]: JSON,
        list[dict[str, Any]]: JSON,
    }


class ScoreRun(Base):
    """One scored list: one model, one as-of date, one state of the records."""

    __tablename__ = "score_runs"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    as_of_on: Mapped[date]
    created_at: Mapped[datetime]
    model_name: Mapped[str]
    model_version: Mapped[str]
    level: Mapped[str]
    task: Mapped[str]
    horizon_days: Mapped[int]
    table_versions: Mapped[dict[str, Any]]
    n_enrolments: Mapped[int]


class Score(Base):
    """One enrolment's risk in one run; reasons best first, at most five."""

    __tablename__ = "scores"
    __table_args__ = (Index(None, "enrolment_id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("score_runs.id"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    probability: Mapped[float]
    rank: Mapped[int]
    reasons: Mapped[list[dict[str, Any]]]


class Roster(Base):
    """One row per enrolment known, refreshed by each scoring; it says who follows whom."""

    __tablename__ = "roster"
    __table_args__ = (Index(None, "mentor_id"),)

    enrolment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    learner_id: Mapped[int] = mapped_column(BigInteger)
    mentor_id: Mapped[int | None] = mapped_column(BigInteger)
    session_id: Mapped[str]
    session_name: Mapped[str]
    course_id: Mapped[str]
    started_on: Mapped[date]
    planned_end_on: Mapped[date]
    ended_on: Mapped[date | None]
    outcome: Mapped[str]


class Account(Base):
    """A person of the organisation who may sign in.

    An account of role mentor follows the learners of `mentor_id`; with `unassigned`, those
    whom the source gives to no mentor. `demo`: made by `filrouge run`, its password is shown.
    """

    __tablename__ = "accounts"

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


class AlertRound(Base):
    """A score run whose alerts were opened: a run is never turned into alerts twice."""

    __tablename__ = "alert_rounds"

    run_id: Mapped[int] = mapped_column(ForeignKey("score_runs.id"), primary_key=True)
    opened_at: Mapped[datetime]
    n_opened: Mapped[int]


class Alert(Base):
    """A request that a mentor look at one enrolment; never two open for the same one."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "uq_alerts_open_enrolment_id",
            "enrolment_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(None, "mentor_id", "state"),
    )

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("score_runs.id"))
    enrolment_id: Mapped[int] = mapped_column(BigInteger)
    learner_id: Mapped[int] = mapped_column(BigInteger)
    mentor_id: Mapped[int | None] = mapped_column(BigInteger)
    session_id: Mapped[str]
    opened_at: Mapped[datetime]
    opened_on: Mapped[date]
    rank: Mapped[int]
    probability: Mapped[float]
    reasons: Mapped[list[dict[str, Any]]]
    state: Mapped[str]
    state_at: Mapped[datetime]
    outcome: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_on: Mapped[date | None]


class Action(Base):
    """What a person did for a learner; `note` is free text and never leaves this table."""

    __tablename__ = "actions"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(BigInteger, index=True)
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str]
    channel: Mapped[str]
    done_on: Mapped[date]
    result: Mapped[str]
    next_step: Mapped[str]
    next_step_on: Mapped[date | None]
    note: Mapped[str]
    recorded_at: Mapped[datetime]


class JournalEntry(Base):
    """One step, for ever: each entry holds the hash of the one before; triggers refuse changes."""

    __tablename__ = "journal"

    seq: Mapped[int] = mapped_column(SERIAL, primary_key=True, autoincrement=False)
    at: Mapped[str]
    event: Mapped[str]
    author_id: Mapped[int | None]
    alert_id: Mapped[int | None] = mapped_column(index=True)
    action_id: Mapped[int | None]
    enrolment_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    details: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class JournalHead(Base):
    """Where the journal stands: one row, so that a missing tail is seen."""

    __tablename__ = "journal_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(SERIAL)
    hash: Mapped[str]


class IngestKey(Base):
    """A key by which one program pushes statements, and does nothing else; its secret is kept as a SHA-256."""

    __tablename__ = "ingest_keys"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime]


class ReceivedStatement(Base):
    """A statement pushed to us: `body` holds names, and is dropped some days after its import; the rest stays.

    `digest` is keyed: it tells whether a statement that comes again says the same. `claim` is the import under way.
    """

    __tablename__ = "statements"

    seq: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("ingest_keys.id"), index=True)
    digest: Mapped[str]
    body: Mapped[str | None]
    stored_at: Mapped[datetime]
    claim: Mapped[str | None] = mapped_column(index=True)
