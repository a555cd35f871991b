"""The notebook way: for each date, keep the rows known before it, and group them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

DAY = np.timedelta64(1, "D")


def features(folder: Path, start: np.datetime64, dates: list[int]) -> pd.DataFrame:
    """Return enrolment_id, date (days after the start) and the thirteen features."""
    columns = ["enrolment_id", "kind", "count", "known_on"]
    activity = pd.read_parquet([*sorted(folder.glob("activity*.parquet"))], columns=columns)
    activity["day"] = (pd.to_datetime(activity["known_on"]) - pd.Timestamp(start)).dt.days
    people = pd.read_parquet(folder / "enrolments.parquet", columns=["enrolment_id"])
    ids = pd.Index(np.sort(people["enrolment_id"].to_numpy()), name="enrolment_id")
    return pd.concat([_one_date(activity, ids, date) for date in dates], ignore_index=True)


def _one_date(activity: pd.DataFrame, ids: pd.Index, date: int) -> pd.DataFrame:
    known = activity[activity["day"] < date]
    ago = date - known["day"]
    known = known.assign(ago=ago, weight=known["count"] * 0.5 ** ((ago - 1) / 14), week=(ago - 1) // 7)
    out = pd.DataFrame(index=ids)
    for name, first, last in (("actions_7d", 0, 7), ("actions_14d", 0, 14), ("actions_30d", 0, 30),
                              ("actions_previous_30d", 30, 60), ("actions_total", 0, 10**6)):  # fmt: skip
        window = known[(known["ago"] > first) & (known["ago"] <= last)]
        out[name] = window.groupby("enrolment_id")["count"].sum()
    out["actions_decayed_14d"] = known.groupby("enrolment_id")["weight"].sum()
    month = known[known["ago"] <= 30]
    out["active_days_14d"] = known[known["ago"] <= 14].groupby("enrolment_id")["day"].nunique()
    out["active_days_30d"] = month.groupby("enrolment_id")["day"].nunique()
    out["active_weeks_of_last_6"] = known[known["week"] < 6].groupby("enrolment_id")["week"].nunique()
    out["logins_30d"] = month[month["kind"] == "login"].groupby("enrolment_id")["count"].sum()
    out["kinds_used_30d"] = month.groupby("enrolment_id")["kind"].nunique()
    out = out.fillna(0.0)
    out["days_since_last_activity"] = date - known.groupby("enrolment_id")["day"].max().reindex(ids).fillna(-1)
    days = known[["enrolment_id", "day"]].drop_duplicates().sort_values(["enrolment_id", "day"])
    gaps = days["day"] - days.groupby("enrolment_id")["day"].shift(fill_value=-1)
    longest = gaps.groupby(days["enrolment_id"]).max().reindex(ids).fillna(0)
    out["longest_silence_days"] = np.maximum(longest, out["days_since_last_activity"])
    if date < 30:
        out["active_days_30d"] = np.nan
    if date < 42:
        out["active_weeks_of_last_6"] = np.nan
    return out.reset_index().assign(date=date)
