"""Queries on score runs and alerts; a mentor's reach is part of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from serving.access import Person
from serving.alerts import life, policy
from serving.alerts.holding import Carrier
from serving.alerts.kinds import read_signal
from serving.quality.repository import lock_head
from serving.scoring.repository import latest_first
from serving.tables import (
    Absence,
    Account,
    Alert,
    AlertRound,
    HeldAlert,
    JournalEntry,
    MentorRule,
    Roster,
    Score,
    ScoreRun,
    SessionSignal,
)


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


def near(person: Person, on: date) -> ColumnElement[bool]:
    """Return the condition of `reach`, and for a week those whose alert one of their mentors carried to its end.

    Whoever closes an alert given to them may still take the step back, say whether it was useful, and read the page.
    """
    if not person.follows:
        return reach(person)
    closed = exists().where(
        Alert.enrolment_id == Roster.enrolment_id,
        Alert.closed_on.between(on - policy.WEEK, on),
        Alert.mentor_id.in_(person.follows),
    )
    return or_(reach(person), closed.correlate(Roster))


def carried(person: Person) -> ColumnElement[bool]:
    """Return the condition on alerts beside the roster that keeps those a person is asked to see to.

    Those that a mentor they follow carries, those of nobody if they take them, those of their courses; and those of
    their learners that nobody with an account carries, so that none is seen by no one.
    """
    own: list[ColumnElement[bool]] = []
    if person.follows:
        elsewhere = exists().where(Account.mentor_id == Alert.mentor_id, Account.active).correlate(Alert)
        own = [Alert.mentor_id.in_(person.follows), Roster.mentor_id.in_(person.follows) & ~elsewhere]
    if person.unassigned:
        own.append(Alert.mentor_id.is_(None))
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


def later_round(session: Session, as_of: date) -> bool:
    """Whether alerts were already opened from a run of a later day."""
    query = select(AlertRound.run_id).join(ScoreRun, ScoreRun.id == AlertRound.run_id).where(ScoreRun.as_of_on > as_of)
    return session.scalar(query.limit(1)) is not None


def candidates(session: Session, run: ScoreRun, *, before: int | None = None) -> list[policy.Candidate]:
    """Return the enrolments of a run, as the policy sees them; `before` is the run of a week earlier."""
    earlier = aliased(Score)
    query = (
        select(Score, Roster, earlier.probability.label("before"))
        .join(Roster, Roster.enrolment_id == Score.enrolment_id)
        .outerjoin(earlier, (earlier.enrolment_id == Score.enrolment_id) & (earlier.run_id == before))
        .where(Score.run_id == run.id)
    )
    return [_candidate(row.Score, row.Roster, row.before, run.as_of_on) for row in session.execute(query)]


def _candidate(score: Score, who: Roster, before: float | None, as_of: date) -> policy.Candidate:
    told = tuple(map(read_signal, score.signals))
    return policy.Candidate(
        score.enrolment_id,
        policy.queue_of(who.mentor_id, who.session_id),
        score.probability,
        before,
        told,
        silent_days=score.silent_days,
        days_left=(who.planned_end_on - as_of).days,
        history_days=score.history_days,
        session_id=who.session_id,
        learner_id=who.learner_id,
        regular=score.regular,
    )


def scored(session: Session, run_id: int, enrolment_id: int) -> Row[Score, Roster]:
    """Return an enrolment's score in a run beside the roster."""
    query = select(Score, Roster).join(Roster, Roster.enrolment_id == Score.enrolment_id)
    return session.execute(query.where(Score.run_id == run_id, Score.enrolment_id == enrolment_id)).one()


def past(session: Session, *, as_of: date, days: int) -> list[policy.Past]:
    """Return the alerts that matter on a date: open, opened or reopened near it, or closed within some days."""
    near = timedelta(days=days)
    query = select(Alert).where(
        or_(
            Alert.closed_on.is_(None),
            Alert.closed_on >= as_of - near,
            Alert.opened_on.between(as_of - near, as_of + near),
            Alert.reopened_on.between(as_of - near, as_of + near),
        )
    )
    return [as_past(alert) for alert in session.scalars(query)]


def as_past(alert: Alert) -> policy.Past:
    """Return an alert as the policy sees it."""
    return policy.Past(
        alert.enrolment_id,
        policy.queue_of(alert.mentor_id, alert.session_id),
        alert.opened_on,
        alert.closed_on,
        alert.id,
        alert.reopened_on,
        alert.probability,
        frozenset({alert.kind, *(one["kind"] for one in alert.kinds)}),
        alert.outcome in life.GONE,
    )


def carriers(session: Session, as_of: date) -> dict[policy.Queue, Carrier]:
    """Return what each mentor can carry on a day, where it differs: their own rule, their absence, their deputy."""
    found = {one.mentor_id: Carrier(one.alerts_per_week, one.days) for one in session.scalars(select(MentorRule))}
    away = select(Absence, Account.active).outerjoin(Account, Account.id == Absence.deputy_id)
    for row in session.execute(away.where(Absence.from_on <= as_of, Absence.until_on >= as_of).order_by(Absence.id)):
        own, absence = found.get(row.Absence.mentor_id, Carrier()), row.Absence
        back_on = max(absence.until_on + timedelta(days=1), own.back_on or as_of)
        found[absence.mentor_id] = replace(own, back_on=back_on, deputy=own.deputy or bool(row.active))
    return {("mentor", mentor_id): one for mentor_id, one in found.items()}


def is_mentor(session: Session, mentor_id: int | None) -> bool:
    """Whether somebody is a mentor: the records give them learners, or an open account is theirs."""
    of_roster = select(Roster.enrolment_id).where(Roster.mentor_id == mentor_id).limit(1)
    of_account = select(Account.id).where(Account.mentor_id == mentor_id, Account.active).limit(1)
    return session.scalar(of_roster) is not None or session.scalar(of_account) is not None


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
    return query.where(near(person, until), Alert.opened_on <= until)


def of_mentor(session: Session, person: Person, alert_id: int, *, until: date) -> Row[Alert, Roster] | None:
    """Return one alert of the mentor's own learners opened up to a day, None otherwise."""
    row: Row[Alert, Roster] | None = session.execute(_mine(person, until).where(Alert.id == alert_id)).first()
    return row


def hold(session: Session, alert: Alert) -> None:
    """Hold an alert until the transaction ends, as it is now: two people never move it at once; the journal first."""
    lock_head(session)
    session.refresh(alert, with_for_update=True)


def listed(
    session: Session, person: Person, states: Sequence[str], *, until: date, after: int = 0, limit: int = 1000
) -> Sequence[Row[Alert, Roster]]:
    """Return the alerts that a person sees to, in some states, opened up to a day, by id."""
    query = _mine(person, until).where(carried(person), Alert.state.in_(states), Alert.id > after)
    rows: Sequence[Row[Alert, Roster]] = session.execute(query.order_by(Alert.id).limit(limit)).all()
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


def live_of(session: Session, enrolment_id: int) -> Alert | None:
    """Return the alert of an enrolment that is not closed, None when there is none."""
    return session.scalar(select(Alert).where(Alert.enrolment_id == enrolment_id, Alert.closed_at.is_(None)))


def by_id(session: Session, alert_id: int) -> Alert:
    """Return an alert that is known to be there."""
    return session.get_one(Alert, alert_id)


def live(session: Session, *, until: date) -> Sequence[Alert]:
    """Return every alert that is not closed, opened up to a day, by id."""
    query = select(Alert).where(Alert.closed_at.is_(None), Alert.opened_on <= until)
    return session.scalars(query.order_by(Alert.id)).all()


def last_entry(session: Session, alert_id: int) -> JournalEntry | None:
    """Return the last step of an alert in the journal, actions left out."""
    query = select(JournalEntry).where(JournalEntry.alert_id == alert_id, JournalEntry.event.startswith("alert_"))
    return session.scalar(query.order_by(JournalEntry.seq.desc()).limit(1))


def hold_back(session: Session, held: HeldAlert) -> None:
    """Keep the fact that a round held an alert back, and why; the last reason of a run counts."""
    session.merge(held)
    session.flush()


def held(session: Session, run_id: int) -> Sequence[Row[HeldAlert, Roster]]:
    """Return what a run held back, beside the roster; for the organisation's own commands."""
    return session.execute(_held(run_id)).all()


def held_of(session: Session, person: Person, run_id: int) -> Sequence[Row[HeldAlert, Roster]]:
    """Return what a run held back among a person's own learners, beside the roster."""
    return session.execute(_held(run_id).where(reach(person))).all()


def _held(run_id: int) -> Select[HeldAlert, Roster]:
    query = select(HeldAlert, Roster).join(Roster, Roster.enrolment_id == HeldAlert.enrolment_id)
    return query.where(HeldAlert.run_id == run_id).order_by(HeldAlert.reason, HeldAlert.enrolment_id)


def told_signals(session: Session, *, since: date, until: date) -> Sequence[SessionSignal]:
    """Return the signals of sessions opened up to a day that are still open, or were closed since another."""
    told = or_(SessionSignal.closed_on.is_(None), SessionSignal.closed_on >= since)
    query = select(SessionSignal).where(told, SessionSignal.opened_on <= until)
    return session.scalars(query.order_by(SessionSignal.id)).all()


def signals_of(session: Session, person: Person, *, until: date) -> Sequence[SessionSignal]:
    """Return the open signals of the sessions of a course lead's courses, the latest first."""
    query = select(SessionSignal).where(SessionSignal.closed_on.is_(None), SessionSignal.opened_on <= until)
    query = query.where(SessionSignal.course_id.in_(person.courses))
    return session.scalars(query.order_by(SessionSignal.id.desc())).all()


def session_names(session: Session, session_ids: Collection[str]) -> dict[str, str]:
    """Return the names of some sessions of the roster."""
    query = select(Roster.session_id, func.max(Roster.session_name)).where(Roster.session_id.in_(session_ids))
    return {row[0]: row[1] for row in session.execute(query.group_by(Roster.session_id))}


def add_signal(session: Session, signal: SessionSignal) -> SessionSignal:
    """Keep a session's signal and give it its id."""
    session.add(signal)
    session.flush()
    return signal


def course_of(session: Session, session_id: str) -> str:
    """Return the course of a session of the roster."""
    return session.scalar(select(Roster.course_id).where(Roster.session_id == session_id).limit(1)) or ""


def closed_lately(
    session: Session, person: Person, first: date, last: date, *, limit: int
) -> Sequence[Row[Alert, Roster]]:
    """Return the alerts a person saw to that were closed between two days, both included, the latest first."""
    query = select(Alert, Roster).join(Roster, Roster.enrolment_id == Alert.enrolment_id)
    query = query.where(near(person, last), carried(person), Alert.closed_on.between(first, last))
    return session.execute(query.order_by(Alert.closed_at.desc(), Alert.id.desc()).limit(limit)).all()


def closed_between(session: Session, person: Person, first: date, last: date) -> int:
    """Return how many alerts a person saw to were closed between two days, both included."""
    query = select(func.count()).select_from(Alert).join(Roster, Roster.enrolment_id == Alert.enrolment_id)
    query = query.where(near(person, last), carried(person), Alert.closed_on.between(first, last))
    return session.scalar(query) or 0


def counts(session: Session, *, until: date) -> dict[str, int]:
    """Return how many alerts opened up to a day are in each state."""
    rows = session.execute(select(Alert.state, func.count()).where(Alert.opened_on <= until).group_by(Alert.state))
    return {state: n for state, n in rows}  # noqa: C416 - a Row is not a pair for dict()
