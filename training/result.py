"""What a run found, as the one JSON object that is printed, kept and drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from training import pictures
from training.evaluation import Evaluation
from training.labels import to_days
from training.ladder import Fitted
from training.metrics import Array
from training.snapshots import Snapshots
from training.splits import Folds


@dataclass(frozen=True)
class TrainingResult:
    """A run's outcome. `payload` is the one JSON object that `--json` prints."""

    model: str
    version: str
    level: str
    reused: bool
    folder: Path
    payload: dict[str, Any]

    @property
    def summary(self) -> str:
        """The run in one line."""
        pooled, kept = self.payload["pooled"], self.payload.get("kept_because")
        again = "already trained on these records: " if self.reused and not kept else ""
        if not self.payload.get("measured", True):
            why = self.payload["not_measured_because"]
            return f"{again}{self.model} {self.version}: rules, not measured on this site: {why}"
        again = f"nothing newer could be measured ({kept}), so this goes on serving: " if kept else again
        return (
            f"{again}{self.model} {self.version} ({self.level}): ROC AUC {pooled['roc_auc']:.3f},"
            f" PR-AUC {pooled['pr_auc']:.3f} where {pooled['base_rate']:.3f} is the base rate (n = {pooled['n']})"
        )


@dataclass(frozen=True)
class Run:
    """All the parts of one run that its result tells of."""

    found: Snapshots
    folds: Sequence[Folds]
    fitted: Mapping[str, Fitted]
    judged: Evaluation
    leaks: Mapping[int | None, float]
    fairness: Mapping[str, Any]
    seeds: Mapping[str, Any]


def payload(run: Run) -> dict[str, Any]:
    """Return what was done and measured; `rows` and `pooled` are of the level that serves."""
    serving = run.judged.serving
    return {
        "level": serving.name,
        "pooled": {**serving.pooled, "leaky_roc_auc": run.leaks[None]},
        "not_yet_gone": dict(serving.not_yet_gone),
        "rows": [{**row, "leaky_roc_auc": run.leaks.get(int(row["as_of_day"]), float("nan"))} for row in serving.rows],
        "intervals": _intervals(run, serving.name),
        "alerts": serving.alerts.as_dict(),
        "ladder": [asdict(step) for step in run.judged.steps],
        "levels": {name: _level(run, name) for name in run.judged.levels},
        "seeds": dict(run.seeds),
        "fairness": dict(run.fairness),
        **_made_of(run),
    }


def _made_of(run: Run) -> dict[str, Any]:
    """The rows and labels the run rests on."""
    rows, last = run.found.rows, run.folds[-1]
    parts = {name: getattr(last, name) for name in ("fit", "tune", "refit")}
    parts["test"] = np.any([folds.test for folds in run.folds], axis=0)
    return {
        "definition": run.found.definition_text,
        "abandonment": run.found.definition,
        "outcomes": run.found.outcomes,
        "censored": run.found.censored,
        "data_end": run.found.site.data_end.isoformat(),
        "trained_until": str(to_days(rows["label_until"].to_numpy())[last.refit].max()),
        "training_base_rate": float(rows["label"].to_numpy()[last.refit].mean()),
        "folds": {"protocol": last.protocol, "n_tests": len(run.folds)}
        | {name: _fold(rows[mask]) for name, mask in parts.items()},
    }


def _fold(rows: pd.DataFrame) -> dict[str, Any]:
    days = to_days(rows["as_of_on"].to_numpy())
    return {
        "n": len(rows),
        "n_sessions": int(rows["session_id"].nunique()),
        "base_rate": float(rows["label"].mean()),
        "first_on": str(days.min()),
        "last_on": str(days.max()),
    }


def _intervals(run: Run, level: str) -> dict[str, dict[str, float]]:
    return {figure: asdict(one) for figure, one in run.judged.levels[level].intervals.items()}


def _level(run: Run, name: str) -> dict[str, Any]:
    one = run.judged.levels[name]
    return {
        "pooled": one.pooled,
        "not_yet_gone": one.not_yet_gone,
        "rows": one.rows,
        "intervals": _intervals(run, name),
        "alerts": one.alerts.as_dict(),
        "reliability": one.reliability,
        "tuning": run.fitted[name].tuning,
    }


def draw(run: Run, test: pd.DataFrame, scores: Mapping[str, Array]) -> dict[str, bytes]:
    """Return the report's pictures by name."""
    serving, label = run.judged.serving, test["label"].to_numpy(dtype=np.float64)
    drawn = {
        "reliability": pictures.reliability(serving.reliability),
        "precision_recall": pictures.precision_recall(label, scores, serving.pooled["base_rate"]),
        "along_the_course": pictures.by_day(serving.rows),
    }
    shares = run.fitted[serving.name].tuning.get("importance")
    return drawn | ({"importance": pictures.importance(shares)} if shares else {})
