"""Alerts, and what decides who carries them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from serving.tables.base import SERIAL, Base


class AlertRound(Base):
    """A score run whose alerts were opened: a run is never turned into alerts twice."""

    __tablename__ = "alert_rounds"

    run_id: Mapped[int] = mapped_column(ForeignKey("score_runs.id"), primary_key=True)
    opened_at: Mapped[datetime]
    n_opened: Mapped[int]


class Alert(Base):
    """A request that a mentor look at one enrolment; never two open for the same one.

    `mentor_id` carries it: the learner's mentor, or another once reassigned. `kind` opened it; `kinds` are all that
    joined since, each `{"kind", "since", "reasons"}`. `version` counts its changes. `closed_by`: `person` or `system`.
    """

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
    kind: Mapped[str] = mapped_column(server_default=text("'model_risk'"))
    kinds: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    snoozed_until: Mapped[date | None]
    escalated_on: Mapped[date | None]
    reopened_on: Mapped[date | None]
    motives: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    useful: Mapped[bool | None]
    closed_by: Mapped[str | None]


class HeldAlert(Base):
    """An alert that a round would have opened, and why it did not; `until_on` is when it is looked at again."""

    __tablename__ = "held_alerts"

    run_id: Mapped[int] = mapped_column(ForeignKey("score_runs.id"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str]
    reason: Mapped[str]
    until_on: Mapped[date | None]


class SessionSignal(Base):
    """A session that sank together: one for the course lead, instead of an alert for each of its learners."""

    __tablename__ = "session_signals"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("score_runs.id"))
    session_id: Mapped[str] = mapped_column(index=True)
    course_id: Mapped[str]
    opened_on: Mapped[date]
    sinking: Mapped[int]
    followed: Mapped[int]
    state: Mapped[str]
    state_at: Mapped[datetime]
    closed_on: Mapped[date | None]
    word: Mapped[str] = mapped_column(server_default=text("''"))


class Absence(Base):
    """Days on which a mentor is away, both included, and the account that stands in for them, if any."""

    __tablename__ = "absences"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    mentor_id: Mapped[int] = mapped_column(BigInteger, index=True)
    from_on: Mapped[date]
    until_on: Mapped[date]
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]


class MentorRule(Base):
    """What one mentor can carry, where it differs from the organisation's settings; null: as everybody."""

    __tablename__ = "mentor_rules"

    mentor_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    alerts_per_week: Mapped[int | None]
    days: Mapped[str | None]


class Playbook(Base):
    """What to do about a kind of alert, and the message to start from, where the organisation wrote its own."""

    __tablename__ = "playbooks"

    kind: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    advice: Mapped[str]
    message: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
