"""One training run, end to end: snapshots, folds, the ladder, the test, the gate, the registry."""

from __future__ import annotations

import hashlib
import json
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.home import Home
from data.progress import Report, silent
from training import registry
from training.alerting import Capacity, alerted
from training.baselines import PEERS
from training.evaluation import evaluate, seed_spread
from training.fairness import audit
from training.labels import Task, parse_task
from training.ladder import Catalogue, Fitted, Options, climb_and_fit, probabilities, seed_scores, written_spec
from training.leaky import leaky_roc_auc
from training.metrics import Array
from training.report import plain, weaknesses, write_report
from training.result import Run, TrainingResult, draw, payload
from training.served_model import COURSE, PAST_RATE
from training.silence import DEFAULT_SILENCE_DAYS
from training.snapshots import CLOCK, Snapshots, read_present, read_snapshots, session_spans
from training.splits import Folds, TooLittleHistoryError, first_measure_on, split
from training.unmeasured import REFERENCE_ROWS, Young, register_or_keep, when_possible

if TYPE_CHECKING:
    from data.store import RecordStore

EXAMPLE_ROWS = 5


@dataclass(frozen=True)
class Request:
    """What was asked for: it names the run, and the same request on the same records is not run twice."""

    task: Task
    until: date | None = None
    definition: str | None = None
    silence_days: int = DEFAULT_SILENCE_DAYS
    capacity: Capacity = field(default_factory=Capacity)
    options: Options = field(default_factory=Options)


def train(
    home: Home,
    *,
    task: str = registry.DEFAULT_TASK,
    horizon_days: int | None = None,
    until: date | None = None,
    definition: str | None = None,
    capacity: int = Capacity.alerts,
    options: Options | None = None,
    report: Report = silent,
) -> TrainingResult:
    """Train, measure and register the ladder for a task; the level that the gate lets through becomes champion.

    With too little history to measure, the rules serve by default, unless a measured champion does already.
    Does nothing, and says so (`reused`), when the same records, request and code were trained before.

    Parameters
    ----------
    task : `abandoned_28d`, its alias `withdrawn_28d`, or `fail_or_withdrawn`.
    until : pretend that this is the last day known; None for the data's end.
    definition : `recorded` or `recorded_or_silence`; None for what the site allows.
    capacity : alerts each mentor can take each time scores are made.

    Raises
    ------
    StoreError : nothing was imported.
    ModelError : unknown task or horizon.
    SplitError : the folds overlap.
    """
    from data.store import RecordStore

    start, parsed = time.perf_counter(), parse_task(task, horizon_days)
    store, options = RecordStore(home), options or Options()
    asked = Request(parsed, until, definition, capacity=Capacity(capacity, parsed.horizon_days), options=options)
    key = run_key(asked, store.versions())
    done = _trained_before(home, parsed, key)
    if done is not None:
        return replace(done, payload=done.payload | {"task": task})
    head = {"task": task, "run_key": key, "reused": False, "horizon_days": parsed.horizon_days}
    return _train(home, store, asked, head, start=start, report=report)


def run_key(asked: Request, versions: dict[str, int]) -> str:
    """Return the run's name: a hash of the records' versions, the request and the code of features and training."""
    from data.steps import code_fingerprint

    root = Path(__file__).parent
    content = [asdict(asked), sorted(versions.items()), code_fingerprint([root, root.parent / "features"])]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]


def read_catalogue(features: Sequence[str]) -> Catalogue:
    """Return what training needs of the features' catalogue."""
    from features.catalog import catalog

    entries = {name: entry for name, entry in catalog().items() if name in features}
    peers = [name for name in entries if name.endswith(tuple(PEERS))]
    return Catalogue({name: entry.direction for name, entry in entries.items()}, peers)


def _trained_before(home: Home, task: Task, key: str) -> TrainingResult | None:
    """The champion, when this very request made it and its report is still there."""
    champion = registry.champion_of(home, task.name)
    folder = home.reports / "training" / key
    if champion is None or champion.tags.get("run_key") != key or not (folder / "report.json").exists():
        return None
    kept = json.loads((folder / "report.json").read_text(encoding="utf-8")) | {"reused": True}
    return TrainingResult(champion.name, champion.version, kept["level"], True, folder, kept)


def _train(
    home: Home, store: RecordStore, asked: Request, head: Mapping[str, Any], *, start: float, report: Report
) -> TrainingResult:
    versions = store.versions()
    with store.connect(versions) as con:
        found = read_snapshots(
            con,
            asked.task,
            cache=home.features,
            versions=versions,
            until=asked.until,
            definition=asked.definition,
            silence_days=asked.silence_days,
            report=report,
        )
        attributes = con.execute("SELECT * FROM learner_attributes").df()
    try:
        run, test, scores = measure(found, attributes, asked, report=report)
    except TooLittleHistoryError as why:
        cost = {"seconds": round(time.perf_counter() - start, 1), "peak_mb": _peak_mb()}
        young = _young(home, store, versions, asked, found, why=why.line())
        told = {**head, "table_versions": versions, **cost}
        return register_or_keep(home, asked.task, young, told, parameters=plain(asdict(asked)))
    serving = run.fitted[run.judged.serving.name]
    result = {**head, "model": registry.model_name(asked.task.name), "table_versions": versions, **payload(run)}
    result |= {"seconds": round(time.perf_counter() - start, 1), "peak_mb": _peak_mb()}
    result |= {"weaknesses": weaknesses(plain(result))}
    folder = home.reports / "training" / str(head["run_key"])
    write_report(folder, result, draw(run, test, scores))
    (folder / "spec.json").write_text(json.dumps(written_spec(serving.spec)), encoding="utf-8")
    _reference(run.found, run.folds[-1], serving).to_parquet(folder / "reference.parquet", index=False)
    registered = registry.register(
        home, _package(asked, result, serving, run.found, folder), run_name=str(head["run_key"])
    )
    return TrainingResult(registered.name, registered.version, serving.name, False, folder, plain(result))


def _young(
    home: Home, store: RecordStore, versions: dict[str, int], asked: Request, found: Snapshots, *, why: str
) -> Young:
    """Read what a site too young to be measured has."""
    with store.connect(versions) as con:
        present = read_present(con, found.site, cache=home.features, versions=versions)
        first_on = first_measure_on(session_spans(con, asked.task))
    return Young(found, present, why, when_possible(asked.task, first_on.isoformat() if first_on else None))


def measure(
    found: Snapshots, attributes: pd.DataFrame, asked: Request, *, report: Report = silent
) -> tuple[Run, pd.DataFrame, dict[str, Array]]:
    """Return the run, its test rows and each level's probabilities: everything but files and registry."""
    every = split(found.rows)
    found = replace(found, features=_spoken(found, every[-1]))
    catalogue = read_catalogue(found.features)
    ladders = [
        climb_and_fit(found.rows, f, found.features, catalogue, options=asked.options, report=report) for f in every
    ]
    tests = [found.rows[folds.test] for folds in every]
    test, fitted = pd.concat(tests, ignore_index=True), ladders[-1]
    scores = {
        level: np.concatenate([probabilities(ladder[level], rows) for ladder, rows in zip(ladders, tests, strict=True)])
        for level in fitted
    }
    judged = evaluate(test, scores, capacity=asked.capacity)
    served = judged.serving.name
    run = Run(
        found=found,
        folds=every,
        fitted=fitted,
        judged=judged,
        leaks=leaky_roc_auc(found.leaky, fitted[served], found.features, catalogue, options=asked.options),
        fairness=audit(test, scores[served], alerted(test, scores[served], asked.capacity), attributes),
        seeds=seed_spread(tests[-1]["label"].to_numpy(dtype=np.float64), seed_scores(fitted[served], tests[-1])),
    )
    return run, test, scores


def _spoken(found: Snapshots, folds: Folds) -> tuple[str, ...]:
    """The features that say anything in the training rows; a site without surveys has no survey features."""
    said = found.rows.loc[folds.fit, list(found.features)].notna().any()
    return tuple(name for name in found.features if said[name])


def _package(
    asked: Request, result: Mapping[str, Any], serving: Fitted, found: Snapshots, folder: Path
) -> registry.Package:
    """All that the registry keeps of the run."""
    kept = ("horizon_days", "level", "abandonment", "definition", "trained_until", "table_versions", "run_key")
    pooled = {name: float(value) for name, value in result["pooled"].items()}
    metadata = {name: result[name] for name in kept} | {
        "task": asked.task.name,
        "features": list(found.features),
        "inputs": [name for name in serving.spec["features"] if name != PAST_RATE] + [COURSE],
        "figures": plain(pooled),
        "importance": plain(serving.tuning.get("importance", {})),
        "measured": True,
    }
    task = {"task": asked.task.name, "level": serving.name, "run_key": str(result["run_key"]), registry.MEASURED: "yes"}
    return registry.Package(
        task=asked.task.name,
        spec=serving.spec,
        metadata=metadata | {"abandonment": result["definition"]},
        parameters={
            **plain(asdict(asked)),
            "table_versions": result["table_versions"],
            "tuning": plain(serving.tuning),
        },
        figures=pooled | {f"alerts_{name}": float(value) for name, value in result["alerts"].items()},
        tags=task | {"abandonment": str(result["abandonment"]), "horizon_days": str(result["horizon_days"])},
        example=found.rows[metadata["inputs"]].head(EXAMPLE_ROWS).astype({COURSE: object}),
        folder=folder,
    )


def _reference(found: Snapshots, folds: Folds, serving: Fitted) -> pd.DataFrame:
    """The training window as the watch will compare it: features, day of the course, probability."""
    rows = found.rows[folds.refit]
    step = max(1, -(-len(rows) // REFERENCE_ROWS))
    kept = rows.iloc[::step].reset_index(drop=True)
    return kept[[CLOCK, *found.features]].assign(probability=probabilities(serving, kept))


def _peak_mb() -> int:
    """Peak memory of this process; Linux counts it in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
