"""Queries on who could be contacted, when, and what was known of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased

from serving.tables import Action, Alert, Roster, Score

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pandas import DataFrame

_ENROLMENTS = "SELECT enrolment_id, started_on, ended_on, outcome FROM enrolments WHERE started_on <= $until"
_CONTACTS = "SELECT DISTINCT enrolment_id, contacted_on FROM contacts WHERE contacted_on <= $until"


def alerts(session: Session, *, until: date) -> Sequence[Row[Any]]:
    """Return every alert opened up to a day, beside its score then, its session, and how many came before it."""
    earlier = aliased(Alert)
    before = (
        select(func.count())
        .where(earlier.enrolment_id == Alert.enrolment_id, earlier.id < Alert.id)
        .correlate(Alert)
        .scalar_subquery()
    )
    query = (
        select(Alert, Score, Roster, before.label("before"))
        .outerjoin(Score, (Score.run_id == Alert.run_id) & (Score.enrolment_id == Alert.enrolment_id))
        .outerjoin(Roster, Roster.enrolment_id == Alert.enrolment_id)
        .where(Alert.opened_on <= until)
    )
    return session.execute(query.order_by(Alert.id)).all()


def contacts(session: Session, *, until: date) -> Sequence[Row[int, date]]:
    """Return the days on which something was done for an enrolment, each once."""
    query = select(Action.enrolment_id, Action.done_on).where(Action.done_on <= until).distinct()
    return session.execute(query.order_by(Action.enrolment_id, Action.done_on)).all()


def recorded(con: DuckDBPyConnection, *, until: date) -> tuple[DataFrame, DataFrame]:
    """Return the enrolments and the contacts that the records know."""
    bounds = {"until": until}
    return con.execute(_ENROLMENTS, bounds).df(), con.execute(_CONTACTS, bounds).df()
