"""What the scores API gives; ids are decimal strings, names are never here."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel

from serving.alerts.schemas import ReasonView


class ScoreView(BaseModel):
    """One enrolment's risk in the latest run. It orders a list; it decides nothing."""

    enrolment_id: str
    session_id: str
    probability: float
    rank: int
    reasons: list[ReasonView]


class ScorePage(BaseModel):
    """Scores by enrolment; `next` goes into `after` for those that follow, null at the end."""

    as_of_on: date
    horizon_days: int
    model: str
    level: str
    scores: list[ScoreView]
    next: str | None
