"""What the forms of one's own account take."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class NewPassword(BaseModel):
    """A password to take, the one of today, and the new one again."""

    model_config = ConfigDict(extra="forbid")

    current: str = Field(max_length=200)
    password: str = Field(max_length=200)
    again: str = Field(max_length=200)


class Words(BaseModel):
    """The language of the pages and messages."""

    model_config = ConfigDict(extra="forbid")

    language: Literal["fr", "en"]


class Ended(BaseModel):
    """A session to end: its mark, or all but this one."""

    model_config = ConfigDict(extra="forbid")

    session: str = Field(pattern=r"^(others|[0-9a-f]{16})$")


class Details(BaseModel):
    """What the administration changes of an account: where to write, and the courses of a course lead."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    email: str | None = Field(None, max_length=200, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    courses: list[str] = Field(default_factory=list, max_length=200)
