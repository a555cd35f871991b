"""Queries on preferences, channels, webhooks and the outbox."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from serving.access import ADMIN, COURSE_LEAD, DATA_SCIENTIST, FOLLOWERS, QUALITY, Person
from serving.accounts import repository as accounts
from serving.actions.policy import IN_TOUCH
from serving.alerts.repository import carried, near
from serving.notifications import policy
from serving.quality.procedure.actors import account_of
from serving.quality.procedure.policy import contact_is_late
from serving.quality.procedure.service import adopted_on, procedure_on
from serving.sealing import MARK
from serving.tables import Absence, Account, Action, Alert, Channel, Message, Preference, Roster, SessionSignal, Webhook

SAID_NOTHING = 0
"""`tries` of a message that was found empty and never left."""


@dataclass(frozen=True)
class Reached:
    """An account that follows learners, and how it is reached; `channels` are ids, None for its e-mail."""

    account: Account
    person: Person
    follower: policy.Follower
    wishes: policy.Wishes
    channels: tuple[int | None, ...]


def wishes_of(session: Session, account_id: int) -> policy.Wishes:
    """Return how an account wants to be reached: as everybody until it says otherwise."""
    kept = session.get(Preference, account_id)
    if kept is None:
        return policy.Wishes()
    return policy.Wishes(kept.digest, kept.days, kept.hour, kept.quiet_from, kept.quiet_until, kept.immediate)


def keep_wishes(session: Session, account_id: int, wishes: policy.Wishes) -> None:
    """Keep how an account wants to be reached."""
    session.merge(Preference(account_id=account_id, **vars(wishes)))


def person_for(session: Session, account: Account, today: date) -> Person:
    """Return an account as if it were signed in on a day, for what it reaches."""
    return Person(
        account.id, account.username, account.display_name, account.role, account.mentor_id, account.unassigned,
        account.language, "", follows=accounts.follows(session, account, today),
        courses=tuple(account.courses) if account.role == COURSE_LEAD else (),
    )  # fmt: skip


def away(session: Session, mentor_id: int | None, today: date) -> bool:
    """Whether a mentor is on leave on a day."""
    if mentor_id is None:
        return False
    query = select(Absence.id).where(
        Absence.mentor_id == mentor_id, Absence.from_on <= today, Absence.until_on >= today
    )
    return session.scalar(query.limit(1)) is not None


def reached(session: Session, today: date) -> list[Reached]:
    """Return every open account that follows learners, away ones too, by id."""
    query = select(Account).where(Account.active, Account.role.in_(FOLLOWERS)).order_by(Account.id)
    return [_reached(session, account, today) for account in session.scalars(query)]


def scientists(session: Session) -> Sequence[Account]:
    """Return the open accounts of the data scientists, by id."""
    query = select(Account).where(Account.active, Account.role == DATA_SCIENTIST).order_by(Account.id)
    return session.scalars(query).all()


def _reached(session: Session, account: Account, today: date) -> Reached:
    person = person_for(session, account, today)
    follower = policy.Follower(
        account.id, person.follows, account.unassigned, person.courses, away=away(session, account.mentor_id, today)
    )
    return Reached(account, person, follower, wishes_of(session, account.id), channels_for(session, account))


def administrators(session: Session) -> Sequence[Account]:
    """Return every open account of an administrator, by id."""
    return session.scalars(select(Account).where(Account.active, Account.role == ADMIN).order_by(Account.id)).all()


def quality_people(session: Session, today: date) -> list[Reached]:
    """Return every open account of the quality team, by id."""
    query = select(Account).where(Account.active, Account.role == QUALITY).order_by(Account.id)
    found = [_reached(session, account, today) for account in session.scalars(query)]
    return [replace(one, follower=replace(one.follower, quality=True)) for one in found]


def named(session: Session, said: str) -> int | None:
    """Return the open account that the procedure's words name, None when they name none."""
    query = select(Account).where(Account.active).order_by(Account.id)
    return account_of(said, session.scalars(query)) if said else None


def takes_up(session: Session, today: date) -> int | None:
    """Return the account that the procedure in force names for untouched alerts, None for the lead of the course."""
    return named(session, procedure_on(session, today).who_follows_up)


def channels_for(session: Session, account: Account) -> tuple[int | None, ...]:
    """Return where an account is reached: its channels, or its e-mail when it has none; nowhere without either."""
    own = tuple(one.id for one in channels(session, account.id) if one.active)
    return own or ((None,) if account.email else ())


def channels(session: Session, account_id: int | None) -> Sequence[Channel]:
    """Return an account's channels, by id; those of the team for None."""
    owned = Channel.account_id.is_(None) if account_id is None else Channel.account_id == account_id
    return session.scalars(select(Channel).where(owned, Channel.active).order_by(Channel.id)).all()


def channel(session: Session, channel_id: int) -> Channel | None:
    """Return a channel, None when there is none."""
    return session.get(Channel, channel_id)


def webhooks(session: Session) -> Sequence[Webhook]:
    """Return the programs that are told of events, by id."""
    return session.scalars(select(Webhook).where(Webhook.active).order_by(Webhook.id)).all()


def webhook(session: Session, webhook_id: int) -> Webhook | None:
    """Return a program that is told of events, None when there is none."""
    return session.get(Webhook, webhook_id)


def add(session: Session, row: Channel | Webhook) -> None:
    """Keep a new channel or webhook and give it its id."""
    session.add(row)
    session.flush()


def drop_waiting(session: Session, *, channel_id: int | None = None, webhook_id: int | None = None) -> None:
    """Forget what waits to leave for a channel or a webhook."""
    place = Message.channel_id == channel_id if channel_id else Message.webhook_id == webhook_id
    session.execute(delete(Message).where(place, Message.sent_at.is_(None), Message.gave_up_at.is_(None)))


def known_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Return which of these messages were written already."""
    return set(session.scalars(select(Message.key).where(Message.key.in_(keys))))


def by_keys(session: Session, keys: Collection[str]) -> Sequence[Message]:
    """Return messages by their keys, by id."""
    return session.scalars(select(Message).where(Message.key.in_(keys)).order_by(Message.id)).all()


def write(session: Session, rows: Iterable[dict[str, Any]]) -> int:
    """Write messages in the outbox; one whose key is there already is left out, whoever wrote it. Return how many."""
    kind = session.get_bind().dialect.name
    make: Any = postgresql.insert if kind == "postgresql" else sqlite.insert
    written = 0
    for row in rows:
        once = make(Message).values(**row).on_conflict_do_nothing(index_elements=["key"]).returning(Message.id)
        written += len(session.execute(once).all())
    return written


def last_digest(session: Session, account_id: int | None, channel_id: int | None) -> datetime | None:
    """Return when a digest was last written for a place."""
    query = select(func.max(Message.created_at)).where(
        Message.kind == "digest",
        Message.account_id.is_(None) if account_id is None else Message.account_id == account_id,
        Message.channel_id.is_(None) if channel_id is None else Message.channel_id == channel_id,
    )
    return session.scalar(query)


def digest_counts(session: Session, person: Person | None, *, since: datetime, today: date) -> dict[str, int]:
    """Return what a digest tells of what one person reaches, or of everything for the team (None)."""
    mine = [] if person is None else [near(person, today), carried(person)]
    open_ = [*mine, Alert.closed_at.is_(None), Alert.opened_on <= today]
    awake = or_(Alert.snoozed_until.is_(None), Alert.snoozed_until <= today)
    return {
        "escalated": _alerts(session, [*open_, Alert.state == "open", Alert.escalated_on.is_not(None)]),
        "late": _late(session, [*open_, awake], today),
        "new": _alerts(session, [*open_, Alert.opened_at > since]),
        "waiting": _alerts(session, [*open_, Alert.state == "open", awake]),
        "follow_ups": _follow_ups(session, person, today),
        "signals": len(open_signals(session, None if person is None else person.courses)),
    }


def _alerts(session: Session, conditions: list[Any]) -> int:
    query = select(func.count()).select_from(Alert).join(Roster, Roster.enrolment_id == Alert.enrolment_id)
    return session.scalar(query.where(*conditions)) or 0


def _late(session: Session, conditions: list[Any], today: date) -> int:
    """Count the alerts whose first contact is later than the procedure in force says; none where none was set."""
    adopted = adopted_on(session, today)
    if adopted is None:
        return 0
    met = exists().where(Action.alert_id == Alert.id, Action.result.in_(IN_TOUCH))
    query = select(Alert.opened_on, Alert.reopened_on).join(Roster, Roster.enrolment_id == Alert.enrolment_id)
    days = [row.reopened_on or row.opened_on for row in session.execute(query.where(*conditions, ~met))]
    return sum(contact_is_late(one, today, adopted) for one in days)


def _follow_ups(session: Session, person: Person | None, today: date) -> int:
    """Count the open alerts whose latest action has a next step planned by today."""
    latest = select(func.max(Action.id)).where(Action.alert_id == Alert.id).correlate(Alert).scalar_subquery()
    query = (
        select(func.count())
        .select_from(Alert)
        .join(Roster, Roster.enrolment_id == Alert.enrolment_id)
        .join(Action, Action.id == latest)
        .where(Alert.closed_at.is_(None), Action.next_step_on <= today)
    )
    return session.scalar(query if person is None else query.where(near(person, today), carried(person))) or 0


def open_signals(session: Session, courses: Collection[str] | None) -> Sequence[SessionSignal]:
    """Return the sessions that sink, of some courses or of all."""
    query = select(SessionSignal).where(SessionSignal.closed_on.is_(None)).order_by(SessionSignal.id)
    return session.scalars(query if courses is None else query.where(SessionSignal.course_id.in_(courses))).all()


def grave_alerts(
    session: Session, *, since: date, today: date, only: Collection[int] | None = None
) -> list[policy.GraveAlert]:
    """Return the open alerts that are told at once, of the last days, by id; some of them when they are named."""
    query = (
        select(Alert, Roster.course_id)
        .join(Roster, Roster.enrolment_id == Alert.enrolment_id)
        .where(Alert.closed_at.is_(None), Alert.opened_on <= today)
        .order_by(Alert.id)
    )
    found = []
    for alert, course in session.execute(query if only is None else query.where(Alert.id.in_(only))):
        for code, day in _grave_kinds(alert):
            if since.isoformat() <= day <= today.isoformat():
                found.append(policy.GraveAlert(alert.id, code, day, alert.mentor_id, course))
    return found


def _grave_kinds(alert: Alert) -> list[tuple[str, str]]:
    """Return why an alert is grave and since when: the kinds it holds, and that nobody touched it."""
    told = [(str(one["kind"]), str(one.get("since") or alert.opened_on)[:10]) for one in alert.kinds]
    if alert.kind not in {code for code, _ in told}:
        told.append((alert.kind, alert.opened_on.isoformat()))
    grave = [(code, day) for code, day in told if code == policy.DECLARED and alert.state == "open"]
    if alert.escalated_on is not None and alert.state == "open":
        grave.append((policy.ESCALATED, alert.escalated_on.isoformat()))
    return grave


def changed_alerts(session: Session, since: datetime) -> Sequence[Alert]:
    """Return the alerts opened, closed, escalated or reopened since an instant, by id."""
    day = since.date()
    return session.scalars(
        select(Alert)
        .where(
            or_(Alert.opened_at >= since, Alert.closed_at >= since, Alert.escalated_on >= day, Alert.reopened_on >= day)
        )
        .order_by(Alert.id)
    ).all()


def signals_since(session: Session, since: date) -> Sequence[SessionSignal]:
    """Return the signals of sessions since a day, by id."""
    return session.scalars(
        select(SessionSignal).where(SessionSignal.opened_on >= since).order_by(SessionSignal.id)
    ).all()


def claim(session: Session, now: datetime) -> list[Message]:
    """Take the messages that leave next, together, so that no other scheduler does; none when nothing is due.

    Each counts a try, and is due again only when the lease is over: after a crash somebody else takes it up.
    """
    waiting = select(Message).where(Message.sent_at.is_(None), Message.gave_up_at.is_(None))
    query = waiting.where(Message.due_at <= now).order_by(Message.due_at, Message.id).limit(1)
    first = session.scalar(query.with_for_update(skip_locked=True))
    if first is None:
        return []
    taken = [first]
    if first.kind in policy.JOINED:
        same = waiting.where(
            Message.kind == first.kind,
            Message.id != first.id,
            Message.account_id.is_(None) if first.account_id is None else Message.account_id == first.account_id,
            Message.channel_id.is_(None) if first.channel_id is None else Message.channel_id == first.channel_id,
            Message.tries == first.tries,
            Message.due_at <= now + policy.JOIN,
        )
        taken += session.scalars(same.order_by(Message.id).with_for_update(skip_locked=True)).all()
    for one in taken:
        one.tries += 1
        one.due_at = now + policy.LEASE
    session.flush()
    return taken


def sent(session: Session, ids: Collection[int], *, now: datetime) -> None:
    """Keep the fact that messages left; their words are dropped."""
    _settle(session, ids, sent_at=now, body=None, failure=None)


def failed(session: Session, ids: Collection[int], failure: str, *, due: datetime | None, now: datetime) -> None:
    """Keep why messages did not leave, and when they are tried again: never, without a due instant."""
    if due is None:
        _settle(session, ids, gave_up_at=now, failure=failure, body=None)
    else:
        _settle(session, ids, due_at=due, failure=failure)


def unsaid(session: Session, ids: Collection[int], *, now: datetime) -> None:
    """Settle messages that have nothing to say any more."""
    if ids:
        _settle(session, ids, sent_at=now, body=None, tries=SAID_NOTHING)


def put_back(session: Session, ids: Collection[int], *, due: datetime) -> None:
    """Let go of messages that were taken and not tried, until an instant."""
    _settle(session, ids, due_at=due, tries=Message.tries - 1)


def _settle(session: Session, ids: Collection[int], **values: Any) -> None:
    session.execute(update(Message).where(Message.id.in_(ids), Message.sent_at.is_(None)).values(**values))


def given_up(session: Session, limit: int = 50) -> Sequence[Row[Message, Account, Channel]]:
    """Return the messages that will not be tried again, the latest first."""
    query = (
        select(Message, Account, Channel)
        .outerjoin(Account, Account.id == Message.account_id)
        .outerjoin(Channel, Channel.id == Message.channel_id)
        .where(Message.gave_up_at.is_not(None))
        .order_by(Message.gave_up_at.desc(), Message.id.desc())
    )
    rows: Sequence[Row[Message, Account, Channel]] = session.execute(query.limit(limit)).all()
    return rows


def tally(session: Session, now: datetime) -> dict[str, int]:
    """Return how many messages wait, are due, failed and are tried again, were given up, and left in the last day."""
    waiting = (Message.sent_at.is_(None), Message.gave_up_at.is_(None))
    asked = {
        "waiting": waiting,
        "due": (*waiting, Message.due_at <= now),
        "retrying": (*waiting, Message.failure.is_not(None)),
        "given_up": (Message.gave_up_at.is_not(None),),
        "sent_24h": (Message.sent_at > now - timedelta(days=1), Message.tries > SAID_NOTHING),
    }
    return {
        name: session.scalar(select(func.count()).select_from(Message).where(*conditions)) or 0
        for name, conditions in asked.items()
    }


def purge(session: Session, *, before: datetime) -> int:
    """Remove the messages that were sent, or given up, before an instant; return how many. What waits stays."""
    old = or_(Message.sent_at < before, Message.gave_up_at < before)
    return int(session.execute(delete(Message).where(old)).rowcount)  # type: ignore[attr-defined]


def latest_of(session: Session, channel_id: int) -> Message | None:
    """Return the last message written for a channel, None when none was; those that had nothing to say are left out."""
    said = or_(Message.tries > SAID_NOTHING, Message.sent_at.is_(None))
    query = select(Message).where(Message.channel_id == channel_id, said)
    return session.scalar(query.order_by(Message.id.desc()).limit(1))


@dataclass(frozen=True)
class InClear:
    """Channels and webhooks whose address or secret is not sealed."""

    channels: Sequence[Channel]
    webhooks: Sequence[Webhook]


def in_clear(session: Session) -> InClear:
    """Return the channels and the webhooks of before the sealing."""
    channels = select(Channel).where(Channel.address != "", ~Channel.address.startswith(MARK))
    kept = (Webhook.url, Webhook.secret, Webhook.previous_secret)
    webhooks = select(Webhook).where(or_(*((one != "") & ~one.startswith(MARK) for one in kept)))
    return InClear(session.scalars(channels).all(), session.scalars(webhooks).all())
