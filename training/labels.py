"""What is to be predicted: one label for each enrolment and date, null where nobody can say.

Everything is pure: tables in, arrays out. A label may look at the whole record, the future
included; a feature may not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.departures import (
    DEFINITIONS,
    NEUTRAL,
    RECORDED,
    RECORDED_OR_SILENCE,
    Days,
    abandonments,
    to_days,
    within_horizon,
)
from data.errors import ModelError

__all__ = [
    "DEFINITIONS", "NEUTRAL", "RECORDED", "RECORDED_OR_SILENCE", "Days", "Task", "abandonments", "counts", "label",
    "parse_task", "to_days",
]  # fmt: skip
DEFAULT_HORIZON_DAYS = 28


@dataclass(frozen=True)
class Task:
    """What is predicted: `abandoned` within a horizon, or `fail_or_withdrawn` by the end."""

    name: str
    by_horizon: bool
    horizon_days: int


def parse_task(text: str, horizon_days: int | None = None) -> Task:
    """Return the task of that name; `withdrawn_28d` is another name of `abandoned_28d`.

    Raises
    ------
    ModelError : unknown name, or a horizon out of 1..365 days.
    """
    found = re.fullmatch(r"(?:abandoned|withdrawn)_(\d{1,3})d", text)
    if text != "fail_or_withdrawn" and not found:
        raise ModelError(
            "unknown task", where=f"--task {text}", accepted="abandoned_28d, withdrawn_28d, fail_or_withdrawn"
        )
    horizon = horizon_days if horizon_days is not None else int(found.group(1)) if found else DEFAULT_HORIZON_DAYS
    if not 1 <= horizon <= 365:
        raise ModelError("the horizon is out of range", where=f"--horizon {horizon}", accepted="1 to 365 days")
    return Task(f"abandoned_{horizon}d" if found else text, found is not None, horizon)


def label(snapshots: pd.DataFrame, outcomes: pd.DataFrame, *, task: Task, data_end: date) -> pd.DataFrame:
    """Return `label` (1, 0 or NaN), `label_until` and `abandoned_on`, row for row of `snapshots`.

    Parameters
    ----------
    snapshots : enrolment_id and as_of_on of enrolments on the roster that day.
    outcomes : what `abandonments` returned.
    data_end : last day the data knows.

    Notes
    -----
    `label_until` is the last day the label looks at: it is what splits must keep apart.
    """
    known = outcomes.set_index("enrolment_id").loc[snapshots["enrolment_id"].to_numpy()]
    as_of = to_days(snapshots["as_of_on"].to_numpy())
    if task.by_horizon:
        until = as_of + np.timedelta64(task.horizon_days - 1, "D")
        values = within_horizon(known, until, np.datetime64(data_end, "D"))
    else:
        until = to_days(known["planned_end_on"].to_numpy())
        values = _by_the_end(known)
    return pd.DataFrame(
        {
            "label": values,
            "label_until": until.astype("datetime64[s]"),
            "abandoned_on": known["abandoned_on"].to_numpy(),
        },
        index=snapshots.index,
    )


def _by_the_end(known: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Not passed, or abandoned (dated or not); null for neutral exits and where no result is known."""
    outcome = known["outcome"].to_numpy(dtype=object)
    passed = known["passed"].to_numpy(dtype=np.float64, na_value=np.nan)
    abandoned = (outcome == "abandoned") | (known["abandoned_how"].to_numpy(dtype=object) == "silence")
    completed = (outcome == "completed") & np.isnan(passed)
    values = np.where(abandoned, 1.0, np.where(completed, 0.0, 1.0 - passed))
    return np.where(np.isin(outcome, NEUTRAL), np.nan, values)


def counts(outcomes: pd.DataFrame) -> dict[str, int]:
    """Return how many enrolments were abandoned each way, for the run, the card and the report."""
    how = outcomes["abandoned_how"]
    kinds = {kind: int((how == kind).sum()) for kind in ("recorded", "silence", "undated")}
    return kinds | {"neutral": int(outcomes["outcome"].isin(NEUTRAL).sum()), "enrolments": len(outcomes)}
