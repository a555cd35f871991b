"""From a hidden state to the chance of leaving, cause by cause, and what a mentor's contact changes of it.

Competing causes: each has its own rate a week; their sum is the hazard. Rates are scaled on a reference population
so that retention is OULAD's and causes weigh what DARES found, whatever the size of what is simulated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from data.simulated.columns import Array
from data.simulated.states import States, draw_states

RETENTION = {0: 1.0, 4: 0.967, 8: 0.936, 13: 0.905, 20: 0.861, 30: 0.818}
"""Share of enrolments still active after so many weeks (OULAD, evaluation.md; see docs/simulator.md)."""
CAUSES = {"personal": 24, "found_job": 22, "level_or_content": 19, "relations": 13, "money": 10, "distance": 6,
          "other_training": 6}  # fmt: skip
"""Motives of departure and their weights (DARES 2021)."""
JOB = "found_job"
"""The cause that is no abandonment: an exit for a job."""
WEIGHTS = {
    "personal": {"disengagement": 2.0, "overload": 1.2, "family": 1.2},
    "found_job": {"disengagement": 0.5, "job_offer": 2.8},
    "level_or_content": {"disengagement": 2.4, "overload": 0.7, "weakness": 1.4},
    "relations": {"disengagement": 2.0, "isolation": 1.8},
    "money": {"disengagement": 1.4, "money": 2.6},
    "distance": {"disengagement": 1.4, "moving": 2.8},
    "other_training": {"disengagement": 2.0},
}
"""Log of the rate of each cause a unit of hidden state."""
DRIVERS = ("disengagement", "overload", "isolation", "weakness", "family", "job_offer", "money", "moving")
EFFECT = {"personal": 0.4, "found_job": 0.0, "level_or_content": 0.5, "relations": 0.65, "money": 0.25,
          "distance": 0.2, "other_training": 0.1}  # fmt: skip
"""Share of each cause's rate that a contact takes away at first: much of isolation and overload, nothing of a job."""
FADING = (1.0, 1.0, 0.8, 0.6, 0.4, 0.2)
"""Share of that effect that is left, the week of the contact and those after."""
REFERENCE = 10_000
_HIGHEST = 6.0
"""The log of a rate, before it is scaled, never goes over this: nobody is lost for certain."""


@dataclass(frozen=True)
class Rates:
    """Rates a week, one line a learner and one column a week.

    `every` is the sum over causes, `job` the part that is no abandonment, `reach` the part a contact can take away,
    `by_cause` (learner, week, cause of CAUSES) the detail.
    """

    every: Array
    job: Array
    reach: Array
    by_cause: Array

    def times(self, weekly: Array) -> Rates:
        """Return the rates multiplied, each week, by a number of its own."""
        return Rates(
            every=self.every * weekly,
            job=self.job * weekly,
            reach=self.reach * weekly,
            by_cause=self.by_cause * weekly[:, None],
        )


def rates(states: States, tells: Array) -> Rates:
    """Return the rates of leaving that hidden states give.

    Parameters
    ----------
    tells : share of its usual weight that engagement has in them, each week.
    """
    weeks = states.engagement.shape[1]
    detail = np.exp(_scores(states, tells)) * _scale(weeks)
    names = list(CAUSES)
    return Rates(
        every=detail.sum(axis=2),
        job=detail[:, :, names.index(JOB)],
        reach=detail @ np.array([EFFECT[name] for name in names]),
        by_cause=detail,
    )


def baseline(weeks: int) -> Array:
    """Return the mean weekly rate that gives `RETENTION`, the last one going on."""
    marks, kept = np.array(list(RETENTION)), np.log(list(RETENTION.values()))
    slopes = -np.diff(kept) / np.diff(marks)
    steps: Array = slopes[np.minimum(np.searchsorted(marks[1:], np.arange(weeks), side="right"), len(slopes) - 1)]
    return steps


def faded(weeks_since: Array) -> Array:
    """Return the share of a contact's effect left after so many weeks: none before it (negative), none in the end."""
    table = np.array([*FADING, 0.0])
    left: Array = table[np.clip(weeks_since, 0, len(FADING))]
    return np.where(weeks_since < 0, 0.0, left)


def _scores(states: States, tells: Array) -> Array:
    """Return the log of each cause's rate, before it is scaled."""
    weights = np.array([[WEIGHTS[cause].get(name, 0.0) for cause in CAUSES] for name in DRIVERS])
    shape = states.engagement.shape
    static = (-tells * states.engagement, states.overload, states.isolation, -states.level[:, None])
    drivers = np.stack([np.broadcast_to(driver, shape) for driver in static], axis=2)
    scores: Array = np.minimum(drivers @ weights[:4] + states.struck @ weights[4:], _HIGHEST)
    return scores


@cache
def _scale(weeks: int) -> Array:
    """Return what each cause's rate is multiplied by, each week, so that the reference leaves as OULAD does.

    The reference is always drawn from the same numbers; those who left weigh less and less.
    """
    states = draw_states(REFERENCE, weeks, np.random.default_rng(2017))
    raw = np.exp(_scores(states, np.ones(weeks)))
    shares = np.array(list(CAUSES.values())) / sum(CAUSES.values())
    scale, there = np.empty((weeks, len(CAUSES))), np.ones(REFERENCE)
    for week, wanted in enumerate(baseline(weeks)):
        scale[week] = wanted * shares / np.average(raw[:, week], axis=0, weights=there)
        for _ in range(8):
            reached = -np.log(np.average(np.exp(-raw[:, week] @ scale[week]), weights=there))
            scale[week] *= wanted / reached
        there = there * np.exp(-raw[:, week] @ scale[week])
    scale.flags.writeable = False
    return scale
