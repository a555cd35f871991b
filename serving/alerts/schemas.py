"""What the alerts API takes and gives; ids are decimal strings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.alerts.life import Wanted

State = Literal["open", "acknowledged", "in_contact", "snoozed", "resolved", "dismissed"]
Step = Literal[
    "acknowledged", "in_contact", "snoozed", "reassigned", "escalated", "resolved", "dismissed", "woken", "reopened",
    "rated", "undone",
]  # fmt: skip
Outcome = Literal[
    "back_on_track", "plan_agreed", "left_for_job", "abandoned", "unreachable",
    "false_alarm", "already_known", "other",
]  # fmt: skip
Kind = Literal[
    "declared_intention", "unanswered_question", "never_started", "sudden_silence", "repeated_absence",
    "missed_assessments", "low_nps", "model_risk",
]  # fmt: skip
Motive = Literal[
    "personal", "job", "unsuitable", "relations", "money", "distance", "other_training", "imposed"
]  # fmt: skip
ById = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$")]


class ReasonView(BaseModel):
    """Why: a feature of the catalogue, its value now and a week before, its sentence."""

    feature: str
    value: float | None
    previous: float | None
    contribution: float
    sentence: str


class KindView(BaseModel):
    """A kind of alert that opened it or joined it since."""

    kind: Kind
    since: date


class AlertView(BaseModel):
    """A request that the mentor look at one enrolment.

    `kind` opened it, `kinds` are all that hold or joined since; `version` counts its changes, and is its ETag.
    """

    id: str
    enrolment_id: str
    session_id: str
    mentor_id: str | None
    opened_on: date
    state: State
    state_at: datetime
    outcome: Outcome | None
    rank: int
    reasons: list[ReasonView]
    kind: Kind
    kinds: list[KindView]
    version: int
    snoozed_until: date | None
    escalated_on: date | None
    reopened_on: date | None
    closed_on: date | None
    closed_by: Literal["person", "system"] | None
    motives: list[Motive]
    useful: bool | None


class AlertPage(BaseModel):
    """Alerts by id; `next` goes into `after` for those that follow, null at the end."""

    alerts: list[AlertView]
    next: str | None


class Transition(BaseModel):
    """One step of an alert's life, with what that step needs and nothing else.

    `resolved` and `dismissed` need an outcome, and `abandoned` may have motives; `snoozed` needs the day it comes back;
    `reassigned` needs a mentor; `rated` says of a closed alert whether it was useful, which closing may say too;
    `undone` takes back one's own last step.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"to": "acknowledged"},
                {"to": "resolved", "outcome": "plan_agreed", "useful": True},
                {"to": "resolved", "outcome": "abandoned", "motives": ["money", "distance"]},
                {"to": "dismissed", "outcome": "false_alarm", "useful": False},
                {"to": "snoozed", "until": "2026-06-22"},
                {"to": "reassigned", "mentor_id": "5362650907847641538"},
                {"to": "escalated"},
                {"to": "reopened"},
                {"to": "undone"},
            ]
        },
    )

    to: Step = Field(examples=["acknowledged"])
    outcome: Outcome | None = None
    motives: list[Motive] = Field([], max_length=8, description="why the learner left; several may hold")
    until: date | None = Field(None, description="day on which an alert put off comes back, within sixty days")
    mentor_id: ById | None = Field(None, description="mentor who carries it from now on")
    useful: bool | None = Field(None, description="whether the alert was useful")
    version: int | None = Field(None, ge=1, description="version seen; 412 when it is another one by now")

    def wanted(self) -> Wanted:
        """Return the step as the table of transitions takes it."""
        return Wanted(
            self.to,
            outcome=self.outcome,
            motives=tuple(dict.fromkeys(self.motives)),
            until=self.until,
            mentor_id=int(self.mentor_id) if self.mentor_id else None,
            useful=self.useful,
        )
