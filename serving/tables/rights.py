"""Requests of persons about their data, where copies are kept elsewhere, and what retention removed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from serving.tables.base import SERIAL, Base


class RightsRequest(Base):
    """A request received: what was asked, when, until when it must be answered, and what became of it.

    `kind`: access, export, rectify, object, erase. `state`: received, extended, done, refused. `learner_id` is emptied
    when the learner is erased: that the request was done stays.
    """

    __tablename__ = "rights_requests"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    kind: Mapped[str]
    learner_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    received_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(server_default=text("'received'"))
    state_at: Mapped[datetime]
    done_on: Mapped[date | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Backup(Base):
    """Where the organisation keeps copies, and for how many days: who is erased is still there until then."""

    __tablename__ = "backups"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    place: Mapped[str]
    keep_days: Mapped[int]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    declared_by: Mapped[str]
    declared_at: Mapped[datetime]


class RetentionRun(Base):
    """What retention removed, or would have: `counts` by class of data."""

    __tablename__ = "retention_runs"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    at: Mapped[datetime]
    dry: Mapped[bool]
    counts: Mapped[dict[str, Any]]
