"""Queries on actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import Session, aliased

from data.contacts import Contact
from serving.access import Person
from serving.alerts.repository import reach
from serving.tables import Account, Action, Roster


def add(session: Session, action: Action) -> Action:
    """Keep a new action and give it its id."""
    session.add(action)
    session.flush()
    return action


def of_enrolment(session: Session, enrolment_id: int) -> Sequence[Row[Action, str]]:
    """Return an enrolment's actions with their author's name, the latest first."""
    query = select(Action, Account.display_name).join(Account, Account.id == Action.author_id)
    query = query.where(Action.enrolment_id == enrolment_id)
    return session.execute(query.order_by(Action.done_on.desc(), Action.id.desc())).all()


def due(session: Session, person: Person, *, since: date, until: date) -> Sequence[Row[Action, Roster]]:
    """Return the next steps promised between two days to the mentor's learners still there, the earliest first.

    A step is done with when something was recorded for the same enrolment afterwards.
    """
    later = aliased(Action)
    followed = exists().where(later.enrolment_id == Action.enrolment_id, later.id > Action.id)
    query = select(Action, Roster).join(Roster, Roster.enrolment_id == Action.enrolment_id)
    query = query.where(reach(person), Action.next_step_on.between(since, until), Roster.ended_on.is_(None), ~followed)
    return session.execute(query.order_by(Action.next_step_on, Action.id)).all()


def contacts(session: Session, zone: ZoneInfo) -> list[Contact]:
    """Return every action as the records take it, the oldest first: enrolment, days and codes only."""
    query = select(Action.id, Action.enrolment_id, Action.done_on, Action.kind, Action.result, Action.recorded_at)
    return [
        Contact(row.id, row.enrolment_id, row.done_on, row.kind, row.result, row.recorded_at.astimezone(zone).date())
        for row in session.execute(query.order_by(Action.id))
    ]
