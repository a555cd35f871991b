"""Tuned pandas: aggregate once to days of learners, lay them out wide, then cumulative sums.

It reads the same files, and its seconds hold all of it: reading, one pass over the records, and the frame of all
thirteen features on all the dates, whose numbers are checked against the oracle's. Past the one grouping it is NumPy on
wide arrays, as ours is: it is the notebook of somebody who knows what the fast way is. It leaves out what is not asked
of it here: rosters, closures, sources that count over windows, and learners' identities.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


def features(folder: Path, start: np.datetime64, dates: list[int]) -> pd.DataFrame:
    """Return enrolment_id, date (days after the start) and the thirteen features."""
    columns = ["enrolment_id", "kind", "count", "known_on"]
    activity = pd.read_parquet([*sorted(folder.glob("activity*.parquet"))], columns=columns)
    activity["day"] = (pd.to_datetime(activity["known_on"]) - pd.Timestamp(start)).dt.days
    people = pd.read_parquet(folder / "enrolments.parquet", columns=["enrolment_id"])
    ids = pd.Index(np.sort(people["enrolment_id"].to_numpy()), name="enrolment_id")
    activity = activity[activity["day"] < dates[-1]]
    daily = activity.groupby(["enrolment_id", "kind", "day"], observed=True)["count"].sum().reset_index()
    width = range(dates[-1])
    kinds = {kind: _wide(part, ids, width) for kind, part in daily.groupby("kind")}
    return _features(ids, kinds, dates)


def _wide(part: pd.DataFrame, ids: pd.Index, width: range) -> pd.DataFrame:
    table = part.pivot_table(index="enrolment_id", columns="day", values="count", aggfunc="sum", fill_value=0)
    return table.reindex(index=ids, columns=width, fill_value=0)


def _before(wide: pd.DataFrame, dates: list[int], days: int) -> np.ndarray:
    """Return the sum known before each date in its last `days` days: (enrolments, dates)."""
    total = np.concatenate([np.zeros((len(wide), 1)), wide.cumsum(axis=1).to_numpy()], axis=1)
    high = np.array(dates)
    return total[:, high] - total[:, np.maximum(high - days, 0)]


def _features(ids: pd.Index, kinds: dict[str, pd.DataFrame], dates: list[int]) -> pd.DataFrame:
    every = sum(kinds.values())
    active = (every > 0).astype(np.int64)
    ever, month, out = 10**6, 30, {}
    for days in (7, 14, month):
        out[f"actions_{days}d"] = _before(every, dates, days)
    out["actions_previous_30d"] = _before(every, dates, 2 * month) - out["actions_30d"]
    out["actions_total"] = _before(every, dates, ever)
    out["actions_decayed_14d"] = _decayed(every, dates)
    out["active_days_14d"] = _before(active, dates, 14)
    out["active_days_30d"] = np.where(np.array(dates) >= month, _before(active, dates, month), np.nan)
    seven = [_before(active, dates, 7 * (week + 1)) - _before(active, dates, 7 * week) > 0 for week in range(6)]
    out["active_weeks_of_last_6"] = np.where(np.array(dates) >= 42, sum(week.astype(float) for week in seven), np.nan)
    out["logins_30d"] = _before(kinds["login"], dates, month)
    out["kinds_used_30d"] = sum((_before(wide, dates, month) > 0).astype(float) for wide in kinds.values())
    last = np.maximum.accumulate(np.where(active, np.arange(active.shape[1]), -1), axis=1)
    last = np.concatenate([np.full((len(ids), 1), -1), last], axis=1)
    longest = np.maximum.accumulate(np.diff(last, axis=1), axis=1)
    out["days_since_last_activity"] = np.array(dates) - last[:, dates]
    out["longest_silence_days"] = np.maximum(longest[:, np.array(dates) - 1], out["days_since_last_activity"])
    index = pd.MultiIndex.from_product([dates, ids], names=["date", "enrolment_id"])
    return pd.DataFrame({name: value.T.ravel() for name, value in out.items()}, index=index).reset_index()


def _decayed(every: pd.DataFrame, dates: list[int]) -> np.ndarray:
    daily, total, out = every.to_numpy(), np.zeros(len(every)), []
    for day in range(daily.shape[1]):
        total = total * 0.5 ** (1 / 14) + daily[:, day]
        if day + 1 in dates:
            out.append(total)
    return np.stack(out, axis=1)
