"""What the actions API takes and gives; the same model reads the form of the page."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Kind = Literal["call", "message", "interview", "adaptation", "mediation", "referral"]
Channel = Literal["phone", "email", "sms", "video", "in_person", "community", "letter"]
Result = Literal["reached", "left_message", "no_answer", "agreed", "declined"]
NextStep = Literal["none", "call_again", "interview", "adaptation", "mediation", "referral"]
DayOrNothing = Annotated[date | None, BeforeValidator(lambda value: value or None)]


class NewAction(BaseModel):
    """What was done for a learner."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: Kind = Field(examples=["call"])
    channel: Channel = Field(examples=["phone"])
    done_on: date = Field(ge=date(2000, 1, 1), le=date(2199, 12, 31), examples=["2026-06-15"])
    result: Result = Field(examples=["reached"])
    next_step: NextStep = Field("none", examples=["call_again"])
    next_step_on: DayOrNothing = Field(None, le=date(2199, 12, 31), examples=["2026-06-22"])
    note: str = Field("", max_length=2000, description="for the learner's mentor, today's and the next; never exported")


class ActionView(BaseModel):
    """An action as it was recorded; ids are decimal strings."""

    id: str
    enrolment_id: str
    alert_id: str | None
    author: str
    kind: Kind
    channel: Channel
    done_on: date
    result: Result
    next_step: NextStep
    next_step_on: date | None
    note: str
    recorded_at: datetime
