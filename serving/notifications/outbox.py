"""Delivers the outbox: each message is taken in one transaction, sent outside any, and settled in another.

Two schedulers never take the same message. A crash between the sending and the settling is the one way a message
leaves twice: it is taken up again when its lease ends. Programs know it by its delivery id; people read a digest twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from serving.accounts import repository as accounts
from serving.database import Database
from serving.language import Speech
from serving.notifications import planning, policy, repository, sources, targets
from serving.notifications.delivery import TIMEOUT, Event, Outcome, Place, Sender
from serving.notifications.digest import Words, compose
from serving.pages import HOMES
from serving.quality.proofs import service as proofs
from serving.sealing import SealedError, seal_of
from serving.settings import Settings
from serving.site import Records
from serving.sources import StoreRecords
from serving.tables import Account, Channel, Message, Webhook

AT_MOST = 500
"""Messages of one pass; the others leave with the next."""
PATIENCE = 2
"""Times that a host may say nothing in one pass; what else is for it leaves with the next."""


@dataclass(frozen=True)
class Parcel:
    """Messages that leave as one: who they are for, what they say, and how to try again."""

    ids: tuple[int, ...]
    kind: str
    tries: int
    wishes: policy.Wishes | None
    place: Place | None = None
    words: Words | None = None
    event: Event | None = None
    nowhere: str = "closed"


@dataclass(frozen=True)
class Office:
    """What a delivery needs: the database, the settings, the way out, the time, and the records (those of the home)."""

    database: Database
    settings: Settings
    sender: Sender
    now: Callable[[], datetime]
    records: Records | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        return ZoneInfo(self.settings.timezone)


def never() -> bool:
    """Answer that nobody asks to stop."""
    return False


def run(office: Office, *, stopping: Callable[[], bool] = never) -> dict[str, int]:
    """Plan then deliver once; return how many messages were written, sent, put off and given up."""
    undo = timedelta(minutes=office.settings.undo_minutes)
    with office.database.write() as session:
        records = office.records or StoreRecords(office.settings.folder)
        planned = planning.plan(session, now=office.now(), zone=office.zone, undo=undo, records=records)
    return {"planned": planned, **deliver(office, stopping=stopping)}


def purge(database: Database, *, before: datetime) -> int:
    """Remove the trace of the messages that left, or were given up, before an instant; return how many."""
    with database.write() as session:
        return repository.purge(session, before=before)


def deliver(office: Office, *, stopping: Callable[[], bool] = never) -> dict[str, int]:
    """Send what is due; return how many messages were sent, put off and given up.

    Parameters
    ----------
    stopping : asked before each message; what is left then is taken up by the next pass.
    """
    done: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    for _ in range(AT_MOST):
        parcel = None if stopping() else _take(office)
        if parcel is None:
            break
        host = parcel.place.host if parcel.place else ""
        if silent[host] >= PATIENCE:
            _put_back(office, parcel)
            continue
        outcome = _send(office.sender, parcel)
        silent[host] += outcome.failure == TIMEOUT
        done[_settle(office, parcel, outcome)] += 1
    return {name: done[name] for name in ("sent", "put_off", "given_up")}


def _take(office: Office) -> Parcel | None:
    now = office.now()
    with office.database.write() as session:
        taken = _claimed(session, now.astimezone(office.zone))
        if not taken:
            return None
        first = taken[0]
        if first.webhook_id is not None:
            return _event(first, repository.webhook(session, first.webhook_id), office, now)
        account = accounts.by_id(session, first.account_id) if first.account_id else None
        channel = repository.channel(session, first.channel_id) if first.channel_id else None
        wishes = repository.wishes_of(session, account.id) if account else planning.TEAM_WISHES
        place, nowhere = _place(account, channel, office)
        return Parcel(
            ids=tuple(one.id for one in taken),
            kind=first.kind,
            tries=first.tries,
            wishes=wishes,
            place=place,
            nowhere=nowhere,
            words=_words(taken, account, office, now),
        )


def _claimed(session: Session, local: datetime) -> list[Message]:
    """Take the messages that leave next and still hold; those that nothing holds up any more are settled unsaid."""
    while taken := repository.claim(session, local):
        kept = _still_holds(session, taken, local)
        repository.unsaid(session, [one.id for one in taken if one not in kept], now=local)
        if kept:
            return kept
    return []


def _still_holds(session: Session, taken: list[Message], local: datetime) -> list[Message]:
    if taken[0].kind == "grave":
        return _still_grave(session, taken, local.date())
    return _still_undone(session, taken, local) if taken[0].kind == policy.CLOCK else taken


def _still_undone(session: Session, taken: list[Message], local: datetime) -> list[Message]:
    """Return those whose proof is still missing."""
    zone = local.tzinfo if isinstance(local.tzinfo, ZoneInfo) else ZoneInfo("UTC")
    found = {(one.gap.kind, one.gap.subject) for one in proofs.clocks(session, zone, today=local.date())}
    about = [json.loads(one.body or "{}") for one in taken]
    return [one for one, told in zip(taken, about, strict=True) if (told["kind"], told["subject"]) in found]


def _still_grave(session: Session, taken: list[Message], today: date) -> list[Message]:
    """Return those whose alert nobody has dealt with since, and whose account would be told of it today."""
    about = [json.loads(one.body or "{}") for one in taken]
    numbers = [told["alert"] for told in about]
    found = repository.grave_alerts(session, since=date.min, today=today, only=numbers)
    alerts = {(one.alert_id, one.code): one for one in found}
    followers, lead = [one.follower for one in repository.reached(session, today)], repository.takes_up(session, today)
    return [
        one
        for one, told in zip(taken, about, strict=True)
        if (alert := alerts.get((told["alert"], told["code"]))) is not None
        and (one.account_id is None or one.account_id in policy.recipients(alert, followers, takes_up=lead))
    ]


def _put_back(office: Office, parcel: Parcel) -> None:
    """Leave a parcel to a later pass, as if it had not been taken."""
    due = office.now() + policy.RETRIES[0]
    with office.database.write() as session:
        repository.put_back(session, parcel.ids, due=due)


def _place(account: Account | None, channel: Channel | None, office: Office) -> tuple[Place | None, str]:
    """Return where a message goes now, else why nowhere: the account or the channel is closed, or its key is lost."""
    if account is not None and not account.active:
        return None, "closed"
    if channel is not None:
        return _opened(channel, office) if channel.active else (None, "closed")
    return Place(targets.EMAIL, account.email) if account and account.email else None, "closed"


def _opened(channel: Channel, office: Office) -> tuple[Place | None, str]:
    try:
        return Place(channel.kind, seal_of(office.settings.folder).open(channel.address)), ""
    except SealedError:
        return None, "sealed"


def _words(taken: Collection[Message], account: Account | None, office: Office, now: datetime) -> Words:
    first = next(iter(taken))
    language = (account.language if account else None) or office.settings.language
    speech = Speech(language, office.zone)
    if first.kind == sources.KIND:
        return sources.compose(first.body or "", speech, public_url=office.settings.public_url)
    plain = first.kind in ("digest", policy.PROOFS)
    told = json.loads(first.body or "{}") if plain else _counted(taken)
    return compose(
        first.kind,
        told,
        speech,
        day=now.astimezone(office.zone).date(),
        public_url=office.settings.public_url,
        home=HOMES[account.role] if account else "/today",
    )


def _counted(taken: Collection[Message]) -> dict[str, int]:
    """Count the grave alerts of messages that join; an alert is told once, under its gravest words."""
    told = [json.loads(one.body or "{}") for one in taken]
    if any("subject" in one for one in told):
        return dict(Counter(kind for kind, _ in {(one["kind"], one["subject"]) for one in told}))
    handed_on = {one.get("alert") for one in told if one.get("code") == policy.ESCALATED}
    urgent = {one.get("alert") for one in told if one.get("code") == policy.DECLARED} - handed_on
    return {"urgent": len(urgent), "escalated": len(handed_on)}


def _event(message: Message, hook: Webhook | None, office: Office, now: datetime) -> Parcel:
    base = Parcel((message.id,), message.kind, message.tries, None)
    if hook is None or not hook.active:
        return base
    both = hook.previous_secret and hook.previous_until and now < hook.previous_until
    try:
        url, *held = map(seal_of(office.settings.folder).open, filter(None, _kept(hook, both=bool(both))))
    except SealedError:
        return replace(base, nowhere="sealed")
    delivery = planning.delivery_of(message.key)
    event = Event(message.kind, delivery, (message.body or "{}").encode(), int(now.timestamp()), tuple(held))
    return Parcel(base.ids, base.kind, base.tries, None, place=Place(targets.WEBHOOK, url), event=event)


def _kept(hook: Webhook, *, both: bool) -> tuple[str | None, ...]:
    """Return the address and the secrets that sign, as they are kept."""
    return hook.url, hook.secret, hook.previous_secret if both else None


def _send(sender: Sender, parcel: Parcel) -> Outcome:
    if parcel.place is None:
        return Outcome(parcel.nowhere, final=True)
    if parcel.event is not None:
        return sender.tell(parcel.place.address, parcel.event)
    return sender.send(parcel.place, parcel.words) if parcel.words else Outcome("closed", final=True)


def _settle(office: Office, parcel: Parcel, outcome: Outcome) -> str:
    now = office.now()
    due = None if outcome.final else retry_at(parcel, now.astimezone(office.zone), outcome.retry_after)
    with office.database.write() as session:
        if not outcome.failure:
            repository.sent(session, parcel.ids, now=now)
            return "sent"
        repository.failed(session, parcel.ids, outcome.failure, due=due, now=now)
    return "put_off" if due else "given_up"


def retry_at(parcel: Parcel, now: datetime, retry_after: timedelta | None) -> datetime | None:
    """Return when a parcel is tried again, outside the silence of whom it is for; a trial is not, nor an old digest."""
    if parcel.kind == "trial":
        return None
    due = policy.next_try(parcel.tries, now, retry_after=retry_after)
    if due is None or parcel.wishes is None:
        return due
    allowed = policy.allowed_from(due, parcel.wishes)
    old = parcel.kind == "digest" and allowed is not None and allowed.date() != now.date()
    return None if old else allowed
