"""What the forms and the API of complaints take and give; no name nor free text leaves by the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.actions.schemas import Channel
from serving.quality.improvements.schemas import FIRST, LAST, DayOrNothing, Nothing, NumberOrNothing

Kind = Literal["complaint", "difficulty", "incident"]
Subject = Literal[
    "content", "teaching", "organisation", "platform", "relations", "accessibility", "funding", "personal_data",
    "other",
]  # fmt: skip
Teller = Literal["learner", "company", "funder", "trainer", "mentor", "other"]
Outcome = Literal["settled", "partly", "unfounded", "withdrawn"]
State = Literal["received", "acknowledged", "answered", "closed"]


class NewComplaint(BaseModel):
    """A complaint, a difficulty or an incident, as it is registered; `learner` is a name or a reference."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: Kind
    subject: Subject
    told_by: Teller
    received_on: date = Field(ge=FIRST, le=LAST)
    channel: Channel
    session_id: Annotated[str | None, Nothing] = None
    learner: str = Field("", max_length=120)
    summary: str = Field(min_length=1, max_length=4000)


class Followed(NewComplaint):
    """What became of it."""

    acknowledged_on: DayOrNothing = None
    answered_on: DayOrNothing = None
    closed_on: DayOrNothing = None
    authority_told_on: DayOrNothing = None
    answer: str = Field("", max_length=4000)
    outcome: Annotated[Outcome | None, Nothing] = None
    improvement_id: NumberOrNothing = None


class Declared(BaseModel):
    """A difficulty or an incident that a mentor or a course lead declares of one of their learners."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: Literal["difficulty", "incident"] = "difficulty"
    subject: Subject
    told_by: Teller = "learner"
    channel: Channel
    received_on: date = Field(ge=FIRST, le=LAST)
    summary: str = Field(min_length=1, max_length=4000)


class ComplaintView(BaseModel):
    """A complaint, its days and its state; `due_on`: when the next thing is due, null once it is answered.

    `authority_due_at`: until when the authority is to be told of a personal-data breach, null when it is not one.
    """

    id: str
    kind: Kind
    subject: Subject
    told_by: Teller
    channel: Channel
    received_on: date
    enrolment_id: str | None
    session_id: str | None
    state: State
    acknowledged_on: date | None
    answered_on: date | None
    closed_on: date | None
    authority_told_on: date | None
    authority_due_at: datetime | None
    due_on: date | None
    late: bool
    outcome: Outcome | None
    improvement_id: str | None
    version: int


class ComplaintPage(BaseModel):
    """Complaints by number; `next` goes into `after` for those that follow, null at the end."""

    complaints: list[ComplaintView]
    next: str | None
