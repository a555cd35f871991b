"""What the register's API gives; ids are decimal strings, names are never here."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel


class StepView(BaseModel):
    """One step of prevention, as the journal holds it."""

    number: int
    at: datetime
    event: str
    author: str | None
    alert_id: str | None
    action_id: str | None
    enrolment_id: str | None
    session_id: str | None
    details: dict[str, str | int | float | bool | list[str] | None]
    hash: str


class RegisterPage(BaseModel):
    """Steps in order; `next` goes into `after` for those that follow, null at the end."""

    steps: list[StepView]
    next: str | None


class Verification(BaseModel):
    """Whether the journal is as it was written.

    `differs`: the number of a row that is not where it left it; `what`: an alert, an action, a complaint or an
    improvement.
    """

    intact: bool
    checked: int
    first_broken: int | None
    reason: str = ""
    differs: int | None = None
    what: str = ""
