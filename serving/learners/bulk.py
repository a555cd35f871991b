"""One step for several learners at once, and a person's last step taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from serving.access import Person
from serving.actions import service as actions
from serving.actions.schemas import NewAction
from serving.alerts import life, service
from serving.alerts import repository as alerts
from serving.alerts.life import Wanted
from serving.forms import accept, number
from serving.learners import repository
from serving.problems import ChangedError, NotFoundError, RefusedError
from serving.quality.repository import lock_head
from serving.site import Site
from serving.tables import Alert

SNOOZES = {"3": 3, "7": 7, "14": 14}
UNDONE = life.UNDONE


@dataclass(frozen=True)
class Undoable:
    """A person's last step, for as long as it may be taken back: its number in the journal, the alerts it moved."""

    seq: int
    alert_ids: tuple[int, ...]


def take(session: Session, site: Site, person: Person, enrolment_ids: Sequence[int], fields: Mapping[str, str]) -> int:
    """Take the step that a form asks for each learner it names, and return for how many it was taken.

    A learner without an open alert, or whose alert does not allow the step, is left as they are.

    Raises
    ------
    NotFoundError : one of them is not the person's own learner; nothing is done.
    RefusedError : what the step wants is not accepted.
    """
    lock_head(session)
    now, today = site.clock.now(), site.clock.today()
    wanted_ids = list(dict.fromkeys(enrolment_ids))
    mine = [number for number in wanted_ids if repository.enrolment(session, person, number, on=today)]
    if mine != wanted_ids:
        raise NotFoundError("there is no such learner")
    if fields.get("step") == "action":
        return _record(session, site, person, mine, fields, now=now)
    wanted = step_of(fields, today)
    live = (alerts.open_of_enrolment(session, number, until=today) for number in mine)
    return sum(_moved(session, site, person, alert, wanted, now=now) for alert in live if alert is not None)


def step_of(fields: Mapping[str, str], today: date) -> Wanted:
    """Return the step of a form: acknowledged, snoozed for some days, or reassigned to a mentor.

    Raises
    ------
    RefusedError : it is none of these.
    """
    step = fields.get("step", "")
    if step == life.ACKNOWLEDGED:
        return Wanted(step)
    if step == life.SNOOZED:
        return Wanted(step, until=today + timedelta(days=SNOOZES.get(fields.get("days", ""), SNOOZES["7"])))
    if step == life.REASSIGNED:
        return Wanted(step, mentor_id=number(fields.get("mentor_id", "")))
    raise RefusedError("there is no such step for several learners", where="step")


def _moved(session: Session, site: Site, person: Person, alert: Alert, wanted: Wanted, *, now: datetime) -> bool:
    if wanted.to not in life.TRANSITIONS[alert.state] or (
        wanted.mentor_id is not None and wanted.mentor_id == alert.mentor_id
    ):
        return False
    today, settings = site.clock.today(), site.settings
    service.move(session, person, alert.id, wanted, now=now, today=today, settings=settings)
    return True


def _record(
    session: Session, site: Site, person: Person, mine: Sequence[int], fields: Mapping[str, str], *, now: datetime
) -> int:
    told = {name: fields[name] for name in ("kind", "channel", "result") if name in fields}
    new, today = accept(NewAction, {**told, "done_on": site.clock.today().isoformat()}), site.clock.today()
    for one in mine:
        actions.record(session, person, one, new, key=site.journal_key, now=now, today=today)
    return len(mine)


def undoable(session: Session, site: Site, person: Person) -> Undoable | None:
    """Return the person's last step on alerts while it may be taken back, None otherwise.

    All the alerts moved at the same instant are one step.
    """
    within = timedelta(minutes=site.settings.undo_minutes)
    entries = repository.last_steps(session, person.account_id)
    if (
        not entries
        or entries[0].event == f"alert_{UNDONE}"
        or site.clock.now() - datetime.fromisoformat(entries[0].at) > within
    ):
        return None
    ids = (one.alert_id for one in entries if one.alert_id is not None and _stands(session, one.alert_id, one.seq))
    found = tuple(dict.fromkeys(ids))
    return Undoable(entries[0].seq, found) if found else None


def _stands(session: Session, alert_id: int, seq: int) -> bool:
    """Whether nothing happened to an alert since a step."""
    last = alerts.last_entry(session, alert_id)
    return last is not None and last.seq == seq


def undo(session: Session, site: Site, person: Person, seq: str) -> int:
    """Take the person's last step back and return how many alerts came back where they stood.

    None does when `seq` is not the number of that step: since the page was shown, the person took another.
    """
    lock_head(session)
    settings, now, today = site.settings, site.clock.now(), site.clock.today()
    found = undoable(session, site, person)
    done = 0
    for alert_id in found.alert_ids if found and str(found.seq) == seq else ():
        try:
            service.move(session, person, alert_id, Wanted(UNDONE), now=now, today=today, settings=settings)
        except (ChangedError, NotFoundError):  # another alert opened since, or it left the person's reach
            continue
        done += 1
    return done
