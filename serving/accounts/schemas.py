"""What the accounts API takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["mentor", "deputy", "course_lead", "data_scientist", "quality", "admin"]


class Credentials(BaseModel):
    """A username and its password."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(max_length=40)
    password: str = Field(max_length=200)


class Me(BaseModel):
    """The account signed in; `csrf_token` goes into the `X-CSRF-Token` header of every change."""

    username: str
    display_name: str
    role: Role
    csrf_token: str


class NewAccount(BaseModel):
    """An account to create; ids of mentors are decimal strings."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,39}$", examples=["claire.martin"])
    display_name: str = Field(min_length=1, max_length=80, examples=["Claire Martin"])
    role: Role
    mentor_id: str | None = Field(None, pattern=r"^[1-9][0-9]{0,18}$", description="pseudonym of the mentor")
    unassigned: bool = Field(False, description="follows the learners whom the source gives to no mentor")
    courses: list[str] = Field(default_factory=list, max_length=200, description="courses that a course lead follows")
    email: str | None = Field(None, max_length=200, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="where to write")


class AccountView(BaseModel):
    """An account, without its password."""

    id: str
    username: str
    display_name: str
    role: Role
    mentor_id: str | None
    unassigned: bool
    courses: list[str]
    active: bool
    created_at: datetime


class AccountPage(BaseModel):
    """Accounts by id; `next` goes into `after` for those that follow, null at the end."""

    accounts: list[AccountView]
    next: str | None


class CreatedAccount(AccountView):
    """A new account and its first password, shown once."""

    password: str
