"""Moodle's traps, each met once in a small site, and the example site as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.home import Home
from data.identities import Vault
from data.imports import import_folder
from data.store import RecordStore
from tests.unit.small_sites import Rows, at, moodle_tables_small, write_moodle

EXAMPLE = Path(__file__).parents[2] / "data" / "sample" / "moodle"
TODAY = date(2026, 4, 10)
PROVES = {
    "sessions": "test_sessions_are_courses",
    "calendar": "test_public_holidays_close_every_session",
    "enrolments": "test_enrolments",
    "activity": "test_activity_is_the_learners_own",
    "posts": "test_posts_keep_numbers_and_roles_not_text",
    "assessments": "test_assessments_are_known_when_announced",
    "quiz_results": "test_marks_are_known_when_released",
    "surveys": "test_surveys_but_the_anonymous_one",
    "survey_answers": "test_silence_to_a_survey_is_a_row",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("moodle")
    made = Home(folder / "home").prepare()
    import_folder(made, "moodle", write_moodle(folder / "tables"), as_of=TODAY)
    return made


@pytest.fixture(scope="module")
def con(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose view `who` gives each enrolment its source's user and session."""
    with RecordStore(home).connect() as connection:
        vault = Vault(home.identities_database)
        names = [(number, *identity.source_id.split(":")) for number, identity in vault.find("enrolment").items()]
        vault.close()
        connection.execute("CREATE TABLE who (enrolment_id BIGINT, person INTEGER, session VARCHAR)")
        connection.executemany("INSERT INTO who VALUES (?, ?, ?)", names)
        yield connection


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()


def test_sessions_are_courses(con: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        con, "SELECT session_id, course_id, name, starts_on::VARCHAR, ends_on::VARCHAR FROM sessions ORDER BY 1"
    )
    assert found == [
        ("A-1", "FORM-A", "Formation A, janvier", "2026-01-05", "2026-03-29"),
        ("A-2", "FORM-A", "Formation A, avril", "2026-04-06", "2026-06-28"),
    ]


def test_public_holidays_close_every_session(con: duckdb.DuckDBPyConnection) -> None:
    found = rows(con, "SELECT from_on::VARCHAR, session_id FROM calendar WHERE kind = 'public_holiday' ORDER BY 1")
    assert ("2026-04-06", "") in found
    assert {day[:4] for day, _ in found} == {"2026"}


def test_assessments_are_known_when_announced(con: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT kind, session_id, opens_on::VARCHAR, due_on::VARCHAR, weight, known_on::VARCHAR FROM assessments"
    assert rows(con, query + " ORDER BY 1") == [
        ("assignment", "A-1", None, "2026-02-01", 75.0, "2025-12-20"),
        ("quiz", "A-1", "2026-01-12", "2026-01-18", 25.0, "2025-12-20"),
    ]


def test_surveys_but_the_anonymous_one(con: duckdb.DuckDBPyConnection) -> None:
    found = rows(con, "SELECT name, session_id, kind, opens_on::VARCHAR FROM surveys ORDER BY 2")
    assert found == [("Pulse 1", "A-1", "pulse", "2026-01-19"), ("Pulse 1", "A-2", "pulse", "2026-05-04")]


@pytest.mark.parametrize(
    ("person", "session", "outcome", "started", "ended", "prior"),
    [
        (10, "A-1", "ongoing", "2026-01-05", None, 0),  # over, and nothing recorded
        (10, "A-2", "ongoing", "2026-04-06", None, 1),
        (11, "A-1", "abandoned", "2026-01-05", "2026-02-10", 0),  # suspended: the event's day, not timemodified's
        (12, "A-1", "abandoned", "2026-01-05", "2026-01-28", 0),  # unenrolled: only the log remembers
        (13, "A-1", "completed", "2026-01-05", "2026-03-20", 0),  # the event's day
        (14, "A-2", "ongoing", "2026-04-08", None, 0),  # came late
    ],
)
def test_enrolments(
    con: duckdb.DuckDBPyConnection, person: int, session: str, outcome: str, started: str, ended: str | None, prior: int
) -> None:
    found = rows(
        con,
        f"SELECT outcome, started_on::VARCHAR, ended_on::VARCHAR, outcome_known_on::VARCHAR, prior_attempts"
        f" FROM enrolments JOIN who USING (enrolment_id) WHERE person = {person} AND session = '{session}'",
    )
    assert found == [(outcome, started, ended, ended, prior)]


def changed(table: str, number: int, **values: Any) -> dict[str, Rows]:
    """Return the small site with one row changed."""
    tables = moodle_tables_small()
    next(row for row in tables[table] if row["id"] == number).update(values)
    return tables


def seen(tmp_path: Path, tables: dict[str, Rows], query: str, as_of: date = TODAY) -> list[tuple[Any, ...]]:
    """Return what a query gives once a site is imported."""
    home = Home(tmp_path / "home").prepare()
    import_folder(home, "moodle", write_moodle(tmp_path / "tables", tables), as_of=as_of)
    with RecordStore(home).connect() as con:
        return rows(con, query)


def test_a_backdated_enrolment_is_known_when_it_was_made(tmp_path: Path) -> None:
    """Made on 10 April with a start on 8 April: before the 10th nobody knew."""
    tables = changed("user_enrolments", 104, timecreated=at("2026-04-10"), timemodified=at("2026-04-10"))
    query = "SELECT registered_on::VARCHAR FROM enrolments WHERE started_on = DATE '2026-04-08'"
    assert seen(tmp_path, tables, query) == [("2026-04-10",)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-03-29", ("abandoned", "2026-03-29", "2026-03-29")), ("2026-03-30", ("ongoing", None, None))],
)
def test_an_exit_after_the_planned_end_is_housekeeping(tmp_path: Path, day: str, expected: tuple[str | None]) -> None:
    """The session ends on 29 March: whoever is suspended later had stayed to the end."""
    tables = changed("logstore_standard_log", 7, timecreated=at(day))
    query = (
        "SELECT outcome, ended_on::VARCHAR, outcome_known_on::VARCHAR FROM enrolments WHERE session_id = 'A-1'"
        " AND enrolment_id IN (SELECT enrolment_id FROM activity WHERE kind = 'resource')"
    )
    assert seen(tmp_path, tables, query) == [expected]


ENDS = at("2026-05-20")
CHANGED = at("2026-04-09")


@pytest.mark.parametrize(
    ("values", "origin", "expected"),
    [
        ({"timeend": ENDS}, None, ("ongoing", "2026-05-20", None, None)),  # a shorter stay, planned from the start
        ({"timeend": CHANGED, "timemodified": at("2026-04-10")}, None,
         ("abandoned", "2026-06-28", "2026-04-09", "2026-04-10")),  # brought forward, told the day after
        ({"timeend": ENDS, "timemodified": CHANGED}, None, ("abandoned", "2026-06-28", "2026-04-09", "2026-04-09")),
        ({"timeend": at("2026-07-05"), "timemodified": CHANGED}, None, ("ongoing", "2026-06-28", None, None)),
        ({"timeend": ENDS, "timemodified": at("2026-04-12")}, None, ("ongoing", "2026-06-28", None, None)),  # not yet
        ({"status": 1, "timeend": CHANGED, "timemodified": CHANGED}, "cli",
         ("ongoing", "2026-04-09", None, None)),  # its time was up: the site's own task closed it
        ({"status": 1, "timeend": CHANGED, "timemodified": CHANGED}, "web",
         ("abandoned", "2026-06-28", "2026-04-09", "2026-04-09")),
    ],
)  # fmt: skip
def test_an_end_brought_forward_is_an_exit(
    tmp_path: Path, values: dict[str, Any], origin: str | None, expected: tuple[str | None, ...]
) -> None:
    tables = changed("user_enrolments", 104, **values)
    if origin:
        told = {"id": 90, "objectid": 104, "relateduserid": 14, "courseid": 3, "timecreated": CHANGED, "origin": origin}
        tables["logstore_standard_log"].append({**tables["logstore_standard_log"][6], **told})
    query = (
        "SELECT outcome, planned_end_on::VARCHAR, ended_on::VARCHAR, outcome_known_on::VARCHAR FROM enrolments"
        " WHERE started_on = DATE '2026-04-08'"
    )
    assert seen(tmp_path, tables, query) == [expected]


def test_an_unenrolment_after_the_planned_end_is_housekeeping(tmp_path: Path) -> None:
    tables = changed("logstore_standard_log", 9, timecreated=at("2026-04-02"))
    query = (
        "SELECT outcome, outcome_known_on FROM enrolments WHERE session_id = 'A-1'"
        " AND enrolment_id IN (SELECT enrolment_id FROM posts)"
    )
    assert seen(tmp_path, tables, query) == [("ongoing", None)]


def test_roster_holds_learners_only(con: duckdb.DuckDBPyConnection) -> None:
    assert rows(con, "SELECT count(*), count(DISTINCT learner_id) FROM enrolments") == [(6, 5)]


def test_mentor_of_the_group_even_for_those_who_left(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    mentors = {number: who.display_name for number, who in Vault(home.identities_database).find("mentor").items()}
    assert list(mentors.values()) == ["Mia T"]
    found = rows(con, "SELECT person, session, mentor_id FROM enrolments JOIN who USING (enrolment_id) ORDER BY 1, 2")
    assert [(person, session, mentors.get(mentor)) for person, session, mentor in found] == [
        (10, "A-1", "Mia T"), (10, "A-2", None), (11, "A-1", "Mia T"), (12, "A-1", "Mia T"), (13, "A-1", "Mia T"),
        (14, "A-2", None),
    ]  # fmt: skip


def test_activity_is_the_learners_own(con: duckdb.DuckDBPyConnection) -> None:
    """A login counts where the learner is then; the site, the staff and anonymous answers do not count."""
    found = rows(
        con,
        "SELECT person, session, kind, known_on::VARCHAR, count FROM activity JOIN who USING (enrolment_id)"
        " ORDER BY ALL",
    )
    assert found == [
        (10, "A-1", "login", "2026-01-06", 1), (10, "A-1", "view", "2026-01-06", 1),
        (11, "A-1", "resource", "2026-01-06", 1), (12, "A-1", "forum_view", "2026-01-08", 1),
        (14, "A-2", "login", "2026-04-08", 1),
    ]  # fmt: skip


def test_posts_keep_numbers_and_roles_not_text(con: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        con,
        "SELECT author_role, person, is_question, intent_to_leave, distress, parent_id IS NULL, channel FROM posts"
        " LEFT JOIN who USING (enrolment_id) ORDER BY epoch(occurred_at)",
    )
    assert found == [
        ("learner", 12, True, False, True, True, "help"),
        ("mentor", None, False, False, False, False, "help"),
        ("learner", 12, False, True, False, False, "help"),
        ("staff", None, False, False, False, False, "help"),
    ]


def test_marks_are_known_when_released(con: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        con,
        "SELECT a.kind, person, score, auto_submitted, submitted_on::VARCHAR, r.known_on::VARCHAR,"
        " score_known_on::VARCHAR, weight FROM quiz_results r JOIN assessments a USING (assessment_id)"
        " JOIN who USING (enrolment_id) ORDER BY 1, 2",
    )
    assert found == [
        ("assignment", 10, 0.75, False, "2026-01-30", "2026-01-30", "2026-02-05", 75.0),
        ("quiz", 10, 0.8, False, "2026-01-13", "2026-01-13", "2026-01-13", 25.0),
        ("quiz", 11, 0.0, True, "2026-01-18", "2026-01-19", "2026-01-19", 25.0),  # closed by the site the day after
    ]


TEN = "|".join(map(str, range(11)))
RATED = "|".join(f"{n}####{n}" for n in range(11))
FIVE = "Non|Plutôt non|Moyen|Plutôt oui|Oui"


@pytest.mark.parametrize(
    ("label", "kind", "options", "told", "expected"),
    [
        ("nps", "multichoice", "r>>>>>" + TEN, "1", ("nps", 0.0)),  # the first option reads 0
        ("nps", "multichoice", "r>>>>>" + TEN, "11", ("nps", 10.0)),
        ("nps", "multichoice", "d>>>>>" + "|".join(reversed(TEN.split("|"))), "1", ("nps", 10.0)),
        ("nps", "multichoice", "r>>>>>0 – pas du tout|" + TEN[2:-2] + "10 (oui !)<<<<<1", "11", ("nps", 10.0)),
        ("nps", "multichoicerated", "r>>>>>" + RATED, "4", ("nps", 3.0)),
        ("nps", "multichoice", "r>>>>>Non|Plutôt non|Plutôt oui|Oui", "4", ("choice", 4.0)),
        ("satisfaction", "multichoice", "r>>>>>Non|Plutôt non|Plutôt oui|Oui", "4", ("choice", 4.0)),
        ("satisfaction", "multichoice", "r>>>>>" + FIVE, "4", ("choice", 4.0)),
    ],
)
def test_an_answer_reads_as_its_options_say(
    tmp_path: Path, label: str, kind: str, options: str, told: str, expected: tuple[str, float]
) -> None:
    tables = changed("feedback_item", 2, name=label, label=label, typ=kind, presentation=options)
    next(row for row in tables["feedback_value"] if row["id"] == 2)["value"] = told
    tables["feedback_item"] = [row for row in tables["feedback_item"] if row["id"] != 1]
    tables["feedback_value"] = [row for row in tables["feedback_value"] if row["item"] == 2]
    assert seen(tmp_path, tables, "SELECT scale, value FROM survey_answers WHERE value IS NOT NULL") == [expected]


def test_an_abandoned_attempt_is_not_a_result(tmp_path: Path) -> None:
    tables = moodle_tables_small()
    left = {"id": 8, "userid": 13, "state": "abandoned", "timefinish": 0, "sumgrades": None}
    tables["quiz_attempts"].append({**tables["quiz_attempts"][0], **left})
    home = Home(tmp_path / "home").prepare()
    manifest = import_folder(home, "moodle", write_moodle(tmp_path / "tables", tables), as_of=TODAY)
    assert manifest.out_of_scope["attempt abandoned, never handed in"] == 1
    with RecordStore(home).connect() as con:
        assert rows(con, "SELECT count(*) FROM quiz_results") == [(3,)]


@pytest.mark.parametrize(
    ("values", "known"),
    [
        ({}, "2025-12-20"),
        ({"timemodified": at("2026-03-01")}, "2026-01-30"),  # edited later: the first submission knew it
        ({"timemodified": at("2026-03-01"), "allowsubmissionsfromdate": at("2026-01-12")}, "2026-01-12"),
    ],
)
def test_an_edit_does_not_hide_that_an_assignment_was_known(tmp_path: Path, values: dict[str, int], known: str) -> None:
    query = "SELECT known_on::VARCHAR FROM assessments WHERE kind = 'assignment'"
    assert seen(tmp_path, changed("assign", 1, **values), query) == [(known,)]


def test_silence_to_a_survey_is_a_row(con: duckdb.DuckDBPyConnection) -> None:
    """Every learner there is asked each closed question; the survey to come is a plan and asks nobody yet."""
    found = rows(
        con,
        "SELECT person, question, scale, sent_on::VARCHAR, answered_on::VARCHAR, value FROM survey_answers"
        " JOIN who USING (enrolment_id) WHERE value IS NOT NULL ORDER BY 2",
    )
    assert found == [
        (10, "intention", "intent", "2026-01-19", "2026-01-20", -1.0),
        (10, "nps", "nps", "2026-01-19", "2026-01-20", 9.0),
        (10, "satisfaction", "likert5", "2026-01-19", "2026-01-20", 4.0),
    ]
    asked = rows(con, "SELECT person, count(*) FROM survey_answers JOIN who USING (enrolment_id) GROUP BY 1 ORDER BY 1")
    assert asked == [(10, 3), (11, 3), (12, 3), (13, 3)]
    assert rows(con, "SELECT name, opens_on::VARCHAR FROM surveys ORDER BY 2") == [
        ("Pulse 1", "2026-01-19"), ("Pulse 1", "2026-05-04"),
    ]  # fmt: skip


def test_a_survey_answered_again_is_answered_once(tmp_path: Path) -> None:
    """The last sheet is the answer; the earlier one and its values are counted, not lost."""
    tables = moodle_tables_small()
    tables["feedback_completed"].append({"id": 3, "feedback": 1, "userid": 10, "timemodified": at("2026-01-21")})
    tables["feedback_completed"].append({"id": 4, "feedback": 1, "userid": 10, "timemodified": at("2026-05-01")})
    tables["feedback_value"].append({"id": 6, "item": 1, "completed": 3, "value": "2"})
    home = Home(tmp_path / "home").prepare()
    manifest = import_folder(home, "moodle", write_moodle(tmp_path / "tables", tables), as_of=TODAY)
    assert manifest.out_of_scope["answered again"] == 1
    assert manifest.quarantined == {"future date": 2}  # the sheet of 1 May, and the installation row
    with RecordStore(home).connect() as con:
        found = rows(con, "SELECT question, value, answered_on::VARCHAR FROM survey_answers WHERE value IS NOT NULL")
    assert found == [("nps", 2.0, "2026-01-21")]


def test_today_hides_what_came_after(tmp_path: Path) -> None:
    """Seen from 20 January, nobody has left yet, and later rows are future dates."""
    home = Home(tmp_path / "home").prepare()
    manifest = import_folder(home, "moodle", write_moodle(tmp_path / "tables"), as_of=date(2026, 1, 20))
    with RecordStore(home).connect() as con:
        assert rows(con, "SELECT DISTINCT outcome FROM enrolments") == [("ongoing",)]
        latest = rows(con, "SELECT max(known_on)::VARCHAR FROM activity UNION SELECT max(known_on)::VARCHAR FROM posts")
        assert max(latest) <= ("2026-01-20",)
    assert manifest.quarantined["future date"] > 1


def test_default_today_is_the_last_learner_day(tmp_path: Path) -> None:
    """The site's own rows, dated months later, do not move it."""
    manifest = import_folder(Home(tmp_path / "home").prepare(), "moodle", write_moodle(tmp_path / "tables"))
    assert manifest.as_of == "2026-04-09"
    assert manifest.quarantined == {"future date": 1}


@pytest.mark.parametrize(("prefix", "suffix"), [("m_", ".csv.gz"), ("", ".csv")])
def test_any_prefix_compressed_or_not(tmp_path: Path, home: Home, prefix: str, suffix: str) -> None:
    other = Home(tmp_path / "home").prepare()
    manifest = import_folder(other, "moodle", write_moodle(tmp_path / "t", prefix=prefix, suffix=suffix), as_of=TODAY)
    first = RecordStore(home).batches()[0]
    assert (manifest.rows_in, manifest.rows_kept) == (first.rows_in, first.rows_kept)


def test_a_newer_export_updates(tmp_path: Path) -> None:
    """A learner who has left since is updated; an older version of the table can still be read."""
    home, tables = Home(tmp_path / "home").prepare(), moodle_tables_small()
    import_folder(home, "moodle", write_moodle(tmp_path / "one", tables), as_of=TODAY)
    before = RecordStore(home).versions()
    for row in tables["user_enrolments"]:
        if row["id"] == 104:
            row |= {"status": 1, "timemodified": at("2026-04-20")}
    newer = import_folder(home, "moodle", write_moodle(tmp_path / "two", tables), as_of=date(2026, 4, 25))
    assert (newer.tables["enrolments"].new, newer.tables["enrolments"].changed) == (0, 1)
    assert newer.tables["activity"].new == 0
    left = "SELECT count(*) FROM enrolments WHERE ended_on = DATE '2026-04-20'"
    with RecordStore(home).connect() as now, RecordStore(home).connect(before) as then:
        assert (rows(now, left), rows(then, left)) == ([(1,)], [(0,)])


def test_example_site(tmp_path: Path) -> None:
    """The counts its README gives: 486 enrolments, 65 suspended and 9 unenrolled, 8 mentors, one installation row.

    Of these 74 exits, 3 were recorded after the session's planned end: housekeeping, not abandonment.
    """
    home = Home(tmp_path / "home").prepare()
    manifest = import_folder(home, "moodle", EXAMPLE, as_of=date(2026, 6, 15))
    assert manifest.quarantined == {"future date": 1}
    for file in manifest.files:
        assert file.rows_in == file.rows_kept + file.rows_quarantined + file.rows_out_of_scope, file.file
    with RecordStore(home).connect() as con:
        outcomes = dict(rows(con, "SELECT outcome, count(*) FROM enrolments GROUP BY 1"))
        assert outcomes == {"ongoing": 279, "completed": 136, "abandoned": 71}
        assert rows(con, "SELECT count(DISTINCT mentor_id), count(mentor_id) FROM enrolments") == [(8, 486)]
        assert rows(con, "SELECT count(*), count(value) FROM survey_answers") == [(6258, 3361)]
        kept = next(file.rows_kept for file in manifest.files if "forum_posts" in file.file)
        assert rows(con, "SELECT count(*) FROM posts") == [(kept,)]
        closed = "SELECT from_on::VARCHAR, to_on::VARCHAR FROM calendar WHERE kind = 'closure'"
        assert rows(con, closed) == [("2025-12-20", "2026-01-04")]
