"""What a complaint may say, and where it stands. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from serving.language import mark
from serving.problems import Refusal
from serving.quality.delays import BREACH_HOURS, Delays

RECEIVED, ACKNOWLEDGED, ANSWERED, CLOSED = STATES = ("received", "acknowledged", "answered", "closed")
KINDS = ("complaint", "difficulty", "incident")
SUBJECTS = (
    "content",
    "teaching",
    "organisation",
    "platform",
    "relations",
    "accessibility",
    "funding",
    "personal_data",
    "other",
)
INCIDENT, PERSONAL_DATA = "incident", "personal_data"
"""An incident of that subject is a personal-data breach: the authority is to be told of it."""
TELLERS = ("learner", "company", "funder", "trainer", "mentor", "other")
OUTCOMES = ("settled", "partly", "unfounded", "withdrawn")
DECLARED = ("difficulty", "incident")
"""What mentors and course leads declare; a complaint is registered by the quality team."""


def state_of(acknowledged_on: date | None, answered_on: date | None, closed_on: date | None) -> str:
    """Return where a complaint stands: the farthest of its days.

    >>> state_of(None, date(2026, 6, 2), None)
    'answered'
    """
    if closed_on is not None:
        return CLOSED
    if answered_on is not None:
        return ANSWERED
    return ACKNOWLEDGED if acknowledged_on is not None else RECEIVED


def refusals(
    *, received_on: date, acknowledged_on: date | None = None, answered_on: date | None = None,
    closed_on: date | None = None, outcome: str | None = None, answer: str = "",
    authority_told_on: date | None = None, today: date,
) -> Sequence[Refusal]:  # fmt: skip
    """Return what is not accepted of a complaint's days, answer and outcome, field by field."""
    days = {"received_on": received_on, "acknowledged_on": acknowledged_on, "answered_on": answered_on,
            "closed_on": closed_on, "authority_told_on": authority_told_on}  # fmt: skip
    told = {name: day for name, day in days.items() if day is not None}
    found = [Refusal(where=name, what=mark("this day has not come")) for name, day in told.items() if day > today]
    found += [Refusal(where=name, what=mark("this is before its receipt"))
              for name, day in told.items() if day < received_on]  # fmt: skip
    if closed_on is not None and outcome is None:
        found.append(Refusal(where="outcome", what=mark("say how it ended")))
    if outcome is not None and closed_on is None:
        found.append(Refusal(where="closed_on", what=mark("say on which day it ended")))
    if answered_on is not None and not answer:
        found.append(Refusal(where="answer", what=mark("say what was answered")))
    if closed_on is not None and answered_on is not None and closed_on < answered_on:
        found.append(Refusal(where="closed_on", what=mark("this is before the answer")))
    return found


class Breach(Protocol):
    """What says whether a complaint is a personal-data breach, and since when it is known."""

    kind: Any
    subject: Any
    received_on: Any
    created_at: Any


def is_breach(kind: str, subject: str) -> bool:
    """Whether something registered is a personal-data breach."""
    return (kind, subject) == (INCIDENT, PERSONAL_DATA)


def breach_until(one: Breach, zone: ZoneInfo) -> datetime | None:
    """Return until when the authority is to be told of a personal-data breach; None: it is not one.

    It is known from the instant at which it was registered, or from the first hour of an earlier day of receipt.
    """
    if not is_breach(one.kind, one.subject):
        return None
    written: datetime = one.created_at.astimezone(zone)
    known = written if written.date() == one.received_on else datetime.combine(one.received_on, time(0), zone)
    return (known.astimezone(UTC) + timedelta(hours=BREACH_HOURS)).astimezone(zone)


def due_on(state: str, received_on: date, delays: Delays) -> date | None:
    """Return the day by which the next thing is due to a complaint; None once it is answered."""
    if state == RECEIVED:
        return received_on + timedelta(days=delays.acknowledge)
    return received_on + timedelta(days=delays.answer) if state == ACKNOWLEDGED else None


def is_late(state: str, received_on: date, delays: Delays, today: date) -> bool:
    """Whether what is due to a complaint is past its delay."""
    due = due_on(state, received_on, delays)
    return due is not None and due < today


def order(state: str, received_on: date, number: int, delays: Delays) -> tuple[int, int, int]:
    """Return where a complaint stands in the list: what is due first at the head, then the latest of the others."""
    due = due_on(state, received_on, delays)
    if due is None:
        return 1, -received_on.toordinal(), -number
    return 0, due.toordinal(), number
