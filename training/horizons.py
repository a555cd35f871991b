"""Several horizons (14, 28, 56 days) from one design: the same snapshots, folds and ladder; a longer one never lower.

python -m training.horizons HOME            # trains the three, measures each, keeps them under reports/horizons
python -m training.horizons HOME logistic   # of these levels of the ladder only

On OULAD, the development terms are read (2013B fits, 2013J tunes, 2014B is read); 2014J is dropped first.
Each horizon has its own model and calibrator; what they say is then held apart from the 28 days outwards
(`served_model.hold_apart`), so that the list and the reasons of the horizon that alerts do not move.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.departures import known_outcomes, read_silences
from data.home import Home
from data.progress import Report, silent
from training.alerting import Capacity
from training.development import without_the_test
from training.evaluation import evaluate, figures
from training.gate import LADDER
from training.labels import RECORDED_OR_SILENCE, Task, abandonments, label, parse_task, to_days
from training.ladder import Options, climb_and_fit, probabilities, written_spec
from training.measuring import read_catalogue, spoken
from training.metrics import Array
from training.report import plain
from training.served_model import Spec, hold_apart
from training.snapshots import Snapshots, read_snapshots
from training.splits import split
from training.sureness import development_folds

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

HORIZONS, ANCHOR = (14, 28, 56), 28


@dataclass(frozen=True)
class Horizons:
    """The spec of each horizon, by its days, and what was measured of each, before and after they were held apart."""

    specs: Mapping[str, Spec]
    measured: Mapping[str, Mapping[str, Any]]
    moved: Mapping[str, float]


def train_horizons(
    home: Home,
    *,
    horizons: Sequence[int] = HORIZONS,
    anchor: int = ANCHOR,
    options: Options | None = None,
    report: Report = silent,
) -> Horizons:
    """Train one ladder a horizon on the same snapshots and folds, and keep what serves of each.

    Raises
    ------
    StoreError : nothing was imported.
    TooLittleHistoryError : nothing can be measured at the longest horizon.
    """
    from data.store import RecordStore

    store, tasks = RecordStore(home), {h: parse_task(f"abandoned_{h}d") for h in sorted(horizons)}
    with store.connect() as con:
        shortest = tasks[min(tasks)]
        found = read_snapshots(con, shortest, cache=home.features, versions=store.versions(), report=report)
        outcomes = _outcomes(con, found)
    found = replace(found, rows=without_the_test(found.rows)) if found.site.oulad else found
    labelled = {h: relabelled(found, outcomes, task) for h, task in tasks.items()}
    made = fit_horizons(found, labelled, anchor=anchor, options=options or Options(), report=report)
    folder = home.reports / "horizons"
    folder.mkdir(parents=True, exist_ok=True)
    kept = {"anchor": anchor, "specs": made.specs, "measured": made.measured, "moved": made.moved}
    (folder / "horizons.json").write_text(json.dumps(plain(kept)), encoding="utf-8")
    return made


def relabelled(found: Snapshots, outcomes: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Return the same snapshots labelled for another horizon; NaN where it is not over, row for row."""
    told = label(found.rows, outcomes, task=task, data_end=found.site.data_end)
    over = to_days(told["label_until"].to_numpy()) <= np.datetime64(found.site.data_end, "D")
    return found.rows.assign(label=told["label"].where(over), label_until=told["label_until"])


def fit_horizons(
    found: Snapshots, labelled: Mapping[int, pd.DataFrame], *, anchor: int, options: Options, report: Report = silent
) -> Horizons:
    """Fit each horizon on the folds of the longest, whose gap is wide enough for all; measure on the same test rows."""
    known = np.all([rows["label"].notna() for rows in labelled.values()], axis=0)
    tables = {h: rows[known].reset_index(drop=True) for h, rows in labelled.items()}
    longest = tables[max(tables)]
    every = [development_folds(longest)] if found.site.oulad else split(longest)
    found = replace(found, features=spoken(found.features, tables[max(tables)][every[-1].fit]))
    specs, said, tests = {}, {}, {}
    for days, rows in tables.items():
        ladders = [
            climb_and_fit(rows, f, found.features, read_catalogue(found.features), options=options, report=report)
            for f in every
        ]
        tests[days] = pd.concat([rows[f.test] for f in every], ignore_index=True)
        scores = {
            level: np.concatenate(
                [probabilities(one[level], rows[f.test]) for one, f in zip(ladders, every, strict=True)]
            )
            for level in ladders[-1]
        }
        serving = evaluate(tests[days], scores, capacity=Capacity(again_days=days)).serving.name
        specs[str(days)], said[days] = written_spec(ladders[-1][serving].spec), scores[serving]
    return Horizons(specs, *_told(tests, said, anchor))


def _told(
    tests: Mapping[int, pd.DataFrame], said: Mapping[int, Array], anchor: int
) -> tuple[dict[str, dict[str, Any]], dict[str, float]]:
    """Each horizon's figures apart and held apart, and the share of rows that gave way."""
    held = hold_apart(said, anchor=anchor)
    measured = {
        str(days): {"apart": figures(rows, said[days]), "held": figures(rows, held[days])}
        for days, rows in tests.items()
    }
    return measured, {str(days): float(np.mean(held[days] != said[days])) for days in tests}


def _outcomes(con: DuckDBPyConnection, found: Snapshots) -> pd.DataFrame:
    enrolments = known_outcomes(con, found.site.data_end)
    by_silence = found.definition == RECORDED_OR_SILENCE
    return abandonments(
        enrolments, silent_on=read_silences(con, enrolments, found.site.data_end) if by_silence else None
    )


def table(made: Horizons) -> str:
    """Return what was measured as a Markdown table."""
    columns = ("n", "base_rate", "roc_auc", "pr_auc", "brier", "ece")
    lines = [
        "| horizon | level | " + " | ".join(columns) + " | rows that gave way |",
        "|" + "---|" * (len(columns) + 3),
    ]
    for days, told in made.measured.items():
        cells = [str(told["held"]["n"]), *(f"{told['held'][c]:.4g}" for c in columns[1:])]
        lines.append(f"| {days} days | {made.specs[days]['level']} | {' | '.join(cells)} | {made.moved[days]:.4f} |")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    """Train the three horizons of a home and print what was measured."""
    folder, *levels = arguments
    made = train_horizons(Home(Path(folder)), options=Options(levels=tuple(levels) or LADDER))
    sys.stdout.write(table(made) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
