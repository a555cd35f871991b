"""Actions and the journal that refuses changes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from serving.tables.base import SERIAL, Base


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
    event: Mapped[str] = mapped_column(index=True)
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
