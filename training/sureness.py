"""How calibrators and intervals hold on a later fold: development terms of OULAD, or the tests of another site.

python -m training.sureness HOME [TASK]

On OULAD: 2013B fits, 2013J tunes and calibrates, 2014B is read; 2014J is dropped first. Elsewhere, each rolling test.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from data.home import Home
from training import doubt
from training.calibration import KINDS
from training.development import without_the_test
from training.labels import parse_task
from training.ladder import Fitted, Options, climb_and_fit, probabilities
from training.measuring import read_catalogue, spoken
from training.metrics import brier, ece, log_loss
from training.served_model import calibrate, interval, matrix, raw_scores
from training.snapshots import Snapshots, read_snapshots
from training.splits import Folds, presentation, split

TERMS = ("2013B", "2013J", "2014B")
OPTIONS = Options(levels=("logistic", "lightgbm"))
FIGURES = ("cells_covered", "cells_covered_sure", "mean_width", "low_confidence_share")


def development_folds(rows: pd.DataFrame) -> Folds:
    """Return the terms of OULAD before the test, in order: fit, tune, read."""
    terms = rows["session_id"].astype(str).map(presentation).to_numpy(dtype=object)
    fit, tune, read = (terms == term for term in TERMS)
    return Folds("development", fit, tune, fit, read)


def compare(found: Snapshots, task: str, options: Options = OPTIONS) -> Iterator[str]:
    """Yield two Markdown tables: each calibrator read on the later fold, and what the intervals cover there.

    The model that is read is the one fitted on `fit`: what its calibrator learnt on `tune` is then out of time on both.
    """
    rows = without_the_test(found.rows) if found.site.oulad else found.rows
    every = [development_folds(rows)] if found.site.oulad else [replace(one, refit=one.fit) for one in split(rows)]
    features = spoken(found.features, rows[every[-1].fit])
    catalogue = read_catalogue(features)
    ladders = [climb_and_fit(rows, folds, features, catalogue, options=options) for folds in every]
    yield f"| {task}: level | calibrator | log-loss, cross-fitted in tuning | log-loss later | Brier | ECE | chosen |"
    yield "|" + "---|" * 7
    for level in options.levels:
        yield from _calibrators(ladders[-1][level], rows[every[-1].tune], rows[every[-1].test])
    yield f"\n| {task}: level | cells covered (aim .90) | sure rows only | mean width | low confidence |"
    yield "|" + "---|" * 5
    for level in options.levels:
        read = [(rows[folds.test], one[level]) for folds, one in zip(every, ladders, strict=True)]
        told = _covered(read)
        yield f"| {level} | " + " | ".join(f"{told[name]:.3f}" for name in FIGURES) + " |"


def _calibrators(fitted: Fitted, tune: pd.DataFrame, later: pd.DataFrame) -> Iterator[str]:
    """Each calibrator, fitted on the whole tuning fold, on the later one."""
    spec, losses = fitted.spec, fitted.tuning["calibration_log_loss"]
    known, label = (np.asarray(rows["label"].to_numpy(dtype=np.float64)) for rows in (tune, later))
    raw, read = (raw_scores(spec, matrix(spec, rows)) for rows in (tune, later))
    for kind, fit in KINDS.items():
        said = calibrate(fit(raw, known), read)
        cells = [f"{losses[kind]:.5f}" if kind in losses else "–", f"{log_loss(label, said):.5f}"]
        cells += [f"{brier(label, said):.5f}", f"{ece(label, said):.4f}"]
        cells += ["yes" if kind == spec["calibrator"]["kind"] else ""]
        yield f"| {fitted.name} | {kind} | {' | '.join(cells)} |"


def _covered(read: Sequence[tuple[pd.DataFrame, Fitted]]) -> dict[str, float]:
    """What the intervals of every test cover, taken together."""
    parts = [(rows, probabilities(one, rows), *interval(one.spec, matrix(one.spec, rows))) for rows, one in read]
    rows = pd.concat([part[0] for part in parts], ignore_index=True)
    said, low, high, unsure = (np.concatenate([part[n] for part in parts]) for n in (1, 2, 3, 4))
    return doubt.coverage(rows, said, (low, high), unsure)


def main(arguments: Sequence[str]) -> None:
    """Print the tables of a home and a task."""
    from data.store import RecordStore

    folder, task = arguments[0], arguments[1] if len(arguments) > 1 else "abandoned_28d"
    home = Home(Path(folder))
    store = RecordStore(home)
    with store.connect() as con:
        found = read_snapshots(con, parse_task(task), cache=home.features, versions=store.versions())
    for line in compare(found, task):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
