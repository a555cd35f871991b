"""Who left, and when: exits that the organisation dated, and silences that never ended.

One definition, for what a model learns and for what an alert is judged by. It looks at the whole record, the future
included: no feature reads it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Days = npt.NDArray[np.datetime64]
DEFAULT_SILENCE_DAYS = 10
NEUTRAL = ("neutral_exit", "transferred")
RECORDED, RECORDED_OR_SILENCE = "recorded", "recorded_or_silence"
DEFINITIONS = {
    RECORDED: "abandonment: a dated exit recorded by the organisation",
    RECORDED_OR_SILENCE: (
        "abandonment: a dated exit recorded by the organisation, or a silence of {days} working days or more"
        " (closures and weekends apart) that lasts until the planned end or the data's end,"
        " dated {days} working days after the last activity"
    ),
}
ACTS = {
    "activity": "occurred_to",
    "posts": "occurred_at",
    "quiz_results": "CASE WHEN auto_submitted THEN NULL ELSE submitted_at END",
    "survey_answers": "answered_on",
    "attendance": "CASE WHEN status <> 'absent' THEN starts_at END",
}
"""What breaks a silence, by table, and when it was done."""


def to_days(values: object) -> Days:
    """Return any column of dates as calendar days; null becomes NaT."""
    return np.asarray(pd.to_datetime(pd.Series(values)).to_numpy().astype("datetime64[D]"))


def known_outcomes(con: DuckDBPyConnection, until: date) -> pd.DataFrame:
    """Return enrolments as they stood at the end of a day: what became known later is taken back."""
    late = "outcome_known_on > $until"
    return con.execute(
        f"""SELECT * REPLACE (
            CASE WHEN {late} THEN 'ongoing' ELSE outcome END AS outcome,
            CASE WHEN {late} THEN NULL ELSE ended_on END AS ended_on,
            CASE WHEN {late} THEN NULL ELSE outcome_known_on END AS outcome_known_on,
            CASE WHEN result_known_on > $until THEN NULL ELSE passed END AS passed)
        FROM enrolments WHERE registered_on <= $until ORDER BY enrolment_id""",
        {"until": until},
    ).df()


def within_horizon(known: pd.DataFrame, until: Days, data_end: np.datetime64) -> npt.NDArray[np.float64]:
    """Return 1 for an abandonment by the horizon's last day, 0 for none, NaN where censored, undated, or not over yet.

    Parameters
    ----------
    known : what `abandonments` returned, a row per case: abandoned_on, ended_on, outcome.
    until : the last day of each case's horizon.
    data_end : last day the data knows.
    """
    abandoned, ended = to_days(known["abandoned_on"].to_numpy()), to_days(known["ended_on"].to_numpy())
    outcome = known["outcome"].to_numpy(dtype=object)
    positive = ~np.isnat(abandoned) & (abandoned <= until)
    censored = np.isin(outcome, NEUTRAL) & (np.isnat(ended) | (ended <= until))
    undated = (outcome == "abandoned") & np.isnat(abandoned)
    unknown = censored | undated | (until > data_end)
    return np.where(positive, 1.0, np.where(unknown, np.nan, 0.0))


def read_silences(
    con: DuckDBPyConnection, enrolments: pd.DataFrame, until: date, working_days: int = DEFAULT_SILENCE_DAYS
) -> pd.Series:
    """Return, by enrolment, the day its lasting silence became an abandonment (NaT: none), as known at a day's end."""
    acts = " UNION ALL ".join(
        f"SELECT enrolment_id, CAST({at} AS DATE) AS on_day FROM {table} WHERE enrolment_id IS NOT NULL"
        for table, at in ACTS.items()
    )
    last = con.execute(
        f"SELECT enrolment_id, max(on_day) AS last_on FROM ({acts}) WHERE on_day <= $until GROUP BY ALL",
        {"until": until},
    ).df()
    closures = con.execute("SELECT session_id, from_on, to_on FROM calendar").df()
    by_enrolment = last.set_index("enrolment_id")["last_on"]
    return silent_on(enrolments, by_enrolment, closures, data_end=until, working_days=working_days)


def abandonments(enrolments: pd.DataFrame, *, silent_on: pd.Series | None = None) -> pd.DataFrame:
    """Return each enrolment's abandonment: `abandoned_on` (NaT: none, or undated) and `abandoned_how`.

    Parameters
    ----------
    enrolments : canonical enrolments; read: enrolment_id, outcome, ended_on.
    silent_on : by enrolment_id, the day a lasting silence became an abandonment (NaT: none);
        None where the definition is `recorded`. A dated exit always wins over silence, and
        a completed, neutral or transferred enrolment is never abandoned by silence.

    Returns
    -------
    One row per enrolment; `abandoned_how` is recorded, silence, undated or none.
    """
    outcome = enrolments["outcome"].to_numpy(dtype=object)
    ended = to_days(enrolments["ended_on"].to_numpy())
    left = outcome == "abandoned"
    on = np.where(left, ended, np.datetime64("NaT", "D"))
    how = np.where(left, np.where(np.isnat(on), "undated", "recorded"), "none")
    if silent_on is not None:
        silence = to_days(silent_on.reindex(enrolments["enrolment_id"]).to_numpy())
        fill = np.isnat(on) & ~np.isnat(silence) & np.isin(outcome, ["ongoing", "abandoned"])
        on, how = np.where(fill, silence, on), np.where(fill, "silence", how)
    return enrolments.assign(abandoned_on=on.astype("datetime64[s]"), abandoned_how=how)


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
