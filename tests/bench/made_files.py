"""Made-up files of any size for the bench: the example's learners, doing as much as is asked."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "moodle"
LAST = 1781400000
"""Seconds of the example's today."""


def moodle_folder(folder: Path, rows: int) -> Path:
    """Write the example's tables with a log of so many rows: its own, again and again at other seconds."""
    place = folder / "moodle"
    shutil.copytree(SAMPLE / "csv", place)
    log = place / "mdl_logstore_standard_log.csv.gz"
    with _connection() as connection:
        connection.execute(f"CREATE TABLE log AS SELECT * FROM read_csv('{log}', all_varchar = true)")
        (own,) = connection.execute("SELECT count(*) FROM log").fetchall()[0]
        log.unlink()
        connection.execute(f"""
COPY (SELECT l.* REPLACE (CAST(l.id AS BIGINT) + n * 10000000 AS id,
        CASE WHEN n = 0 THEN CAST(l.timecreated AS BIGINT) ELSE CAST(l.timecreated AS BIGINT) - (n * 7919) % 80000 END
            AS timecreated)
    FROM log l, range({3 * rows // own + 2}) r(n)
    WHERE n = 0 OR l.action IN ('viewed', 'loggedin') ORDER BY n, CAST(l.id AS BIGINT) LIMIT {rows})
TO '{place / "mdl_logstore_standard_log.csv"}' (HEADER, QUOTE '"', ESCAPE '"')""")
    return place


def oulad_folder(folder: Path, rows: int) -> Path:
    """Write OULAD's tables in their first layout: 8 presentations, 16,000 learners, clicks of so many rows."""
    place = folder / "oulad"
    place.mkdir(parents=True)
    presentations = "(SELECT unnest(['AAA', 'BBB', 'CCC', 'DDD']) AS code_module), (SELECT unnest(['2013J', '2014J']))"
    with _connection() as connection:
        connection.execute(f"CREATE TABLE place AS SELECT * FROM {presentations} p(code_presentation)")
        connection.execute("CREATE TABLE taken AS SELECT *, row_number() OVER () AS id_student FROM place, range(2000)")
        tables = {
            "courses": "SELECT *, 260 AS module_presentation_length FROM place",
            "assessments": "SELECT *, row_number() OVER () AS id_assessment, 'TMA' AS assessment_type, 30 AS date,"
            " 100 AS weight FROM place",
            "studentInfo": "SELECT code_module, code_presentation, id_student, 'F' AS gender, '0-35' AS age_band,"
            " 0 AS num_of_prev_attempts, 60 AS studied_credits, 'N' AS disability, 'Pass' AS final_result FROM taken",
            "studentRegistration": "SELECT code_module, code_presentation, id_student, -10 AS date_registration,"
            " NULL AS date_unregistration FROM taken",
            "studentAssessment": "SELECT 1 AS id_assessment, id_student, 20 AS date_submitted, 0 AS is_banked,"
            " 70 AS score FROM taken WHERE code_module = 'AAA' AND code_presentation = '2013J'",
            "vle": "SELECT row_number() OVER () AS id_site, code_module, code_presentation, 'resource' AS"
            " activity_type FROM place, range(200)",
            "studentVle": "SELECT t.code_module, t.code_presentation, t.id_student,"
            f" 1 + (n // 16000 * 7 + n) % 1600 AS id_site, (n // 16000 + n * 31) % 250 AS date,"
            f" 1 + n % 5 AS sum_click FROM range({rows}) r(n)"
            " JOIN taken t ON t.id_student = 1 + (n * 104729) % 16000",
        }
        for name, query in tables.items():
            connection.execute(f"COPY ({query}) TO '{place / name}.csv' (HEADER)")
    return place


ENROLLED = f"""
CREATE TABLE enrolled AS
SELECT row_number() OVER (ORDER BY u.email, c.id) - 1 AS rank, u.id AS account, u.email, c.shortname AS session,
    CAST(c.startdate AS BIGINT) AS starts, least(CAST(c.enddate AS BIGINT), {LAST}) - CAST(c.startdate AS BIGINT)
        AS lasts
FROM {{user_enrolments}} x JOIN {{enrol}} e ON e.id = x.enrolid JOIN {{course}} c ON c.id = e.courseid
JOIN {{user}} u ON u.id = x.userid WHERE u.email LIKE '%@%' AND x.status = '0'
"""


def write(query: str, path: Path, form: str, rows: int) -> Path:
    """Write the rows of a SELECT over `acts`: as many made-up acts of learners during their sessions.

    `acts` has n (from 0), account, email, session and moment (an instant).
    """
    with _enrolled() as connection:
        (people,) = connection.execute("SELECT count(*) FROM enrolled").fetchall()[0]
        connection.execute(
            "CREATE VIEW acts AS SELECT n, account, email, session, to_timestamp(starts + (n * 7919) % lasts) AS moment"
            f" FROM (SELECT n, (n * 104729) % {people} AS rank FROM range({rows}) r(n)) JOIN enrolled USING (rank)"
        )
        connection.execute(f"COPY ({query}) TO '{path}' ({form})")
    return path


def addresses() -> list[str]:
    """Return the e-mails of the learners whose session runs from 12 May to 11 June 2026."""
    with _enrolled() as connection:
        current = "session IN ('ADSO-2604', 'ANGP-2604', 'DWEB-2605')"
        found = connection.execute(f"SELECT DISTINCT email FROM enrolled WHERE {current} ORDER BY 1").fetchall()
    return [email for (email,) in found]


def _enrolled() -> duckdb.DuckDBPyConnection:
    """Return a connection that knows who is enrolled."""
    names = ("user_enrolments", "enrol", "course", "user")
    tables = {name: f"read_csv('{SAMPLE}/csv/mdl_{name}.csv.gz', all_varchar = true)" for name in names}
    connection = _connection()
    connection.execute(ENROLLED.format(**tables))
    return connection


def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    return connection
