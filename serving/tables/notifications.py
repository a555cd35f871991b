"""Where people are reached, what waits to be sent, and the programs that are told of events."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from serving.tables.base import SERIAL, Base


class Channel(Base):
    """Where an account, or with none the whole team, is reached; `address` is sealed (`sealing.py`), never shown."""

    __tablename__ = "channels"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str]
    address: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime]


class Message(Base):
    """One message to send: `key` keeps it from being written twice. Sent, its words are dropped; the fact stays."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "sent_at", "due_at"),)

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id"))
    webhook_id: Mapped[int | None] = mapped_column(ForeignKey("webhooks.id"))
    subject: Mapped[str]
    body: Mapped[str | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    sent_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]
    failure: Mapped[str | None]


class Webhook(Base):
    """A program told of events by a signed request; `secret` signs, and is shown once; it and `url` are sealed.

    Replaced, the secret of before signs too until `previous_until`.
    """

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    url: Mapped[str]
    secret: Mapped[str]
    previous_secret: Mapped[str | None]
    previous_until: Mapped[datetime | None]
    events: Mapped[list[str]]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime]
