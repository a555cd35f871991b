"""What was told of the sources."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from serving.tables.base import Base


class SourceOutage(Base):
    """A kind of record that went quiet, as administrators were told; the row goes once it has been well for a week.

    No person's data is here.
    """

    __tablename__ = "source_outages"

    kind: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str]
    state: Mapped[str]
    last_on: Mapped[date | None]
    found_on: Mapped[date]
    seen_on: Mapped[date]
    back_on: Mapped[date | None]
