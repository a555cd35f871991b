"""What the form of an absence takes."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

IdOrNothing = Annotated[str | None, BeforeValidator(lambda value: value or None)]


class NewAbsence(BaseModel):
    """Days on which a mentor is away, both included; `mentor_id` by the administration only."""

    model_config = ConfigDict(extra="forbid")

    from_on: date = Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))
    until_on: date = Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))
    deputy_id: IdOrNothing = Field(None, pattern=r"^[1-9][0-9]{0,17}$")
    mentor_id: IdOrNothing = Field(None, pattern=r"^[1-9][0-9]{0,18}$")
