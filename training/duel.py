"""Two registered versions on the same out-of-time test rows: figures, paired intervals, and whom each would alert.

The rows are all those that the second version's run was tested on. Each is scored as it was in a test, by the model of
each run that was trained before its session began: the version itself for the latest sessions, the models of the
earlier tests for the others. The rows are read again from the records as they are now, up to that run's own last day: a
learner erased, or who objected since, is not in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.home import Home
from training import metrics, registry
from training.alerting import Capacity, alerted, rounds_of
from training.bootstrap import REPLICATES, Clusters, Interval, interval
from training.fairness import groups_of, widest
from training.labels import parse_task, to_days
from training.metrics import ECE_BINS, Array, Ranking
from training.served_model import COURSE, PAST_RATE, Spec, predict

Bools = npt.NDArray[np.bool_]
FIGURES = ("pr_auc", "roc_auc", "brier", "ece", "precision_at_capacity", "recall_at_capacity", "alerts_per_list")


@dataclass(frozen=True)
class Terms:
    """What a version predicts, and whether a test on this site measured it."""

    task: str
    definition: str
    horizon_days: int
    measured: bool


@dataclass(frozen=True)
class Duel:
    """Two versions on the same rows; `differences` are challenger less champion, drawn together.

    `gaps` is the change in the widest difference between groups, by "attribute, rate". `seen_by_champion` counts the
    rows that the champion had in training for want of an earlier model. `lists_in_common` is the share of alerts (at
    the same capacity) that both would give; the `learners_*` count whom both, or one alone, would ever alert.
    """

    n: int
    n_positive: int
    n_sessions: int
    n_learners: int
    base_rate: float
    capacity: int
    seen_by_champion: int
    champion: Mapping[str, Interval]
    challenger: Mapping[str, Interval]
    differences: Mapping[str, Interval]
    gaps: Mapping[str, Interval]
    lists_in_common: float
    learners_by_both: int
    learners_by_champion_alone: int
    learners_by_challenger_alone: int
    sessions: Mapping[str, Mapping[str, int]]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        from training.report import plain

        told: dict[str, Any] = plain(asdict(self))
        return told


def terms_of(home: Home, one: registry.Registered) -> Terms:
    """Return what a version predicts."""
    told = registry.report_of(home, one)
    return Terms(one.tags["task"], told["abandonment"], int(told["horizon_days"]), one.measured)


def fight(home: Home, champion: registry.Registered, challenger: registry.Registered) -> Duel | None:
    """Measure both on the challenger's test rows; None where there are none that both can read."""
    report = registry.report_of(home, challenger)
    rows, attributes = _test_rows(home, report, challenger.tags["task"])
    models = [registry.models_of(home, one) for one in (champion, challenger)]
    if rows is None or not all(_inputs(one["spec"]) <= set(rows.columns) for side in models for one in side):
        return None
    (was, seen), (now, _) = (score_in_turn(rows, side) for side in models)
    capacity = Capacity(int(report["alerts"]["capacity"]), int(report["horizon_days"]))
    return compare(rows, was, now, capacity=capacity, attributes=attributes, seen=int(seen.sum()))


def score_in_turn(rows: pd.DataFrame, models: Sequence[Mapping[str, Any]]) -> tuple[Array, Bools]:
    """Return each row's probability by the latest model made for its session or an earlier one, and which were seen.

    A row is seen where that model's training labels looked as far as the row's own.

    Parameters
    ----------
    models : what `registry.models_of` returned. The first also scores sessions that began before it was made.
    """
    starts, until = (to_days(rows[name].to_numpy()) for name in ("session_starts_on", "label_until"))
    firsts = np.array([one["sessions_from"] or "0001-01-01" for one in models], dtype="datetime64[D]")
    which = np.maximum(np.searchsorted(firsts, starts, side="right") - 1, 0)
    out, seen = np.empty(len(rows)), np.zeros(len(rows), dtype=bool)
    for number, one in enumerate(models):
        mine = which == number
        if mine.any():
            out[mine] = predict(one["spec"], rows[mine])["probability"].to_numpy(dtype=np.float64)
            seen[mine] = until[mine] <= np.datetime64(one["trained_until"], "D")
    return out, seen


def _inputs(spec: Spec) -> set[str]:
    """The columns that a version reads."""
    return set(spec["features"]) - {PAST_RATE} | {COURSE}


def _test_rows(home: Home, report: Mapping[str, Any], task: str) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """The rows of a run's tests, read from the records as they are now; None where there is no test any more."""
    from data.store import RecordStore
    from training.snapshots import read_snapshots
    from training.splits import TooLittleHistoryError, split

    store = RecordStore(home)
    versions = store.versions()
    with store.connect(versions) as con:
        found = read_snapshots(
            con,
            parse_task(task, int(report["horizon_days"])),
            cache=home.features,
            versions=versions,
            until=date.fromisoformat(report["data_end"]),
            definition=report["abandonment"],
        )
        attributes = con.execute("SELECT * FROM learner_attributes").df()
    try:
        tests = [found.rows[folds.test] for folds in split(found.rows)]
    except TooLittleHistoryError:
        return None, attributes
    return pd.concat(tests, ignore_index=True), attributes


def compare(
    rows: pd.DataFrame,
    champion: Array,
    challenger: Array,
    *,
    capacity: Capacity,
    attributes: pd.DataFrame,
    seen: int = 0,
    replicates: int = REPLICATES,
) -> Duel:
    """Return the duel of two probabilities, row for row.

    Parameters
    ----------
    rows : test rows: identity columns, as_of_on and label (no null).
    seen : how many of them the champion had in training.
    """
    lists = [alerted(rows, score, capacity) for score in (champion, challenger)]
    drawn = _draws(rows, (champion, challenger), lists, attributes, replicates)
    was, now, change = (_intervals(one) for one in (*drawn, drawn[1] - drawn[0]))
    label = rows["label"].to_numpy(dtype=np.float64)
    return Duel(
        n=len(rows),
        n_positive=int(label.sum()),
        n_sessions=int(rows["session_id"].nunique()),
        n_learners=int(rows["learner_id"].nunique()),
        base_rate=float(label.mean()),
        capacity=capacity.alerts,
        seen_by_champion=seen,
        champion={name: was[name] for name in FIGURES},
        challenger={name: now[name] for name in FIGURES},
        differences={name: change[name] for name in FIGURES},
        gaps={name: one for name, one in change.items() if name not in FIGURES},
        **_agreement(rows, *lists),
    )


def _draws(
    rows: pd.DataFrame, scores: Sequence[Array], lists: Sequence[Bools], attributes: pd.DataFrame, replicates: int
) -> list[pd.DataFrame]:
    """Each side's figures, then its replicates, a line each; both sides are weighed by the same draws."""
    label, rounds = rows["label"].to_numpy(dtype=np.float64), rounds_of(rows)
    groups = {name: one for name, one in groups_of(rows, attributes).items() if len(one.shown) > 1}
    weights: list[Array | None] = [None]
    weights += Clusters.of(rows["session_id"], rows["learner_id"]).weights(replicates=replicates, seed=0)
    sides = [_side(label, *one, groups, rounds=rounds) for one in zip(scores, lists, strict=True)]
    return [pd.DataFrame([side(weight) for weight in weights]) for side in sides]


def _side(
    label: Array, score: Array, alerts: Bools, groups: Mapping[str, Any], *, rounds: int
) -> Callable[[Array | None], dict[str, float]]:
    """One version's figures as a function of row weights (None: each row once)."""
    ranking, n = Ranking.of(label, score), len(label)
    bins = np.empty(n, dtype=np.intp)
    for number, part in enumerate(np.array_split(np.argsort(score, kind="stable"), ECE_BINS)):
        bins[part] = number

    def figures(weight: Array | None) -> dict[str, float]:
        """Return each figure by name, then each attribute's widest difference between groups by "attribute, rate"."""
        w = np.ones(n) if weight is None else weight
        gap = np.bincount(bins, weights=w * (score - label), minlength=ECE_BINS)
        found = float((w * label)[alerts].sum())
        out = {
            "pr_auc": metrics.pr_auc(ranking, weight),
            "roc_auc": metrics.roc_auc(ranking, weight),
            "brier": metrics.brier(label, score, w) if w.sum() else float("nan"),
            "ece": _ratio(float(np.abs(gap).sum()), float(w.sum())),
            "precision_at_capacity": _ratio(found, float(w[alerts].sum())),
            "recall_at_capacity": _ratio(found, float((w * label).sum())),
            "alerts_per_list": _ratio(float(w[alerts].sum()) * n, float(w.sum()) * rounds),
        }
        for name, one in groups.items():
            wide = widest(one.code, len(one.shown), label, alerts, w)
            out |= {f"{name}, leavers alerted": float(wide[0]), f"{name}, others alerted": float(wide[1])}
        return out

    return figures


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _intervals(drawn: pd.DataFrame) -> dict[str, Interval]:
    """The first line is the figure itself, the others its replicates."""
    return {
        str(name): interval(float(column.iloc[0]), column.iloc[1:].to_numpy(dtype=np.float64))
        for name, column in drawn.items()
    }


def _agreement(rows: pd.DataFrame, one: Bools, other: Bools) -> dict[str, Any]:
    """How far the two would call the same people: counts, never names."""
    learner, session = rows["learner_id"].to_numpy(), rows["session_id"].astype(str).to_numpy()
    first, second = set(learner[one]), set(learner[other])
    most = max(int(one.sum()), int(other.sum()))
    changed = {
        str(name): {"champion": int(one[session == name].sum()), "challenger": int(other[session == name].sum())}
        for name in np.unique(session)
    }
    return {
        "lists_in_common": float((one & other).sum()) / most if most else 1.0,
        "learners_by_both": len(first & second),
        "learners_by_champion_alone": len(first - second),
        "learners_by_challenger_alone": len(second - first),
        "sessions": changed,
    }
