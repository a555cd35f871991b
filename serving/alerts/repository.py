"""Queries on score runs and alerts; a mentor's reach is part of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, false, func, or_, select
from sqlalchemy.orm import Session

from serving.access import Person
from serving.alerts import policy
from serving.scoring.repository import latest_first
from serving.tables import Alert, AlertRound, Roster, Score, ScoreRun


def reach(person: Person) -> ColumnElement[bool]:
    """Return the condition on the roster that keeps whom one account follows: nobody for an account given nobody.

    The learners of the mentors it follows today, those whose open alert one of these carries, those given to no mentor
    if it takes them, and those of its courses.
    """
    own: list[ColumnElement[bool]] = [Roster.mentor_id.in_(person.follows)] if person.follows else []
    if person.follows:
        carried = exists().where(
            Alert.enrolment_id == Roster.enrolment_id, Alert.closed_at.is_(None), Alert.mentor_id.in_(person.follows)
        )
        own.append(carried.correlate(Roster))
    if person.unassigned:
        own.append(Roster.mentor_id.is_(None))
    if person.courses:
        own.append(Roster.course_id.in_(person.courses))
    return or_(*own) if own else false()


def latest_run(session: Session, *, until: date) -> ScoreRun | None:
    """Return the score run of the latest as-of date up to a day, the last made of them."""
    return session.scalar(latest_first(select(ScoreRun).where(ScoreRun.as_of_on <= until)).limit(1))


def run_of_day(session: Session, as_of: date) -> ScoreRun | None:
    """Return the last score run of an as-of date, None when there is none."""
    return session.scalar(latest_first(select(ScoreRun).where(ScoreRun.as_of_on == as_of)).limit(1))


def run(session: Session, run_id: int) -> ScoreRun | None:
    """Return a score run, None when there is none."""
    return session.get(ScoreRun, run_id)


def round_of(session: Session, run_id: int) -> AlertRound | None:
    """Return the round in which a run's alerts were opened, None when it was not."""
    return session.get(AlertRound, run_id)


def candidates(session: Session, run_id: int) -> list[policy.Candidate]:
    """Return the enrolments of a run, as the policy sees them."""
    query = (
        select(Score.enrolment_id, Score.probability, Roster.mentor_id, Roster.session_id)
        .join(Roster, Roster.enrolment_id == Score.enrolment_id)
        .where(Score.run_id == run_id)
    )
    return [
        policy.Candidate(row.enrolment_id, policy.queue_of(row.mentor_id, row.session_id), row.probability)
        for row in session.execute(query)
    ]


def scored(session: Session, run_id: int, enrolment_id: int) -> Row[Score, Roster]:
    """Return an enrolment's score in a run beside the roster."""
    query = select(Score, Roster).join(Roster, Roster.enrolment_id == Score.enrolment_id)
    return session.execute(query.where(Score.run_id == run_id, Score.enrolment_id == enrolment_id)).one()


def past(session: Session, *, as_of: date, days: int) -> list[policy.Past]:
    """Return the alerts that matter on a date: open, opened within some days of it, or closed since those days."""
    near = timedelta(days=days)
    query = select(Alert.enrolment_id, Alert.mentor_id, Alert.session_id, Alert.opened_on, Alert.closed_on).where(
        or_(
            Alert.closed_on.is_(None),
            Alert.closed_on >= as_of - near,
            Alert.opened_on.between(as_of - near, as_of + near),
        )
    )
    return [
        policy.Past(row.enrolment_id, policy.queue_of(row.mentor_id, row.session_id), row.opened_on, row.closed_on)
        for row in session.execute(query)
    ]


def add(session: Session, alert: Alert) -> Alert:
    """Keep a new alert and give it its id."""
    session.add(alert)
    session.flush()
    return alert


def close_round(session: Session, run_id: int, *, now: datetime, n_opened: int) -> None:
    """Keep the fact that a run's alerts were opened."""
    session.add(AlertRound(run_id=run_id, opened_at=now, n_opened=n_opened))
    session.flush()


def _mine(person: Person, until: date) -> Any:
    query = select(Alert, Roster).join(Roster, Roster.enrolment_id == Alert.enrolment_id)
    return query.where(reach(person), Alert.opened_on <= until)


def of_mentor(session: Session, person: Person, alert_id: int, *, until: date) -> Row[Alert, Roster] | None:
    """Return one alert of the mentor's own learners opened up to a day, None otherwise."""
    row: Row[Alert, Roster] | None = session.execute(_mine(person, until).where(Alert.id == alert_id)).first()
    return row


def hold(session: Session, alert: Alert) -> None:
    """Hold an alert until the transaction ends, as it is now: two people never move it at once."""
    session.refresh(alert, with_for_update=True)


def listed(
    session: Session, person: Person, states: Sequence[str], *, until: date, after: int = 0, limit: int = 1000
) -> Sequence[Row[Alert, Roster]]:
    """Return the mentor's alerts in some states opened up to a day, by id."""
    query = _mine(person, until).where(Alert.state.in_(states), Alert.id > after).order_by(Alert.id).limit(limit)
    rows: Sequence[Row[Alert, Roster]] = session.execute(query).all()
    return rows


def everybodys(session: Session, states: Sequence[str]) -> Sequence[Alert]:
    """Return every mentor's alerts in some states, by id; for the organisation's own commands."""
    return session.scalars(select(Alert).where(Alert.state.in_(states)).order_by(Alert.id)).all()


def busiest_mentor(session: Session, run_id: int) -> int | None:
    """Return the mentor with the most open alerts, then the most learners in a run; None when nobody has a mentor."""
    query = (
        select(Roster.mentor_id)
        .join(Score, (Score.enrolment_id == Roster.enrolment_id) & (Score.run_id == run_id))
        .outerjoin(Alert, (Alert.enrolment_id == Roster.enrolment_id) & Alert.closed_at.is_(None))
        .where(Roster.mentor_id.is_not(None))
        .group_by(Roster.mentor_id)
        .order_by(func.count(Alert.id).desc(), func.count().desc(), Roster.mentor_id)
    )
    return session.scalar(query.limit(1))


def of_enrolment(session: Session, enrolment_id: int, *, until: date) -> Sequence[Alert]:
    """Return every alert of an enrolment opened up to a day, the latest first."""
    query = select(Alert).where(Alert.enrolment_id == enrolment_id, Alert.opened_on <= until)
    return session.scalars(query.order_by(Alert.id.desc())).all()


def open_of_enrolment(session: Session, enrolment_id: int, *, until: date) -> Alert | None:
    """Return the open alert of an enrolment opened up to a day, None when there is none."""
    query = select(Alert).where(Alert.enrolment_id == enrolment_id, Alert.closed_at.is_(None))
    return session.scalar(query.where(Alert.opened_on <= until))


def closed_between(session: Session, person: Person, first: date, last: date) -> int:
    """Return how many of the mentor's alerts were closed between two days, both included."""
    query = select(func.count()).select_from(Alert).join(Roster, Roster.enrolment_id == Alert.enrolment_id)
    return session.scalar(query.where(reach(person), Alert.closed_on.between(first, last))) or 0


def counts(session: Session, *, until: date) -> dict[str, int]:
    """Return how many alerts opened up to a day are in each state."""
    rows = session.execute(select(Alert.state, func.count()).where(Alert.opened_on <= until).group_by(Alert.state))
    return {state: n for state, n in rows}  # noqa: C416 - a Row is not a pair for dict()
