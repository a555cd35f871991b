"""Writes in the outbox what is due: digests, grave alerts, events for programs. Nothing leaves from here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from serving.notifications import duties, policy, repository
from serving.notifications.digest import counts_of
from serving.notifications.repository import Reached
from serving.notifications.written import row_of, write_new
from serving.site import Records
from serving.tables import Alert, SessionSignal, Webhook

OPENED, CLOSED, ESCALATED, SIGNAL = EVENTS = ("alert.opened", "alert.closed", "alert.escalated", "session.signal")
LOOK_BACK = timedelta(days=7)
"""What happened before is old news: it is not told when the server comes back."""
TEAM_WISHES = policy.Wishes()


@dataclass(frozen=True)
class Happened:
    """Something that programs are told of; `key` names it for ever."""

    event: str
    key: str
    at: datetime
    what: dict[str, Any]


def plan(
    session: Session, *, now: datetime, zone: ZoneInfo, undo: timedelta = timedelta(0), records: Records | None = None
) -> int:
    """Write every message that is due or will be; what was written is not written again. Return how many.

    Parameters
    ----------
    records : what the missing proofs are looked for in; without them, none is told.
    undo : for how long a person may take a step back; programs are told of a closing when it cannot be any more.
    """
    local = now.astimezone(zone)
    people, quality = repository.reached(session, local.date()), repository.quality_people(session, local.date())
    asked = duties.Asked(session, records, zone, [*people, *quality], local.date())
    grave = repository.grave_alerts(session, since=(local - LOOK_BACK).date(), today=local.date())
    written = 0
    for one in people:
        if not one.follower.away:
            written += _digests(session, one.account.id, one, local, asked)
    written += duties.weekly(session, quality, asked, local) + duties.clocks(session, asked, local)
    written += _grave(session, grave, people, local)
    written += _team(session, grave, local)
    return written + _events(session, now, undo)


def ask_scientists(session: Session, model: str, *, now: datetime, zone: ZoneInfo) -> int:
    """Write to each data scientist, once a version, that a challenger waits for their decision; return how many.

    It leaves outside their hours of silence; whoever is reached nowhere finds it on the page of the model.
    """
    local, rows = now.astimezone(zone), []
    for account in repository.scientists(session):
        due = policy.allowed_from(local, repository.wishes_of(session, account.id))
        for place in repository.channels_for(session, account) if due else ():
            key = f"challenger:{model}:{account.id}:{place or 'email'}"
            rows.append(row_of(key, "challenger", local, due or local, {}, account_id=account.id, channel_id=place))
    return write_new(session, rows)


def _digests(
    session: Session, account_id: int | None, one: Reached | None, local: datetime, asked: duties.Asked | None = None
) -> int:
    """Write the digest due to an account, or to the team, on each of its channels.

    One that says nothing is kept as already sent, so that the day is not asked about again.
    """
    wishes = one.wishes if one else TEAM_WISHES
    period = policy.digest_period(local, wishes)
    places = one.channels if one else tuple(channel.id for channel in repository.channels(session, None))
    if period is None or not places:
        return 0
    keys = {f"digest:{account_id or 'team'}:{place or 'email'}:{period}": place for place in places}
    missing = keys.keys() - repository.known_keys(session, keys)
    rows = []
    for key in sorted(missing):
        before = repository.last_digest(session, account_id, keys[key])
        span = timedelta(days=7 if wishes.digest == policy.WEEKLY else 1)
        told = repository.digest_counts(
            session, one.person if one else None, since=before or local - span, today=local.date()
        )
        told |= asked.of_follower(one.account.id) if asked and one else {}
        row = row_of(
            key, "digest", local, local, counts_of("digest", told), account_id=account_id, channel_id=keys[key]
        )
        rows.append(row if counts_of("digest", told) else {**row, "sent_at": local, "body": None})
    return repository.write(session, rows)


def _grave(session: Session, grave: Iterable[policy.GraveAlert], people: list[Reached], local: datetime) -> int:
    by_id = {one.account.id: one for one in people}
    followers = [one.follower for one in people]
    rows, lead = [], repository.takes_up(session, local.date())
    for alert in grave:
        for account_id in policy.recipients(alert, followers, takes_up=lead):
            one = by_id[account_id]
            due = policy.immediate_due(local, one.wishes)
            rows += [] if due is None else [_grave_row(alert, account_id, place, local, due) for place in one.channels]
    return write_new(session, rows)


def _team(session: Session, grave: Iterable[policy.GraveAlert], local: datetime) -> int:
    due = policy.immediate_due(local, TEAM_WISHES)
    places = [channel.id for channel in repository.channels(session, None)]
    rows = [] if due is None else [_grave_row(alert, None, place, local, due) for alert in grave for place in places]
    return write_new(session, rows) + _digests(session, None, None, local)


def _grave_row(
    alert: policy.GraveAlert, account_id: int | None, place: int | None, local: datetime, due: datetime
) -> dict[str, Any]:
    key = f"grave:{alert.alert_id}:{alert.code}:{alert.since}:{account_id or 'team'}:{place or 'email'}"
    told = {"alert": alert.alert_id, "code": alert.code}
    return row_of(key, "grave", local, due, told, account_id=account_id, channel_id=place)


def _events(session: Session, now: datetime, undo: timedelta) -> int:
    hooks = repository.webhooks(session)
    if not hooks:
        return 0
    since = max(min(hook.created_at for hook in hooks), now - LOOK_BACK)
    happened = _happened(session, since, now, undo)
    return write_new(session, [_event_row(hook, one, now) for hook in hooks for one in happened if _wants(hook, one)])


def _wants(hook: Webhook, one: Happened) -> bool:
    return one.event in hook.events and one.at >= hook.created_at


def _event_row(hook: Webhook, one: Happened, now: datetime) -> dict[str, Any]:
    key = f"{one.key}:w{hook.id}"
    body = {"id": delivery_of(key), "event": one.event, "at": one.at.astimezone(UTC).isoformat(), **one.what}
    return row_of(key, one.event, now, now, body, webhook_id=hook.id)


def delivery_of(key: str) -> str:
    """Return the id by which a program knows that it was told already."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _happened(session: Session, since: datetime, now: datetime, undo: timedelta) -> list[Happened]:
    found = [one for alert in repository.changed_alerts(session, since) for one in _steps(alert, now, undo)]
    found += [_signal(one) for one in repository.signals_since(session, since.date())]
    return [one for one in found if since <= one.at <= now]


def _steps(alert: Alert, now: datetime, undo: timedelta) -> list[Happened]:
    """Return what programs are told of an alert: pseudonymous ids and its state, never why it opened."""
    what = {"alert": {"id": str(alert.id), "enrolment_id": str(alert.enrolment_id), "state": alert.state}}
    found = [Happened(OPENED, f"{OPENED}:{alert.id}", alert.opened_at, what)]
    if alert.reopened_on is not None:
        again = f"{OPENED}:{alert.id}:{alert.reopened_on.isoformat()}"
        found.append(Happened(OPENED, again, _by(alert.reopened_on, now), what))
    if alert.closed_at is not None and alert.closed_at + undo <= now:
        key = f"{CLOSED}:{alert.id}:{alert.closed_at.isoformat()}"
        found.append(Happened(CLOSED, key, alert.closed_at, what))
    if alert.escalated_on is not None:
        key = f"{ESCALATED}:{alert.id}:{alert.escalated_on.isoformat()}"
        found.append(Happened(ESCALATED, key, _by(alert.escalated_on, now), what))
    return found


def _signal(one: SessionSignal) -> Happened:
    what = {"signal": {"id": str(one.id), "session_id": one.session_id, "sinking": one.sinking}}
    return Happened(SIGNAL, f"{SIGNAL}:{one.id}", one.state_at, what)


def _by(day: date, now: datetime) -> datetime:
    """Return the last instant of a day whose hour is not kept, now at the latest."""
    return min(datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC), now)
