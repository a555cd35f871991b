"""Polars: aggregate once to days of learners, then join each date to the days known before it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

WINDOWS = {"actions_7d": (0, 7), "actions_14d": (0, 14), "actions_30d": (0, 30), "actions_previous_30d": (30, 60)}


def features(folder: Path, start: np.datetime64, dates: list[int]) -> pd.DataFrame:
    """Return enrolment_id, date (days after the start) and the thirteen features."""
    first = pl.lit(pd.Timestamp(start).date())
    daily = (
        pl.scan_parquet(folder / "activity*.parquet")
        .with_columns(day=(pl.col("known_on") - first).dt.total_days().cast(pl.Int16))
        .filter(pl.col("day") < dates[-1])
        .group_by("enrolment_id", "kind", "day").agg(pl.col("count").sum())
        .collect()
    )  # fmt: skip
    people = pl.read_parquet(folder / "enrolments.parquet", columns=["enrolment_id"]).sort("enrolment_id")
    gaps = _gaps(daily)
    found = [_one_date(daily, gaps, people, date) for date in dates]
    return pl.concat(found).to_pandas()


def _gaps(daily: pl.DataFrame) -> pl.DataFrame:
    days = daily.select("enrolment_id", "day").unique().sort("enrolment_id", "day")
    return days.with_columns(gap=pl.col("day") - pl.col("day").shift(1).over("enrolment_id").fill_null(-1))


def _one_date(daily: pl.DataFrame, gaps: pl.DataFrame, people: pl.DataFrame, date: int) -> pl.DataFrame:
    ago, count, day = date - pl.col("day"), pl.col("count"), pl.col("day")
    windows = [count.filter((ago > low) & (ago <= high)).sum().alias(name) for name, (low, high) in WINDOWS.items()]
    counted = (
        daily.lazy().filter(day < date).group_by("enrolment_id").agg(
            *windows,
            actions_total=count.sum(),
            actions_decayed_14d=(count * 0.5 ** ((ago - 1) / 14)).sum(),
            active_days_14d=day.filter(ago <= 14).n_unique(),
            active_days_30d=day.filter(ago <= 30).n_unique(),
            active_weeks_of_last_6=((ago - 1) // 7).filter(ago <= 42).n_unique(),
            logins_30d=count.filter((ago <= 30) & (pl.col("kind") == "login")).sum(),
            kinds_used_30d=pl.col("kind").filter(ago <= 30).n_unique(),
            last=day.max(),
        )
    )  # fmt: skip
    longest = gaps.lazy().filter(day < date).group_by("enrolment_id").agg(longest=pl.col("gap").max())
    since = date - pl.col("last").fill_null(-1)
    out = people.lazy().join(counted, on="enrolment_id", how="left").join(longest, on="enrolment_id", how="left")
    out = out.with_columns(
        days_since_last_activity=since,
        longest_silence_days=pl.max_horizontal(since, pl.col("longest").fill_null(0)),
        date=pl.lit(date),
    ).drop("last", "longest").sort("enrolment_id")  # fmt: skip
    numbers = pl.exclude("enrolment_id", "date").cast(pl.Float64).fill_null(0.0)
    early = {name: pl.lit(None, pl.Float64) for name, least in _SHORT.items() if date < least}
    return out.with_columns(numbers).with_columns(**early).collect()


_SHORT = {"active_days_30d": 30, "active_weeks_of_last_6": 42}
