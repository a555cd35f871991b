"""The development figures that every choice rests on: variants read on the terms of OULAD that come before the test.

python -m training.development HOME                      # every variant, both tasks
python -m training.development HOME withdrawn_28d kept trees_start_from_nothing

HOME holds OULAD (`filrouge import oulad`). 2014J is dropped before anything is fitted or read, and a check stops the
program if a row of it is left. Three readings: `later` fits 2013B and 2013J and reads 2014B; `same_season` fits 2013B
and 2014B and reads 2013J, an autumn term like the test's (backwards in time, by sessions never seen); `first` fits
2013B and reads 2013J. Rounds and penalty are fixed, so that nothing is chosen by the rows that are read.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.errors import ModelError
from training import baselines, model
from training.bootstrap import Clusters, interval, intervals
from training.calibration import loss_after_a_line
from training.encoding import past_rates, past_rates_apart
from training.ladder import Catalogue, inputs_of
from training.measuring import read_catalogue
from training.metrics import Array, Ranking, found_at, pr_auc, roc_auc
from training.served_model import PAST_RATE, Spec, matrix, raw_scores
from training.splits import presentation

TEST_TERM = "2014J"
READINGS: dict[str, tuple[tuple[str, ...], str]] = {
    "later": (("2013B", "2013J"), "2014B"),
    "same_season": (("2013B", "2014B"), "2013J"),
    "first": (("2013B",), "2013J"),
}
TASKS = ("withdrawn_28d", "fail_or_withdrawn")
STRENGTH, SHARE, ROUNDS, SEEDS = 0.002, 0.8, 120, (1, 2)
PARAMETERS = {**model.PARAMETERS, "learning_rate": 0.12}
"""The step that variants are read at, smaller than what serves: how few trees do as well is `sizes`' question."""
DAYS, REPLICATES = (35, 65, 95), 100
NEVER = 10_000


@dataclass(frozen=True)
class Variant:
    """What is changed: which features stay, the trees, their start, the label's horizon, the weight of old terms."""

    keeps: Callable[[Any], bool] = lambda entry: entry.modelled and entry.scope != "course"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    share: float = SHARE
    strength: float = STRENGTH
    rounds: int = ROUNDS
    bound: bool = True
    also_within: int = 0
    weight_of_2013b: float = 1.0
    mixed_with_logistic: bool = False


def _without(family: str) -> Variant:
    return Variant(keeps=lambda entry: entry.modelled and entry.scope != "course" and entry.family != family)


VARIANTS: dict[str, Variant] = {
    "kept": Variant(),
    "with_earlier_sessions": Variant(keeps=lambda _: True),
    "columns_by_node": Variant(parameters={"feature_fraction": 1.0, "feature_fraction_bynode": 0.2}),
    "trees_start_from_nothing": Variant(share=0.0),
    "trees_start_half_way": Variant(share=0.5),
    "half_logistic": Variant(share=0.0, mixed_with_logistic=True),
    "slower": Variant(parameters={"learning_rate": 0.05}, rounds=250),
    "best_splits": Variant(parameters={"extra_trees": False, "learning_rate": 0.05}),
    "bigger_leaves": Variant(parameters={"min_data_in_leaf": 400}),
    "more_leaves": Variant(parameters={"num_leaves": 31, "max_depth": 7}, rounds=80),
    "fewer_leaves": Variant(parameters={"num_leaves": 8, "max_depth": 4}),
    "no_direction": Variant(bound=False),
    "weaker_penalty": Variant(strength=0.02),
    "also_within_56": Variant(also_within=56),
    "also_ever": Variant(also_within=NEVER),
    "old_term_half": Variant(weight_of_2013b=0.5),
    **{f"without_{family}": _without(family) for family in ("activity", "cohort", "course", "quizzes")},
}


@dataclass(frozen=True)
class Reading:
    """Rows fitted and rows read, and the features' entries; no row of the test."""

    fit: pd.DataFrame
    read: pd.DataFrame
    features: tuple[str, ...]

    @property
    def label(self) -> Array:
        """The label of the rows read."""
        return label_of(self.read)


def label_of(rows: pd.DataFrame) -> Array:
    """Return the label of rows."""
    return np.asarray(rows["label"].to_numpy(dtype=np.float64))


def without_the_test(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the other terms.

    Raises
    ------
    ModelError : a row of the test is left, or no term of OULAD is there.
    """
    terms = rows["session_id"].astype(str).map(presentation)
    kept = rows[(terms != TEST_TERM).to_numpy()].reset_index(drop=True)
    left = set(kept["session_id"].astype(str).map(presentation))
    if not left or not left <= {term for fit, read in READINGS.values() for term in (*fit, read)}:
        raise ModelError("development reads OULAD's terms before the test, and nothing else", where=str(sorted(left)))
    return kept


def reading(rows: pd.DataFrame, features: Sequence[str], name: str) -> Reading:
    """Return one reading of rows from which the test was dropped."""
    rows = without_the_test(rows)
    terms = rows["session_id"].astype(str).map(presentation)
    fit, read = READINGS[name]
    fitted = rows[terms.isin(fit).to_numpy()]
    said = tuple(f for f in features if fitted[f].notna().any())
    return Reading(fitted, rows[(terms == read).to_numpy()], said)


def scores(variant: Variant, found: Reading, *, seeds: Sequence[int] = SEEDS) -> Array:
    """Return the raw log-odds that a variant gives to the rows read."""
    own = _score(variant, found, label_of(found.fit), seeds)
    if not variant.also_within:
        return own
    days = (found.fit["abandoned_on"] - found.fit["as_of_on"]).dt.days
    wider = np.asarray((days < variant.also_within).to_numpy().astype(np.float64))
    return np.asarray(np.mean([own, _score(variant, found, wider, seeds)], axis=0))


@dataclass(frozen=True)
class Grown:
    """A variant fitted: its boosters, a seed each, the rows read as they see them, and where they start from."""

    boosters: Sequence[Any]
    x: Array
    start: Array
    line: Array

    def score(self, *, seeds: int | None = None, rounds: int | None = None) -> Array:
        """Return the mean log-odds of the first seeds, at the first rounds; of all of them where none is named."""
        told = [
            one.predict(self.x, raw_score=True, num_threads=1, num_iteration=rounds) for one in self.boosters[:seeds]
        ]
        return np.asarray(np.mean(told, axis=0) + self.start)


def grown(variant: Variant, found: Reading, label: Array, seeds: Sequence[int]) -> Grown:
    """Return a variant fitted on one reading's rows, whatever the label says of them."""
    from features.catalog import entry

    names = inputs_of([f for f in found.features if variant.keeps(entry(f))])
    head: Spec = {"features": names, "course_past_rate": past_rates(found.fit)}
    x, read = matrix(head, found.fit), matrix(head, found.read)
    x[:, names.index(PAST_RATE)] = past_rates_apart(found.fit)
    term = found.fit["session_id"].astype(str).map(presentation)
    weight = np.where(term == "2013B", variant.weight_of_2013b, 1.0)
    line = baselines.logistic(x, label, strength=variant.strength, weight=weight)
    rate = math.log(label.mean() / (1 - label.mean()))
    start, start_read = (raw_scores(line, m) * variant.share + rate * (1 - variant.share) for m in (x, read))
    boosters = model.grow(
        model.Sample(x, label, start, weight),
        _boosting(variant, names, read_catalogue(found.features)),
        n_rounds=variant.rounds,
        seeds=seeds,
    )
    return Grown(boosters, read, start_read, raw_scores(line, read))


def _score(variant: Variant, found: Reading, label: Array, seeds: Sequence[int]) -> Array:
    made = grown(variant, found, label, seeds)
    score = made.score()
    return np.asarray((score + made.line) / 2 if variant.mixed_with_logistic else score)


def _boosting(variant: Variant, names: Sequence[str], catalogue: Catalogue) -> model.Boosting:
    signs = tuple(catalogue.direction.get(n, 0) if n in model.SURE and variant.bound else 0 for n in names)
    return model.Boosting(signs, parameters={**PARAMETERS, **variant.parameters})


def figures(found: Reading, score: Array) -> dict[str, float]:
    """Return the figures of one variant on one reading; by date too where the task is judged by date."""
    ranking = Ranking.of(found.label, score)
    told = {"roc_auc": roc_auc(ranking), "pr_auc": pr_auc(ranking), "log_loss": loss_after_a_line(score, found.label)}
    day = found.read["as_of_day"].to_numpy()
    for one in [each for each in DAYS if (day == each).any()]:
        mine = Ranking.of(found.label[day == one], score[day == one])
        told |= {f"roc_auc_{one}": roc_auc(mine), f"top_10_{one}": found_at(mine, 0.1)[0]}
    return told


def against(found: Reading, kept: Array, other: Array) -> dict[str, Any]:
    """Return how far another variant is above the kept one, with paired intervals by session and learner."""
    clusters = Clusters.of(found.read["session_id"], found.read["learner_id"])
    out = {}
    for name, measure in (("roc_auc", roc_auc), ("pr_auc", pr_auc)):
        both = {"kept": kept, "other": other}
        told, draws = intervals(found.label, both, measure, clusters, replicates=REPLICATES)
        gap = told["other"].value - told["kept"].value
        out[name] = interval(gap, draws["other"] - draws["kept"])
    return out


def table(found: Mapping[str, Reading], names: Sequence[str], task: str) -> Iterator[str]:
    """Yield the Markdown table of a task, a line once it is known."""
    days = [f"{figure}_{day}" for day in DAYS for figure in ("roc_auc", "top_10")] if task == TASKS[1] else []
    columns = ["roc_auc", "pr_auc", "log_loss", *days]
    yield f"| {task}: variant | reading | " + " | ".join(columns) + " | ROC AUC against kept | PR-AUC against kept |"
    yield "|---|---|" + "---|" * (len(columns) + 2)
    for where, one in found.items():
        kept = scores(VARIANTS["kept"], one)
        for name in names:
            score = kept if name == "kept" else scores(VARIANTS[name], one)
            told = figures(one, score)
            gaps = against(one, kept, score).values() if name != "kept" else ()
            said = [f"{g.value:+.4f} ({g.low:+.4f} to {g.high:+.4f})" for g in gaps] or ["", ""]
            yield f"| {name} | {where} | " + " | ".join([*(f"{told[c]:.4f}" for c in columns), *said]) + " |"


def read_rows(home_folder: Path, task: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the labelled snapshots of a home that holds OULAD, without the test's, and their features."""
    from data.home import Home
    from data.store import RecordStore
    from training.labels import parse_task
    from training.snapshots import read_snapshots

    home = Home(home_folder)
    store = RecordStore(home)
    with store.connect() as con:
        found = read_snapshots(con, parse_task(task), cache=home.features, versions=store.versions())
    return without_the_test(found.rows), found.features


def main(arguments: Sequence[str]) -> None:
    """Print the table of each task."""
    folder, *asked = arguments
    tasks = [one for one in asked if one in TASKS] or list(TASKS)
    names = [one for one in asked if one in VARIANTS] or list(VARIANTS)
    for task in tasks:
        rows, features = read_rows(Path(folder), task)
        found = {name: reading(rows, features, name) for name in READINGS}
        for line in table(found, names, task):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
