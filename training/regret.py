"""How far a model is from the best possible ranking, on learners whose risk is known, source by source.

python -m training.regret FOLDER [docs/evaluation.md]

FOLDER is a home made by `filrouge simulate`. The oracle ranks by the simulator's own chance of abandoning within 28
days, which no record tells in full: nobody reaches it. Each of the latest sessions is read by trees fitted and
calibrated on those before it, with every source, then without posts, without surveys, without either.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import ModelError
from data.home import Home
from training.evaluation import SHARE_PRECISION
from training.labels import RECORDED, parse_task
from training.ladder import Options, climb_and_fit, probabilities
from training.measuring import read_catalogue, spoken
from training.metrics import Array, Ranking, found_at, pr_auc, roc_auc
from training.snapshots import read_snapshots
from training.splits import Folds, split

BEGIN, END = "<!-- regret: begin -->", "<!-- regret: end -->"
OPTIONS = Options(seeds=(1, 2), levels=("lightgbm",))
READS = {
    "posts": ("posts", "questions", "answers", "answer", "thread", "reactions"),
    "surveys": ("survey", "satisfaction", "intention", "overload", "mood"),
}
"""Words in the names of the features that compare with the session what a source says."""
FAMILIES = {"posts": "community", "surveys": "surveys"}
WITHOUT: dict[str, tuple[str, ...]] = {
    "every source": (),
    "without posts": ("posts",),
    "without surveys": ("surveys",),
    "without either": ("posts", "surveys"),
}


def without(features: Sequence[str], sources: Sequence[str]) -> tuple[str, ...]:
    """Return the features that read none of these sources."""
    from features.catalog import entry

    def reads(name: str, source: str) -> bool:
        words = READS[source] if entry(name).family == "cohort" else ()
        return entry(name).family == FAMILIES[source] or any(word in name for word in words)

    return tuple(name for name in features if not any(reads(name, source) for source in sources))


def true_risk(rows: pd.DataFrame, truth: pd.DataFrame) -> Array:
    """Return each snapshot's true chance of abandoning within 28 days; NaN where the learner had left by then.

    Parameters
    ----------
    rows : enrolment_id and as_of_on.
    truth : the simulator's: enrolment_id, day (the first of seven), abandon_28d.
    """
    at = pd.DataFrame({"enrolment_id": rows["enrolment_id"].to_numpy(), "row": np.arange(len(rows))})
    at["day"] = pd.to_datetime(rows["as_of_on"]).to_numpy().astype("datetime64[s]")
    known = truth[["enrolment_id", "day", "abandon_28d"]].copy()
    known["day"] = pd.to_datetime(known["day"]).to_numpy().astype("datetime64[s]")
    found = pd.merge_asof(
        at.sort_values("day", kind="stable"),
        known.sort_values("day", kind="stable"),
        on="day",
        by="enrolment_id",
        tolerance=pd.Timedelta(days=6),
    )
    return np.asarray(found.sort_values("row")["abandon_28d"].to_numpy(dtype=np.float64))


def line(name: str, label: Array, score: Array, oracle: Array, risk: Array) -> str:
    """Return one line of the table; regret is the share of the oracle's finds at capacity that is missed."""
    mine, best = Ranking.of(label, score), Ranking.of(label, oracle)
    caught = [found_at(ranking, SHARE_PRECISION) for ranking in (mine, best)]
    cells = [f"{roc_auc(mine):.3f}", f"{pr_auc(mine):.3f}", f"{caught[0][0]:.3f}", f"{caught[0][1]:.3f}"]
    taken = [
        float(risk[np.argsort(-one, kind="stable")[: int(len(risk) * SHARE_PRECISION)]].sum())
        for one in (score, oracle)
    ]
    return f"| {name} | {' | '.join(cells)} | {1 - caught[0][1] / caught[1][1]:.3f} | {1 - taken[0] / taken[1]:.3f} |"


def table(rows: pd.DataFrame, features: Sequence[str], truth: pd.DataFrame, *, options: Options = OPTIONS) -> str:
    """Return the Markdown table: the oracle, then the trees with each set of sources, on the same test rows."""
    every = split(rows)
    test = pd.concat([rows[folds.test] for folds in every], ignore_index=True)
    risk = true_risk(test, truth)
    there = ~np.isnan(risk)
    label = np.asarray(test["label"].to_numpy(dtype=np.float64))[there]
    told = spoken(features, rows[every[-1].fit])
    sessions, rate = test["session_id"].nunique(), label.mean()
    lines = [f"{there.sum()} snapshots of {sessions} sessions; {rate:.3f} abandon within 28 days.", ""]
    lines += ["| ranking | ROC AUC | PR-AUC | precision at 10 % | recall at 10 % | regret | regret in true risk |"]
    lines += ["|" + "---|" * 7, line("the oracle", label, risk[there], risk[there], risk[there])]
    for name, sources in WITHOUT.items():
        kept = without(told, sources)
        score = np.concatenate([_read(rows, folds, kept, options) for folds in every])[there]
        lines.append(line(f"{name} ({len(kept)} features)", label, score, risk[there], risk[there]))
    return "\n".join(lines)


def _read(rows: pd.DataFrame, folds: Folds, features: Sequence[str], options: Options) -> Array:
    fitted = climb_and_fit(rows, folds, features, read_catalogue(features), options=options)
    return probabilities(fitted["lightgbm"], rows[folds.test])


def main(arguments: Sequence[str]) -> None:
    """Print the table of a simulated home; write it between the marks of a document when one is named.

    Raises
    ------
    ModelError : the home holds no truth.
    """
    from data.store import RecordStore

    home = Home(Path(arguments[0]))
    truth = home.root / "truth.parquet"
    if not truth.exists():
        raise ModelError("there is no truth to compare with", where=str(truth), todo="run `filrouge simulate` first")
    store = RecordStore(home)
    with store.connect() as con:
        found = read_snapshots(
            con, parse_task("abandoned_28d"), cache=home.features, versions=store.versions(), definition=RECORDED
        )
    written = table(found.rows, found.features, pd.read_parquet(truth))
    sys.stdout.write(written + "\n")
    for document in map(Path, arguments[1:]):
        before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
        document.write_text(f"{before}{BEGIN}\n{written}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
