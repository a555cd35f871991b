"""Queries on score runs, for the data scientist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from serving.scoring.repository import latest_first
from serving.tables import Alert, Roster, Score, ScoreRun
from serving.watch.policy import Closed


def runs(session: Session, *, until: date, limit: int = 12) -> Sequence[ScoreRun]:
    """Return the latest score runs up to a day."""
    query = select(ScoreRun).where(ScoreRun.as_of_on <= until)
    return session.scalars(latest_first(query).limit(limit)).all()


def spread(session: Session, run_id: int) -> list[int]:
    """Return how many enrolments of a run fall in each tenth of the probability, from 0 to 1."""
    tenth = func.floor(Score.probability * 10)
    rows = session.execute(select(tenth, func.count()).where(Score.run_id == run_id).group_by(tenth)).all()
    counts = [0] * 10
    for value, n in rows:
        counts[min(9, int(value))] += n
    return counts


def closed_alerts(session: Session, *, until: date) -> list[Closed]:
    """Return the alerts closed up to a day, each with the day its learner abandoned, where one is known."""
    left = case((Roster.outcome == "abandoned", Roster.ended_on), else_=None)
    query = (
        select(Alert.opened_on, Alert.outcome, left)
        .outerjoin(Roster, Roster.enrolment_id == Alert.enrolment_id)
        .where(Alert.closed_on.is_not(None), Alert.closed_on <= until)
    )
    return [Closed(*row) for row in session.execute(query).all()]
