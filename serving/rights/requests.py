"""Decisions about requests: their kinds, when they are due (GDPR art. 12.3), which step follows which."""

from __future__ import annotations

import calendar
from datetime import date

from serving.language import mark
from serving.problems import ConflictError

KINDS = {
    "access": mark("Access"),
    "export": mark("Portability"),
    "rectify": mark("Rectification"),
    "object": mark("Objection"),
    "erase": mark("Erasure"),
}
STATES = {
    "received": mark("Received"),
    "extended": mark("Deadline extended by two months"),
    "done": mark("Done"),
    "refused": mark("Refused, with its reasons, by letter"),
}
STEPS = {
    "received": ("extended", "done", "refused"),
    "extended": ("done", "refused"),
    "done": ("received",),
    "refused": ("received",),
}
"""From each state, those that may follow; a request that was settled by mistake is received again."""
DAYS_TOLD = "due_on"


def due_on(received_on: date, *, extended: bool = False) -> date:
    """Return the day by which a request is answered: the same day one month later, or three; its last day if shorter.

    >>> due_on(date(2026, 1, 31)).isoformat()
    '2026-02-28'
    """
    months = received_on.month - 1 + (3 if extended else 1)
    year, month = received_on.year + months // 12, months % 12 + 1
    return date(year, month, min(received_on.day, calendar.monthrange(year, month)[1]))


def step(before: str, after: str) -> None:
    """Accept a step of a request.

    Raises
    ------
    ConflictError : it does not follow.
    """
    if after not in STEPS.get(before, ()):
        raise ConflictError("this request does not allow this step", where="state")
