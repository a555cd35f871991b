"""Queries on what is past its time in the work database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from serving.retention import policy
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

AT_ONCE = 500


@dataclass(frozen=True)
class Part:
    """Rows of one table that are past their time; `emptied`: what their words become, none when the rows go."""

    table: Any
    where: ColumnElement[bool]
    on: InstrumentedAttribute[Any]
    emptied: dict[str, str] | None = None


def parts(session: Session, code: str, before: date) -> list[Part]:
    """Return the rows of a class of data that are past their time, table by table, in the order in which they go."""
    at = datetime.combine(before, time(), UTC)
    if code == "evidence":
        return _evidence(session, before, at)
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


def _evidence(session: Session, before: date, at: datetime) -> list[Part]:
    """Return evidence past its time, by number: what is deleted first changes nothing of what goes after."""
    gone = _chains(session, before, at)
    return [
        Part(Justification, Justification.at < at, Justification.at),
        *_numbered(Appointment, gone["appointment"], Appointment.at),
        *_numbered(Action, gone["action"], Action.recorded_at),
        Part(SurveyChase, SurveyChase.chased_on < before, SurveyChase.chased_on),
        Part(AlertDraw, AlertDraw.decided_on < before, AlertDraw.decided_on),
        *_numbered(Alert, gone["alert"], Alert.closed_on),
    ]


def _chains(session: Session, before: date, at: datetime) -> dict[str, list[int]]:
    """Return the alerts, actions and appointments past their time whose whole chain is."""
    alerts = select(Alert.id).where(Alert.closed_on < before)
    actions = select(Action.id).where(Action.recorded_at < at)
    acts = select(Action.id, Action.alert_id, Action.recorded_at < at).where(
        or_(Action.recorded_at < at, Action.alert_id.in_(alerts))
    )
    meets = select(Appointment.id, Appointment.alert_id, Appointment.action_id, Appointment.at < at).where(
        or_(Appointment.at < at, Appointment.alert_id.in_(alerts), Appointment.action_id.in_(actions))
    )
    old: set[policy.Link] = {("alert", number) for number in session.scalars(alerts)}
    ties: list[tuple[policy.Link, policy.Link]] = []
    for number, alert, past in session.execute(acts):
        old |= {("action", number)} if past else set()
        ties += [(("action", number), ("alert", alert))] if alert is not None else []
    for number, alert, action, past in session.execute(meets):
        old |= {("appointment", number)} if past else set()
        resting: tuple[tuple[str, int | None], ...] = (("alert", alert), ("action", action))
        ties += [(("appointment", number), (kind, of)) for kind, of in resting if of is not None]
    gone = policy.whole_chains(old, ties)
    return {kind: sorted(n for one, n in gone if one == kind) for kind in ("alert", "action", "appointment")}


def _numbered(table: Any, numbers: Sequence[int], on: InstrumentedAttribute[Any]) -> list[Part]:
    return [Part(table, table.id.in_(numbers[n : n + AT_ONCE]), on) for n in range(0, len(numbers), AT_ONCE)]


def alerts_of(session: Session, parts: Sequence[Part]) -> Sequence[int]:
    """Return the numbers of the alerts that some parts have."""
    found = [session.scalars(select(Alert.id).where(one.where)).all() for one in parts if one.table is Alert]
    return sorted(number for numbers in found for number in numbers)


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
    for start in range(0, len(enrolments), AT_ONCE):
        for table in OF_RECORDS:
            session.execute(delete(table).where(table.enrolment_id.in_(enrolments[start : start + AT_ONCE])))


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
