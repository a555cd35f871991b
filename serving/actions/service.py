"""Record an action: kept, written in the journal, and felt by the learner's open alert."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from serving import keys
from serving.access import Person
from serving.actions import policy, repository
from serving.actions.schemas import NewAction
from serving.alerts import repository as alerts
from serving.alerts import service as alert_service
from serving.learners import repository as learners
from serving.problems import NotFoundError
from serving.quality import journal
from serving.quality.repository import lock_head
from serving.tables import Action


def record(
    session: Session, person: Person, enrolment_id: int, new: NewAction, *, key: bytes, now: datetime, today: date
) -> Action:
    """Record what was done for one of the mentor's learners and return it.

    The journal keeps the codes, the dates and a digest of the note made with the journal's key, so
    that nobody checks a guess without it; never the note itself.

    Raises
    ------
    NotFoundError : the mentor follows no such enrolment.
    RefusedError : a date is not accepted.
    """
    lock_head(session)
    if learners.enrolment(session, person, enrolment_id, on=today) is None:
        raise NotFoundError("there is no such learner")
    policy.check_dates(done_on=new.done_on, next_step=new.next_step, next_step_on=new.next_step_on, today=today)
    alert = alerts.open_of_enrolment(session, enrolment_id, until=today)
    action = Action(
        enrolment_id=enrolment_id,
        alert_id=alert.id if alert else None,
        author_id=person.account_id,
        recorded_at=now,
        **new.model_dump(),
    )
    repository.add(session, action)
    _write_down(session, action, key=key, now=now)
    to = policy.state_after(alert.state, new.result) if alert else None
    if alert and to:
        alert_service.step(session, alert, to, outcome=None, author_id=person.account_id, now=now, today=today)
    return action


def _write_down(session: Session, action: Action, *, key: bytes, now: datetime) -> None:
    details = {
        "kind": action.kind,
        "channel": action.channel,
        "done_on": action.done_on.isoformat(),
        "result": action.result,
        "next_step": action.next_step,
        "next_step_on": action.next_step_on.isoformat() if action.next_step_on else None,
        "note_digest": keys.digest(key, "note", action.note) if action.note else None,
    }
    journal.append(
        session,
        "action_recorded",
        at=now,
        author_id=action.author_id,
        alert_id=action.alert_id,
        action_id=action.id,
        enrolment_id=action.enrolment_id,
        details=details,
    )
