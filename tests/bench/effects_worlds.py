"""Simulated worlds as an organisation would see them, and what contacts truly change there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.privacy import Pseudonymiser
from data.simulated.hazard import JOB
from data.simulated.plan import Plan, parts
from data.simulated.truth import HORIZON_WEEKS, Arm
from data.simulated.world import World, make_world
from monitoring.effects import Array, Cases, Flags, Whose

KEY = Pseudonymiser(b"k" * 32, "simulator")
SEEN = ("seen_14d", "seen_7d", "seen_28d", "week_of_course")
"""What an organisation knows before it contacts somebody; `at_risk` mentors go by the first."""
HIDDEN = ("week_of_course",)
"""What it knows when why mentors call somebody is written nowhere."""


@dataclass(frozen=True)
class Lived:
    """The cases of a world, and the mean risks of all of them with a contact begun then, and without."""

    cases: Cases
    with_contact: float
    without: float

    @property
    def difference(self) -> float:
        """What contacts truly change."""
        return self.with_contact - self.without


def lived(plan: Plan, known: Sequence[str], *, drawn: bool) -> Lived:
    """Return a world's moments when a contact could begin: the first day of a week, horizon over before the end.

    The true risk without is that of those not contacted that week, whom mentors may contact later: each weighs by the
    chance, which the simulator knows, of not being contacted that week.
    """
    worlds = [make_world(plan, part, KEY) for part in parts(plan)]
    every = [_moments(world) for world in worlds]
    told = [_told(world, at, known) for world, at in zip(worlds, every, strict=True)]
    learner, contacted, abandoned, columns, chance, risks, others = (
        np.concatenate(one) for one in zip(*told, strict=True)
    )
    cases = Cases(learner, contacted, abandoned, columns, chance if drawn else None)
    without = np.where(contacted, 0.0, others / (1 - chance))
    return Lived(cases, float(risks.mean()), float(without.mean()))


def share_before(plan: Plan) -> float:
    """Return the share of moments followed by an abandonment in a world where nobody is contacted."""
    worlds = [make_world(plan, part, KEY) for part in parts(plan)]
    return float(np.concatenate([_abandoned(world, *_moments(world)) for world in worlds]).mean())


def _moments(world: World) -> tuple[Whose, Whose]:
    weeks = np.arange(world.plan.weeks)
    there = 7 * weeks[None, :] < world.left[:, None]
    rows, week = np.nonzero(world.eligible & there & (weeks <= world.plan.weeks - HORIZON_WEEKS)[None, :])
    return rows, week


def _told(world: World, at: tuple[Whose, Whose], known: Sequence[str]) -> tuple[Array | Flags | Whose, ...]:
    rows, _ = at
    columns = np.column_stack([_known(world, *at, name) for name in known])
    chance = np.asarray(world.propensity[at], float)
    contacted = np.asarray(world.contacted[at])
    return (
        world.enrolment[rows], contacted, _abandoned(world, *at), columns, chance, Arm(world, begun=True).risk[at],
        _lived_risk(world)[at],
    )  # fmt: skip


def _known(world: World, rows: Whose, week: Whose, name: str) -> Array:
    if name == "week_of_course":
        return week.astype(float)
    days = int(name.removeprefix("seen_").removesuffix("d"))
    total = np.concatenate([np.zeros((len(world.left), 1)), np.cumsum(world.present, axis=1)], axis=1)
    seen: Array = total[rows, 7 * week] - total[rows, np.maximum(7 * week - days, 0)]
    return seen


def _abandoned(world: World, rows: Whose, week: Whose) -> Flags:
    within = (world.left[rows] > 7 * week) & (world.left[rows] <= 7 * (week + HORIZON_WEEKS))
    found: Flags = world.leaves[rows] & within & (world.cause[rows] != JOB)
    return found


def _lived_risk(world: World) -> Array:
    """Return the chance of abandoning within the horizon, each week, with the contacts that there were."""
    risk, stays = np.zeros_like(world.lived), np.ones_like(world.lived)
    for ahead in range(HORIZON_WEEKS):
        rate, job = _ahead(world.lived, ahead), _ahead(world.rates.job, ahead)
        risk += stays * (1 - np.exp(-rate)) * (1 - job / np.maximum(rate, 1e-300))
        stays = stays * np.exp(-rate)
    return risk


def _ahead(values: Array, weeks: int) -> Array:
    later = np.zeros_like(values)
    later[:, : values.shape[1] - weeks] = values[:, weeks:]
    return later
