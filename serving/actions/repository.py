"""Queries on actions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from serving.tables import Account, Action


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
