"""`course_past_rate`: how often learners of the course were positive in earlier training sessions.

The one input that is learnt from labels. A training row never sees its own session's
labels (the rate leaves its session out); what is served is the rate over all the training
sessions, kept in the model's spec and read by course. It is an input of the model, not a
feature of the catalogue: the store alone cannot give it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from training.metrics import Array

WEIGHT_OF_ALL = 200.0
"""Rows of the overall rate mixed into each course's, so that a small course is not believed too much."""


def past_rates(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the rates to serve: by course, and the overall rate for a course never seen.

    Parameters
    ----------
    rows : training rows: course_id, session_id, label.
    """
    overall = float(rows["label"].mean())
    sums = rows.groupby(rows["course_id"].astype(str))["label"].agg(["sum", "count"])
    rates = (sums["sum"] + WEIGHT_OF_ALL * overall) / (sums["count"] + WEIGHT_OF_ALL)
    return {"rates": {str(course): float(rate) for course, rate in rates.items()}, "default": overall}


def past_rates_apart(rows: pd.DataFrame) -> Array:
    """Return, for each training row, its course's rate over the other training sessions."""
    overall = float(rows["label"].mean())
    course, session = rows["course_id"].astype(str), rows["session_id"].astype(str)
    of_course = rows.groupby(course)["label"].transform("sum"), rows.groupby(course)["label"].transform("count")
    of_session = rows.groupby(session)["label"].transform("sum"), rows.groupby(session)["label"].transform("count")
    positives, n = (a - b for a, b in zip(of_course, of_session, strict=True))
    return np.asarray((positives + WEIGHT_OF_ALL * overall) / (n + WEIGHT_OF_ALL), dtype=np.float64)
