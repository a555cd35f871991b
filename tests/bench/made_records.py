"""Made-up canonical records of any size, as Parquet: sessions of 39 weeks, learners active a day in five.

The tables are read through the views that the store makes (`data.reading`); a file of activity a month, as the store
keeps it. `python -m tests.bench.made_records /tmp/made 1000000 3200` writes a million actions of 3,200 enrolments.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb

from data import reading
from data.contracts import ACTIVITY_KINDS, TABLES
from features.schedule import Schedule

START = date(2025, 9, 1)
WEEKS, DAYS, ACTIVE = 39, 39 * 7, 55
"""Weekly dates, days, and about how many days each learner is active on."""
A_SESSION = 800
KINDS = [kind for kind in ACTIVITY_KINDS if kind not in ("survey_view", "other", "view")]

_ENROLMENTS = f"""
SELECT (hash(n) >> 1)::BIGINT AS enrolment_id, (hash(n, 'learner') >> 1)::BIGINT AS learner_id, 'C' AS course_id,
       'S' || lpad((n // {A_SESSION})::VARCHAR, 4, '0') AS session_id, NULL::BIGINT AS mentor_id,
       DATE '{START}' - 7 AS registered_on, DATE '{START}' AS started_on, DATE '{START}' + {DAYS} AS planned_end_on,
       NULL::DATE AS ended_on, 'ongoing' AS outcome, NULL::DATE AS outcome_known_on, NULL::BOOLEAN AS passed,
       NULL::DATE AS result_known_on, NULL::VARCHAR[] AS motives, NULL AS funding, NULL AS modality,
       NULL::INT AS prior_attempts, NULL::DOUBLE AS credits, n
FROM range({{people}}) r(n)
"""
_ACTIVITY = f"""
SELECT (n * 2654435761) % 4611686018427387903 AS record_id, enrolment_id, kind,
       CASE WHEN kind <> 'login' THEN 1000 + hash(n, 'resource') % 200 END::BIGINT AS resource_id,
       done AS occurred_from, done AS occurred_to, (1 + hash(n, 'count') % 4)::INT AS count, done AS known_at,
       done::DATE AS known_on
FROM (
    SELECT n, enrolment_id, {KINDS!r}[1 + (hash(n, 'kind') % {len(KINDS)})::INT] AS kind,
           TIMESTAMPTZ '{START} 00:00:00+00' + to_days(day) + to_seconds((n * 7919) % 86400) AS done
    FROM (SELECT n, enrolment_id, (hash(p, hash(n) % {ACTIVE}) % {DAYS})::INT AS day
          FROM (SELECT n, n % {{people}} AS p FROM range({{rows}}) r(n)) JOIN (SELECT n AS p, enrolment_id FROM people)
          USING (p))
    WHERE day >= {{first}} AND day < {{last}}
)
"""


def write(folder: Path, rows: int, people: int) -> Path:
    """Write the tables, and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        con.execute(f"CREATE TABLE people AS {_ENROLMENTS.format(people=people)}")
        con.execute(f"COPY (SELECT * EXCLUDE (n) FROM people) TO '{folder / 'enrolments.parquet'}'")
        con.execute(
            "COPY (SELECT DISTINCT session_id, 'C' AS course_id, session_id AS name, started_on AS starts_on,"
            " planned_end_on AS ends_on, NULL::DOUBLE AS duration_hours, NULL::VARCHAR AS action_type FROM people"
            f" ORDER BY 1) TO '{folder / 'sessions.parquet'}'"
        )
        for month, first in enumerate(range(0, DAYS, 30)):
            query = _ACTIVITY.format(rows=rows, people=people, first=first, last=first + 30)
            con.execute(f"COPY ({query}) TO '{folder}/activity-{month:02d}.parquet' (ROW_GROUP_SIZE 122880)")
    return folder


def connect(folder: Path, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """Return a connection with one view a canonical table, made as the store makes them."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    if threads:
        con.execute(f"SET threads = {threads}")
    paths = {name: sorted(str(path) for path in folder.glob(f"{name}*.parquet")) for name in TABLES}
    reading.show(con, paths, {})
    return con


def schedule(folder: Path) -> Schedule:
    """Return the 39 Mondays after the start, for every session."""
    dates = tuple(START + timedelta(days=7 * week) for week in range(1, WEEKS + 1))
    with connect(folder) as con:
        return {session: dates for (session,) in con.execute("SELECT session_id FROM sessions ORDER BY 1").fetchall()}


def last_days() -> list[int]:
    """Return the dates as days after the start."""
    return [7 * week for week in range(1, WEEKS + 1)]


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
