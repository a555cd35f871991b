"""A share of the alerts near the threshold, drawn by lot: who decided it, and what each lot said."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from serving.tables.base import SERIAL, Base


class DrawSetting(Base):
    """One decision on the share of alerts drawn by lot; the last one holds, none is changed."""

    __tablename__ = "draw_settings"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    share: Mapped[float]
    reason: Mapped[str]
    changed_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    changed_at: Mapped[datetime]


class AlertDraw(Base):
    """What the lot of a round said of one enrolment: whether it came first, and the chance it had to."""

    __tablename__ = "alert_draws"

    run_id: Mapped[int] = mapped_column(ForeignKey("score_runs.id"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    learner_id: Mapped[int] = mapped_column(BigInteger)
    decided_on: Mapped[date]
    first: Mapped[bool]
    chance: Mapped[float]
