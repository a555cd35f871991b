"""OULAD's traps in a small set of tables, and the real tables when they are there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.home import Home
from data.identities import Vault
from data.imports import import_folder
from data.store import RecordStore
from tests.unit.small_sites import oulad_tables, write_oulad

OULAD = Path(os.environ.get("FILROUGE_OULAD") or Path(__file__).parents[3] / "shared" / "data" / "oulad")

PROVES = {
    "sessions": "test_sessions_are_presentations",
    "enrolments": "test_enrolments",
    "activity": "test_daily_clicks_are_summed",
    "assessments": "test_assessments",
    "quiz_results": "test_marks",
    "learner_attributes": "test_attributes_are_for_audits",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("oulad")
    made = Home(folder / "home").prepare()
    import_folder(made, "oulad", write_oulad(folder / "tables"))
    return made


@pytest.fixture(scope="module")
def con(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with RecordStore(home).connect() as connection:
        vault = Vault(home.identities_database)
        names = [(number, *identity.source_id.split(":")) for number, identity in vault.find("enrolment").items()]
        vault.close()
        connection.execute("CREATE TABLE who (enrolment_id BIGINT, person INTEGER, session VARCHAR)")
        connection.executemany("INSERT INTO who VALUES (?, ?, ?)", names)
        yield connection


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()


@pytest.mark.parametrize(
    ("person", "session", "registered", "started", "ended", "outcome", "passed", "known"),
    [
        (11, "AAA-2013J", "2013-09-11", "2013-10-01", "2014-06-26", "completed", True, "2014-06-27"),
        (12, "AAA-2013J", "2013-10-06", "2013-10-06", "2013-11-10", "abandoned", None, "2013-11-10"),
        (13, "AAA-2013J", "2013-10-01", "2013-10-01", "2014-06-26", "completed", False, "2014-06-27"),
        (14, "AAA-2013J", "2013-09-01", "2013-10-01", None, "abandoned", None, None),  # withdrew, undated
        (12, "AAA-2014J", "2014-09-22", "2014-10-01", "2015-06-27", "completed", True, "2015-06-28"),
    ],
)
def test_enrolments(
    con: duckdb.DuckDBPyConnection, person: int, session: str, registered: str, started: str, ended: str | None,
    outcome: str, passed: bool | None, known: str | None,
) -> None:  # fmt: skip
    found = rows(
        con,
        "SELECT registered_on::VARCHAR, started_on::VARCHAR, ended_on::VARCHAR, outcome, passed,"
        " outcome_known_on::VARCHAR FROM enrolments JOIN who USING (enrolment_id)"
        f" WHERE person = {person} AND session = '{session}'",
    )
    assert found == [(registered, started, ended, outcome, passed, known)]


def test_sessions_are_presentations(con: duckdb.DuckDBPyConnection) -> None:
    found = rows(con, "SELECT session_id, course_id, starts_on::VARCHAR, ends_on::VARCHAR FROM sessions ORDER BY 1")
    assert found == [
        ("AAA-2013J", "AAA", "2013-10-01", "2014-06-26"), ("AAA-2014J", "AAA", "2014-10-01", "2015-06-27"),
    ]  # fmt: skip


def test_one_learner_two_sessions_one_mentor_each(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    counts = "SELECT count(DISTINCT learner_id), count(DISTINCT mentor_id), count(*) FROM enrolments"
    assert rows(con, counts) == [(4, 2, 5)]
    mentors = {who.display_name for who in Vault(home.identities_database).find("mentor").values()}
    assert mentors == {"Équipe AAA 2013J", "Équipe AAA 2014J"}


def test_marks(con: duckdb.DuckDBPyConnection) -> None:
    """Known a fortnight after submission; a missing one stays missing; a banked one says so."""
    found = rows(
        con,
        "SELECT person, known_on::VARCHAR, score, score_known_on::VARCHAR, banked FROM quiz_results"
        " JOIN who USING (enrolment_id) ORDER BY 1",
    )
    assert found == [
        (11, "2013-10-19", 0.78, "2013-11-02", False),
        (12, "2013-10-21", None, None, False),
        (13, "2013-09-30", 0.6, "2013-10-14", True),
    ]


def test_a_submission_keeps_its_day(con: duckdb.DuckDBPyConnection) -> None:
    """Day 18 of the source is day 18 here, though midnight in Paris is still the evening before in UTC."""
    found = rows(
        con,
        "SELECT person, submitted_on - DATE '2013-10-01', submitted_at::DATE < submitted_on FROM quiz_results"
        " JOIN who USING (enrolment_id) ORDER BY 1",
    )
    assert found == [(11, 18, True), (12, 20, True), (13, -1, True)]


def test_assessments(con: duckdb.DuckDBPyConnection) -> None:
    found = rows(con, "SELECT kind, name, due_on::VARCHAR, weight, known_on::VARCHAR FROM assessments ORDER BY 1")
    assert found == [
        ("assignment", "TMA 1", "2013-10-20", 10.0, "2013-10-01"),
        ("exam", "Exam 1", None, 100.0, "2013-10-01"),
    ]


def test_daily_clicks_are_summed(con: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        con,
        "SELECT person, kind, count, known_on::VARCHAR, epoch(occurred_to - occurred_from) FROM activity"
        " JOIN who USING (enrolment_id) ORDER BY 1",
    )
    assert found == [(11, "forum_view", 6, "2013-09-28", 86399.0), (12, "other", 1, "2013-10-11", 86399.0)]


def test_windows_are_known_on_their_last_day(tmp_path: Path) -> None:
    folder = write_oulad(tmp_path / "tables", oulad_tables())
    (folder / "studentVle.csv").unlink()
    window = {"code_module": "AAA", "code_presentation": "2013J", "id_student": 11, "id_site": 7,
              "activity_type": "forumng", "day_from": 5, "day_to": 34, "n_interactions": 9}  # fmt: skip
    pq.write_table(pa.Table.from_pylist([window]), folder / "vle_interactions_30day.parquet")
    home = Home(tmp_path / "home").prepare()
    import_folder(home, "oulad", folder)
    with RecordStore(home).connect() as con:
        found = rows(con, "SELECT kind, count, known_on::VARCHAR, epoch(occurred_from)::BIGINT FROM activity")
    assert found == [("forum_view", 9, "2013-11-04", 1_381_010_400)]


def test_attributes_are_for_audits(con: duckdb.DuckDBPyConnection) -> None:
    assert rows(con, "SELECT DISTINCT age_band, gender, disability FROM learner_attributes") == [("0-35", "F", False)]


@pytest.mark.oulad
@pytest.mark.slow
@pytest.mark.skipif(not OULAD.is_dir(), reason="the OULAD tables are not there (FILROUGE_OULAD)")
def test_the_whole_of_oulad(tmp_path: Path) -> None:
    """Every row of its tables is kept, and its README's counts hold."""
    home = Home(tmp_path / "home").prepare()
    manifest = import_folder(home, "oulad", OULAD)
    assert (manifest.rows_quarantined, manifest.rows_out_of_scope) == (0, 0)
    with RecordStore(home).connect() as con:
        assert rows(con, "SELECT count(*), count(DISTINCT learner_id) FROM enrolments") == [(32_593, 28_785)]
        undated = "SELECT count(*) FROM enrolments WHERE outcome = 'abandoned' AND ended_on IS NULL"
        assert rows(con, undated) == [(93,)]
        assert rows(con, "SELECT count(*), max(count) FROM activity") == [(3_270_689, 81)]
        assert rows(con, "SELECT count(*), count(score) FROM quiz_results") == [(173_912, 173_739)]
