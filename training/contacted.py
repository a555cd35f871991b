"""What retraining learns of learners who were helped, beside the simulator's truth.

`python -m training.contacted FOLDER [docs/evaluation.md]` prints the table; FOLDER keeps the feature tables. Mentors
contact simulated learners the more the less these were seen, and it helps. Trees of the same settings learn five times
from the same learners: had nobody been contacted (the reference), the labels as lived, without the contacted who
stayed, as training does (leavers thinned by chance), and by weights (each leaver weighed by that chance, none left
out). Each is then asked about other learners, lived under the same mentors, whose chance of abandoning without a
further contact is known.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Mapping, Sequence
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
from training.baselines import RULES, points
from training.contacts import follow, kept_chance, strata_of
from training.labels import parse_task
from training.metrics import Array, Ranking
from training.served_model import raw_scores
from training.snapshots import Snapshots, read_snapshots

BEGIN, END = "<!-- contacted: begin -->", "<!-- contacted: end -->"
PLAN = Plan(sessions=5, learners=600, weeks=30, every_weeks=4, actions="at_risk", contact_rate=0.1)
SEEDS, OTHERS = (11, 13, 15), 1
"""Simulated worlds; the learners asked about are of the next seed."""
COUNTS = ("rows", "leavers")
ROUNDS, TOP, EARLIEST = 120, 0.10, 14
SETTINGS: dict[str, Any] = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 8, "min_data_in_leaf": 200, "lambda_l2": 20.0,
    "feature_fraction": 0.3, "bagging_fraction": 0.7, "bagging_freq": 1, "verbosity": -1, "num_threads": 1, "seed": 1,
    "deterministic": True, "force_row_wise": True,
}  # fmt: skip


def compare(plan: Plan, cache: Path) -> list[dict[str, Any]]:
    """Return, for each way of learning, how what it says of other learners stands to the truth."""
    found, _, contacts = lived(plan, cache)
    untouched, _, _ = lived(replace(plan, actions="none"), cache)
    others, told, _ = lived(replace(plan, seed=plan.seed + OTHERS), cache)
    test = _as_lived(others).merge(told, on=["enrolment_id", "as_of_on"])
    every = _as_lived(found)
    followed = follow(every, contacts)
    helped = followed.helped
    chance = kept_chance(followed, strata_of(_risk(every)))
    samples: dict[str, tuple[pd.DataFrame, Array | None]] = {
        "nobody contacted (reference)": (untouched.rows, None),
        "labels as lived": (every, None),
        "without the contacted who stayed": (every[~helped | (every["label"] == 1)], None),
        "as training does (leavers thinned)": (found.rows, None),
        "leavers weighed instead": (every[~helped], chance[~helped]),
    }
    return [
        {"learnt from": name, **_judged(rows, test, found.features, weight)} for name, (rows, weight) in samples.items()
    ]


def _risk(rows: pd.DataFrame) -> Array:
    """What a mentor sees of each row's risk: the rules' points, as in training."""
    read = [rule.feature for rule in RULES if rule.feature in rows.columns]
    return raw_scores(points(read), rows[read].to_numpy(dtype=np.float64))


def lived(plan: Plan, cache: Path) -> tuple[Snapshots, pd.DataFrame, pd.DataFrame]:
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


def _judged(rows: pd.DataFrame, test: pd.DataFrame, features: tuple[str, ...], weight: Array | None) -> dict[str, Any]:
    import lightgbm

    late = (rows["as_of_day"] >= EARLIEST).to_numpy()
    rows, test, weight = rows[late], test[test["as_of_day"] >= EARLIEST], None if weight is None else weight[late]
    label = rows["label"].to_numpy(dtype=np.float64)
    data = lightgbm.Dataset(_inputs(rows, features), label=label, weight=weight)
    grown = lightgbm.train(SETTINGS, data, num_boost_round=ROUNDS)
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


def mean_of(worlds: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return each way of learning with its figures' means over the worlds."""
    return [
        {
            key: value if isinstance(value, str) else float(np.mean([one[key] for one in way]))
            for key, value in way[0].items()
        }
        for way in zip(*worlds, strict=True)
    ]


def table(worlds: Sequence[Sequence[Mapping[str, Any]]]) -> str:
    """Return the Markdown table of the means, and how far weights are from thinning in each world."""
    means = mean_of(worlds)
    lines = ["| " + " | ".join(means[0]) + " |", "|" + "---|" * len(means[0]), *map(line, means)]
    apart = [world[-1]["ROC AUC"] - world[-2]["ROC AUC"] for world in worlds]
    nearer = [world[-2]["rms error"] - world[-1]["rms error"] for world in worlds]
    lines += [
        "",
        f"Means of {len(worlds)} worlds. Weights less thinning, world by world: ROC AUC "
        + ", ".join(f"{one:+.4f}" for one in apart)
        + "; rms error lower by "
        + ", ".join(f"{one:+.4f}" for one in nearer)
        + ".",
    ]
    return "\n".join(lines)


def line(told: Mapping[str, Any]) -> str:
    """Return one line of the table: counts whole, the rest with four decimals."""
    cells = [
        value if isinstance(value, str) else f"{value:.0f}" if name in COUNTS else f"{value:.4f}"
        for name, value in told.items()
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table; write it between the marks of a document when one is named."""
    if len(sys.argv) < 2:
        raise SystemExit("usage: python -m training.contacted FOLDER [docs/evaluation.md]")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    written = table([compare(replace(PLAN, seed=seed), folder) for seed in SEEDS])
    sys.stdout.write(written + "\n")
    for document in map(Path, sys.argv[2:]):
        before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
        document.write_text(f"{before}{BEGIN}\n{written}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
