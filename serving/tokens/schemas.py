"""What the form of a token takes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class NewToken(BaseModel):
    """A token to make: what it is for, and the days it lasts."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=60)
    days: int = 90
