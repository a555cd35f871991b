"""The hidden truth of simulated learners: engagement, hazard, day and cause of departure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data.privacy import Pseudonymiser

RETENTION = {0: 1.0, 4: 0.967, 8: 0.936, 13: 0.905, 20: 0.861, 30: 0.818}
"""Share of enrolments still active after so many weeks (OULAD)."""
CAUSES = {"personal": 24, "found_job": 22, "level_or_content": 19, "relations": 13, "money": 10, "distance": 6,
          "other_training": 6}  # fmt: skip
"""Motives of departure and their weights (DARES 2021)."""
SLOPE = 1.1
"""Log-hazard per unit of disengagement."""
EPOCH = date(1970, 1, 1)

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Plan:
    """What to simulate: as many sessions of as many learners, one every so many weeks, as seen on `until`."""

    sessions: int = 6
    learners: int = 100
    weeks: int = 34
    every_weeks: int = 8
    seed: int = 1
    first_on: date = date(2024, 9, 2)
    until: date | None = None

    @property
    def last_on(self) -> date:
        """The last day seen: the end of the last session unless told otherwise."""
        span = self.every_weeks * (self.sessions - 1) + self.weeks
        return self.until or self.first_on + timedelta(weeks=span) + timedelta(days=1)


@dataclass(frozen=True)
class World:
    """The hidden truth, one line a learner; `left` is the day of departure from the start, or the length if none."""

    plan: Plan
    enrolment: Array
    session: Array
    starts: Array
    engagement: Array
    hazard: Array
    left: Array
    cause: Array

    def week_of(self, days: Array) -> Array:
        """Return the week of each day counted from the start."""
        week: Array = np.minimum(days // 7, self.plan.weeks - 1)
        return week

    def seen(self, rows: Array, days: Array) -> Array:
        """Tell which (learner, day) pairs happened while the learner was there and are known on the last day."""
        known: Array = self.starts[rows] + days <= day_number(self.plan.last_on)
        return (days < self.left[rows]) & known


def baseline(weeks: int) -> Array:
    """Return the mean weekly hazard that gives `RETENTION`, the last one going on."""
    marks, kept = np.array(list(RETENTION)), np.log(list(RETENTION.values()))
    slopes = -np.diff(kept) / np.diff(marks)
    steps: Array = slopes[np.minimum(np.searchsorted(marks[1:], np.arange(weeks), side="right"), len(slopes) - 1)]
    return steps


def make_world(plan: Plan, rng: np.random.Generator, pseudonymiser: Pseudonymiser) -> World:
    """Return a world drawn from the plan."""
    n = plan.sessions * plan.learners
    session = np.repeat(np.arange(plan.sessions), plan.learners)
    engagement = _engagement(n, plan.weeks, rng)
    hazard, left = _departures(engagement, rng)
    weights = np.array(list(CAUSES.values()), float)
    cause = rng.choice(list(CAUSES), size=n, p=weights / weights.sum()).astype(object)
    cause[left >= 7 * plan.weeks] = None
    return World(
        plan=plan,
        enrolment=numbers(pseudonymiser, "enrolment", range(n)),
        session=session,
        starts=day_number(plan.first_on) + 7 * plan.every_weeks * session,
        engagement=engagement, hazard=hazard, left=left, cause=cause,
    )  # fmt: skip


def _engagement(n: int, weeks: int, rng: np.random.Generator) -> Array:
    """Return a hidden state a learner a week: a lasting trait, and shocks that fade."""
    trait = rng.normal(0, 0.7, n)
    state = np.empty((n, weeks))
    state[:, 0] = trait + rng.normal(0, 0.5, n)
    for week in range(1, weeks):
        state[:, week] = trait + 0.8 * (state[:, week - 1] - trait) + rng.normal(0, 0.45, n)
    return state


def _departures(engagement: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return the weekly hazards and the day of departure, the mean hazard of those present being the baseline."""
    n, weeks = engagement.shape
    left, hazard = np.full(n, 7 * weeks), np.zeros((n, weeks))
    for week, base in enumerate(baseline(weeks)):
        present = left >= 7 * weeks
        risk = np.exp(-SLOPE * engagement[:, week])
        hazard[:, week] = 1 - np.exp(-base * risk / risk[present].mean())
        leaves = present & (rng.random(n) < hazard[:, week])
        left[leaves] = 7 * week + rng.integers(1, 8, leaves.sum())
    return hazard, left


def truth(world: World) -> pa.Table:
    """Return one row a learner a week while there: the chance of leaving on any of its days, and why if they did."""
    weeks = np.arange(world.plan.weeks)
    rows, week = np.nonzero(7 * weeks[None, :] < world.left[:, None])
    leaves = (world.left[rows] - 1) // 7 == week
    return pa.table({
        "enrolment_id": pa.array(world.enrolment[rows], pa.int64()),
        "day": days_of(world.starts[rows] + 7 * week),
        "hazard": 1 - (1 - world.hazard[rows, week]) ** (1 / 7),
        "cause": pa.array(world.cause[rows], pa.string(), mask=~leaves),
        "left_on": days_of(world.starts[rows] + world.left[rows], leaves & (world.left[rows] < 7 * world.plan.weeks)),
    })  # fmt: skip


def day_number(day: date) -> int:
    """Return a day as a number, as Arrow counts them."""
    return (day - EPOCH).days


def days_of(numbers_: Array, known: Array | None = None) -> pa.Array:
    """Return day numbers as dates, null where not known."""
    values = np.asarray(numbers_, np.int32)
    return pa.array(values, pa.int32(), mask=None if known is None else ~known).cast(pa.date32())


def numbers(pseudonymiser: Pseudonymiser, kind: str, source_ids: Iterable[object]) -> Array:
    """Return pseudonyms as a numpy array."""
    return np.array([pseudonymiser.one(kind, str(source_id)) for source_id in source_ids], np.int64)
