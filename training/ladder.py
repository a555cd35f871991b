"""The four levels, each fitted, tuned and calibrated the same way, each ending as one spec that can serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from data.progress import Report, silent
from training import baselines, model
from training.calibration import choose
from training.encoding import past_rates, past_rates_apart
from training.gate import LADDER
from training.labels import to_days
from training.metrics import Array
from training.served_model import PAST_RATE, Spec, calibrate, matrix, raw_scores
from training.snapshots import CLOCK
from training.splits import Folds, Mask

TUNING_SEEDS = 2
"""Seeds averaged to calibrate; all of them serve."""


@dataclass(frozen=True)
class Options:
    """What may be changed of a training run."""

    seeds: Sequence[int] = model.SEEDS
    threads: int = 1
    parameters: Mapping[str, Any] = field(default_factory=lambda: dict(model.PARAMETERS))
    levels: Sequence[str] = LADDER


@dataclass(frozen=True)
class Catalogue:
    """What training needs of the features' catalogue: the sure direction of each, and which compare with peers."""

    direction: Mapping[str, int]
    peers: Sequence[str]


@dataclass(frozen=True)
class Fitted:
    """One level, ready to serve, with how it was tuned."""

    name: str
    spec: Spec
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
) -> dict[str, Fitted]:
    """Fit every level on the training folds; the test fold is not read.

    Each is fitted on `fit`, calibrated on what it then says of `tune`, and fitted again on
    `refit` with that calibrator.
    """
    few = replace(options, seeds=options.seeds[:TUNING_SEEDS])
    early, late = _Fold(rows, folds.fit, features), _Fold(rows, folds.refit, features)
    tune_rows = rows[folds.tune]
    tune = early.read(tune_rows), tune_rows["label"].to_numpy(dtype=np.float64)
    when = to_days(tune_rows["as_of_on"].to_numpy()).astype(np.float64)
    out: dict[str, Fitted] = {}
    for done, name in enumerate(options.levels):
        report("training", done, len(options.levels))
        first, tuning = _fit(name, early, catalogue, few, tune=tune)
        calibrator, losses = choose(raw_scores(first, tune[0]), tune[1], when)
        last, _ = _fit(name, late, catalogue, options, n_rounds=tuning.get("rounds"))
        tuning |= {"calibrator": calibrator["kind"], "calibration_log_loss": losses}
        out[name] = Fitted(name, last | {"calibrator": calibrator}, tuning)
    report("training", len(options.levels), len(options.levels))
    return out


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
    return _fit(fitted.name, _Fold(rows, mask, features), catalogue, options, n_rounds=fitted.tuning.get("rounds"))[0]


class _Fold:
    """Training rows as a matrix, with the rates their courses will be served by."""

    def __init__(self, rows: pd.DataFrame, mask: Mask, features: Sequence[str]) -> None:
        kept = rows[mask]
        self.features = inputs_of(features)
        self.head: Spec = {"features": self.features, "course_past_rate": past_rates(kept)}
        self.label = kept["label"].to_numpy(dtype=np.float64)
        self.x = self.read(kept)
        self.x[:, self.features.index(PAST_RATE)] = past_rates_apart(kept)

    def read(self, rows: pd.DataFrame) -> Array:
        """Return other rows as this fold's model will read them."""
        return matrix(self.head, rows)

    @cached_property
    def logistic(self) -> Spec:
        """The fold's logistic regression, which two levels use."""
        return baselines.logistic(self.x, self.label)

    @cached_property
    def start(self) -> Spec:
        """The part of it that trees start from."""
        whole, share = self.logistic, model.START_SHARE
        return whole | {"weights": [w * share for w in whole["weights"]], "base": whole["base"] * share}


def _fit(
    name: str,
    fold: _Fold,
    catalogue: Catalogue,
    options: Options,
    *,
    tune: tuple[Array, Array] | None = None,
    n_rounds: int | None = None,
) -> tuple[Spec, dict[str, Any]]:
    """Fit one level on one fold; LightGBM finds its rounds on `tune`, or is told them."""
    head = fold.head | {"level": name}
    if name == "rules":
        return head | baselines.rules(fold.features, fold.x, fold.label), {}
    if name == "peers":
        signs = {feature: catalogue.direction.get(feature, 0) for feature in catalogue.peers}
        return head | baselines.peers(fold.features, fold.x, fold.label, signs=signs), {}
    if name == "logistic":
        return head | fold.logistic, {}
    return _grown(head, fold, catalogue, options, tune=tune, n_rounds=n_rounds)


def _grown(
    head: Spec,
    fold: _Fold,
    catalogue: Catalogue,
    options: Options,
    *,
    tune: tuple[Array, Array] | None,
    n_rounds: int | None,
) -> tuple[Spec, dict[str, Any]]:
    """Level 4: trees that start from a part of the fold's logistic regression."""
    monotone = tuple(catalogue.direction.get(name, 0) if name in model.SURE else 0 for name in fold.features)
    boosting = model.Boosting(monotone, options.threads, dict(options.parameters))
    sample = model.Sample(fold.x, fold.label, raw_scores(fold.start, fold.x))
    if n_rounds is None and tune is not None:
        n_rounds = model.rounds(sample, model.Sample(*tune, raw_scores(fold.start, tune[0])), boosting)
    boosters = model.grow(sample, boosting, n_rounds=n_rounds or model.MAX_ROUNDS, seeds=options.seeds)
    spec = head | {"kind": "boosters", "boosters": model.written(boosters), "start": fold.start}
    gain = dict(zip(fold.features, model.importance(boosters).tolist(), strict=True))
    return spec, {"rounds": n_rounds, "importance": gain}
