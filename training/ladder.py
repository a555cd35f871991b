"""The four levels, each fitted, tuned and calibrated the same way, each ending as one spec that can serve."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from data.progress import Report, silent
from training import baselines, doubt, model
from training.calibration import choose
from training.encoding import past_rates, past_rates_apart
from training.gate import LADDER
from training.labels import to_days
from training.metrics import Array, log_loss
from training.resume import Once, straight
from training.served_model import PAST_RATE, Spec, calibrate, matrix, raw_scores, scores_and_spread
from training.snapshots import CLOCK
from training.splits import Folds, Mask

PLAIN: Spec = {"x": [0.0], "y": [0.0], "slope": 1.0}
"""Log-odds read as they are."""
TUNING_SEEDS = 2
"""Seeds averaged to calibrate; all of them serve."""


@dataclass(frozen=True)
class Options:
    """What may be changed of a training run; `trials` searches the trees' parameters by Optuna, inside the window."""

    seeds: Sequence[int] = model.SEEDS
    threads: int = 1
    parameters: Mapping[str, Any] = field(default_factory=lambda: dict(model.PARAMETERS))
    levels: Sequence[str] = LADDER
    trials: int = 0


@dataclass(frozen=True)
class Catalogue:
    """What training needs of the features' catalogue: the sure direction of each, and which compare with peers."""

    direction: Mapping[str, int]
    peers: Sequence[str]


@dataclass(frozen=True)
class Chosen:
    """What the tuning fold chose: the logistic regression's penalty, the trees' start, and how many."""

    strength: float
    share: float
    rounds: int


@dataclass(frozen=True)
class Fitted:
    """One level, ready to serve, with how it was tuned."""

    name: str
    spec: Spec
    chosen: Chosen
    tuning: dict[str, Any]


def inputs_of(features: Sequence[str]) -> list[str]:
    """Return the model's inputs: the features, the day of the course, and the course's past rate."""
    return [*features, CLOCK, PAST_RATE]


def climb_and_fit(
    rows: pd.DataFrame,
    folds: Folds,
    features: Sequence[str],
    catalogue: Catalogue,
    *,
    options: Options,
    report: Report = silent,
    once: Once = straight,
) -> dict[str, Fitted]:
    """Fit every level on the training folds; the test fold is not read.

    Each is fitted on `fit`, calibrated on what it then says of `tune`, and fitted again on
    `refit` with that calibrator. `once` keeps what is done (`training/resume.py`).
    """
    early, late, tune_rows = _Fold(rows, folds.fit, features), _Fold(rows, folds.refit, features), rows[folds.tune]
    tune = early.read(tune_rows), tune_rows["label"].to_numpy(dtype=np.float64)
    report("training: tuning", 0, len(options.levels))
    options, searched = _searched(early, tune, catalogue, options, once)
    few = replace(options, seeds=options.seeds[:TUNING_SEEDS])
    chosen = Chosen(**once("tuning", lambda: asdict(_tune(early, tune, catalogue, options))))
    cells = tune_rows[["session_id", "as_of_on"]]

    def fit_level(name: str) -> dict[str, Any]:
        read, losses = _calibrated(_fit(name, early, catalogue, few, chosen)[0], tune, cells)
        last, told = _fit(name, late, catalogue, options, chosen)
        kind = read["calibrator"]["kind"]
        tuning = asdict(chosen) | told | {"calibrator": kind, "calibration_log_loss": losses} | searched
        return {"spec": last | read, "tuning": tuning}

    out: dict[str, Fitted] = {}
    for done, name in enumerate(options.levels):
        report(f"training: {name}", done, len(options.levels))
        out[name] = Fitted(name=name, chosen=chosen, **once(name, partial(fit_level, name)))
    report("training", len(options.levels), len(options.levels))
    return out


def _calibrated(first: Spec, tune: tuple[Array, Array], cells: pd.DataFrame) -> tuple[Spec, dict[str, float]]:
    """The calibrator of a spec fitted on earlier rows, and what its intervals need, with each calibrator's loss."""
    raw, spread = scores_and_spread(first, tune[0])
    calibrator, losses = choose(raw, tune[1], to_days(cells["as_of_on"].to_numpy()).astype(np.float64))
    found = doubt.learn(raw, tune[1], cells, calibrator, spread, first["features"])
    return {"calibrator": calibrator, "doubt": found}, losses


def probabilities(fitted: Fitted, rows: pd.DataFrame) -> Array:
    """Return the calibrated probabilities of rows, as they will be served."""
    return calibrate(fitted.spec["calibrator"], raw_scores(fitted.spec, matrix(fitted.spec, rows)))


def seed_scores(fitted: Fitted, rows: pd.DataFrame) -> list[Array]:
    """Return the raw scores of each seed alone; none for a level that has no luck in it."""
    x, spec = matrix(fitted.spec, rows), written_spec(fitted.spec)
    return [raw_scores(spec | {"boosters": [text]}, x) for text in spec.get("boosters", [])]


def written_spec(spec: Spec) -> Spec:
    """Return the spec as plain JSON: without what was parsed from it."""
    return {key: value for key, value in spec.items() if not key.startswith("_")}


def refit_on(
    rows: pd.DataFrame,
    mask: Mask,
    features: Sequence[str],
    fitted: Fitted,
    catalogue: Catalogue,
    *,
    options: Options,
) -> Spec:
    """Return the same level, with the rounds it was tuned to, fitted on other rows."""
    return _fit(fitted.name, _Fold(rows, mask, features), catalogue, options, fitted.chosen)[0]


class _Fold:
    """Training rows as a matrix, with the rates their courses will be served by."""

    def __init__(self, rows: pd.DataFrame, mask: Mask, features: Sequence[str]) -> None:
        kept = rows[mask]
        self.features = inputs_of(features)
        self.head: Spec = {"features": self.features, "course_past_rate": past_rates(kept)}
        self.label = kept["label"].to_numpy(dtype=np.float64)
        self.x = self.read(kept)
        self.x[:, self.features.index(PAST_RATE)] = past_rates_apart(kept)
        self.kept: dict[float, Spec] = {}

    def read(self, rows: pd.DataFrame) -> Array:
        """Return other rows as this fold's model will read them."""
        return matrix(self.head, rows)

    def logistic(self, strength: float, share: float = 1.0) -> Spec:
        """Return the fold's logistic regression, or the mix of it and the base rate that trees start from."""
        if strength not in self.kept:
            self.kept[strength] = baselines.logistic(self.x, self.label, strength=strength)
        whole, rate = self.kept[strength], float(self.label.mean())
        base = whole["base"] * share + math.log(rate / (1 - rate)) * (1 - share)
        return whole | {"weights": [w * share for w in whole["weights"]], "base": base}

    def sample(self, chosen: Chosen) -> model.Sample:
        """Return the rows as trees see them."""
        return model.Sample(self.x, self.label, raw_scores(self.logistic(chosen.strength, chosen.share), self.x))


def _boosting(fold: _Fold, catalogue: Catalogue, options: Options) -> model.Boosting:
    monotone = tuple(catalogue.direction.get(name, 0) if name in model.SURE else 0 for name in fold.features)
    return model.Boosting(monotone, options.threads, dict(options.parameters))


def _tune(fold: _Fold, tune: tuple[Array, Array], catalogue: Catalogue, options: Options) -> Chosen:
    """Choose on the tuning fold, by log-loss."""
    chances = {c: calibrate(PLAIN, raw_scores(fold.logistic(c), tune[0])) for c in baselines.STRENGTHS}
    strength = min(chances, key=lambda c: log_loss(tune[1], chances[c]))
    tried: dict[Chosen, float] = {}
    for share in model.START_SHARES if "lightgbm" in options.levels else ():
        chosen = Chosen(strength, share, model.MAX_ROUNDS)
        read = model.Sample(*tune, raw_scores(fold.logistic(strength, share), tune[0]))
        found, loss = model.rounds(fold.sample(chosen), read, _boosting(fold, catalogue, options))
        tried[replace(chosen, rounds=found)] = loss
    return min(tried, key=lambda one: tried[one], default=Chosen(strength, 0.0, 0))


def _searched(
    fold: _Fold, tune: tuple[Array, Array], catalogue: Catalogue, options: Options, once: Once
) -> tuple[Options, dict[str, Any]]:
    """The options with the parameters that Optuna found, and what it found; the same options when it is not asked."""
    if not options.trials or "lightgbm" not in options.levels:
        return options, {}

    def search() -> dict[str, Any]:
        from training.tuning import tune as search_parameters

        start = Chosen(baselines.STRENGTHS[0], model.START_SHARES[-1], model.MAX_ROUNDS)
        read = model.Sample(*tune, raw_scores(fold.logistic(start.strength, start.share), tune[0]))
        boosting = _boosting(fold, catalogue, options)
        return asdict(search_parameters(fold.sample(start), read, boosting, trials=options.trials))

    found = once("search", search)
    return replace(options, parameters={**options.parameters, **found["parameters"]}), {"search": found}


def _fit(name: str, fold: _Fold, catalogue: Catalogue, options: Options, chosen: Chosen) -> tuple[Spec, dict[str, Any]]:
    """Fit one level on one fold; return its spec, and what it tells of itself."""
    head = fold.head | {"level": name}
    if name == "rules":
        return head | baselines.rules(fold.features, fold.x, fold.label), {}
    if name == "peers":
        signs = {feature: catalogue.direction.get(feature, 0) for feature in catalogue.peers}
        return head | baselines.peers(fold.features, fold.x, fold.label, signs=signs), {}
    if name == "logistic":
        return head | fold.logistic(chosen.strength), {}
    boosters = model.grow(
        fold.sample(chosen), _boosting(fold, catalogue, options), n_rounds=chosen.rounds, seeds=options.seeds
    )
    start = fold.logistic(chosen.strength, chosen.share)
    gain = dict(zip(fold.features, model.importance(boosters).tolist(), strict=True))
    return head | {"kind": "boosters", "boosters": model.written(boosters), "start": start}, {"importance": gain}
