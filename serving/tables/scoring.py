"""Score runs, scores, and who follows whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from serving.tables.base import SERIAL, Base


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
    """One enrolment's risk in one run; reasons best first, at most five.

    `signals` are what rules saw that day (`serving/alerts/kinds.py`), each `{"kind", "reasons"}`; `low` and `high`
    bound the risk, null where the model tells no bounds; `history_days` is how long the learner has been followed,
    `silent_days` how many open days since anything was done, `regular` whether activity is regular that day.
    """

    __tablename__ = "scores"
    __table_args__ = (Index(None, "enrolment_id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("score_runs.id"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    probability: Mapped[float]
    rank: Mapped[int]
    reasons: Mapped[list[dict[str, Any]]]
    signals: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    low: Mapped[float | None]
    high: Mapped[float | None]
    history_days: Mapped[int | None]
    silent_days: Mapped[float | None]
    regular: Mapped[bool | None]


class LiveScore(Base):
    """One enrolment's risk as its records stood at an instant, worked out because some of them had just come.

    It stands beside the run that was the latest then, and changes nothing in it: `as_of_on` is the day after, so that
    the day under way is seen. The next run tells everybody's again.
    """

    __tablename__ = "live_scores"

    enrolment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    run_id: Mapped[int] = mapped_column(ForeignKey("score_runs.id"))
    at: Mapped[datetime]
    as_of_on: Mapped[date]
    model: Mapped[str]
    probability: Mapped[float]
    reasons: Mapped[list[dict[str, Any]]]
    signals: Mapped[list[dict[str, Any]]]


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
