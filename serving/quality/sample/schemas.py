"""What the form of the auditor's sample takes."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from serving.language import mark
from serving.problems import RefusedError
from serving.quality.sample import policy

FIRST, LAST = date(2000, 1, 1), date(2199, 12, 31)
Ticked = Annotated[bool, BeforeValidator(lambda value: value in (True, "yes"))]


class Days(BaseModel):
    """The days told, both included; never after today."""

    model_config = ConfigDict(extra="forbid")

    from_on: date = Field(ge=FIRST, le=LAST)
    until_on: date = Field(ge=FIRST, le=LAST)

    def check(self, today: date) -> None:
        """Accept the days.

        Raises
        ------
        RefusedError : they end before they begin, or after today.
        """
        if self.until_on < self.from_on:
            raise RefusedError(mark("the last day comes before the first one"), where="until_on")
        if self.until_on > today:
            raise RefusedError(mark("the last day is not over yet: choose today at the latest"), where="until_on")


class WantedDraw(Days):
    """A draw as its form asks for it."""

    n: int = Field(10, ge=1, le=policy.MOST_DRAWN)
    seed: int = Field(ge=0, le=policy.LARGEST_SEED)
    alerted: Ticked = False
    names: Ticked = False

    def wish(self) -> policy.Wish:
        """Return the draw asked for."""
        return policy.Wish(self.n, self.seed, self.from_on, self.until_on, self.alerted)
