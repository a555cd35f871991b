"""The organisation's procedure as settings, their bounds, and which version holds on a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Protocol, TypeVar

from data.holidays import public_holidays
from serving.alerts.kinds import working_days
from serving.language import mark

MONTHS = (0, 1, 3, 6)
"""When a wave of surveys may be sent: at the end (0), then months after."""
LONGEST_WORDS, LONGEST_REASON = 160, 500
FURTHEST = timedelta(days=366)


@dataclass(frozen=True)
class Procedure:
    """What the organisation does, when, and who does it; texts are empty where its roles say it.

    Defaults are the practice that auditors see (quality.md of the design): a call after one unexcused absence, a
    reminder after two, abandonment declared after 10 working days, everybody told within 72 hours.
    """

    call_after_absences: int = 1
    remind_after_absences: int = 2
    remind_after_silent_days: int = 5
    first_contact_days: int = 2
    escalate_after_days: int = 5
    abandonment_after_days: int = 10
    tell_within_hours: int = 72
    survey_chase_days: int = 7
    survey_chases: int = 2
    complaint_days: int = 10
    proofs_weekday: int = 1
    waves: tuple[int, ...] = MONTHS
    who_calls: str = ""
    who_reminds: str = ""
    who_follows_up: str = ""
    who_declares: str = ""
    who_tells: str = ""
    who_chases: str = ""
    who_answers: str = ""
    disability_contact: str = ""
    complaints_contact: str = ""


@dataclass(frozen=True)
class Bound:
    """What a number may be, and the words before it in the form."""

    least: int
    most: int
    words: str
    unit: str


ABSENCES, WORKING, CALENDAR, HOURS, TIMES, WEEKDAY = (
    mark("unexcused absences"),
    mark("working days"),
    mark("days"),
    mark("hours"),
    mark("times"),
    mark("1: Monday, 5: Friday"),
)
BOUNDS: dict[str, Bound] = {
    "call_after_absences": Bound(1, 10, mark("Call after"), ABSENCES),
    "remind_after_absences": Bound(1, 20, mark("Written reminder after"), ABSENCES),
    "remind_after_silent_days": Bound(1, 60, mark("Reminder after a silence of"), WORKING),
    "first_contact_days": Bound(1, 30, mark("First contact after an alert within"), WORKING),
    "escalate_after_days": Bound(1, 60, mark("Alert untouched: to the course lead after"), WORKING),
    "abandonment_after_days": Bound(1, 90, mark("Abandonment declared after"), WORKING),
    "tell_within_hours": Bound(1, 720, mark("Learner, client and funder told within"), HOURS),
    "survey_chase_days": Bound(1, 90, mark("Survey not answered: reminder every"), CALENDAR),
    "survey_chases": Bound(0, 10, mark("Survey not answered: reminded at most"), TIMES),
    "complaint_days": Bound(1, 90, mark("Complaint answered within"), WORKING),
    "proofs_weekday": Bound(1, 5, mark("Missing proofs told each week on"), WEEKDAY),
}
WHO: dict[str, tuple[str, str]] = {
    "who_calls": (mark("Who calls after an absence"), mark("the mentor")),
    "who_reminds": (mark("Who writes the reminders"), mark("the mentor")),
    "who_follows_up": (mark("Who takes up an untouched alert"), mark("the course lead")),
    "who_declares": (mark("Who declares an abandonment"), mark("the course lead")),
    "who_tells": (mark("Who tells the learner, the client and the funder"), mark("the course lead")),
    "who_chases": (mark("Who chases the surveys"), mark("the quality team")),
    "who_answers": (mark("Who answers complaints"), mark("the quality team")),
}
"""Who does each step: the label of the form, and the role when nobody else is named."""
CONTACTS = {
    "disability_contact": mark("Disability contact: name and how to reach them"),
    "complaints_contact": mark("Complaints: where to write"),
}
WAVES = {
    0: mark("at the end"),
    1: mark("one month after"),
    3: mark("three months after"),
    6: mark("six months after"),
}
A_NUMBER = mark("a whole number from %(least)s to %(most)s")
TOO_LONG = mark("%(most)s characters at most")
NO_WAVE = mark("choose one wave at least")
REMINDER_LATER = mark("a reminder does not come before the call")
DECLARED_LATER = mark("abandonment is not declared before the reminder")
NO_REASON = mark("say why, in a few words")
NOT_A_DAY = mark("choose a day")
PAST_DAY = mark("a procedure cannot hold from a day that is over")
FAR_DAY = mark("a year ahead at most")
Wrong = dict[str, tuple[str, dict[str, int]]]
"""What is wrong, field by field: a message and its values."""


def read(told: Mapping[str, str]) -> tuple[Procedure, Wrong]:
    """Return the procedure that a form says, and what is wrong, field by field; what is wrong keeps its default."""
    found: dict[str, Any] = {}
    wrong: Wrong = {}
    for name, bound in BOUNDS.items():
        text = told.get(name, "").strip()
        if text.isdecimal() and len(text) < 5 and bound.least <= int(text) <= bound.most:
            found[name] = int(text)
        else:
            wrong[name] = A_NUMBER, {"least": bound.least, "most": bound.most}
    for name in (*WHO, *CONTACTS):
        found[name] = " ".join(told.get(name, "").split())
        if len(found[name]) > LONGEST_WORDS:
            wrong[name] = TOO_LONG, {"most": LONGEST_WORDS}
            found[name] = found[name][:LONGEST_WORDS]
    found["waves"] = tuple(month for month in MONTHS if told.get(f"wave_{month}"))
    if not found["waves"]:
        wrong["waves"] = NO_WAVE, {}
    return replace(Procedure(), **found), {**_out_of_order(found), **wrong}


def _out_of_order(found: Mapping[str, Any]) -> Wrong:
    wrong: Wrong = {}
    call, remind = found.get("call_after_absences"), found.get("remind_after_absences")
    if call is not None and remind is not None and remind < call:
        wrong["remind_after_absences"] = REMINDER_LATER, {}
    silent, declared = found.get("remind_after_silent_days"), found.get("abandonment_after_days")
    if silent is not None and declared is not None and declared < silent:
        wrong["abandonment_after_days"] = DECLARED_LATER, {}
    return wrong


def read_decision(told: Mapping[str, str], *, today: date) -> tuple[date | None, str, Wrong]:
    """Return from when a procedure holds and why, and what is wrong: never from a day that is over."""
    reason, wrong = told.get("reason", "").strip(), Wrong()
    if not reason:
        wrong["reason"] = NO_REASON, {}
    elif len(reason) > LONGEST_REASON:
        wrong["reason"] = TOO_LONG, {"most": LONGEST_REASON}
    try:
        from_on = date.fromisoformat(told.get("from_on", ""))
    except ValueError:
        return None, reason, {**wrong, "from_on": (NOT_A_DAY, {})}
    if from_on < today:
        wrong["from_on"] = PAST_DAY, {}
    elif from_on - today > FURTHEST:
        wrong["from_on"] = FAR_DAY, {}
    return from_on, reason, wrong


def choices_of(procedure: Procedure) -> dict[str, Any]:
    """Return what differs from the procedure shipped, as it is kept."""
    ours = asdict(Procedure())
    told = {name: value for name, value in asdict(procedure).items() if value != ours[name]}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}


def from_choices(kept: Mapping[str, Any]) -> Procedure:
    """Return the procedure that was kept; what a later version of the code no longer knows is left out."""
    known = {one.name for one in fields(Procedure)}
    told: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in kept.items() if name in known
    }
    return replace(Procedure(), **told)


def contact_is_late(since: date, today: date, procedure: Procedure) -> bool:
    """Whether a first contact is late: more working days have passed than it should take, public holidays apart."""
    first = max(since, today - FURTHEST)
    passed = working_days(first, today, closed=public_holidays(first, today))
    return passed > procedure.first_contact_days


class Version(Protocol):
    """A version kept: since when, and its place among those of the same day."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def from_on(self) -> date:
        """The day from which it holds."""


Kept = TypeVar("Kept", bound=Version)


def in_force(versions: Iterable[Kept], day: date) -> Kept | None:
    """Return the version that holds on a day: the latest to begin, the last written among those of one day."""
    begun = [one for one in versions if one.from_on <= day]
    return max(begun, key=lambda one: (one.from_on, one.id), default=None)
