"""Queries that gather what the inbox looks at, and the reasons for which a proof will not come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from serving.access import Person
from serving.alerts.repository import reach
from serving.quality.proofs.policy import (
    ABANDONED,
    ActionSeen,
    AlertSeen,
    AppointmentSeen,
    ComplaintSeen,
    ImprovementSeen,
    LeftSeen,
)
from serving.tables import Action, Alert, Appointment, Complaint, Improvement, Justification, Roster


def alerts(session: Session, *, since: date, today: date) -> list[AlertSeen]:
    """Return the alerts opened between two days."""
    columns = (
        Alert.id, Alert.enrolment_id, Alert.opened_on, Alert.closed_on, Alert.outcome, Alert.closed_by,
        Alert.escalated_on, Alert.snoozed_until, Alert.reopened_on, Alert.state,
    )  # fmt: skip
    query = select(*columns).where(Alert.opened_on.between(since, today)).order_by(Alert.id)
    return [
        AlertSeen(
            row.id, row.enrolment_id, row.opened_on, row.closed_on, row.outcome, row.closed_by,
            row.escalated_on is not None, row.snoozed_until if row.state == "snoozed" else None, row.reopened_on,
        )
        for row in session.execute(query)
    ]  # fmt: skip


def actions(session: Session, zone: ZoneInfo, *, since: date) -> Mapping[int, Sequence[ActionSeen]]:
    """Return the actions done since a day, by enrolment, in the order in which they were recorded."""
    query = select(
        Action.id, Action.enrolment_id, Action.done_on, Action.result, Action.next_step, Action.next_step_on,
        Action.recorded_at,
    )  # fmt: skip
    found: dict[int, list[ActionSeen]] = defaultdict(list)
    for row in session.execute(query.where(Action.done_on >= since).order_by(Action.id)):
        seen = ActionSeen(row.id, row.enrolment_id, row.done_on, row.result, row.next_step, row.next_step_on,
                          row.recorded_at.astimezone(zone).date())  # fmt: skip
        found[row.enrolment_id].append(seen)
    return found


def appointments(session: Session, zone: ZoneInfo) -> list[AppointmentSeen]:
    """Return every appointment."""
    return [
        AppointmentSeen(one.id, one.enrolment_id, one.at.astimezone(zone).date(), one.state,
                        one.action_id is not None, one.created_at.astimezone(zone).date())
        for one in session.scalars(select(Appointment).order_by(Appointment.id))
    ]  # fmt: skip


def complaints(session: Session) -> list[ComplaintSeen]:
    """Return the complaints that are not closed."""
    query = select(Complaint).where(Complaint.closed_on.is_(None)).order_by(Complaint.id)
    return [
        ComplaintSeen(one.id, one.received_on, one.enrolment_id, one.session_id, one.acknowledged_on, one.answered_on)
        for one in session.scalars(query)
    ]


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
