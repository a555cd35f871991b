"""What the form of a pack takes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from serving.quality.sample import policy
from serving.quality.sample.schemas import Days, Ticked


class NewPack(Days):
    """A pack as its form asks for it."""

    seed: int = Field(ge=0, le=policy.LARGEST_SEED)
    drawn: int = Field(10, ge=1, le=policy.MOST_DRAWN)
    alerted: Ticked = False
    names: Ticked = False
    language: Literal["fr", "en"] = "fr"
