"""What an action may be, and what it does to the learner's open alert."""

from __future__ import annotations

from datetime import date

from serving.language import mark
from serving.problems import RefusedError

KINDS = ("call", "message", "interview", "adaptation", "mediation", "referral")
CHANNELS = ("phone", "email", "sms", "video", "in_person", "community", "letter")
RESULTS = ("reached", "left_message", "no_answer", "agreed", "declined")
NEXT_STEPS = ("none", "call_again", "interview", "adaptation", "mediation", "referral")
IN_TOUCH = ("reached", "agreed", "declined")


def state_after(state: str, result: str) -> str | None:
    """Return the state an open alert moves to when an action is recorded; None: it stays.

    The learner answered: in contact. They did not: somebody has at least taken the alert.
    """
    if result in IN_TOUCH:
        return "in_contact" if state in ("open", "acknowledged", "snoozed") else None
    return "acknowledged" if state == "open" else None


def check_dates(*, done_on: date, next_step: str, next_step_on: date | None, today: date) -> None:
    """Accept the dates of an action.

    Raises
    ------
    RefusedError : the action is in the future, the next step in the past, or dated without being one.
    """
    if done_on > today:
        raise RefusedError(
            mark("an action cannot be recorded before it is done"), where="done_on", accepted="today or before"
        )
    if next_step == "none" and next_step_on is not None:
        raise RefusedError(mark("there is a date but no next step"), where="next_step", accepted="a next step")
    if next_step_on is not None and next_step_on < done_on:
        raise RefusedError(
            mark("the next step is before the action"), where="next_step_on", accepted="the same day or later"
        )
