"""Plan an appointment, say what became of it, tie it to the action that tells of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from serving.access import Person
from serving.alerts import repository as alerts
from serving.problems import NotFoundError
from serving.quality import histories, journal
from serving.quality.appointments import policy, repository
from serving.quality.appointments.schemas import NewAppointment
from serving.quality.repository import lock_head
from serving.site import Site
from serving.tables import Action, Appointment, Roster

EVENTS = {
    policy.KEPT: "appointment_kept",
    policy.MISSED: "appointment_missed",
    policy.CANCELLED: "appointment_cancelled",
    policy.PLANNED: "appointment_planned_again",
}


def plan(session: Session, site: Site, enrolment: Roster, new: NewAppointment, *, author_id: int) -> Appointment:
    """Write down a meeting agreed with a learner; it is tied to their open alert, if any.

    Raises
    ------
    RefusedError : its day is over or too far.
    """
    today, now = site.clock.today(), site.clock.now()
    policy.check_new(new.on, today=today)
    lock_head(session)
    alert = alerts.open_of_enrolment(session, enrolment.enrolment_id, until=today)
    row = Appointment(
        enrolment_id=enrolment.enrolment_id,
        alert_id=alert.id if alert else None,
        kind=new.kind,
        channel=new.channel,
        at=datetime.combine(new.on, new.hour.replace(tzinfo=None), site.clock.zone),
        minutes=new.minutes,
        state=policy.PLANNED,
        state_at=now,
        created_by=author_id,
        created_at=now,
    )
    repository.add(session, row)
    _write_down(session, "appointment_planned", row, author_id=author_id, now=now)
    return row


def as_of(session: Session, before: datetime) -> dict[int, tuple[str, int | None]]:
    """Return the state of each appointment at an instant, and the action that told of it, as the journal left them."""
    known = histories.stood(session, repository.EVENTS, "appointment", before=before)
    return {number: (then.details["state"], then.action_id) for number, then in known.items() if then is not None}


def one(session: Session, person: Person, appointment_id: int) -> Appointment:
    """Return an appointment with a learner whom a person follows.

    Raises
    ------
    NotFoundError : there is none.
    """
    found = repository.of_person(session, person, appointment_id)
    if found is None:
        raise NotFoundError("there is no such appointment")
    row: Appointment = found.Appointment
    return row


def move(session: Session, site: Site, person: Person, appointment_id: int, to: str) -> Appointment:
    """Say that an appointment was kept, missed or cancelled, or take it back.

    Raises
    ------
    NotFoundError : the person follows no such learner.
    ChangedError, RefusedError : it cannot go there.
    """
    lock_head(session)
    row, now = one(session, person, appointment_id), site.clock.now()
    on = row.at.astimezone(site.clock.zone).date()
    policy.check_step(row.state, to, on=on, today=site.clock.today(), recorded=row.action_id is not None)
    row.state, row.state_at = to, now
    session.flush()
    _write_down(session, EVENTS[to], row, author_id=person.account_id, now=now)
    return row


def tell(session: Session, site: Site, person: Person, appointment_id: int, action: Action) -> None:
    """Tie an appointment to the action that tells of it; still planned, it was kept.

    Raises
    ------
    NotFoundError : it is not one of that learner's, whom the person follows.
    ChangedError : it was told already, did not take place, or its day has not come.
    """
    row, now = one(session, person, appointment_id), site.clock.now()
    if row.enrolment_id != action.enrolment_id:
        raise NotFoundError("there is no such appointment")
    on = row.at.astimezone(site.clock.zone).date()
    policy.check_told(row.state, on=on, today=site.clock.today(), recorded=row.action_id is not None)
    row.action_id, row.state = action.id, policy.KEPT
    row.state_at = now
    session.flush()
    _write_down(session, "appointment_told", row, author_id=person.account_id, now=now)


def _write_down(session: Session, event: str, row: Appointment, *, author_id: int, now: datetime) -> None:
    details: dict[str, journal.Scalar] = {
        "appointment": row.id,
        "alert": row.alert_id,
        "kind": row.kind,
        "channel": row.channel,
        "at": row.at.isoformat(),
        "state": row.state,
    }
    journal.append(
        session, event, at=now, author_id=author_id, action_id=row.action_id, enrolment_id=row.enrolment_id,
        details=details,
    )  # fmt: skip
