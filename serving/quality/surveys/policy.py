"""Which survey wave is due for an enrolment that ended, and whether it is sent, chased or answered. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

IMMEDIATE, ONE, THREE, SIX = WAVES = ("immediate", "one_month", "three_months", "six_months")
MONTHS = {IMMEDIATE: 0, ONE: 1, THREE: 3, SIX: 6}
NOT_DUE, TO_SEND, WAITING, TO_CHASE, ENOUGH, ANSWERED = STANDINGS = (
    "not_due", "to_send", "waiting", "to_chase", "enough", "answered",
)  # fmt: skip
EARLY = timedelta(days=14)
"""How long before the end of a training its immediate survey may be sent."""
SPANS = ((ONE, 15, 60), (THREE, 61, 135), (SIX, 136, 270))
"""Days after the end between which a delayed survey is taken for a wave, where nobody told which it is."""


@dataclass(frozen=True)
class Ended:
    """An enrolment whose training is over."""

    enrolment_id: int
    learner_id: int
    session_id: str
    ended_on: date


@dataclass(frozen=True)
class Asked:
    """A survey sent to an enrolment: which one, of which kind in the records, when, and when it was answered."""

    enrolment_id: int
    survey_id: str
    kind: str
    sent_on: date
    answered_on: date | None


@dataclass(frozen=True)
class Pace:
    """The delays of chasing, in days; `most_chases` reminders at most; `months` after the end are the waves asked.

    `promised_on` is since when the organisation's own procedure promises them: from then on a wave that is due is
    proposed even where no survey of the end of a training was ever imported. None: it promised nothing.
    """

    send_days: int = 7
    chase_days: int = 7
    most_chases: int = 2
    months: tuple[int, ...] = tuple(MONTHS.values())
    promised_on: date | None = None


@dataclass(frozen=True)
class Standing:
    """Where one wave of one enrolment stands on a day.

    `due_on` is the day of the wave; `until_on` the day by which the next thing was to be done, None when nothing is.
    """

    ended: Ended
    wave: str
    due_on: date
    state: str
    sent_on: date | None = None
    answered_on: date | None = None
    chased_on: tuple[date, ...] = field(default=())
    until_on: date | None = None


def months_after(day: date, months: int) -> date:
    """Return the same day some months later; the last of the month where it has fewer days.

    >>> months_after(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))


def wave_of(asked: Asked, ended_on: date, told: str | None) -> str | None:
    """Return which wave a survey is: the one told; else by its kind and the days since the end; None: none of ours."""
    if told is not None:
        return told if told in WAVES else None
    days = (asked.sent_on - ended_on).days
    if asked.kind == "immediate":
        return IMMEDIATE if days >= -EARLY.days else None
    if asked.kind != "delayed":
        return None
    return next((wave for wave, first, last in SPANS if first <= days <= last), None)


def standing(
    ended: Ended, wave: str, asked: Sequence[Asked], chased: Iterable[date], *, today: date, pace: Pace
) -> Standing:
    """Return where a wave stands: `asked` are the surveys of that wave sent to that enrolment."""
    due_on = months_after(ended.ended_on, MONTHS[wave])
    sent = min((one.sent_on for one in asked if one.sent_on <= today), default=None)
    answered = min((d for one in asked if (d := one.answered_on) is not None and d <= today), default=None)
    reminders = tuple(sorted(day for day in chased if day <= today))
    told = (ended, wave, due_on)
    if answered is not None:
        return Standing(*told, ANSWERED, sent, answered, reminders)
    if sent is None:
        last = due_on + timedelta(days=pace.send_days)
        return Standing(*told, TO_SEND if due_on < today else NOT_DUE, None, None, reminders, last)
    if len(reminders) >= pace.most_chases:
        return Standing(*told, ENOUGH, sent, None, reminders)
    next_on = (
        max(sent, *reminders) + timedelta(days=pace.chase_days) if reminders else sent + timedelta(pace.chase_days)
    )
    return Standing(*told, TO_CHASE if next_on <= today else WAITING, sent, None, reminders, next_on)


@dataclass(frozen=True)
class Rate:
    """The return of one wave: how many were sent, how many of these were answered, how many chased."""

    wave: str
    sent: int
    answered: int
    chased: int


def rates(standings: Iterable[Standing]) -> tuple[Rate, ...]:
    """Return the return of each wave, over what was sent."""
    sent = [one for one in standings if one.sent_on is not None]
    return tuple(
        Rate(
            wave,
            sum(one.wave == wave for one in sent),
            sum(one.wave == wave and one.answered_on is not None for one in sent),
            sum(one.wave == wave and bool(one.chased_on) for one in sent),
        )
        for wave in WAVES
    )
