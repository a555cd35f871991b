"""Level 4: LightGBM grown from a part of the logistic regression, small enough that its reasons cost little.

Few leaves, shallow, strongly regularised, monotone where the direction is sure, deterministic.
Several seeds are averaged in log-odds. The logistic regression knows the slopes that hold from
one term to the next; the trees add what bends and what goes together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from training.calibration import loss_after_a_line
from training.metrics import Array

SEEDS = (1, 2, 3, 4, 5)
MAX_ROUNDS, STEP, PATIENCE, TUNING_SEEDS = 60, 5, 30, 3
"""Rounds are chosen by steps, over a few seeds, and no more are tried once so many in a row have not helped.

Five seeds of 60 rounds at a step of 0.3 are the smallest of the sizes tried whose cost is within noise on every reading
of both tasks (`training.sizes`; docs/evaluation.md): 300 trees at most, where 1,150 to 1,450 served before.
"""
START_SHARES = (0.0, 0.8)
"""Shares of the logistic regression's log-odds that the trees may start from, tried on the tuning fold."""
SURE = (
    "never_active", "silence_vs_usual_gap", "assessments_missed", "last_assessments_missed", "weight_missed",
    "share_handed_in", "mean_score", "scores_below_half", "marks_earned_share", "common_resources_share",
    "posts_about_leaving_30d", "last_intention",
)  # fmt: skip
"""Features whose direction is sure enough to bind the trees; binding all the catalogue's costs accuracy."""
PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "metric": "binary_logloss",
    "learning_rate": 0.3,
    "num_leaves": 16,
    "max_depth": 5,
    "extra_trees": True,
    "min_data_in_leaf": 100,
    "lambda_l2": 20.0,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Boosting:
    """How to grow the trees; `monotone` is +1, 0 or -1 for each input."""

    monotone: tuple[int, ...]
    threads: int = 1
    parameters: dict[str, Any] = field(default_factory=lambda: dict(PARAMETERS))

    def of_seed(self, seed: int, rows: int) -> dict[str, Any]:
        """Return LightGBM's parameters; a small table gets smaller leaves."""
        smallest = min(int(self.parameters["min_data_in_leaf"]), max(10, rows // 100))
        own = {"seed": seed, "num_threads": self.threads, "min_data_in_leaf": smallest}
        return self.parameters | own | {"monotone_constraints": list(self.monotone)}


@dataclass(frozen=True)
class Sample:
    """Inputs, labels, the log-odds the trees start from, and how much each row weighs (None: all alike)."""

    x: Array
    label: Array
    start: Array
    weight: Array | None = None

    def dataset(self, settings: dict[str, Any]) -> Any:
        """Return the rows as LightGBM reads them."""
        import lightgbm

        return lightgbm.Dataset(
            self.x, label=self.label, init_score=self.start, weight=self.weight, params=settings, free_raw_data=False
        )


def rounds(
    fit: Sample, tune: Sample, boosting: Boosting, *, seeds: Sequence[int] = SEEDS[:TUNING_SEEDS]
) -> tuple[int, float]:
    """Return the number of rounds that reads the tuning fold best, and its log-loss there, the mean of several seeds.

    Each log-loss is read after a line in log-odds fitted on that fold, as the calibrator will be: a base rate that
    moves from one term to the next would otherwise choose the rounds.
    """
    import lightgbm

    settings = boosting.of_seed(seeds[0], len(fit.label))
    data = fit.dataset(settings)
    grown = [(lightgbm.Booster(settings | {"seed": seed}, data), tune.start.copy()) for seed in seeds]
    losses: dict[int, float] = {}
    for done in range(STEP, MAX_ROUNDS + 1, STEP):
        for booster, score in grown:
            score += more(booster, tune.x, threads=boosting.threads)
        losses[done] = float(np.mean([loss_after_a_line(score, tune.label) for _, score in grown]))
        best = min(losses, key=lambda n: losses[n])
        if done - best >= PATIENCE:
            break
    return best, losses[best]


def more(booster: Any, x: Array, *, threads: int) -> Array:
    """Grow `STEP` rounds more, and return what they add to the log-odds; a round that finds no split adds no tree."""
    had = booster.current_iteration()
    for _ in range(STEP):
        booster.update()
    return np.asarray(booster.predict(x, raw_score=True, start_iteration=had, num_threads=threads))


def grow(fit: Sample, boosting: Boosting, *, n_rounds: int, seeds: Sequence[int]) -> list[Any]:
    """Return one booster a seed."""
    import lightgbm

    settings = boosting.of_seed(seeds[0], len(fit.label))
    data = fit.dataset(settings)
    return [lightgbm.train(settings | {"seed": seed}, data, num_boost_round=n_rounds) for seed in seeds]


def written(boosters: Sequence[Any]) -> list[str]:
    """Return the boosters as LightGBM's own text."""
    return [booster.model_to_string() for booster in boosters]


def importance(boosters: Sequence[Any]) -> Array:
    """Return each input's share of the total gain, over all the boosters."""
    gain = np.sum([booster.feature_importance("gain") for booster in boosters], axis=0).astype(np.float64)
    return np.asarray(gain / max(gain.sum(), 1e-12))
