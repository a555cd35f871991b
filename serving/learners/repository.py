"""Queries on a mentor's learners and their latest scores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from serving.access import Person
from serving.alerts.repository import near, reach
from serving.tables import Alert, JournalEntry, Roster, Score, ScoreRun

FAR = 5_000
LearnerRow = Row[Roster, Score, Alert]


def mine(
    session: Session,
    person: Person,
    run_id: int,
    *,
    until: date,
    among: Sequence[int] | None = None,
    offset: int = 0,
    limit: int = 50,
) -> Sequence[LearnerRow]:
    """Return the mentor's learners of a run, or some, with score and alert open by a day, the greatest risk first."""
    live = (Alert.enrolment_id == Roster.enrolment_id) & Alert.closed_at.is_(None) & (Alert.opened_on <= until)
    query = (
        select(Roster, Score, Alert)
        .join(Score, (Score.enrolment_id == Roster.enrolment_id) & (Score.run_id == run_id))
        .outerjoin(Alert, live)
        .where(reach(person))
        .order_by(Score.probability.desc(), Roster.enrolment_id)
    )
    if among is not None:
        query = query.where(Roster.enrolment_id.in_(among))
    return session.execute(query.offset(offset).limit(limit)).all()


def lines(
    session: Session, person: Person, run_id: int, *, until: date
) -> Sequence[Row[int, int, str, float, float | None, str]]:
    """Return what filters look at for each of the mentor's learners of a run; `state` is that of an open alert."""
    live = (Alert.enrolment_id == Roster.enrolment_id) & Alert.closed_at.is_(None) & (Alert.opened_on <= until)
    query = (
        select(
            Roster.enrolment_id, Roster.learner_id, Roster.session_id, Score.probability, Score.silent_days, Alert.state
        )
        .join(Score, (Score.enrolment_id == Roster.enrolment_id) & (Score.run_id == run_id))
        .outerjoin(Alert, live)
        .where(reach(person))
    )
    return session.execute(query).all()


def sessions(session: Session, person: Person, run_id: int) -> Sequence[Row[str, str]]:
    """Return the sessions of the mentor's learners of a run, by id and name."""
    query = select(Roster.session_id, Roster.session_name).distinct()
    query = query.join(Score, (Score.enrolment_id == Roster.enrolment_id) & (Score.run_id == run_id))
    return session.execute(query.where(reach(person))).all()


def left_out(session: Session, person: Person, run_id: int, *, until: date, limit: int) -> Sequence[Score]:
    """Return the scores of the mentor's learners who have no open alert, the greatest risk first."""
    live = (Alert.enrolment_id == Roster.enrolment_id) & Alert.closed_at.is_(None) & (Alert.opened_on <= until)
    query = select(Score).join(Roster, (Roster.enrolment_id == Score.enrolment_id) & (Score.run_id == run_id))
    query = query.outerjoin(Alert, live).where(reach(person), Alert.id.is_(None))
    return session.scalars(query.order_by(Score.probability.desc(), Score.enrolment_id).limit(limit)).all()


def greater(session: Session, person: Person, run_id: int, probability: float) -> int:
    """Return how many of the mentor's learners have a greater risk in a run."""
    query = select(func.count()).select_from(Roster).join(Score, Score.enrolment_id == Roster.enrolment_id)
    query = query.where(Score.run_id == run_id, Score.probability > probability, reach(person))
    return session.scalar(query) or 0


def count_mine(session: Session, person: Person, run_id: int) -> int:
    """Return how many learners of a run the mentor follows."""
    query = select(func.count()).select_from(Roster).join(Score, Score.enrolment_id == Roster.enrolment_id)
    return session.scalar(query.where(Score.run_id == run_id, reach(person))) or 0


def enrolment(session: Session, person: Person, enrolment_id: int, *, on: date) -> Roster | None:
    """Return one of the enrolments that a person follows on a day, or did for a week before, None otherwise."""
    return session.scalar(select(Roster).where(Roster.enrolment_id == enrolment_id, near(person, on)))


def score(session: Session, run_id: int, enrolment_id: int) -> Score | None:
    """Return an enrolment's score in a run, None when it was not scored."""
    return session.get(Score, (run_id, enrolment_id))


def average(session: Session, run_id: int) -> float:
    """Return the average risk of a run."""
    return session.scalar(select(func.avg(Score.probability)).where(Score.run_id == run_id)) or 0.0


def week_before(session: Session, as_of: date) -> int | None:
    """Return the id of the run nearest to a week before a date (4 to 10 days), None when there is none."""
    query = select(ScoreRun).where(ScoreRun.as_of_on.between(as_of - timedelta(days=10), as_of - timedelta(days=4)))
    runs = session.scalars(query).all()
    return min(runs, key=lambda run: (abs((as_of - run.as_of_on).days - 7), -run.id)).id if runs else None


def probabilities(session: Session, run_id: int, enrolment_ids: Sequence[int]) -> dict[int, float]:
    """Return the risks of some enrolments in a run."""
    query = select(Score.enrolment_id, Score.probability)
    rows = session.execute(query.where(Score.run_id == run_id, Score.enrolment_id.in_(enrolment_ids)))
    return {row.enrolment_id: row.probability for row in rows}


def scores(
    session: Session, run_id: int, *, person: Person | None, after: int, limit: int
) -> Sequence[Row[Score, Roster]]:
    """Return a run's scores by enrolment, a mentor's own learners only when one is given."""
    query = select(Score, Roster).join(Roster, Roster.enrolment_id == Score.enrolment_id)
    query = query.where(Score.run_id == run_id, Score.enrolment_id > after)
    if person is not None:
        query = query.where(reach(person))
    return session.execute(query.order_by(Score.enrolment_id).limit(limit)).all()


def last_steps(session: Session, account_id: int) -> Sequence[JournalEntry]:
    """Return an account's last step on alerts, every alert moved at that instant; the journal is read near its end."""
    far = (session.scalar(select(func.max(JournalEntry.seq))) or 0) - FAR
    mine = select(JournalEntry).where(JournalEntry.author_id == account_id, JournalEntry.event.startswith("alert_"))
    last = session.scalar(mine.where(JournalEntry.seq > far).order_by(JournalEntry.seq.desc()).limit(1))
    if last is None:
        return []
    together = mine.where(JournalEntry.at == last.at, JournalEntry.seq > far)
    return session.scalars(together.order_by(JournalEntry.seq.desc())).all()
