"""One training run, end to end: snapshots, folds, the ladder, the test, the gate, the registry."""

from __future__ import annotations

import hashlib
import json
import resource
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.home import Home
from data.progress import Report, silent
from training import code, history, registry
from training.alerting import Capacity
from training.data_sheet import describe
from training.findings import sentences
from training.labels import Task, parse_task
from training.ladder import Fitted, Options, probabilities, written_spec
from training.measuring import Request, measure
from training.promotion import first_act
from training.report import plain, write_report
from training.result import TrainingResult, code_tags, draw, earlier_models, logged_figures, payload
from training.resume import Unfinished
from training.served_model import COURSE, PAST_RATE
from training.snapshots import PLACE, Snapshots, read_present, read_snapshots, session_spans
from training.splits import Folds, TooLittleHistoryError, first_measure_on
from training.unmeasured import REFERENCE_ROWS, Young, register_or_keep, when_possible

if TYPE_CHECKING:
    from data.store import RecordStore

EXAMPLE_ROWS = 5


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
    """Train, measure and register the ladder for a task, with the level that the gate lets through.

    The first measured version serves at once; a later one waits as challenger. With too little history to measure, the
    rules serve by default, unless a measured champion does. Does nothing, and says so (`reused`), when the same
    records, request and code were trained before. A run that was killed goes on from the levels it had fitted.

    Parameters
    ----------
    task : `abandoned_28d`, its alias `withdrawn_28d`, or `fail_or_withdrawn`.
    until : pretend that this is the last day known; None for the data's end.
    definition : `recorded` or `recorded_or_silence`; None for what the site allows.
    capacity : alerts each mentor can take each time scores are made.

    Raises
    ------
    StoreError : nothing was imported.
    ModelError : unknown task or horizon; folds that overlap.
    """
    from data.store import RecordStore

    start, parsed, store = time.perf_counter(), parse_task(task, horizon_days), RecordStore(home)
    room = Capacity(capacity, parsed.horizon_days)
    asked = Request(parsed, until, definition, capacity=room, options=options or Options())
    key = run_key(asked, store.versions())
    done = _trained_before(home, parsed, key)
    if done is not None:
        return replace(done, payload=done.payload | {"task": task})
    head = {"task": task, "run_key": key, "reused": False, "horizon_days": parsed.horizon_days}
    return _train_and_write_down(home, store, asked, head, start=start, report=report)


def _train_and_write_down(
    home: Home, store: RecordStore, asked: Request, head: Mapping[str, Any], *, start: float, report: Report
) -> TrainingResult:
    """Train, and write in the history who serves since; what an unfinished run had kept is then removed."""
    made_by = {"commit": code.commit(), "fingerprint": code.fingerprint()}
    head = {**head, "asked": plain(asdict(asked)), "code": made_by, "data": describe(home, store)}
    unfinished = Unfinished(home.models / "unfinished" / str(head["run_key"]))
    champion = registry.champion_of(home, asked.task.name)
    result = _train(home, store, asked, head, start=start, report=report, unfinished=unfinished)
    unfinished.finished()
    return _written_down(home, result, champion, datetime.now(UTC))


def _written_down(
    home: Home, result: TrainingResult, champion: registry.Registered | None, now: datetime
) -> TrainingResult:
    """Write in the history that a version became champion by itself; say what a challenger waits for."""
    if result.reused:
        return result
    made = registry.find(home, f"{result.model}/{result.version}")
    act = first_act(made, champion, now)
    if act is not None:
        history.append(home, made.name, act)
    return replace(
        result, role=registry.role_of(made), serving=champion.version if champion and not act else made.version
    )


def run_key(asked: Request, versions: dict[str, int]) -> str:
    """Return the run's name: a hash of the records' versions, the request and the code of features and training."""
    content = [asdict(asked), sorted(versions.items()), code.fingerprint()]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _trained_before(home: Home, task: Task, key: str) -> TrainingResult | None:
    """The version that this very request made, whoever serves now."""
    champion, made = registry.champion_of(home, task.name), registry.trained_by(home, task.name, key)
    if champion is None or made is None:
        return None
    kept = registry.report_of(home, made) | {"reused": True}
    folder = registry.report_folder(home, made)
    return TrainingResult(
        made.name, made.version, kept["level"], True, folder, kept, registry.role_of(made), champion.version
    )


def _train(
    home: Home, store: RecordStore, asked: Request, head: Mapping[str, Any], *, start: float, report: Report,
    unfinished: Unfinished,
) -> TrainingResult:  # fmt: skip
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
        run, test, scores = measure(found, attributes, asked, report=report, unfinished=unfinished)
    except TooLittleHistoryError as why:
        cost = {"seconds": round(time.perf_counter() - start, 1), "peak_mb": _peak_mb()}
        young = _young(home, store, versions, asked, found, why=why.line())
        told = {**head, "table_versions": versions, **cost}
        return register_or_keep(home, asked.task, young, told, parameters=plain(asdict(asked)))
    serving = run.fitted[run.judged.serving.name]
    result = {**head, "model": registry.model_name(asked.task.name), "table_versions": versions, **payload(run)}
    result |= {"seconds": round(time.perf_counter() - start, 1), "peak_mb": _peak_mb()}
    result |= {"stages": {"made": unfinished.made, "read_back": unfinished.reused}}
    result |= {"weaknesses": sentences(plain(result))}
    folder = home.reports / "training" / str(head["run_key"])
    write_report(folder, result, draw(run, test, scores))
    (folder / "spec.json").write_text(json.dumps(written_spec(serving.spec)), encoding="utf-8")
    (folder / "folds.json").write_text(json.dumps(earlier_models(run)), encoding="utf-8")
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
    on = first_on.isoformat() if first_on else None
    return Young(found, present, why, when_possible(asked.task, on), on)


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
    task |= code_tags(result)
    return registry.Package(
        task=asked.task.name,
        spec=serving.spec,
        metadata=metadata | {"abandonment": result["definition"]},
        parameters={
            **plain(asdict(asked)),
            "table_versions": result["table_versions"],
            "tuning": plain(serving.tuning),
            "features": list(found.features),
        },
        figures=logged_figures(result),
        tags=task | {"abandonment": str(result["abandonment"]), "horizon_days": str(result["horizon_days"])},
        example=found.rows[metadata["inputs"]].head(EXAMPLE_ROWS).astype({COURSE: object}),
        folder=folder,
    )


def _reference(found: Snapshots, folds: Folds, serving: Fitted) -> pd.DataFrame:
    """The training window as the watch will compare it: features, place in the course, probability."""
    rows = found.rows[folds.refit]
    step = max(1, -(-len(rows) // REFERENCE_ROWS))
    kept = rows.iloc[::step].reset_index(drop=True)
    return kept[[*PLACE, *found.features]].assign(probability=probabilities(serving, kept))


def _peak_mb() -> int:
    """Peak memory of this process; Linux counts it in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
