"""What a model is judged against, and may never read: hazards, causes, hidden states, both outcomes of a contact."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from data.simulated.columns import Array, days_of, words_of
from data.simulated.hazard import faded
from data.simulated.states import EVENTS
from data.simulated.world import World

HORIZON_WEEKS = 4
SCHEMA = pa.schema([
    ("enrolment_id", pa.int64()), ("day", pa.date32()),
    ("hazard", pa.float64()), ("hazard_contacted", pa.float64()),
    ("abandon_28d", pa.float64()), ("abandon_28d_contacted", pa.float64()),
    ("abandons_28d", pa.bool_()), ("abandons_28d_contacted", pa.bool_()),
    ("contacted", pa.bool_()), ("cause", pa.string()), ("left_on", pa.date32()),
    ("engagement", pa.float64()), ("overload", pa.float64()), ("isolation", pa.float64()), ("level", pa.float64()),
    ("life_event", pa.string()),
])  # fmt: skip
ACTIONS_SCHEMA = pa.schema([
    ("enrolment_id", pa.int64()), ("decided_on", pa.date32()), ("propensity", pa.float64()),
    ("contacted", pa.bool_()), ("contacted_on", pa.date32()),
])  # fmt: skip


def truth(world: World) -> pa.Table:
    """Return one row a learner a week while they are there, holding for its seven days.

    `hazard` is the chance of leaving on any of the days, whatever the cause, when no contact begins on `day` (what
    is left of earlier ones counts), `hazard_contacted` when one does. `abandon_28d` is the chance of abandoning
    (an exit for a job apart) within 28 days along the hidden path, without and with a contact begun on `day`, no
    other following; `abandons_28d` is what would happen, with the learner's own luck, in either case. `contacted`
    says which case was lived. `cause` and `left_on` are told in the week of the departure.
    """
    weeks = np.arange(world.plan.weeks)
    rows, week = np.nonzero(7 * weeks[None, :] < world.left[:, None])
    at, leaves = (rows, week), (world.left[rows] - 1) // 7 == week
    without, contacted = Arm(world, begun=False), Arm(world, begun=True)
    gone = leaves & world.leaves[rows]
    states, struck = world.states, world.states.struck[rows, week]
    columns = {
        "enrolment_id": pa.array(world.enrolment[rows], pa.int64()),
        "day": days_of(world.starts[rows] + 7 * week),
        "hazard": without.daily()[at],
        "hazard_contacted": contacted.daily()[at],
        "abandon_28d": without.risk[at],
        "abandon_28d_contacted": contacted.risk[at],
        "abandons_28d": without.happens[at],
        "abandons_28d_contacted": contacted.happens[at],
        "contacted": world.contacted[at],
        "cause": pa.array(world.cause[rows], pa.string(), mask=~gone),
        "left_on": days_of(world.starts[rows] + world.left[rows], gone),
        "engagement": states.engagement[at],
        "overload": states.overload[at],
        "isolation": states.isolation[at],
        "level": states.level[rows],
        "life_event": words_of(np.where(struck.any(axis=1), 1 + struck.argmax(axis=1), 0), ["none", *EVENTS]),
    }
    return pa.table(columns, schema=SCHEMA)


def actions(world: World) -> pa.Table:
    """Return one row a learner a week when a contact could begin and this is known: its chance, and whether it did."""
    rows, week = np.nonzero(world.eligible & (world.propensity > 0))
    day = world.starts[rows] + 7 * week
    known = world.known(day) & (7 * week < world.left[rows])
    rows, week, day = rows[known], week[known], day[known]
    chosen = world.contacted[rows, week]
    columns = {
        "enrolment_id": pa.array(world.enrolment[rows], pa.int64()),
        "decided_on": days_of(day),
        "propensity": world.propensity[rows, week],
        "contacted": chosen,
        "contacted_on": days_of(day, chosen),
    }
    return pa.table(columns, schema=ACTIONS_SCHEMA)


class Arm:
    """What happens from each week on when a contact begins that week, or when none does; no other follows."""

    def __init__(self, world: World, *, begun: bool) -> None:
        self.world, self.begun = world, begun
        self.risk, self.happens = self._within_the_horizon()

    def daily(self) -> Array:
        """Return the chance of leaving on any day of each week."""
        left: Array = 1 - np.exp(-self._rate(0) / 7)
        return left

    def _rate(self, ahead: int) -> Array:
        """Return the rate of leaving so many weeks after each week; 0 after the end."""
        world = self.world
        since = np.full_like(world.since, ahead) if self.begun else np.where(world.since < 0, -1, world.since + ahead)
        reach = world.plan.contact_strength * faded(since) * _ahead(world.rates.reach, ahead)
        rate: Array = _ahead(world.rates.every, ahead) - reach
        return rate

    def _within_the_horizon(self) -> tuple[Array, Array]:
        """Return the chance of abandoning within the horizon, and whether luck has it so."""
        world = self.world
        lived = np.cumsum(world.lived, axis=1) - world.lived
        room = world.patience[:, None] - lived
        risk, stays = np.zeros_like(room), np.ones_like(room)
        happens, still = np.zeros(room.shape, bool), np.ones(room.shape, bool)
        for ahead in range(HORIZON_WEEKS):
            rate = self._rate(ahead)
            job = _ahead(world.rates.job, ahead) / np.maximum(rate, 1e-300)
            risk += stays * (1 - np.exp(-rate)) * (1 - job)
            stays = stays * np.exp(-rate)
            room = room - rate
            leaves = still & (room < 0)
            happens |= leaves & (world.choice[:, None] >= job)
            still &= ~leaves
        return risk, happens


def _ahead(values: Array, weeks: int) -> Array:
    """Return the values of so many weeks later, 0 after the last."""
    later = np.zeros_like(values)
    later[:, : values.shape[1] - weeks] = values[:, weeks:] if weeks < values.shape[1] else 0
    return later
