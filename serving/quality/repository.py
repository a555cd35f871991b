"""Queries on the journal and on what the register shows beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from sqlalchemy import Row, case, exists, func, inspect, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from serving.quality import replaying
from serving.tables import Action, Alert, Complaint, Improvement, JournalEntry, JournalHead, Roster

Row_ = TypeVar("Row_", Complaint, Improvement)
REGISTER_EVENTS = (
    "alert_opened",
    "alert_acknowledged",
    "alert_in_contact",
    "alert_snoozed",
    "alert_woken",
    "alert_reassigned",
    "alert_escalated",
    "alert_joined",
    "signals_joined",  # what records that came live wrote until `alert_joined` said it
    "alert_resolved",
    "alert_dismissed",
    "alert_reopened",
    "alert_rated",
    "alert_undone",
    "action_recorded",
    "alert_erased",
    "alert_expired",
)

TOLD = (
    (replaying.ACTION, Action, replaying.OF_ACTION),
    (replaying.COMPLAINT, Complaint, replaying.OF_LINE),
    (replaying.IMPROVEMENT, Improvement, replaying.OF_LINE),
)
"""Tables whose rows the journal tells, beside the alerts, and what it tells of them."""
COLUMNS = tuple(JournalEntry.__table__.columns)
TAKEN_OUT = ("sample_drawn", "pack_made")
"""Events that only tell that evidence was drawn or taken out, beside those called `..._exported`: none is evidence."""

ERASING = ("person_erased", "retention_applied")
"""Events after which words that people wrote may not be there any more."""


def lock_head(session: Session) -> JournalHead:
    """Return the journal's head as it is now, held until the transaction ends so that entries follow each other.

    Whoever takes a step holds it before reading what the step rests on: steps come one after the other, each sees what
    the one before did, and since it is held first, nobody waits for somebody who waits for them.
    """
    query = select(JournalHead).where(JournalHead.id == 1).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def head_of(session: Session) -> tuple[int, str] | None:
    """Return the number and the hash that the head holds, None when its row was taken away or cannot be read."""
    try:
        row = session.execute(select(JournalHead.seq, JournalHead.hash).where(JournalHead.id == 1)).one_or_none()
    except DBAPIError:
        return None
    return None if row is None else (row.seq, row.hash)


def add_entry(session: Session, entry: JournalEntry, head: JournalHead) -> None:
    """Keep an entry and move the head to it."""
    session.add(entry)
    head.seq, head.hash = entry.seq, entry.hash
    session.flush()


def entries(session: Session, *, after: int = 0) -> Sequence[Row[Any]]:
    """Return the columns of the journal's entries in order, from after a number."""
    query = select(*COLUMNS).where(JournalEntry.seq > after)
    return session.execute(query.order_by(JournalEntry.seq)).all()


def readable(session: Session) -> tuple[Sequence[Row[Any]], int | None]:
    """Return the journal in order up to the first entry that cannot be read, and its number, None when all can.

    SQLite keeps whatever bytes are put in a column of text, and cannot give back those that are no text.
    """
    try:
        return entries(session), None
    except DBAPIError:
        found: list[Row[Any]] = []
    for seq in session.scalars(select(JournalEntry.seq).order_by(JournalEntry.seq)):
        try:
            found.append(session.execute(select(*COLUMNS).where(JournalEntry.seq == seq)).one())
        except DBAPIError:
            return found, seq
    return found, None


@dataclass(frozen=True)
class Among:
    """Which steps are wanted; what is None bounds nothing.

    Attributes
    ----------
    since, before : aware instants, the second one left out.
    """

    alert_id: int | None = None
    enrolment_ids: Collection[int] | None = None
    since: datetime | None = None
    before: datetime | None = None


EVERY = Among()


def register(
    session: Session, *, after: int = 0, limit: int | None = None, among: Among = EVERY
) -> Sequence[Row[JournalEntry, Roster, Alert]]:
    """Return the steps of prevention in order.

    Each is beside its enrolment, None when it left the roster, and its alert, None when it has none.
    """
    query = (
        select(JournalEntry, Roster, Alert)
        .outerjoin(Roster, Roster.enrolment_id == JournalEntry.enrolment_id)
        .outerjoin(Alert, Alert.id == JournalEntry.alert_id)
        .where(JournalEntry.event.in_(REGISTER_EVENTS), JournalEntry.seq > after)
        .order_by(JournalEntry.seq)
        .limit(limit)
    )
    if among.alert_id is not None:
        query = query.where(JournalEntry.alert_id == among.alert_id)
    if among.enrolment_ids is not None:
        query = query.where(JournalEntry.enrolment_id.in_(among.enrolment_ids))
    if among.since is not None:
        query = query.where(JournalEntry.at >= written(among.since))
    if among.before is not None:
        query = query.where(JournalEntry.at < written(among.before))
    return session.execute(query).all()


def written(instant: datetime) -> str:
    """Return an instant as the journal writes it: in UTC, always as long, so that text compares as time does."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def last_evidence(session: Session, *, before: datetime) -> JournalEntry | None:
    """Return the journal's last entry before an instant that is not the trace of a taking out; None when none is."""
    taken = JournalEntry.event.in_(TAKEN_OUT) | JournalEntry.event.endswith("_exported", autoescape=True)
    query = select(JournalEntry).where(JournalEntry.at < written(before), ~taken)
    return session.scalar(query.order_by(JournalEntry.seq.desc()).limit(1))


def events(session: Session, event: str) -> Sequence[JournalEntry]:
    """Return the entries of one event, the latest first."""
    query = select(JournalEntry).where(JournalEntry.event == event)
    return session.scalars(query.order_by(JournalEntry.seq.desc())).all()


def entry(session: Session, seq: int) -> JournalEntry | None:
    """Return an entry by its number, None when there is none."""
    return session.get(JournalEntry, seq)


def latest_alerts(session: Session, *, before: int | None, limit: int) -> Sequence[Row[Alert, Roster, int]]:
    """Return alerts with their number of actions, the latest first, from before an alert's number.

    The roster is None when the enrolment left it.
    """
    n_actions = select(func.count()).where(Action.alert_id == Alert.id).correlate(Alert).scalar_subquery()
    query = select(Alert, Roster, n_actions.label("n_actions"))
    query = query.outerjoin(Roster, Roster.enrolment_id == Alert.enrolment_id)
    if before is not None:
        query = query.where(Alert.id < before)
    return session.execute(query.order_by(Alert.id.desc()).limit(limit)).all()


@dataclass(frozen=True)
class Tally:
    """How many alerts there are, how many are closed, how many resolved ones have no action at all."""

    alerts: int
    closed: int
    resolved_without_action: int


def tally(session: Session) -> Tally:
    """Count the alerts for the head of the register."""
    acted = exists().where(Action.alert_id == Alert.id)
    closed = Alert.closed_at.is_not(None)
    row = session.execute(
        select(
            func.count(),
            func.count(case((closed, 1))),
            func.count(case((closed & ~acted & (Alert.state == "resolved"), 1))),
        ).select_from(Alert)
    ).one()
    return Tally(*row)


def standing(session: Session) -> dict[replaying.Which, replaying.Standing]:
    """Return what the tables say of each row that the journal tells of; a table that is not there says nothing."""
    acted = select(Action.alert_id, func.count().label("n")).group_by(Action.alert_id).subquery()
    query = select(Alert.id, Alert.state, Alert.outcome, func.coalesce(acted.c.n, 0).label("n"))
    rows = session.execute(query.outerjoin(acted, acted.c.alert_id == Alert.id))
    found: dict[replaying.Which, replaying.Standing] = {
        (replaying.ALERT, row.id): (row.state, row.outcome, row.n) for row in rows
    }
    for what, table, names in TOLD:
        if not inspect(session.connection()).has_table(table.__tablename__):
            continue
        for number, *told in session.execute(select(*(getattr(table, name) for name in ("id", *names)))):
            found[what, number] = tuple(one.isoformat() if isinstance(one, date) else one for one in told)
    return found


def enrolment(session: Session, enrolment_id: int) -> Roster | None:
    """Return an enrolment of the roster, None when it is not there any more."""
    return session.get(Roster, enrolment_id)


def alert(session: Session, alert_id: int) -> Alert | None:
    """Return an alert, None when there is none."""
    return session.get(Alert, alert_id)


def about(session: Session, events: Sequence[str], name: str, number: int) -> Sequence[JournalEntry]:
    """Return the journal's entries of some events whose details name one row, in order."""
    query = select(JournalEntry).where(JournalEntry.event.in_(events))
    query = query.where(JournalEntry.details.contains(f'"{name}":{number},', autoescape=True))
    return session.scalars(query.order_by(JournalEntry.seq)).all()


def erased_since(session: Session, seq: int) -> bool:
    """Whether words were erased after an entry: at a person's request, or because their time was over."""
    found = exists().where(JournalEntry.event.in_(ERASING), JournalEntry.seq > seq)
    return bool(session.scalar(select(found)))


def of_events(session: Session, events: Sequence[str]) -> Sequence[JournalEntry]:
    """Return the journal's entries of some events, in order."""
    query = select(JournalEntry).where(JournalEntry.event.in_(events))
    return session.scalars(query.order_by(JournalEntry.seq)).all()


def as_said(row: Row_, **changed: Any) -> Row_:
    """Return a copy of a row, some of its columns changed; it belongs to no session, and is never kept."""
    kept = {column.key: getattr(row, column.key) for column in type(row).__table__.columns}
    return type(row)(**kept | changed)


def changed_from(session: Session, row: Complaint | Improvement, version: int) -> bool:
    """Count one more version of a row if it still is of a version; whether it was: of two who change it, one does."""
    table = type(row)
    query = update(table).where(table.id == row.id, table.version == version)
    found = session.execute(query.values(version=version + 1).returning(table.id)).one_or_none()
    session.refresh(row)
    return found is not None
