"""The figures of a run with and without the rows that a mentor's contact may have changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from training.evaluation import figures
from training.metrics import Array

Scored = Callable[[pd.DataFrame], Array]
DATE = ["session_id", "as_of_on"]


def treated(
    tests: Sequence[pd.DataFrame], scores: Sequence[Array], scored_by: Sequence[Scored], contacted: pd.DataFrame
) -> dict[str, Any] | None:
    """Return the test's figures without the rows left out for a contact, and with them as they were lived.

    With them, a learner who was called and stayed counts as a false alarm: these figures flatter a model that gives
    little to those whom mentors call. None where no row of the tests' dates was left out.

    Parameters
    ----------
    tests, scores, scored_by : for each fold, its test rows, their probabilities, and the model that gave them.
    contacted : the rows left out (`Snapshots.contacted`).
    """
    if contacted.empty:
        return None
    added = [contacted.merge(test[DATE].drop_duplicates(), on=DATE) for test in tests]
    n_added = sum(map(len, added))
    if not n_added:
        return None
    more = [score(rows) if len(rows) else np.empty(0) for score, rows in zip(scored_by, added, strict=True)]
    together = pd.concat([*tests, *added], ignore_index=True)
    return {
        "rows": n_added,
        "without": figures(pd.concat(tests, ignore_index=True), np.concatenate(list(scores))),
        "with": figures(together, np.concatenate([*scores, *more])),
    }
