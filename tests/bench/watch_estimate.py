"""One world's estimate without labels, beside the truth and beside what the labels then said, when other people come.

The model is that of the bench of labels. From the first list on, everybody is less engaged (or more), under the same
laws.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from data.simulated.plan import Shift
from data.simulator import records
from monitoring.drift import SCORE
from monitoring.performance import Interval, estimated, roc_auc
from tests.bench.watch_labels import scored_lists, served, with_truth
from tests.bench.watched_worlds import LOOK_ON, PSEUDONYMS, labelled, plan_of, worlds_of

LEARNERS, LOOKS, FROM = 150, 12, 4
"""Learners a session; looks; the first one judged: by then some weeks were lived by other people."""
PEOPLE = {"the same people": 0.0, "less engaged people": 0.5, "more engaged people": -0.5}
"""What is taken from everybody's engagement, in standard deviations."""


def estimate(seed: int) -> dict[str, Any]:
    """Measure one world with each kind of people in its turn: all its lists as one."""
    model, line, plan = None, {}, plan_of(seed, learners=LEARNERS, looks=LOOKS)
    for told, strength in PEOPLE.items():
        worlds = worlds_of(plan, spread=0.0, shift=Shift(LOOK_ON, strength) if strength else None)
        tables = dict(records(worlds, PSEUDONYMS))
        model = model or served(tables)
        rows = with_truth(worlds, scored_lists(tables, model, range(FROM, LOOKS)))
        known = labelled(tables, rows.assign(as_of_on=rows["as_of"]), plan.last_on)
        line[told] = _beside(known[known["truth"].notna()], model.told.expected)
    return {"people": line}


def _beside(rows: pd.DataFrame, expected: dict[str, Interval]) -> dict[str, Any]:
    """Return the ROC AUC as estimated (with its interval), in truth, and by the labels."""
    score, one = rows[SCORE].to_numpy(), np.ones(len(rows))
    guess = estimated(rows, horizon_days=28, expected=expected, only=("roc_auc",)).figures["roc_auc"]
    return {
        "rows": len(rows), "left": int(rows["enrolment_id"][rows["label"] == 1].nunique()),
        "estimate": [guess.value, guess.low, guess.high],
        "truth": roc_auc(rows["truth"].to_numpy(), score, one),
        "labels": roc_auc(rows["label"].to_numpy(np.float64), score, one),
    }  # fmt: skip
