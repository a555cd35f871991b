"""Take one alert one step further, or back: kept, counted in its version, written in the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from serving.alerts import life, repository
from serving.alerts.life import Wanted
from serving.problems import ChangedError, RefusedError
from serving.quality import journal
from serving.tables import Alert

PERSON, SYSTEM = "person", "system"
KEPT = (
    "state", "outcome", "closed_at", "closed_on", "closed_by", "motives", "mentor_id", "snoozed_until", "escalated_on",
    "reopened_on", "useful",
)  # fmt: skip
"""What a step may change; what it was is in the journal, so that the step can be taken back."""
Details = Mapping[str, str | int | float | bool | list[str] | None]


def take(
    session: Session, alert: Alert, wanted: Wanted, *, author_id: int | None, now: datetime, today: date,
    details: Details | None = None,
) -> None:  # fmt: skip
    """Take an alert one step further; `author_id` is null for the daily round.

    Raises
    ------
    ChangedError : the step is not in the table of transitions from where the alert is.
    RefusedError : what the step wants is missing or not accepted.
    """
    life.check_step(alert.state, wanted, today=today)
    _check_place(session, alert, wanted)
    before = kept(alert)
    by = SYSTEM if author_id is None else PERSON
    alert.state = life.lands(alert.state, wanted.to)
    alert.snoozed_until = wanted.until or (alert.snoozed_until if alert.state == life.SNOOZED else None)
    if wanted.to in life.CLOSED:
        alert.outcome, alert.motives, alert.closed_by = wanted.outcome, list(wanted.motives), by
        alert.closed_at, alert.closed_on = now, max(today, alert.opened_on)
    elif wanted.to == life.REOPENED:
        alert.outcome, alert.motives, alert.closed_by, alert.closed_at, alert.closed_on = None, [], None, None, None
        alert.reopened_on, alert.escalated_on, alert.useful = today, None, None
    elif wanted.to == life.REASSIGNED:
        alert.mentor_id = wanted.mentor_id
    elif wanted.to == life.ESCALATED:
        alert.escalated_on = today
    if wanted.useful is not None:
        alert.useful = wanted.useful
    write(session, alert, wanted.to, before=before, author_id=author_id, now=now, details=details)


def _check_place(session: Session, alert: Alert, wanted: Wanted) -> None:
    if wanted.to == life.ESCALATED and alert.escalated_on is not None:
        raise ChangedError("the course lead has this alert already", where="to")
    if wanted.to == life.REASSIGNED and (
        wanted.mentor_id == alert.mentor_id or not repository.is_mentor(session, wanted.mentor_id)
    ):
        raise RefusedError("another mentor must be named", where="mentor_id", accepted="a mentor of the organisation")
    if wanted.to == life.REOPENED and repository.live_of(session, alert.enrolment_id) is not None:
        raise ChangedError("this learner has another open alert", where="to", accepted="that other alert")


def write(
    session: Session, alert: Alert, step: str, *, before: Mapping[str, Any], author_id: int | None, now: datetime,
    details: Details | None = None,
) -> None:  # fmt: skip
    """Write a step in the journal, with where the alert stands after it and what it changed; count the version."""
    after = kept(alert)
    moved = {f"before.{name}": _written(value) for name, value in before.items() if value != after[name]}
    alert.version += 1
    if alert.state != before.get("state"):
        alert.state_at = now
    told: dict[str, Any] = {"state": alert.state, **moved, **(details or {})}
    for name in ("outcome", "closed_by", "snoozed_until", "useful"):
        if after[name] is not None and before.get(name) != after[name]:
            told[name] = _plain(after[name])
    if step == life.REASSIGNED:
        told["given_to"] = _written(alert.mentor_id)
    if alert.motives and alert.state in life.CLOSED:
        told["motives"] = list(alert.motives)
    if alert.outcome is not None:
        told["outcome"] = alert.outcome
    journal.append(
        session,
        f"alert_{step}",
        at=now,
        author_id=author_id,
        alert_id=alert.id,
        enrolment_id=alert.enrolment_id,
        details=told,
    )
    session.flush()


def undo(session: Session, alert: Alert, *, author_id: int, now: datetime, within: timedelta) -> None:
    """Take a person's own last step back: the alert stands where it stood, and both steps stay in the journal.

    Raises
    ------
    ChangedError : the last step is not theirs, is too old, or another alert has opened since.
    """
    last = repository.last_entry(session, alert.id)
    if last is None:
        raise ChangedError("there is no step to take back", where="to")
    life.check_undo(
        last.event, own=last.author_id == author_id, at=datetime.fromisoformat(last.at), now=now, within=within
    )
    told = json.loads(last.details)
    known = {name: told[f"before.{name}"] for name in KEPT if f"before.{name}" in told}
    other = repository.live_of(session, alert.enrolment_id)
    if "closed_on" in known and known["closed_on"] is None and other is not None and other.id != alert.id:
        raise ChangedError("this learner has another open alert", where="to", accepted="that other alert")
    before = kept(alert)
    for name, value in known.items():
        setattr(alert, name, _read(name, value))
    write(session, alert, life.UNDONE, before=before, author_id=author_id, now=now, details={"undone": last.event})


def kept(alert: Alert) -> dict[str, Any]:
    """Return what a step may change, as it is."""
    return {name: getattr(alert, name) for name in KEPT}


def _written(value: Any) -> Any:
    """Return a value as the journal keeps it: an id as text, since a pseudonym is larger than a number of JSON."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _plain(value)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _read(name: str, value: Any) -> Any:
    if value is None or name in {"motives", "useful", "state", "outcome", "closed_by"}:
        return value
    if name == "mentor_id":
        return int(value)
    return datetime.fromisoformat(value) if name == "closed_at" else date.fromisoformat(value)
