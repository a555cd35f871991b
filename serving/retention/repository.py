"""Queries on what is past its time in the work database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from serving.tables import (
    Action,
    Alert,
    Complaint,
    DailyRun,
    HeldAlert,
    Message,
    ReceivedBatch,
    ReceivedStatement,
    RetentionRun,
    Roster,
    Score,
    ScoreRun,
    SignedIn,
    SignInFailure,
)


@dataclass(frozen=True)
class Part:
    """Rows of one table that are past their time; `emptied`: what their words become, none when the rows go."""

    table: Any
    where: ColumnElement[bool]
    on: InstrumentedAttribute[Any]
    emptied: dict[str, str] | None = None


def parts(code: str, before: date) -> list[Part]:
    """Return the rows of a class of data that are past their time, table by table."""
    at = datetime.combine(before, time(), UTC)
    runs = select(ScoreRun.id).where(
        ScoreRun.as_of_on < before, ScoreRun.as_of_on < select(func.max(ScoreRun.as_of_on)).scalar_subquery()
    )
    table: dict[str, list[Part]] = {
        "scores": [Part(one, one.run_id.in_(runs), one.run_id) for one in (Score, HeldAlert)],
        "notes": [Part(Action, (Action.recorded_at < at) & (Action.note != ""), Action.recorded_at, {"note": ""})],
        "complaints": [
            Part(Complaint, (Complaint.closed_on < before) & or_(Complaint.summary != "", Complaint.answer != ""),
                 Complaint.closed_on, {"summary": "", "answer": ""})
        ],
        "evidence": [Part(Alert, Alert.closed_on < before, Alert.closed_on)],
        "records": [Part(Roster, Roster.ended_on < before, Roster.ended_on)],
        "messages": [Part(Message, or_(Message.sent_at < at, Message.gave_up_at < at), Message.created_at)],
        "pushed": [
            Part(one, (one.imported_at < at) & one.body.is_(None), one.stored_at)
            for one in (ReceivedStatement, ReceivedBatch)
        ],
        "sign_ins": [Part(SignedIn, SignedIn.expires_at < at, SignedIn.expires_at),
                     Part(SignInFailure, SignInFailure.at < at, SignInFailure.at)],
        "daily_runs": [Part(DailyRun, DailyRun.day < before, DailyRun.day)],
    }  # fmt: skip
    return table.get(code, [])


def count(session: Session, part: Part) -> tuple[int, date | None]:
    """Return how many rows are past their time, and the day of the oldest."""
    if part.on.key == "run_id":
        run_day = select(func.count(), func.min(ScoreRun.as_of_on)).select_from(part.table)
        found = session.execute(run_day.join(ScoreRun, ScoreRun.id == part.on).where(part.where)).one()
    else:
        found = session.execute(select(func.count(), func.min(part.on)).where(part.where)).one()
    oldest = found[1]
    return int(found[0]), oldest.date() if isinstance(oldest, datetime) else oldest


def remove(session: Session, part: Part) -> int:
    """Delete or empty the rows that are past their time; return how many."""
    change = delete(part.table) if part.emptied is None else update(part.table).values(part.emptied)
    options = {"synchronize_session": False}
    return int(session.execute(change.where(part.where).execution_options(**options)).rowcount)  # type: ignore[attr-defined]


def keep(session: Session, run: RetentionRun) -> None:
    """Keep what a run did."""
    session.add(run)
    session.flush()


def runs(session: Session, *, limit: int = 12) -> Sequence[RetentionRun]:
    """Return what the latest runs did, the latest first."""
    return session.scalars(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(limit)).all()
