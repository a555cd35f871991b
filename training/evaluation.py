"""How a model is judged: by date and pooled, each figure beside its base rate, n and number of sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training import metrics
from training.alerting import AlertFigures, Capacity, alert_figures, alerted, alerts_by_day
from training.bootstrap import REPLICATES, Clusters, Interval, intervals
from training.gate import Step, climb, serving_level
from training.metrics import Array, Ranking

SHARE_PRECISION, SHARE_RECALL = 0.10, 0.20
FIGURES = (
    "n", "n_sessions", "n_learners", "n_positive", "base_rate", "roc_auc", "pr_auc", "brier", "ece",
    "precision_at_10pct", "recall_at_20pct",
)  # fmt: skip
"""The names of `figures`."""


@dataclass(frozen=True)
class LevelResult:
    """One level on the test fold.

    `not_yet_gone` leaves out who had abandoned by the date without its being known (silence).
    """

    name: str
    pooled: dict[str, float]
    not_yet_gone: dict[str, float]
    rows: list[dict[str, float]]
    intervals: dict[str, Interval]
    alerts: AlertFigures
    alerts_by_day: list[dict[str, float]]
    reliability: list[tuple[float, float, int]]


@dataclass(frozen=True)
class Evaluation:
    """Every level on the same test rows, and which one serves."""

    levels: dict[str, LevelResult]
    steps: list[Step]

    @property
    def serving(self) -> LevelResult:
        """The level the gate lets serve."""
        return self.levels[serving_level(self.steps)]


def figures(rows: pd.DataFrame, probability: Array) -> dict[str, float]:
    """Return the figures of some test rows, with what they rest on.

    Parameters
    ----------
    rows : label (no null), session_id, learner_id.
    """
    label = rows["label"].to_numpy(dtype=np.float64)
    ranking = Ranking.of(label, probability)
    return {
        "n": len(rows),
        "n_sessions": int(rows["session_id"].nunique()),
        "n_learners": int(rows["learner_id"].nunique()),
        "n_positive": int(label.sum()),
        "base_rate": float(label.mean()),
        "roc_auc": metrics.roc_auc(ranking),
        "pr_auc": metrics.pr_auc(ranking),
        "brier": metrics.brier(label, probability),
        "ece": metrics.ece(label, probability),
        "precision_at_10pct": metrics.found_at(ranking, SHARE_PRECISION)[0],
        "recall_at_20pct": metrics.found_at(ranking, SHARE_RECALL)[1],
    }


def by_day(rows: pd.DataFrame, probability: Array) -> list[dict[str, float]]:
    """Return the figures of each `as_of_day` (day, or week's first day, of the course), earliest first."""
    day = rows["as_of_day"].to_numpy()
    return [{"as_of_day": int(d)} | figures(rows[day == d], probability[day == d]) for d in np.unique(day)]


def evaluate(
    rows: pd.DataFrame,
    probabilities: dict[str, Array],
    *,
    capacity: Capacity,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Evaluation:
    """Measure every level on the test rows and climb the ladder.

    Parameters
    ----------
    rows : test rows, labelled, with the identity columns, as_of_day and abandoned_on.
    probabilities : each level's probability, row for row.
    """
    label = rows["label"].to_numpy(dtype=np.float64)
    clusters = Clusters.of(rows["session_id"], rows["learner_id"])
    found, draws = _all_intervals(label, probabilities, clusters, replicates=replicates, seed=seed)
    levels = {name: _level(name, rows, p, capacity=capacity, found=found[name]) for name, p in probabilities.items()}
    return Evaluation(levels, climb({name: level.pooled["pr_auc"] for name, level in levels.items()}, draws))


def _all_intervals(
    label: Array, probabilities: dict[str, Array], clusters: Clusters, *, replicates: int, seed: int
) -> tuple[dict[str, dict[str, Interval]], dict[str, Array]]:
    """Intervals by level and figure, and the gate's paired replicates."""
    found: dict[str, dict[str, Interval]] = {name: {} for name in probabilities}
    measures = {
        "pr_auc": metrics.pr_auc,
        "roc_auc": metrics.roc_auc,
        "precision_at_10pct": lambda r, w: metrics.found_at(r, SHARE_PRECISION, w)[0],
    }
    draws: dict[str, Array] = {}
    for figure, measure in measures.items():
        mine, replicated = intervals(label, probabilities, measure, clusters, replicates=replicates, seed=seed)
        draws = replicated if figure == "pr_auc" else draws
        for name, one in mine.items():
            found[name][figure] = one
    return found, draws


def _level(
    name: str, rows: pd.DataFrame, probability: Array, *, capacity: Capacity, found: dict[str, Interval]
) -> LevelResult:
    label = rows["label"].to_numpy(dtype=np.float64)
    alerts: npt.NDArray[np.bool_] = alerted(rows, probability, capacity)
    still = ~(rows["abandoned_on"] < rows["as_of_on"]).to_numpy()
    return LevelResult(
        name=name,
        pooled=figures(rows, probability),
        not_yet_gone=figures(rows[still], probability[still]),
        rows=by_day(rows, probability),
        intervals=found,
        alerts=alert_figures(rows, alerts, capacity),
        alerts_by_day=alerts_by_day(rows, alerts, capacity),
        reliability=metrics.reliability(label, probability),
    )


def seed_spread(label: Array, by_seed: list[Array]) -> dict[str, Any]:
    """Return each seed's ROC AUC and PR-AUC alone: what luck is worth."""
    rankings = [Ranking.of(label, score) for score in by_seed]
    auc, pr = [metrics.roc_auc(r) for r in rankings], [metrics.pr_auc(r) for r in rankings]
    return {"n_seeds": len(by_seed), "roc_auc": auc, "pr_auc": pr}
