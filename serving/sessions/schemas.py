"""What the pages of sessions show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from serving.tables import Alert, Roster, SessionSignal


@dataclass(frozen=True)
class Overview:
    """One session: its days, how many of its learners are where, and what asks to be looked at."""

    session_id: str
    name: str
    starts_on: date
    ends_on: date
    elapsed: float
    enrolled: int
    outcomes: dict[str, int]
    levels: dict[str, int]
    signals: Sequence[SessionSignal] = field(default_factory=list)
    alerts: int = 0
    escalated: int = 0


@dataclass(frozen=True)
class Sinking:
    """A learner whose risk is high or rising, with the alert that carries it, if any."""

    enrolment: Roster
    level: str
    trend: str
    alert: Alert | None
    probability: float
