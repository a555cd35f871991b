"""Queries on the journal and on what the register shows beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Row, case, exists, func, select, update
from sqlalchemy.orm import Session

from serving.tables import Action, Alert, Complaint, Improvement, JournalEntry, JournalHead, Roster

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

TAKEN_OUT = ("sample_drawn", "pack_made")
"""Events that only tell that evidence was drawn or taken out, beside those called `..._exported`: none is evidence."""


def lock_head(session: Session) -> JournalHead:
    """Return the journal's head as it is now, held until the transaction ends so that entries follow each other.

    Whoever takes a step holds it before reading what the step rests on: steps come one after the other, each sees what
    the one before did, and since it is held first, nobody waits for somebody who waits for them.
    """
    query = select(JournalHead).where(JournalHead.id == 1).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def head(session: Session) -> JournalHead | None:
    """Return the journal's head, None when its row was taken away."""
    return session.get(JournalHead, 1)


def add_entry(session: Session, entry: JournalEntry, head: JournalHead) -> None:
    """Keep an entry and move the head to it."""
    session.add(entry)
    head.seq, head.hash = entry.seq, entry.hash
    session.flush()


def entries(session: Session) -> Sequence[JournalEntry]:
    """Return the whole journal in order."""
    return session.scalars(select(JournalEntry).order_by(JournalEntry.seq)).all()


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


def standing(session: Session) -> dict[int, tuple[str, str | None, int]]:
    """Return what the tables say of each alert: its state, its outcome, its number of actions."""
    acted = select(Action.alert_id, func.count().label("n")).group_by(Action.alert_id).subquery()
    query = select(Alert.id, Alert.state, Alert.outcome, func.coalesce(acted.c.n, 0).label("n"))
    rows = session.execute(query.outerjoin(acted, acted.c.alert_id == Alert.id))
    return {row.id: (row.state, row.outcome, row.n) for row in rows}


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


def changed_from(session: Session, row: Complaint | Improvement, version: int) -> bool:
    """Count one more version of a row if it still is of a version; whether it was: of two who change it, one does."""
    table = type(row)
    query = update(table).where(table.id == row.id, table.version == version)
    found = session.execute(query.values(version=version + 1).returning(table.id)).one_or_none()
    session.refresh(row)
    return found is not None
