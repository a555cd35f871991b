"""What the API of missing proofs gives; ids are decimal strings, no name is here."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel


class GapView(BaseModel):
    """A proof that is missing; `kind` and `subject` name it. `explained`: somebody said why it will not come."""

    kind: str
    subject: str
    turn: str
    since_on: date
    until_on: date
    enrolment_id: str | None
    session_id: str | None
    mentor_id: str | None
    explained: bool


class GapPage(BaseModel):
    """Gaps, the one due first at the head, as of a day; `next` goes into `after`, null at the end."""

    as_of_on: date
    gaps: list[GapView]
    next: str | None
