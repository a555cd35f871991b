"""What programs push to us, and the keys by which they may."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from serving.tables.base import SERIAL, Base


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

    `digest` is keyed: it tells whether a statement that comes again says the same. `claim` is the import under way;
    `imported_at`, when one first read it.
    """

    __tablename__ = "statements"

    seq: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("ingest_keys.id"), index=True)
    digest: Mapped[str]
    body: Mapped[str | None]
    stored_at: Mapped[datetime]
    claim: Mapped[str | None] = mapped_column(index=True)
    imported_at: Mapped[datetime | None]


class ReceivedBatch(Base):
    """Canonical records pushed to us: `body` holds them until they are imported, then the fact alone stays."""

    __tablename__ = "received_batches"

    seq: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("ingest_keys.id"), index=True)
    digest: Mapped[str]
    body: Mapped[str | None]
    rows: Mapped[int]
    stored_at: Mapped[datetime]
    claim: Mapped[str | None] = mapped_column(index=True)
    imported_at: Mapped[datetime | None]
