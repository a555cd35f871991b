"""What the alerts API takes and gives; ids are decimal strings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["open", "acknowledged", "in_contact", "resolved", "dismissed"]
Outcome = Literal[
    "back_on_track", "plan_agreed", "left_for_job", "abandoned", "unreachable",
    "false_alarm", "already_known", "other",
]  # fmt: skip


class ReasonView(BaseModel):
    """Why: a feature of the catalogue, its value now and a week before, its sentence."""

    feature: str
    value: float | None
    previous: float | None
    contribution: float
    sentence: str


class AlertView(BaseModel):
    """A request that the mentor look at one enrolment."""

    id: str
    enrolment_id: str
    session_id: str
    opened_on: date
    state: State
    state_at: datetime
    outcome: Outcome | None
    rank: int
    reasons: list[ReasonView]


class AlertPage(BaseModel):
    """Alerts by id; `next` goes into `after` for those that follow, null at the end."""

    alerts: list[AlertView]
    next: str | None


class Transition(BaseModel):
    """One step of an alert's life; the outcome (or the reason) is for the last one only."""

    model_config = ConfigDict(extra="forbid")

    to: State = Field(examples=["acknowledged"])
    outcome: Outcome | None = None
