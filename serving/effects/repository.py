"""Queries on who could be contacted, when, and what was known of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased

from serving.tables import Action, Alert, AlertDraw, DrawSetting, Roster, Score

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pandas import DataFrame

_ENROLMENTS = """
SELECT enrolment_id, started_on, coalesce(ended_on, outcome_known_on) AS ended_on, outcome
FROM enrolments WHERE started_on <= $until
"""
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


def add(session: Session, one: DrawSetting | AlertDraw) -> None:
    """Keep a decision, or what a lot said."""
    session.add(one)
    session.flush()


def draw_setting(session: Session) -> DrawSetting | None:
    """Return the last decision on the share drawn by lot, None when nobody decided anything."""
    return session.scalar(select(DrawSetting).order_by(DrawSetting.id.desc()).limit(1))


def drawn_since(session: Session, since: date) -> frozenset[int]:
    """Return the enrolments drawn by lot on a day or after it."""
    return frozenset(session.scalars(select(AlertDraw.enrolment_id).where(AlertDraw.decided_on >= since)))


def draws(session: Session, *, until: date) -> Sequence[AlertDraw]:
    """Return what every lot said up to a day."""
    query = select(AlertDraw).where(AlertDraw.decided_on <= until)
    return session.scalars(query.order_by(AlertDraw.run_id, AlertDraw.enrolment_id)).all()
