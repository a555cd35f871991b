"""The delays that the quality team holds people to, and where those in force come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from serving.quality.procedure.policy import Procedure
from serving.quality.procedure.service import adopted_by, procedure_on, promised_since
from serving.quality.surveys.policy import Pace

BREACH_HOURS = 72
"""What the law gives to tell the authority of a personal-data breach (RGPD, article 33): no procedure changes it."""


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
    silence : from the last day on which something was seen of a learner to a reminder.
    decide : from the opening of an alert to an abandonment declared, or not, when nobody could reach the learner.
    absences : unexcused absences in a row after which a written reminder is due (a number, not days).
    tell_hours : hours from an abandonment to its being told in writing.
    breach_hours : hours from a personal-data breach being known to the authority being told (RGPD, article 33).
    promised_on : the first day of the organisation's own procedure; None when it has set none: what only a procedure
        promises is then asked of nobody.
    surveys : those of survey chasing.
    """

    contact_after_closing: int = 2
    first_action: int = 4
    result: int = 14
    next_step: int = 2
    appointment: int = 1
    acknowledge: int = 3
    answer: int = 14
    improvement: int = 0
    check_effect: int = 90
    abandonment: int = 3
    silence: int = 7
    decide: int = 14
    absences: int = 2
    tell_hours: int = 72
    breach_hours: int = BREACH_HOURS
    promised_on: date | None = None
    surveys: Pace = field(default_factory=Pace)


def of(procedure: Procedure, *, promised_on: date | None = None) -> Delays:
    """Return the delays that a procedure sets; those it does not speak of are ours.

    Parameters
    ----------
    promised_on : the first day of the organisation's own, None when it is the one shipped.
    """
    pace = Pace(
        chase_days=procedure.survey_chase_days,
        most_chases=procedure.survey_chases,
        months=procedure.waves,
        promised_on=promised_on,
    )
    answer, contact = in_calendar(procedure.complaint_days), in_calendar(procedure.first_contact_days)
    return Delays(
        first_action=contact,
        answer=answer,
        surveys=pace,
        silence=in_calendar(procedure.remind_after_silent_days),
        decide=in_calendar(procedure.abandonment_after_days),
        absences=procedure.remind_after_absences,
        tell_hours=procedure.tell_within_hours,
        promised_on=promised_on,
    )


@dataclass(frozen=True)
class Promises:
    """The delays of each version of the procedure by its first day, the earliest first; one at least.

    What began under a version is read against that version, whatever the next one says: a delay made longer forgives
    nothing that was late, one made shorter makes nothing late that was not. The first also reads what began before it.
    """

    versions: tuple[tuple[date, Delays], ...]

    def on(self, day: date) -> Delays:
        """Return the delays that held on a day."""
        begun = [held for from_on, held in self.versions if from_on <= day]
        return begun[-1] if begun else self.versions[0][1]

    def each(self) -> Iterator[Delays]:
        """Yield the delays of each version."""
        return (held for _, held in self.versions)


def in_calendar(working: int) -> int:
    """Return the days of the calendar within which so many working days always fit, weekends counted.

    >>> in_calendar(2), in_calendar(10)
    (4, 14)
    """
    return working + 2 * -(-working // 5)


def in_force(session: Session, today: date) -> Delays:
    """Return the delays in force on a day: those of the organisation's procedure."""
    return of(procedure_on(session, today), promised_on=promised_since(session, today))


def promises(session: Session, today: date) -> Promises:
    """Return the delays of every version of the procedure that has begun by a day; the one shipped where none has."""
    begun = adopted_by(session, today)
    first = min(begun, default=None)
    own = tuple((day, of(begun[day], promised_on=first)) for day in sorted(begun))
    return Promises(own or ((date.min, of(Procedure())),))
