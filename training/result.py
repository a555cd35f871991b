"""What a run found, as the one JSON object that is printed, kept and drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from training import pictures
from training.alerting import Capacity, alerted, lead_days
from training.evaluation import Evaluation
from training.labels import to_days
from training.ladder import Fitted, written_spec
from training.metrics import Array
from training.served_model import contributions, matrix
from training.snapshots import Snapshots
from training.splits import Folds
from training.wording import level


@dataclass(frozen=True)
class TrainingResult:
    """A run's outcome. `payload` is its whole report, plain JSON.

    `role` is champion, challenger, or nothing; `serving` is the version that serves now.
    """

    model: str
    version: str
    level: str
    reused: bool
    folder: Path
    payload: dict[str, Any]
    role: str = "champion"
    serving: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """The one JSON object that `--json` prints."""
        return self.payload | {"version": self.version, "role": self.role, "serving": self.serving}

    @property
    def summary(self) -> str:
        """The run in one line, and what a challenger waits for."""
        return self._figures + self._waits

    @property
    def _waits(self) -> str:
        if self.role == "champion":
            return ""
        if self.role == "challenger":
            todo = f'`filrouge models promote {self.model} --by "Name"` makes it serve'
            return f". It waits as challenger, version {self.serving} goes on serving; {todo}"
        return f". Version {self.serving} serves"

    @property
    def _figures(self) -> str:
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
    capacity: Capacity
    fitted: Mapping[str, Fitted]
    earlier: Sequence[Mapping[str, Fitted]]
    judged: Evaluation
    leaks: Mapping[int | None, float]
    fairness: Mapping[str, Any]
    seeds: Mapping[str, Any]
    by_fold: Sequence[Mapping[str, Mapping[str, float]]]
    treated: Mapping[str, Any] | None = None


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
        "alerts_by_day": list(serving.alerts_by_day),
        "ladder": [asdict(step) for step in run.judged.steps],
        "levels": {name: _level(run, name) for name in run.judged.levels},
        "seeds": dict(run.seeds),
        "by_fold": _by_fold(run),
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
        "treated": run.treated,
        "data_end": run.found.site.data_end.isoformat(),
        "trained_until": str(to_days(rows["label_until"].to_numpy())[last.refit].max()),
        "training_base_rate": float(rows["label"].to_numpy()[last.refit].mean()),
        "folds": {"protocol": last.protocol, "n_tests": len(run.folds)}
        | {name: _fold(rows[mask]) for name, mask in parts.items()},
    }


def _by_fold(run: Run) -> list[dict[str, Any]]:
    """Each test in turn: its days, and every level's figures on it."""
    days = to_days(run.found.rows["as_of_on"].to_numpy())
    return [
        {"first_on": str(days[folds.test].min()), "last_on": str(days[folds.test].max()), **_cut(run, folds)}
        | {"levels": {level: dict(figures) for level, figures in told.items()}}
        for folds, told in zip(run.folds, run.by_fold, strict=True)
    ]


def _cut(run: Run, folds: Folds) -> dict[str, str]:
    """The earliest start of the sessions tested, and the last day that the labels trained on look at."""
    rows = run.found.rows
    starts, until = (to_days(rows[name].to_numpy()) for name in ("session_starts_on", "label_until"))
    return {"sessions_from": str(starts[folds.test].min()), "trained_until": str(until[folds.refit].max())}


def earlier_models(run: Run) -> list[dict[str, Any]]:
    """Return the models of the level that serves that tested the earlier sessions, so that they can be read again."""
    level = run.judged.serving.name
    return [
        {**_cut(run, folds), "spec": written_spec(fitted[level].spec)}
        for folds, fitted in zip(run.folds[:-1], run.earlier, strict=True)
    ]


def logged_figures(result: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures by flat name, as a registry of runs wants them: pooled, of each level, of each fold."""
    out = {name: float(value) for name, value in result["pooled"].items()}
    out |= {f"alerts_{name}": float(value) for name, value in result["alerts"].items()}
    for rung, one in result["levels"].items():
        out |= {f"{rung}.{name}": float(value) for name, value in one["pooled"].items()}
    for number, fold in enumerate(result["by_fold"], 1):
        served = fold["levels"][result["level"]]
        out |= {f"fold_{number}.{name}": float(value) for name, value in served.items()}
    return out


def code_tags(result: Mapping[str, Any]) -> dict[str, str]:
    """Return the code's version as tags."""
    told = {"code_fingerprint": result["code"]["fingerprint"], "code_commit": result["code"]["commit"]}
    return {name: value for name, value in told.items() if value}


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
    lead = lead_days(test, alerted(test, scores[serving.name], run.capacity))
    base_rate = serving.pooled["base_rate"]
    return {
        "reliability": pictures.reliability(serving.reliability),
        "precision_recall": pictures.precision_recall(label, scores, base_rate),
        "along_the_course": pictures.by_day(serving.rows),
        "lead_time": pictures.lead_time(lead.dropna().tolist(), len(lead)),
        "ladder": pictures.ladder(_steps(run), base_rate),
        "importance": pictures.importance(*_weights(run, test)),
    }


def _steps(run: Run) -> list[tuple[str, float, float, float, bool]]:
    found = [(step, run.judged.levels[step.level].intervals["pr_auc"]) for step in run.judged.steps]
    return [(level(step.level), one.value, one.low, one.high, step.passed) for step, one in found]


def _weights(run: Run, test: pd.DataFrame) -> tuple[dict[str, float], str]:
    """The share of each input: of the trees' gain, or of the log-odds that an additive level gives to test rows."""
    serving = run.fitted[run.judged.serving.name]
    if "importance" in serving.tuning:
        return _labelled(serving.tuning["importance"]), "share of the trees' gain"
    parts = np.abs(contributions(serving.spec, matrix(serving.spec, test))[:, :-1]).mean(axis=0)
    shares = parts / max(float(parts.sum()), 1e-12)
    return _labelled(dict(zip(serving.spec["features"], shares.tolist(), strict=True))), "share of the log-odds given"


def _labelled(shares: Mapping[str, float]) -> dict[str, float]:
    """The same by the catalogue's label; what two labels share is added up."""
    from features.catalog import catalog

    entries = catalog()
    out: dict[str, float] = {}
    for name, share in shares.items():
        label = entries[name].label["en"] if name in entries else name.replace("_", " ")
        out[label] = out.get(label, 0.0) + share
    return out
