"""What retraining learns of learners who were helped, beside the simulator's truth.

`python -m training.contacted FOLDER` prints the table; FOLDER keeps the feature tables. Mentors contact simulated
learners the more the less these were seen, and it helps. Trees of the same settings learn four times from the same
learners: had nobody been contacted (the reference), the labels as lived, without the contacted who stayed, and as
training does. Each is then asked about other learners, lived under the same mentors, whose chance of abandoning
without a further contact is known.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from data.contracts import TABLES
from data.privacy import Pseudonymiser
from data.simulator import Plan, simulate
from training import metrics
from training.contacts import follow
from training.labels import parse_task
from training.metrics import Array, Ranking
from training.snapshots import Snapshots, read_snapshots

PLAN = Plan(sessions=5, learners=600, weeks=30, every_weeks=4, seed=11, actions="at_risk", contact_rate=0.1)
OTHERS = 12
ROUNDS, TOP, EARLIEST = 120, 0.10, 14
SETTINGS: dict[str, Any] = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 8, "min_data_in_leaf": 200, "lambda_l2": 20.0,
    "feature_fraction": 0.3, "bagging_fraction": 0.7, "bagging_freq": 1, "verbosity": -1, "num_threads": 1, "seed": 1,
    "deterministic": True, "force_row_wise": True,
}  # fmt: skip


def compare(plan: Plan, cache: Path) -> list[dict[str, Any]]:
    """Return, for each way of learning, how what it says of other learners stands to the truth."""
    lived, _, contacts = _lived(plan, cache)
    untouched, _, _ = _lived(replace(plan, actions="none"), cache)
    others, told, _ = _lived(replace(plan, seed=OTHERS), cache)
    test = _as_lived(others).merge(told, on=["enrolment_id", "as_of_on"])
    every = _as_lived(lived)
    helped = follow(every, contacts).helped
    samples = {
        "nobody contacted (reference)": untouched.rows,
        "labels as lived": every,
        "without the contacted who stayed": every[~helped | (every["label"] == 1)],
        "as training does": lived.rows,
    }
    return [{"learnt from": name, **_judged(rows, test, lived.features)} for name, rows in samples.items()]


def _lived(plan: Plan, cache: Path) -> tuple[Snapshots, pd.DataFrame, pd.DataFrame]:
    """Return the snapshots of a simulated world, its truth a week, and its contacts."""
    made = simulate(plan, Pseudonymiser(b"k" * 32, "simulator"))
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for name, spec in TABLES.items():
            con.register(f"{name}_arrow", made.tables.get(name, spec.schema.empty_table()))
            con.execute(f'CREATE TABLE "{name}" AS FROM {name}_arrow')
        mark = zlib.crc32(repr(plan).encode())
        found = read_snapshots(
            con, parse_task("abandoned_28d"), cache=cache, versions={"simulated": mark}, definition="recorded"
        )
        contacts = con.execute("SELECT enrolment_id, contacted_on FROM contacts").df()
    told = made.truth.select(["enrolment_id", "day", "abandon_28d", "abandons_28d"]).to_pandas()
    told = told.rename(columns={"day": "as_of_on"}).assign(as_of_on=pd.to_datetime(told["day"]).astype("datetime64[s]"))
    return found, told, contacts


def _as_lived(found: Snapshots) -> pd.DataFrame:
    """Return every labelled row, those that a contact may have changed included."""
    rows = pd.concat([found.rows, found.contacted], ignore_index=True)
    return rows.assign(as_of_on=rows["as_of_on"].astype("datetime64[s]"))


def _judged(rows: pd.DataFrame, test: pd.DataFrame, features: tuple[str, ...]) -> dict[str, Any]:
    import lightgbm

    rows, test = (one[one["as_of_day"] >= EARLIEST] for one in (rows, test))
    label = rows["label"].to_numpy(dtype=np.float64)
    grown = lightgbm.train(SETTINGS, lightgbm.Dataset(_inputs(rows, features), label=label), num_boost_round=ROUNDS)
    said: Array = np.asarray(grown.predict(_inputs(test, features)), dtype=np.float64)
    real = test["abandon_28d"].to_numpy(dtype=np.float64)
    top = np.argsort(-said, kind="stable")[: int(TOP * len(said))]
    happens = test["abandons_28d"].to_numpy(dtype=np.float64)
    return {
        "rows": len(rows),
        "leavers": int(label.sum()),
        "said / true": float(said.mean() / real.mean()),
        "said / true, top 10 %": float(said[top].mean() / real[top].mean()),
        "rms error": float(np.sqrt(np.mean((said - real) ** 2))),
        "ROC AUC": float(metrics.roc_auc(Ranking.of(happens, said))),
    }


def _inputs(rows: pd.DataFrame, features: tuple[str, ...]) -> Array:
    inputs: Array = rows[list(features)].to_numpy(dtype=np.float64)
    return inputs


def line(told: Mapping[str, Any]) -> str:
    """Return one line of the table."""
    cells = [f"{value:.4f}" if isinstance(value, float) else str(value) for value in told.values()]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m training.contacted FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    found = compare(PLAN, folder)
    lines = ["| " + " | ".join(found[0]) + " |", "|" + "---|" * len(found[0]), *map(line, found)]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
