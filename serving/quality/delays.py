"""The delays that the quality team holds people to, and where those in force come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from serving.quality.surveys.policy import Pace


@dataclass(frozen=True)
class Delays:
    """Days (of the calendar) before a proof is missing; each counts from the day that its gap names.

    Attributes
    ----------
    contact_after_closing : from an alert's closing to the record of a contact.
    first_action : from an alert's opening to a first action.
    result : from an attempt that reached nobody to what follows it.
    next_step : from the day promised to what was done that day.
    appointment : from an appointment to whether it was kept, and to what was recorded of it.
    acknowledge, answer : from a complaint's receipt to its acknowledgement and to its answer.
    improvement : from an improvement's deadline to its being done.
    check_effect : from an improvement's being done to its effect being checked.
    abandonment : from an abandonment to what was tried.
    surveys : those of survey chasing.
    """

    contact_after_closing: int = 2
    first_action: int = 7
    result: int = 14
    next_step: int = 2
    appointment: int = 1
    acknowledge: int = 3
    answer: int = 30
    improvement: int = 0
    check_effect: int = 90
    abandonment: int = 3
    surveys: Pace = field(default_factory=Pace)


def in_force(session: Session, today: date) -> Delays:  # noqa: ARG001 - the procedure will be read from them
    """Return the delays in force on a day."""
    return Delays()
