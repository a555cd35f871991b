"""What to simulate, and how it is cut into parts that are drawn apart from one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from data.errors import SourceError

ACTIONS = ("none", "random", "at_risk")
"""No contact; contacts drawn at random; contacts drawn the more often the less a learner was seen."""
SHIFTS = ("people", "relation", "rate")
"""The people change (less engaged, same laws); the relation does (engagement tells less of the hazard); or the rate."""
STRONGEST = 10.0
"""Standard deviations of engagement beyond which a shift means nothing."""
OUTAGE_KINDS = ("activity", "posts", "quiz_results", "survey_answers", "attendance")
LEARNERS_A_PART = 2000
PARTS_A_BLOCK = 2
ROWS_A_LEARNER = 313
"""Activity rows of one enrolment of 34 weeks, on average (`python -m data.simulated.calibration`)."""
SESSIONS_AT_SCALE = 12


@dataclass(frozen=True)
class Outage:
    """A source that goes quiet: no record of a kind known between two days, both included, for anybody."""

    kind: str
    from_on: date
    to_on: date

    def __post_init__(self) -> None:
        _accept("outage", self.kind, OUTAGE_KINDS)
        if self.to_on < self.from_on:
            raise _refused("outage", "a last day that is not before the first")


@dataclass(frozen=True)
class Shift:
    """A change from a date on.

    `people` lowers everybody's engagement by `strength` (its standard deviation is 1.0); `relation` takes
    that share (0..1) of the weight of engagement in the hazard away; `rate` multiplies everybody's hazard by one and
    `strength` (-1..10): 1 doubles it, and nothing else changes.
    """

    from_on: date
    strength: float
    kind: str = "people"

    def __post_init__(self) -> None:
        _accept("shift", self.kind, SHIFTS)
        if self.kind == "relation" and not 0 <= self.strength <= 1:
            raise _refused("shift", "a strength from 0 to 1")
        if self.kind == "rate" and self.strength < -1:
            raise _refused("shift", f"a strength from -1 to {STRONGEST}")
        if not -STRONGEST <= self.strength <= STRONGEST:
            raise _refused("shift", f"a strength from {-STRONGEST} to {STRONGEST}")


@dataclass(frozen=True)
class Plan:
    """What to simulate: as many sessions of as many learners, one every so many weeks, as seen on `until`.

    Parameters
    ----------
    actions : how mentors contact learners, one of ACTIONS.
    contact_rate : chance of a contact a week for a learner who may be contacted (`random`); its scale (`at_risk`).
    contact_strength : share of its full effect that a contact has; 0: none.
    """

    sessions: int = 6
    learners: int = 100
    weeks: int = 34
    every_weeks: int = 8
    seed: int = 1
    first_on: date = date(2024, 9, 2)
    until: date | None = None
    actions: str = "none"
    contact_rate: float = 0.05
    contact_strength: float = 1.0
    outages: tuple[Outage, ...] = ()
    shift: Shift | None = None

    def __post_init__(self) -> None:
        _accept("actions", self.actions, ACTIONS)
        for name, value, low, high in (
            ("sessions", self.sessions, 1, 99), ("learners", self.learners, 1, 10_000_000),
            ("weeks", self.weeks, 1, 104), ("every weeks", self.every_weeks, 0, 104), ("seed", self.seed, 0, 2**63),
            ("contact rate", self.contact_rate, 0, 0.9), ("contact strength", self.contact_strength, 0, 1),
        ):  # fmt: skip
            if not low <= value <= high:
                raise _refused(name, f"{low} to {high}")

    @property
    def last_on(self) -> date:
        """The last day seen: the end of the last session unless told otherwise."""
        span = self.every_weeks * (self.sessions - 1) + self.weeks
        return self.until or self.first_on + timedelta(weeks=span) + timedelta(days=1)

    @property
    def size(self) -> int:
        """How many enrolments."""
        return self.sessions * self.learners

    @property
    def world(self) -> Plan:
        """The same plan whatever the day it is seen from: what two simulations must share to agree."""
        return replace(self, until=None)

    def start_of(self, session: int) -> date:
        """Return the first day of a session, counted from 0."""
        return self.first_on + timedelta(weeks=self.every_weeks * session)


@dataclass(frozen=True)
class Part:
    """Some learners of one session, drawn from their own random numbers whatever else is simulated."""

    session: int
    number: int
    size: int
    first: int = field(default=0)

    def stream(self, seed: int, name: str) -> np.random.Generator:
        """Return the random numbers of one subject (`world`, `posts`…) in this part: counter-based, never shared."""
        key = (self.session, self.number, int.from_bytes(name.encode(), "big") % 2**31)
        return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=key)))


def parts(plan: Plan) -> Iterator[Part]:
    """Yield the parts of a plan, session by session; the first parts stay the same when sessions are added."""
    for session in range(plan.sessions):
        for number, first in enumerate(range(0, plan.learners, LEARNERS_A_PART)):
            yield Part(session, number, min(LEARNERS_A_PART, plan.learners - first), first)


def blocks(plan: Plan) -> list[tuple[Part, ...]]:
    """Return the parts in blocks of as many learners, each block being one batch of the store."""
    made: list[list[Part]] = []
    room = 0
    for part in parts(plan):
        if part.size > room:
            made.append([])
            room = PARTS_A_BLOCK * LEARNERS_A_PART
        made[-1].append(part)
        room -= part.size
    return [tuple(block) for block in made]


def sized(plan: Plan, rows: int) -> Plan:
    """Return the plan with as many learners as give about so many activity rows, in at most twelve sessions."""
    a_learner = ROWS_A_LEARNER * plan.weeks / 34
    wanted = max(2, round(rows / a_learner))
    sessions = min(SESSIONS_AT_SCALE, max(1, wanted // 100))
    return replace(plan, sessions=sessions, learners=max(2, round(wanted / sessions)))


def _accept(what: str, value: str, accepted: Sequence[str]) -> None:
    if value not in accepted:
        raise _refused(what, ", ".join(accepted))


def _refused(what: str, accepted: str) -> SourceError:
    return SourceError("the plan of the simulation cannot be used", where=what, accepted=accepted)
