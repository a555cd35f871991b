"""One world's labels: what the verdict says each Monday where nothing changes, and how late it says what does.

A logistic regression is fitted on the earliest of the sessions that taught, calibrated on the next ones and tested on
the last: what the test promised is what labels are compared with. Only labels speak here: no drift, sources that are
well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from data.simulated.plan import Shift
from data.simulated.truth import truth
from data.simulated.world import World
from data.simulator import records
from features.table import IDENTITY
from monitoring import watch
from monitoring.drift import SCORE, Comparison
from monitoring.performance import CALIBRATED, Interval, estimated, measured
from monitoring.performance import roc_auc as area
from monitoring.report import DriftReport
from monitoring.verdict import verdict
from tests.bench.watched_worlds import (
    LOOK_ON,
    PSEUDONYMS,
    TAUGHT,
    Tables,
    codes_of,
    labelled,
    lists_of,
    plan_of,
    reference_of,
    shown,
    starts_on,
    worlds_of,
)
from training.bootstrap import Clusters, intervals
from training.calibration import platt
from training.metrics import roc_auc
from training.served_model import calibrate

LOOKS, CHANGED_AT = 34, 8
"""Weekly looks; the one from which learners leave otherwise: labels of before have come by then."""
FITTED, TUNED = 5, 7
"""Sessions that the regression is fitted on; those from there on calibrate it; the others that taught test it."""
FARTHEST = 3.0
"""Standard deviations from the mean beyond which a feature tells the model no more: it does not extrapolate."""
CHANGED_ON = LOOK_ON + timedelta(weeks=CHANGED_AT)
CASES: Mapping[str, Shift | None] = {
    "nothing changes": None,
    "engagement tells nothing any more": Shift(CHANGED_ON, 1.0, "relation"),
    "twice as many leave": Shift(CHANGED_ON, 1.0, "rate"),
}
SIZES = {40: 16, 150: 6}
"""Learners a session, and worlds that are enough."""
STABLE = DriftReport(LOOK_ON, Path(), Path(), Comparison("stable", 0, 0, 0, 0, 0.0, (), (), {}))
Line = dict[str, Any]


@dataclass(frozen=True)
class Served:
    """A model and the line that calibrates it, the columns that it reads, and what the watch knows of it."""

    fitted: Pipeline
    line: dict[str, Any]
    names: list[str]
    told: watch.Model

    def score(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows with the model's probability."""
        return rows.assign(**{SCORE: calibrate(self.line, self.fitted.decision_function(rows[self.names].to_numpy()))})


def labels(seed: int, learners: int) -> Line:
    """Measure one world, of sessions of so many learners: the looks in which each action was asked for, by case.

    Beside them, from the truth: the looks in which the probabilities were indeed off (`off`), and in which the model
    indeed ranked worse than the lowest that its test allowed (`fallen`).
    """
    plan, model, line = plan_of(seed, learners=learners, looks=LOOKS), None, {}
    for case, shift in CASES.items():
        worlds = worlds_of(plan, spread=0.0, shift=shift)
        tables = dict(records(worlds, PSEUDONYMS))
        model = model or served(tables)
        line[case] = _looks(with_truth(worlds, scored_lists(tables, model, range(LOOKS))), tables, model)
    test = model.told.expected["roc_auc"] if model else Interval(0.0)
    return {"expected": [test.value, test.low, test.high], "below": model.told.below if model else None, "cases": line}


def served(tables: Tables) -> Served:
    """Fit, calibrate and test a model on the sessions that taught, by what was known when the lists begin."""
    rows = labelled(tables, reference_of(tables), LOOK_ON)
    place = rows["session_id"].map({code: n for n, code in enumerate(codes_of(tables))})
    early, late = place < FITTED, place >= TUNED
    known = rows.notna().all()
    names = [name for name in rows if known[name] and name not in (*IDENTITY, SCORE, "label")]
    bounded = FunctionTransformer(np.clip, kw_args={"a_min": -FARTHEST, "a_max": FARTHEST})
    fitted = make_pipeline(StandardScaler(), bounded, LogisticRegression(C=0.01, max_iter=2000))
    fitted.fit(rows.loc[early, names].to_numpy(), rows.loc[early, "label"])
    middle = rows[~early & ~late]
    line = platt(fitted.decision_function(middle[names].to_numpy()), middle["label"].to_numpy(np.float64))
    about = watch.Model("bench", 28, "logistic", "recorded", 10, starts_on(TAUGHT), {}, None, True)
    model = Served(fitted, line, names, about)
    return replace(model, told=_tested(about, rows[late].rename(columns={SCORE: "rules"}), model))


def _tested(about: watch.Model, rows: pd.DataFrame, model: Served) -> watch.Model:
    """Return what the watch knows of a model once it was tested: its figure, and that of the rules below."""
    label, score = rows["label"].to_numpy(np.float64), model.score(rows)[SCORE].to_numpy()
    clusters = Clusters.of(rows["session_id"], rows["learner_id"])
    told, _ = intervals(label, {"own": score, "rules": rows["rules"].to_numpy()}, roc_auc, clusters)
    own = Interval(told["own"].value, told["own"].low, told["own"].high)
    return replace(about, expected={"roc_auc": own}, below=told["rules"].value)


def scored_lists(tables: Tables, model: Served, looks: range) -> pd.DataFrame:
    """Return the lists of some looks, scored, one under the other: `as_of` tells them apart."""
    filled = dict.fromkeys(model.names, 0.0)
    lists = [
        model.score(rows.fillna(filled)).assign(as_of=pd.Timestamp(day))
        for day, rows in lists_of(tables, looks).items()
        if len(rows)
    ]
    return pd.concat(lists, ignore_index=True)[[*watch.PLACE, "as_of"]]


def with_truth(worlds: Sequence[World], rows: pd.DataFrame) -> pd.DataFrame:
    """Add the true chance of an abandonment within 28 days (`truth`)."""
    told = pa.concat_tables([truth(one).select(["enrolment_id", "day", "abandon_28d"]) for one in worlds]).to_pandas()
    told = told.rename(columns={"day": "as_of", "abandon_28d": "truth"})
    told["as_of"] = pd.to_datetime(told["as_of"]).astype(rows["as_of"].dtype)
    return rows.merge(told, on=["enrolment_id", "as_of"], how="left")


def _looks(every: pd.DataFrame, tables: Tables, model: Served) -> dict[str, list[int]]:
    """Return the looks in which the verdict asked for each action other than keeping, and what was true."""
    asked: dict[str, list[int]] = {"off": [], "fallen": []}
    with shown(tables, copied=True) as con:
        for n in range(LOOKS):
            day = LOOK_ON + timedelta(weeks=n)
            kept = every[(every["as_of"] <= pd.Timestamp(day)) & (every["as_of"] >= pd.Timestamp(day - watch.KEPT))]
            rows = watch.labelled(con, kept.reset_index(drop=True), model.told, day)
            for name in (*_true(rows, model.told), _action(rows, model.told)):
                asked.setdefault(name, []).append(n)
    return {name: looks for name, looks in asked.items() if name != "keep"}


def _true(rows: pd.DataFrame, model: watch.Model) -> Iterator[str]:
    """Yield what is true of the rows whose label is known."""
    rows = rows[rows["label"].notna() & rows["truth"].notna()]
    if rows.empty:
        return
    sure, score = rows["truth"].to_numpy(), rows[SCORE].to_numpy()
    if not CALIBRATED[0] <= sure.sum() / score.sum() <= CALIBRATED[1]:
        yield "off"
    if area(sure, score, np.ones(len(sure))) < (model.expected["roc_auc"].low or 0.0):
        yield "fallen"


def _action(rows: pd.DataFrame, model: watch.Model) -> str:
    """Return what the verdict asks for, from labelled lists."""
    own = measured(rows, horizon_days=model.horizon_days, only=("roc_auc", "ratio"))
    short = rows.assign(label=rows["label_short"])
    first = own if own.enough else measured(short, horizon_days=watch.SHORT_DAYS, calibrated=False, only=("roc_auc",))
    latest = rows[rows["as_of"] == rows["as_of"].max()]
    guess = estimated(latest, horizon_days=model.horizon_days, expected=model.expected, only=("roc_auc",))
    return verdict(watch.signs_of(STABLE, model, (), {"horizon": own, "short": first, "estimate": guess})).action
