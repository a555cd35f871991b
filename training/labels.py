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

from data.errors import ModelError

Days = npt.NDArray[np.datetime64]
DEFAULT_HORIZON_DAYS = 28
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


def to_days(values: object) -> Days:
    """Return any column of dates as calendar days; null becomes NaT."""
    return np.asarray(pd.to_datetime(pd.Series(values)).to_numpy().astype("datetime64[D]"))


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
        values = _within_horizon(known, until, np.datetime64(data_end, "D"))
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


def _within_horizon(known: pd.DataFrame, until: Days, data_end: np.datetime64) -> npt.NDArray[np.float64]:
    """Abandoned by the horizon's last day; null when censored, undated, or not over yet."""
    abandoned, ended = to_days(known["abandoned_on"].to_numpy()), to_days(known["ended_on"].to_numpy())
    outcome = known["outcome"].to_numpy(dtype=object)
    positive = ~np.isnat(abandoned) & (abandoned <= until)
    censored = np.isin(outcome, NEUTRAL) & (np.isnat(ended) | (ended <= until))
    undated = (outcome == "abandoned") & np.isnat(abandoned)
    unknown = censored | undated | (until > data_end)
    return np.where(positive, 1.0, np.where(unknown, np.nan, 0.0))


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
