"""What a run measures: every level on every fold, the gate, fairness, the leaky comparison; no file and no registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from data.departures import DEFAULT_SILENCE_DAYS
from data.progress import Report, silent
from training.alerting import Capacity, alerted
from training.baselines import PEERS
from training.evaluation import evaluate, figures, seed_spread
from training.fairness import audit
from training.labels import Task
from training.ladder import Catalogue, Fitted, Options, climb_and_fit, probabilities, seed_scores
from training.leaky import leaky_roc_auc
from training.metrics import Array
from training.result import Run
from training.resume import Once, Unfinished
from training.snapshots import Snapshots
from training.splits import Folds, split
from training.treated import treated


@dataclass(frozen=True)
class Request:
    """What was asked for: it names the run, and the same request on the same records is not run twice."""

    task: Task
    until: date | None = None
    definition: str | None = None
    silence_days: int = DEFAULT_SILENCE_DAYS
    capacity: Capacity = field(default_factory=Capacity)
    options: Options = field(default_factory=Options)


def read_catalogue(features: Sequence[str]) -> Catalogue:
    """Return what training needs of the features' catalogue."""
    from features.catalog import catalog

    entries = {name: entry for name, entry in catalog().items() if name in features}
    peers = [name for name in entries if name.endswith(tuple(PEERS))]
    return Catalogue({name: entry.direction for name, entry in entries.items()}, peers)


def measure(
    found: Snapshots,
    attributes: pd.DataFrame,
    asked: Request,
    *,
    unfinished: Unfinished,
    report: Report = silent,
) -> tuple[Run, pd.DataFrame, dict[str, Array]]:
    """Return the run, its test rows and each level's probabilities: everything but files and registry."""
    every = split(found.rows)
    found = replace(found, features=spoken(found.features, found.rows[every[-1].fit]))
    catalogue = read_catalogue(found.features)
    ladders = _climb(found, every, catalogue, asked, unfinished, report)
    tests = [found.rows[folds.test] for folds in every]
    by_fold = [_read(ladder, rows) for ladder, rows in zip(ladders, tests, strict=True)]
    test, fitted = pd.concat(tests, ignore_index=True), ladders[-1]
    scores = {level: np.concatenate([fold[level] for fold in by_fold]) for level in fitted}
    judged = evaluate(test, scores, capacity=asked.capacity)
    served = judged.serving.name
    report("training: leaky comparison", len(every), len(every))
    run = Run(
        found=found,
        folds=every,
        capacity=asked.capacity,
        fitted=fitted,
        earlier=ladders[:-1],
        judged=judged,
        leaks=_leaks(found, fitted[served], catalogue, asked, unfinished.part("leaky")),
        fairness=audit(test, scores[served], alerted(test, scores[served], asked.capacity), attributes),
        seeds=seed_spread(tests[-1]["label"].to_numpy(dtype=np.float64), seed_scores(fitted[served], tests[-1])),
        by_fold=[_each(rows, fold) for rows, fold in zip(tests, by_fold, strict=True)],
        treated=treated(
            tests,
            [fold[served] for fold in by_fold],
            [partial(probabilities, ladder[served]) for ladder in ladders],
            found.contacted,
        ),
    )
    return run, test, scores


def _climb(
    found: Snapshots,
    every: Sequence[Folds],
    catalogue: Catalogue,
    asked: Request,
    unfinished: Unfinished,
    report: Report,
) -> list[dict[str, Fitted]]:
    """Every level fitted for every test; what an earlier attempt fitted is read back."""
    return [
        climb_and_fit(
            found.rows, folds, found.features, catalogue, options=asked.options,
            report=_of_fold(report, number, len(every)), once=unfinished.part(f"fold-{number}"),
        )
        for number, folds in enumerate(every, 1)
    ]  # fmt: skip


def _each(rows: pd.DataFrame, scores: Mapping[str, Array]) -> dict[str, dict[str, float]]:
    """Each level's figures on one test."""
    return {level: figures(rows, probability) for level, probability in scores.items()}


def _read(ladder: Mapping[str, Fitted], rows: pd.DataFrame) -> dict[str, Array]:
    """Each level's probabilities of rows."""
    return {level: probabilities(one, rows) for level, one in ladder.items()}


def _of_fold(report: Report, number: int, folds: int) -> Report:
    """The reporter of one fold: which of them, and how far the whole training is."""

    def told(label: str, done: int, total: int) -> None:
        level = label.partition(": ")[2] or "done"
        report(f"training: fold {number} of {folds}, {level}", (number - 1) * total + done, folds * total)

    return told


def _leaks(
    found: Snapshots, fitted: Fitted, catalogue: Catalogue, asked: Request, once: Once
) -> dict[int | None, float]:
    """The leaky figures by day (None: pooled), kept like any other fit."""

    def make() -> dict[str, Any]:
        leaks = leaky_roc_auc(found.leaky, fitted, found.features, catalogue, options=asked.options)
        return {"days": [[day, value] for day, value in leaks.items()]}

    return dict(once(fitted.name, make)["days"])


def spoken(features: Sequence[str], rows: pd.DataFrame) -> tuple[str, ...]:
    """Return the features that say anything in training rows; a site without surveys has no survey features.

    What rules of alerts alone read is left out.

    Those that compare with the course's earlier sessions are left out: no first session has them, so that a model
    reads in them which session a row is from (no better on the development readings: docs/evaluation.md).
    """
    from features.catalog import entry

    said = rows[list(features)].notna().any()
    return tuple(name for name in features if said[name] and entry(name).modelled and entry(name).scope != "course")
