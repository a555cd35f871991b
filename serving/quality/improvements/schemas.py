"""What the form and the API of the improvement plan take and give; ids are decimal strings."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

FIRST, LAST = date(2000, 1, 1), date(2199, 12, 31)
Nothing = BeforeValidator(lambda value: value or None)
Day = Annotated[date, Field(ge=FIRST, le=LAST)]
DayOrNothing = Annotated[Day | None, Nothing]
Number = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,17}$")]
NumberOrNothing = Annotated[Number | None, Nothing]
Yes = Annotated[bool | None, BeforeValidator(lambda value: {"yes": True, "no": False}.get(value))]
State = Literal["planned", "under_way", "done", "checked", "dropped"]
Source = Literal["audit", "complaint", "survey", "figure", "missing_proof", "other"]


class Line(BaseModel):
    """One line of the improvement plan, as its form says it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    indicator: str = Field("", pattern=r"^([1-9]|[12][0-9]|3[0-2])?$")
    source: Source
    source_key: NumberOrNothing = None
    finding: str = Field(min_length=1, max_length=2000)
    decision: str = Field(min_length=1, max_length=2000)
    owner: str = Field(min_length=1, max_length=120)
    due_on: date = Field(ge=FIRST, le=LAST)
    state: State = "planned"
    done_on: DayOrNothing = None
    effect: str = Field("", max_length=2000)
    effective: Yes = None
    checked_on: DayOrNothing = None


class ImprovementView(BaseModel):
    """One line of the improvement plan; `late`: past its deadline and not done."""

    id: str
    indicator: str
    source: Source
    source_key: str | None
    finding: str
    decision: str
    owner: str
    due_on: date
    state: State
    late: bool
    done_on: date | None
    effect: str
    effective: bool | None
    checked_on: date | None
    version: int


class ImprovementPage(BaseModel):
    """Lines by number; `next` goes into `after` for those that follow, null at the end."""

    improvements: list[ImprovementView]
    next: str | None
