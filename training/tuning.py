"""Tuning by Optuna, inside the training window only: fitted on the fold `fit`, read on `tune`; the test is never seen.

A small space around the house's parameters. Each trial is the log-loss of one seed after a line in log-odds, read
every `STEP` rounds, so that the median pruner can stop it early. The sampler's seed is fixed, and the trials can be
kept in a file and gone on with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from training.calibration import loss_after_a_line
from training.model import MAX_ROUNDS, PARAMETERS, STEP, Boosting, Sample, more

if TYPE_CHECKING:
    import optuna

SEED, ROUNDS, STARTUP = 1, MAX_ROUNDS, 4
HOUSE = {
    name: PARAMETERS[name]
    for name in ("learning_rate", "num_leaves", "min_data_in_leaf", "lambda_l2", "feature_fraction")
}
"""The first trial: what the house uses, so that a tuned model is never worse than it on the tuning fold."""


@dataclass(frozen=True)
class Tuned:
    """What was found: the parameters to use, their loss beside the house's, and the trials ended and pruned."""

    parameters: Mapping[str, Any]
    loss: float
    house_loss: float
    ended: int
    pruned: int


def tune(fit: Sample, read: Sample, boosting: Boosting, *, trials: int, storage: Path | None = None) -> Tuned:
    """Return the parameters that read the tuning fold best among so many trials, the house's among them.

    Parameters
    ----------
    fit, read : rows of the folds `fit` and `tune`; no other row.
    trials : how many in all; those already in the storage count.
    storage : a SQLite file where the trials are kept, so that a tuning that was stopped goes on; None: in memory.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        study_name="trees",
        direction="minimize",
        sampler=optuna.samplers.TPESampler(seed=SEED),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=3 * STEP),
        storage=None if storage is None else f"sqlite:///{storage}",
        load_if_exists=True,
    )
    if not study.trials:
        study.enqueue_trial(HOUSE)
    left = trials - sum(trial.state.is_finished() for trial in study.trials)
    study.optimize(lambda trial: _loss(trial, fit, read, boosting), n_trials=max(left, 0))
    return _found(study)


def _found(study: optuna.Study) -> Tuned:
    import optuna

    states = [trial.state for trial in study.trials]
    first = next(trial for trial in study.trials if trial.value is not None)
    return Tuned(
        parameters=dict(study.best_trial.params),
        loss=float(study.best_value),
        house_loss=float(first.value or np.nan),
        ended=states.count(optuna.trial.TrialState.COMPLETE),
        pruned=states.count(optuna.trial.TrialState.PRUNED),
    )


def _loss(trial: optuna.Trial, fit: Sample, read: Sample, boosting: Boosting) -> float:
    """The least loss of one trial over its rounds."""
    import lightgbm
    import optuna

    settings = boosting.parameters | _drawn(trial)
    own = Boosting(boosting.monotone, boosting.threads, dict(settings)).of_seed(SEED, len(fit.label))
    booster, score, best = lightgbm.Booster(own, fit.dataset(own)), read.start.copy(), np.inf
    for done in range(STEP, ROUNDS + 1, STEP):
        score += more(booster, read.x, threads=boosting.threads)
        best = min(best, loss_after_a_line(score, read.label))
        trial.report(best, done)
        if trial.should_prune():
            raise optuna.TrialPruned
    return float(best)


def _drawn(trial: optuna.Trial) -> dict[str, Any]:
    """The small space: never more leaves than the served model can explain in time."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.1, 0.6, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 6, 16),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 20, 400, log=True),
        "lambda_l2": trial.suggest_float("lambda_l2", 1.0, 100.0, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.1, 0.6),
    }
