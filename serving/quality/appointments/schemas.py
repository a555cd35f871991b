"""What the form of an appointment takes."""

from __future__ import annotations

from datetime import date, time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.actions.schemas import Channel

Kind = Literal["interview", "review", "company_visit", "mediation"]


class NewAppointment(BaseModel):
    """A meeting to come: its day and hour are the organisation's."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    channel: Channel
    on: date = Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))
    hour: time
    minutes: int = Field(30, ge=5, le=480)
