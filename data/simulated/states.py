"""The hidden state of simulated learners, week by week: nothing of it is ever written to a canonical table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulated.columns import Array

EVENTS = {"family": 0.010, "job_offer": 0.008, "money": 0.006, "moving": 0.004}
"""What happens in a life, and its chance a week."""
EVENT_FADES = 0.75
"""Share of an event's weight that is left a week later."""


@dataclass(frozen=True)
class States:
    """One line a learner; a column a week where it changes. Standardised: 0 is usual, 1 a standard deviation or so.

    `habit` is how much somebody shows of themselves, and says nothing of their risk. `struck` (learner, week,
    event of EVENTS) is the weight of what happened to them, fading.
    """

    level: Array
    habit: Array
    engagement: Array
    overload: Array
    isolation: Array
    struck: Array


def draw_states(n: int, weeks: int, rng: np.random.Generator) -> States:
    """Return the hidden states of so many learners: lasting traits, shocks that fade, life events."""
    struck = _struck(n, weeks, rng)
    overload = _wandering(n, weeks, rng, trait=0.5, keeps=0.75, shock=0.45) + 0.7 * struck[:, :, 0]
    engagement = _wandering(n, weeks, rng, trait=0.65, keeps=0.9, shock=0.31)
    return States(
        level=rng.normal(0, 1, n),
        habit=rng.normal(0, 1, n),
        engagement=engagement - 0.25 * overload - 0.15 * struck[:, :, 2:].sum(axis=2),
        overload=overload,
        isolation=_wandering(n, weeks, rng, trait=0.8, keeps=0.9, shock=0.25),
        struck=struck,
    )


def _wandering(n: int, weeks: int, rng: np.random.Generator, *, trait: float, keeps: float, shock: float) -> Array:
    """Return a state that goes back to each learner's own level: a first-order autoregression, stationary."""
    own = rng.normal(0, trait, n)
    shocks = rng.normal(0, shock, (weeks, n))
    state = np.empty((weeks, n))
    away = shocks[0] / np.sqrt(1 - keeps**2)
    for week in range(weeks):
        away = away if week == 0 else keeps * away + shocks[week]
        state[week] = own + away
    return np.ascontiguousarray(state.T)


def _struck(n: int, weeks: int, rng: np.random.Generator) -> Array:
    """Return the weight of each life event: from 1 on the week it strikes, less and less afterwards."""
    strikes = rng.random((weeks, n, len(EVENTS))) < np.array(list(EVENTS.values()))
    weight = np.where(strikes, 1 + rng.exponential(0.7, strikes.shape), 0.0)
    for week in range(1, weeks):
        weight[week] += EVENT_FADES * weight[week - 1]
    return np.ascontiguousarray(weight.transpose(1, 0, 2))
