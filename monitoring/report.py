"""The drift report people read (Evidently, HTML) and the one programs read (JSON)."""

from __future__ import annotations

import json
import logging
import math
import warnings
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import StoreError
from data.steps import written_whole
from monitoring.drift import ColumnDrift, Comparison, column_drift, comparable, same_weeks, verdict
from monitoring.thresholds import DEFAULT, Thresholds

if TYPE_CHECKING:
    import pandas as pd

SCORE = "probability"


@dataclass(frozen=True)
class DriftReport:
    """Where the two files are, and what the comparison says."""

    as_of: date
    html: Path
    json: Path
    comparison: Comparison


def write_drift_report(scored: Path, folder: Path, *, limits: Thresholds = DEFAULT) -> DriftReport:
    """Compare a scored list with its model's training window and write `<as_of>.html` and `.json`.

    Parameters
    ----------
    scored : a folder that `filrouge score` wrote (`run.json`, `current.parquet`, `reference.parquet`).
    folder : where the report goes; created.

    Raises
    ------
    StoreError : the folder holds no scored list.
    """
    import pandas as pd

    run = read_run(scored)
    reference, current = (pd.read_parquet(scored / f"{part}.parquet") for part in ("reference", "current"))
    reference, alike = same_weeks(reference, current, min_rows=limits.min_rows)
    names, skipped = comparable(reference, current, [SCORE, *run["features"]])
    distances, page = _evidently(reference, current, names, limits)
    columns = tuple(column_drift(reference[n], current[n], distances.get(n), limits=limits) for n in names)
    rows = len(reference), len(current)
    comparison = Comparison(verdict(columns, rows, limits=limits), *rows, alike, _worst_first(columns), skipped)
    return _write(folder, run, comparison, page)


def read_run(scored: Path) -> dict[str, Any]:
    """Return what `filrouge score` wrote of a scored list."""
    try:
        run: dict[str, Any] = json.loads((scored / "run.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StoreError("no scored list to watch", where=str(scored), todo="run `filrouge score` first") from error
    return run


def _worst_first(columns: tuple[ColumnDrift, ...]) -> tuple[ColumnDrift, ...]:
    return tuple(sorted(columns, key=lambda c: (not c.drifted, -(c.distance or 0.0), c.name)))


def _evidently(
    reference: pd.DataFrame, current: pd.DataFrame, names: list[str], limits: Thresholds
) -> tuple[dict[str, float], str]:
    """Return Evidently's distance per column, and its page."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("evidently").setLevel(logging.ERROR)
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset

        valued = [n for n in names if reference[n].notna().any() and current[n].notna().any()]
        definition = DataDefinition(numerical_columns=valued)
        preset = DataDriftPreset(columns=valued, num_method="wasserstein", num_threshold=limits.distance)
        snapshot = Report([preset], include_tests=False).run(
            Dataset.from_pandas(current[valued], data_definition=definition),
            Dataset.from_pandas(reference[valued], data_definition=definition),
        )
        return _distances(snapshot.dict()["metrics"]), snapshot.get_html_str(as_iframe=False)


def _distances(metrics: list[dict[str, Any]]) -> dict[str, float]:
    found = {m["config"]["column"]: float(m["value"]) for m in metrics if m["config"]["type"].endswith(":ValueDrift")}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _write(folder: Path, run: dict[str, Any], comparison: Comparison, page: str) -> DriftReport:
    folder.mkdir(parents=True, exist_ok=True)
    as_of = date.fromisoformat(run["as_of"])
    html, summary = folder / f"{as_of}.html", folder / f"{as_of}.json"
    content = {"as_of": run["as_of"], "model": run["model"], **comparison.as_json()}
    for path, text in ((html, page), (summary, json.dumps(content, ensure_ascii=False, indent=1))):
        with written_whole(path) as partial:
            partial.write_text(text, encoding="utf-8")
    return DriftReport(as_of, html, summary, comparison)
