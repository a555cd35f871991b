"""What an appointment may be, and from which state to which it goes. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from serving.language import mark
from serving.problems import ChangedError, RefusedError

PLANNED, KEPT, MISSED, CANCELLED = STATES = ("planned", "kept", "missed", "cancelled")
KINDS = ("interview", "review", "company_visit", "mediation")
TRANSITIONS: dict[str, tuple[str, ...]] = {
    PLANNED: (KEPT, MISSED, CANCELLED),
    KEPT: (PLANNED,),
    MISSED: (PLANNED,),
    CANCELLED: (PLANNED,),
}
"""Where each state may go; back to planned is a second thought."""
ACTION_OF = {"interview": "interview", "review": "interview", "company_visit": "interview", "mediation": "mediation"}
"""The nature of the action recorded after each kind of appointment."""
FARTHEST = timedelta(days=366)


def check_new(on: date, *, today: date) -> None:
    """Accept the day of a new appointment.

    Raises
    ------
    RefusedError : it is over, or more than a year away.
    """
    if on < today:
        raise RefusedError(mark("this day is over: record what was done instead"), where="on")
    if on - today > FARTHEST:
        raise RefusedError(mark("an appointment is within a year"), where="on")


def check_step(state: str, to: str, *, on: date, today: date, recorded: bool) -> None:
    """Accept a step of an appointment.

    Parameters
    ----------
    on : its day; recorded : whether an action tells of it.

    Raises
    ------
    ChangedError : it cannot go there from where it is.
    RefusedError : it is said kept or missed before its day.
    """
    if to not in TRANSITIONS.get(state, ()) or (to == PLANNED and recorded):
        raise ChangedError(mark("the appointment cannot go there from where it is"), where="to")
    if to in (KEPT, MISSED) and on > today:
        raise RefusedError(mark("its day has not come"), where="to")


def check_told(state: str, *, on: date, today: date, recorded: bool) -> None:
    """Accept that an action tells of an appointment; still planned, it was kept.

    Raises
    ------
    ChangedError : an action tells of it already, it did not take place, or its day has not come.
    """
    if recorded or state not in (PLANNED, KEPT):
        raise ChangedError(mark("this appointment is told already, or did not take place"), where="appointment")
    if on > today:
        raise ChangedError(mark("its day has not come"), where="appointment")
