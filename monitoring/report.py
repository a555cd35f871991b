"""The drift report people read (Evidently, HTML) and the one programs read (JSON)."""

from __future__ import annotations

import json
import logging
import warnings
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import StoreError
from data.steps import written_whole
from monitoring.drift import SCORE, ColumnDrift, Comparison, by_course, compare
from monitoring.thresholds import DEFAULT, Thresholds
from monitoring.windows import NEVER_CLOSED, Closures, alike, sample

if TYPE_CHECKING:
    import pandas as pd

DRAWN = 20
NOTHING = "<!doctype html><html lang=fr><title>Filrouge</title><p>Rien de comparable. Nothing to compare.</html>"
PAGE_ROWS = 3000
"""Rows of the reference that Evidently's page draws, mixed as the current list is."""


@dataclass(frozen=True)
class DriftReport:
    """Where the two files are, and what the comparison says."""

    as_of: date
    html: Path
    json: Path
    comparison: Comparison


def write_drift_report(
    scored: Path, folder: Path, *, limits: Thresholds = DEFAULT, closures: Closures = NEVER_CLOSED
) -> DriftReport:
    """Compare a scored list with its model's training window and write `<as_of>.html` and `.json`.

    Parameters
    ----------
    scored : a folder that `filrouge score` wrote (`run.json`, `current.parquet`, `reference.parquet`).
    folder : where the report goes; created.
    closures : when the organisation was closed.

    Raises
    ------
    StoreError : the folder holds no scored list.
    """
    import pandas as pd

    run = read_run(scored)
    reference, current = (pd.read_parquet(scored / f"{part}.parquet") for part in ("reference", "current"))
    names = [SCORE, *run["features"]]
    comparison = compare(reference, current, names, limits=limits, closures=closures)
    courses = by_course(reference, current, names, limits=limits, closures=closures)
    like = sample(reference, alike(reference, current, limits=limits, closures=closures), rows=PAGE_ROWS)
    drawn = shown(comparison.columns, run.get("importance") or {})
    page = evidently_page(like, current, drawn, limits=limits) if drawn else NOTHING
    return _write(folder, run, comparison, courses, page)


def shown(columns: tuple[ColumnDrift, ...], importance: dict[str, float]) -> list[str]:
    """Return the columns drawn on the page: the score, then those that weigh most, then those that moved most.

    All columns are judged in the JSON; drawing a hundred would take minutes and ten megabytes.
    """
    valued = [c.name for c in columns if c.distance is not None]
    heavy = sorted((n for n in valued if importance.get(n)), key=lambda n: -importance[n])
    ordered = [n for n in (SCORE,) if n in valued] + heavy[: DRAWN // 2] + valued
    return list(dict.fromkeys(ordered))[:DRAWN]


def read_run(scored: Path) -> dict[str, Any]:
    """Return what `filrouge score` wrote of a scored list."""
    try:
        run: dict[str, Any] = json.loads((scored / "run.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StoreError("no scored list to watch", where=str(scored), todo="run `filrouge score` first") from error
    return run


def evidently_page(reference: pd.DataFrame, current: pd.DataFrame, names: list[str], *, limits: Thresholds) -> str:
    """Return Evidently's own page for some columns."""
    return str(_snapshot(reference, current, names, limits).get_html_str(as_iframe=False))


def evidently_distances(
    reference: pd.DataFrame, current: pd.DataFrame, names: list[str], *, limits: Thresholds
) -> dict[str, float]:
    """Return Evidently's own distance per column, to check ours against."""
    metrics = _snapshot(reference, current, names, limits).dict()["metrics"]
    return {m["config"]["column"]: float(m["value"]) for m in metrics if m["config"]["type"].endswith(":ValueDrift")}


def _snapshot(reference: pd.DataFrame, current: pd.DataFrame, names: list[str], limits: Thresholds) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("evidently").setLevel(logging.ERROR)
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset

        definition = DataDefinition(numerical_columns=names)
        preset = DataDriftPreset(columns=names, num_method="wasserstein", num_threshold=limits.distance)
        return Report([preset], include_tests=False).run(
            Dataset.from_pandas(current[names], data_definition=definition),
            Dataset.from_pandas(reference[names], data_definition=definition),
        )


def _write(
    folder: Path, run: dict[str, Any], comparison: Comparison, courses: dict[str, Comparison], page: str
) -> DriftReport:
    folder.mkdir(parents=True, exist_ok=True)
    as_of = date.fromisoformat(run["as_of"])
    html, summary = folder / f"{as_of}.html", folder / f"{as_of}.json"
    apart = {name: one.as_json() for name, one in courses.items()}
    content = {"as_of": run["as_of"], "model": run["model"], **comparison.as_json(), "courses": apart}
    for path, text in ((html, page), (summary, json.dumps(content, ensure_ascii=False, indent=1))):
        with written_whole(path) as partial:
            partial.write_text(text, encoding="utf-8")
    return DriftReport(as_of, html, summary, comparison)
