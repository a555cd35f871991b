"""What the daily run did, step by step."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from serving.tables.base import Base


class DailyRun(Base):
    """One step of one day's run: there is one row, so that it is done once however many machines try.

    `owner` is the process that does it, a random mark, until `lease_until`: past that, it has died and another takes
    the step up. `result` holds counts and codes; `failure`, a code; `told`, the line a person was told. No person's
    data is here.
    """

    __tablename__ = "daily_runs"

    day: Mapped[date] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    news: Mapped[bool] = mapped_column(server_default=text("false"))
    failure: Mapped[str | None]
    told: Mapped[str | None]
    result: Mapped[dict[str, Any] | None]
