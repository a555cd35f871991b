"""Queries on what is past its time in the work database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from serving.tables import (
    Action,
    Alert,
    AlertDraw,
    Appointment,
    Complaint,
    DailyRun,
    HeldAlert,
    Justification,
    LiveScore,
    Message,
    ReceivedBatch,
    ReceivedStatement,
    RetentionRun,
    Roster,
    Score,
    ScoreRun,
    SignedIn,
    SignInFailure,
    SurveyChase,
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
        "evidence": _evidence(before, at),
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


def _evidence(before: date, at: datetime) -> list[Part]:
    """Return evidence past its time: what a younger row rests on stays, so that no chain is cut in its middle."""
    later, theirs = aliased(Appointment), aliased(Action)
    resting = select(theirs.id).join(later, later.action_id == theirs.id).where(
        theirs.alert_id == Alert.id, or_(later.at >= at, later.alert_id != Alert.id)
    )  # fmt: skip
    old = select(Alert.id).where(
        Alert.closed_on < before,
        ~exists().where(Action.alert_id == Alert.id, Action.recorded_at >= at).correlate(Alert),
        ~exists().where(Appointment.alert_id == Alert.id, Appointment.at >= at).correlate(Alert),
        ~resting.correlate(Alert).exists(),
    )
    met = (Appointment.at < at) & or_(Appointment.alert_id.is_(None), Appointment.alert_id.in_(old))
    stays = select(later.id).where(later.action_id == Action.id, or_(later.at >= at, later.alert_id.not_in(old)))
    free = or_(Action.alert_id.is_(None), Action.alert_id.in_(old)) & ~stays.correlate(Action).exists()
    return [
        Part(Justification, Justification.at < at, Justification.at),
        Part(Appointment, met, Appointment.at),
        Part(Action, (Action.recorded_at < at) & free, Action.recorded_at),
        Part(SurveyChase, SurveyChase.chased_on < before, SurveyChase.chased_on),
        Part(AlertDraw, AlertDraw.decided_on < before, AlertDraw.decided_on),
        Part(Alert, Alert.id.in_(old), Alert.closed_on),
    ]


def alerts_past(session: Session, before: date) -> Sequence[int]:
    """Return the numbers of the alerts that are past their time."""
    part = next(one for one in parts("evidence", before) if one.table is Alert)
    return session.scalars(select(Alert.id).where(part.where).order_by(Alert.id)).all()


def busy(session: Session, today: date) -> frozenset[int]:
    """Return the enrolments that something under way rests on: an alert, an appointment to come, a complaint."""
    day = datetime.combine(today, time(), UTC)
    queries = (
        select(Alert.enrolment_id).where(Alert.closed_on.is_(None)),
        select(Appointment.enrolment_id).where(Appointment.state == "planned", Appointment.at >= day),
        select(Complaint.enrolment_id).where(Complaint.closed_on.is_(None), Complaint.enrolment_id.is_not(None)),
    )
    return frozenset(number for query in queries for number in session.scalars(query) if number is not None)


OF_RECORDS = (LiveScore, Score, HeldAlert, Roster)


def forget_enrolments(session: Session, enrolments: Sequence[int]) -> None:
    """Delete what is shown of enrolments that left the records; their alerts and actions have a time of their own."""
    for start in range(0, len(enrolments), 500):
        for table in OF_RECORDS:
            session.execute(delete(table).where(table.enrolment_id.in_(enrolments[start : start + 500])))


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
