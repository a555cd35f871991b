"""What the form of a playbook takes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Words = Annotated[str, BeforeValidator(lambda text: str(text).replace("\r\n", "\n"))]


class NewWords(BaseModel):
    """The organisation's own words about a kind of alert."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    language: Literal["fr", "en"]
    advice: Words = Field(min_length=1, max_length=4000)
    message: Words = Field(min_length=1, max_length=4000)
