"""What the inbox looks at on a day, and what it finds missing: plain facts, without a rule. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from serving.quality.surveys import policy as surveys

MENTOR, COURSE_LEAD, QUALITY = "mentor", "course_lead", "quality"
ABANDONED = "abandoned"


@dataclass(frozen=True)
class AlertSeen:
    """An alert, as far as its proof looks; `reopened_on` is when it began again."""

    alert_id: int
    enrolment_id: int
    opened_on: date
    closed_on: date | None = None
    outcome: str | None = None
    closed_by: str | None = None
    escalated: bool = False
    snoozed_until: date | None = None
    reopened_on: date | None = None

    @property
    def began_on(self) -> date:
        """The day from which something is to be done."""
        return self.reopened_on or self.opened_on


@dataclass(frozen=True)
class ActionSeen:
    """An action; of one enrolment, they are in the order in which they were recorded."""

    action_id: int
    enrolment_id: int
    done_on: date
    result: str
    next_step: str = "none"
    next_step_on: date | None = None
    recorded_on: date | None = None
    channel: str = ""


@dataclass(frozen=True)
class AppointmentSeen:
    """An appointment: on which day, in which state, whether an action tells of it, and since when it is planned."""

    appointment_id: int
    enrolment_id: int
    on: date
    state: str
    recorded: bool
    planned_on: date


@dataclass(frozen=True)
class ComplaintSeen:
    """A complaint and the days of its life; `breach_until` is when the authority is to be told, of a data breach."""

    complaint_id: int
    received_on: date
    enrolment_id: int | None = None
    session_id: str | None = None
    acknowledged_on: date | None = None
    answered_on: date | None = None
    closed_on: date | None = None
    breach_until: datetime | None = None
    authority_told_on: date | None = None


@dataclass(frozen=True)
class ImprovementSeen:
    """A line of the improvement plan."""

    improvement_id: int
    due_on: date
    state: str
    done_on: date | None = None


@dataclass(frozen=True)
class LeftSeen:
    """An enrolment that was abandoned, by declaration or by the records."""

    enrolment_id: int
    ended_on: date


@dataclass(frozen=True)
class SilentSeen:
    """A learner in training of whom nothing was seen, as the latest score run tells it.

    `days` are open days, `closed` the days on which their session was closed.
    """

    enrolment_id: int
    as_of_on: date
    days: int
    closed: frozenset[date] = frozenset()

    @property
    def since_on(self) -> date:
        """The last day on which something was seen; it stays the same whatever closes since."""
        day, left = self.as_of_on, self.days
        while left > 0:
            day -= timedelta(days=1)
            left -= day not in self.closed
        return day

    def reached_on(self, days: int) -> date:
        """Return the day on which the silence was so many open days, closures since then not known here."""
        return self.as_of_on - timedelta(days=self.days - days)


@dataclass(frozen=True)
class AbsentSeen:
    """Unexcused absences in a row of a learner in training: what each run counted, the latest first."""

    enrolment_id: int
    counted: tuple[tuple[date, int], ...]


@dataclass(frozen=True)
class Facts:
    """All that the inbox looks at on a day; actions by enrolment."""

    alerts: Sequence[AlertSeen] = ()
    actions: Mapping[int, Sequence[ActionSeen]] = field(default_factory=dict)
    appointments: Sequence[AppointmentSeen] = ()
    complaints: Sequence[ComplaintSeen] = ()
    improvements: Sequence[ImprovementSeen] = ()
    left: Sequence[LeftSeen] = ()
    gone: Mapping[int, date] = field(default_factory=dict)
    waves: Sequence[surveys.Standing] = ()
    silent: Sequence[SilentSeen] = ()
    absent: Sequence[AbsentSeen] = ()


@dataclass(frozen=True)
class Gap:
    """A proof that is missing.

    Attributes
    ----------
    kind, subject : what is missing, and the row it is about: together they name the gap for ever.
    turn : whose turn it is: mentor, course_lead or quality.
    since_on : the day of what happened; until_on : the day by which its proof was due.
    number : the row's number, for its link.
    """

    kind: str
    subject: str
    turn: str
    since_on: date
    until_on: date
    number: int
    enrolment_id: int | None = None
    session_id: str | None = None


def after(day: date, days: int) -> date:
    """Return the day some days later."""
    return day + timedelta(days=days)
