"""Abandonment by silence, for organisations that do not date every exit."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.labels import Days, to_days

DEFAULT_SILENCE_DAYS = 10


def silent_on(
    enrolments: pd.DataFrame,
    last_activity_on: pd.Series,
    closures: pd.DataFrame,
    *,
    data_end: date,
    working_days: int = DEFAULT_SILENCE_DAYS,
) -> pd.Series:
    """Return, by enrolment, the day a silence that never ended became an abandonment; NaT where none.

    The day is `working_days` working days after the last activity (after the start for who
    was never active), where that day comes before the planned end and the data's end.

    Parameters
    ----------
    enrolments : enrolment_id, session_id, started_on, planned_end_on.
    last_activity_on : by enrolment_id; absent where there was none.
    closures : canonical calendar (session_id, empty for all; from_on, to_on, both closed).
    """
    started = to_days(enrolments["started_on"].to_numpy())
    last = to_days(last_activity_on.reindex(enrolments["enrolment_id"]).to_numpy())
    eve = started - np.timedelta64(1, "D")
    last = np.where(np.isnat(last), eve, np.maximum(last, eve))
    limit = np.minimum(to_days(enrolments["planned_end_on"].to_numpy()), np.datetime64(data_end, "D"))
    due = np.full(len(enrolments), np.datetime64("NaT", "D"))
    sessions = enrolments["session_id"].to_numpy(dtype=object)
    for session in np.unique(sessions.astype(str)):
        rows = sessions == session
        due[rows] = _add_working_days(last[rows], working_days, closed_days(closures, session))
    return pd.Series(
        np.where(due <= limit, due, np.datetime64("NaT", "D")).astype("datetime64[s]"),
        index=enrolments["enrolment_id"].to_numpy(),
    )


def closed_days(closures: pd.DataFrame, session_id: str) -> Days:
    """Return the days a session is closed, its own and everybody's."""
    mine = closures[closures["session_id"].isin(["", session_id])]
    starts, ends = to_days(mine["from_on"].to_numpy()), to_days(mine["to_on"].to_numpy())
    spans = [np.arange(a, b + np.timedelta64(1, "D")) for a, b in zip(starts, ends, strict=True)]
    return np.unique(np.concatenate(spans)) if spans else np.empty(0, dtype="datetime64[D]")


def _add_working_days(days: Days, n: int, closed: Days) -> npt.NDArray[np.datetime64]:
    """The n-th working day after each day."""
    return np.asarray(np.busday_offset(days, n, roll="backward", holidays=closed))
