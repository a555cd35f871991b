"""DuckDB: aggregate once to days of learners, then a range join of the dates and the days before them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

QUERY = """
WITH dates AS (SELECT unnest($dates)::SMALLINT AS date), daily AS MATERIALIZED (
    SELECT enrolment_id, (known_on - $start::DATE)::SMALLINT AS day, sum(count) AS n,
           bit_or(1 << list_position($kinds, kind)) AS kinds,
           coalesce(sum(count) FILTER (kind = 'login'), 0) AS logins
    FROM read_parquet($files) WHERE known_on < $start::DATE + $last GROUP BY ALL
), gaps AS (
    SELECT *, day - lag(day, 1, -1::SMALLINT) OVER (PARTITION BY enrolment_id ORDER BY day) AS gap FROM daily
)
SELECT p.enrolment_id, date,
    coalesce(sum(n) FILTER (date - day <= 7), 0)::DOUBLE AS actions_7d,
    coalesce(sum(n) FILTER (date - day <= 14), 0)::DOUBLE AS actions_14d,
    coalesce(sum(n) FILTER (date - day <= 30), 0)::DOUBLE AS actions_30d,
    coalesce(sum(n) FILTER (date - day > 30 AND date - day <= 60), 0)::DOUBLE AS actions_previous_30d,
    coalesce(sum(n), 0)::DOUBLE AS actions_total,
    coalesce(sum(n * 0.5 ** ((date - day - 1) / 14)), 0)::DOUBLE AS actions_decayed_14d,
    (count(*) FILTER (date - day <= 14))::DOUBLE AS active_days_14d,
    CASE WHEN date >= 30 THEN (count(*) FILTER (date - day <= 30))::DOUBLE END AS active_days_30d,
    CASE WHEN date >= 42 THEN bit_count(bit_or(1 << least((date - day - 1) // 7, 6)) & 63)::DOUBLE
        END AS active_weeks_of_last_6,
    (date - coalesce(max(day), -1))::DOUBLE AS days_since_last_activity,
    greatest(date - coalesce(max(day), -1), coalesce(max(gap), 0))::DOUBLE AS longest_silence_days,
    coalesce(sum(logins) FILTER (date - day <= 30), 0)::DOUBLE AS logins_30d,
    coalesce(bit_count(bit_or(kinds) FILTER (date - day <= 30)), 0)::DOUBLE AS kinds_used_30d
FROM read_parquet($people) p CROSS JOIN dates LEFT JOIN gaps ON gaps.enrolment_id = p.enrolment_id AND day < date
GROUP BY p.enrolment_id, date ORDER BY date, p.enrolment_id
"""


def features(folder: Path, start: np.datetime64, dates: list[int]) -> pd.DataFrame:
    """Return enrolment_id, date (days after the start) and the thirteen features."""
    with duckdb.connect() as con:
        given = {
            "files": [str(path) for path in sorted(folder.glob("activity*.parquet"))],
            "people": str(folder / "enrolments.parquet"),
            "start": str(start), "dates": dates, "last": dates[-1], "kinds": _kinds(con, folder),
        }  # fmt: skip
        found = con.execute(QUERY, given).df()
    return found.assign(active_weeks_of_last_6=_filled(found["active_weeks_of_last_6"], found["date"]))


def _kinds(con: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    query = "SELECT DISTINCT kind FROM read_parquet(?) ORDER BY 1"
    return [kind for (kind,) in con.execute(query, [str(folder / "activity*.parquet")]).fetchall()]


def _filled(weeks: pd.Series, date: pd.Series) -> pd.Series:
    return weeks.where((date < 42) | weeks.notna(), 0.0)
