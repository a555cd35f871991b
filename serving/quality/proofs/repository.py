"""Queries that gather what the inbox looks at, and the reasons for which a proof will not come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from serving.access import Person
from serving.alerts.kinds import REPEATED_ABSENCE
from serving.alerts.repository import reach
from serving.quality.complaints.policy import INCIDENT, PERSONAL_DATA, breach_until
from serving.quality.proofs.facts import (
    ABANDONED,
    AbsentSeen,
    ActionSeen,
    AlertSeen,
    AppointmentSeen,
    ComplaintSeen,
    ImprovementSeen,
    LeftSeen,
    SilentSeen,
)
from serving.tables import (
    Action,
    Alert,
    Appointment,
    Complaint,
    HeldAlert,
    Improvement,
    Justification,
    Roster,
    Score,
    ScoreRun,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def alerts(session: Session, *, since: date, today: date) -> list[AlertSeen]:
    """Return the alerts opened between two days."""
    return _seen(session, Alert.opened_on.between(since, today))


def declared(session: Session, *, since: date, today: date) -> list[AlertSeen]:
    """Return the alerts closed between two days because the learner abandoned."""
    return _seen(session, Alert.closed_on.between(since, today) & (Alert.outcome == ABANDONED))


def _seen(session: Session, condition: ColumnElement[bool]) -> list[AlertSeen]:
    columns = (
        Alert.id, Alert.enrolment_id, Alert.opened_on, Alert.closed_on, Alert.outcome, Alert.closed_by,
        Alert.escalated_on, Alert.snoozed_until, Alert.reopened_on, Alert.state,
    )  # fmt: skip
    query = select(*columns).where(condition).order_by(Alert.id)
    return [
        AlertSeen(
            row.id, row.enrolment_id, row.opened_on, row.closed_on, row.outcome, row.closed_by,
            row.escalated_on is not None, row.snoozed_until if row.state == "snoozed" else None, row.reopened_on,
        )
        for row in session.execute(query)
    ]  # fmt: skip


def actions(
    session: Session, zone: ZoneInfo, *, since: date, only: Collection[int] | None = None
) -> Mapping[int, Sequence[ActionSeen]]:
    """Return the actions done since a day, by enrolment, in the order in which they were recorded; of some, or all."""
    query = select(
        Action.id, Action.enrolment_id, Action.done_on, Action.result, Action.next_step, Action.next_step_on,
        Action.recorded_at, Action.channel,
    )  # fmt: skip
    if only is not None:
        query = query.where(Action.enrolment_id.in_(sorted(only)))
    found: dict[int, list[ActionSeen]] = defaultdict(list)
    for row in session.execute(query.where(Action.done_on >= since).order_by(Action.id)):
        seen = ActionSeen(row.id, row.enrolment_id, row.done_on, row.result, row.next_step, row.next_step_on,
                          row.recorded_at.astimezone(zone).date(), row.channel)  # fmt: skip
        found[row.enrolment_id].append(seen)
    return found


def appointments(session: Session, zone: ZoneInfo) -> list[AppointmentSeen]:
    """Return every appointment."""
    return [
        AppointmentSeen(one.id, one.enrolment_id, one.at.astimezone(zone).date(), one.state,
                        one.action_id is not None, one.created_at.astimezone(zone).date())
        for one in session.scalars(select(Appointment).order_by(Appointment.id))
    ]  # fmt: skip


def complaints(session: Session, zone: ZoneInfo) -> list[ComplaintSeen]:
    """Return the complaints that are not closed, and the breaches of which the authority was not told."""
    breach = and_(Complaint.kind == INCIDENT, Complaint.subject == PERSONAL_DATA, Complaint.authority_told_on.is_(None))
    query = select(Complaint).where(or_(Complaint.closed_on.is_(None), breach)).order_by(Complaint.id)
    return [
        ComplaintSeen(one.id, one.received_on, one.enrolment_id, one.session_id, one.acknowledged_on, one.answered_on,
                      one.closed_on, breach_until(one, zone), one.authority_told_on)
        for one in session.scalars(query)
    ]  # fmt: skip


def improvements(session: Session) -> list[ImprovementSeen]:
    """Return the improvement plan."""
    query = select(Improvement.id, Improvement.due_on, Improvement.state, Improvement.done_on).order_by(Improvement.id)
    return [ImprovementSeen(*row) for row in session.execute(query)]


def left(session: Session, *, since: date, today: date) -> list[LeftSeen]:
    """Return the enrolments abandoned between two days, once the register had begun: before, nobody was asked."""
    begun = select(func.min(Alert.opened_on)).scalar_subquery()
    query = select(Roster.enrolment_id, Roster.ended_on).where(Roster.ended_on >= begun)
    query = query.where(Roster.outcome == ABANDONED, Roster.ended_on.between(since, today))
    return [LeftSeen(row.enrolment_id, row.ended_on) for row in session.execute(query.order_by(Roster.enrolment_id))]


def earlier_left(session: Session, *, since: date, today: date) -> tuple[int, date | None]:
    """Return how many enrolments were abandoned between a day and the register's beginning, and that beginning.

    None, and nobody, where the register holds no alert yet.
    """
    begun = session.scalar(select(func.min(Alert.opened_on)))
    query = select(func.count()).select_from(Roster).where(Roster.outcome == ABANDONED)
    n = session.scalar(query.where(Roster.ended_on >= since, Roster.ended_on < begun, Roster.ended_on <= today))
    return n or 0, begun


def closed_days(con: DuckDBPyConnection) -> Mapping[str, frozenset[date]]:
    """Return the days on which each session was closed, by its code; empty: all of them were."""
    found: dict[str, set[date]] = defaultdict(set)
    for session_id, first, last in con.execute("SELECT session_id, from_on, to_on FROM calendar").fetchall():
        found[session_id] |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    return {code: frozenset(days) for code, days in found.items()}


def silent(
    session: Session, closed: Mapping[str, frozenset[date]], *, least: int, today: date
) -> list[SilentSeen]:  # fmt: skip
    """Return the learners in training of whom nothing was seen for so many open days, by the latest score run.

    A session whose source is quiet that day is left out: an outage is not a silence.

    Parameters
    ----------
    closed : what `closed_days` returns.
    """
    run = _latest_run(session, today)
    if run is None:
        return []
    held = select(Roster.session_id).join(HeldAlert, HeldAlert.enrolment_id == Roster.enrolment_id)
    quiet = held.where(HeldAlert.run_id == run.id, HeldAlert.reason == "source_quiet")
    query = select(Score.enrolment_id, Score.silent_days, Roster.session_id)
    query = query.join(Roster, Roster.enrolment_id == Score.enrolment_id)
    query = query.where(Score.run_id == run.id, Score.silent_days >= least, *_in_training(today))
    rows = session.execute(query.where(Roster.session_id.not_in(quiet)).order_by(Score.enrolment_id))
    every = closed.get("", frozenset())
    return [
        SilentSeen(
            row.enrolment_id, run.as_of_on, int(row.silent_days), every | closed.get(row.session_id, frozenset())
        )
        for row in rows
    ]


def absent(session: Session, *, since: date, today: date) -> list[AbsentSeen]:
    """Return the learners in training whose latest score run saw absences in a row, with what each run counted."""
    run = _latest_run(session, today)
    if run is None:
        return []
    query = select(Score.enrolment_id, Score.signals).join(Roster, Roster.enrolment_id == Score.enrolment_id)
    rows = session.execute(query.where(Score.run_id == run.id, *_in_training(today)).order_by(Score.enrolment_id))
    return [_counted(session, row.enrolment_id, since, today) for row in rows if _absences(row.signals)]


def _latest_run(session: Session, today: date) -> ScoreRun | None:
    query = select(ScoreRun).where(ScoreRun.as_of_on <= today).order_by(ScoreRun.as_of_on.desc(), ScoreRun.id.desc())
    return session.scalar(query.limit(1))


def _in_training(today: date) -> tuple[ColumnElement[bool], ...]:
    return Roster.ended_on.is_(None), Roster.started_on <= today, Roster.planned_end_on >= today


def _counted(session: Session, enrolment_id: int, since: date, today: date) -> AbsentSeen:
    query = select(ScoreRun.as_of_on, Score.signals).join(Score, Score.run_id == ScoreRun.id)
    query = query.where(Score.enrolment_id == enrolment_id, ScoreRun.as_of_on.between(since, today))
    rows = session.execute(query.order_by(ScoreRun.as_of_on.desc(), ScoreRun.id.desc()))
    return AbsentSeen(enrolment_id, tuple((row.as_of_on, _absences(row.signals)) for row in rows))


def _absences(signals: Sequence[Mapping[str, Any]]) -> int:
    """Return the absences in a row that a day's rules told, zero where they told none."""
    told = [reason for one in signals if one["kind"] == REPEATED_ABSENCE for reason in one["reasons"]]
    return int(next((reason["value"] or 0 for reason in told if reason["feature"] == "last_absences"), 0))


def gone(session: Session, *, today: date) -> dict[int, date]:
    """Return the enrolments that ended before they were over or with it, and when."""
    query = select(Roster.enrolment_id, Roster.ended_on).where(Roster.ended_on <= today)
    return {row.enrolment_id: row.ended_on for row in session.execute(query)}


def enrolments(session: Session, ids: Collection[int]) -> dict[int, Roster]:
    """Return enrolments of the roster by their number."""
    found: dict[int, Roster] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        query = select(Roster).where(Roster.enrolment_id.in_(wanted[start : start + 500]))
        found |= {one.enrolment_id: one for one in session.scalars(query)}
    return found


def reached(session: Session, person: Person) -> frozenset[int]:
    """Return the enrolments that a person follows."""
    return frozenset(session.scalars(select(Roster.enrolment_id).where(reach(person))))


def carriers(session: Session, alert_ids: Collection[int]) -> dict[int, int | None]:
    """Return the mentor who carries each alert."""
    rows = session.execute(select(Alert.id, Alert.mentor_id).where(Alert.id.in_(sorted(alert_ids))))
    return {row.id: row.mentor_id for row in rows}


def alert_ids(session: Session, enrolment_ids: Collection[int]) -> dict[int, int]:
    """Return the latest alert of enrolments that have one."""
    query = select(Alert.enrolment_id, func.max(Alert.id)).where(Alert.enrolment_id.in_(sorted(enrolment_ids)))
    return {row[0]: row[1] for row in session.execute(query.group_by(Alert.enrolment_id))}


def justifications(session: Session) -> dict[tuple[str, str], Justification]:
    """Return why some proofs will not come, by gap and subject."""
    return {(one.gap, one.subject): one for one in session.scalars(select(Justification))}


def justification(session: Session, gap: str, subject: str) -> Justification | None:
    """Return why one proof will not come, None when nobody said."""
    return session.get(Justification, (gap, subject))


def add(session: Session, row: Justification) -> None:
    """Keep a justification."""
    session.add(row)
    session.flush()


def remove(session: Session, row: Justification) -> None:
    """Take a justification away."""
    session.delete(row)
    session.flush()
