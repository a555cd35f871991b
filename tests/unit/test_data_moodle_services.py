"""Moodle's web services, against a double that answers as a recorded Moodle did."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.batches import Manifest
from data.errors import SourceError
from data.home import Home
from data.identities import Vault
from data.imports import EXAMPLE, import_source
from data.sources.base import Clock, Request
from data.sources.known import Known
from data.sources.moodle_calls import RIGHTS
from data.sources.moodle_services import MoodleServices
from data.store import RecordStore
from tests.unit.served_moodle import NEWER, NOW, TOKEN, Row, ServedMoodle, example_tables, recorded
from tests.unit.small_sites import write_moodle

PROVES = {
    "sessions": "test_web_services_agree_with_the_export",
    "calendar": "test_web_services_agree_with_the_export",
    "enrolments": "test_web_services_agree_with_the_export",
    "posts": "test_web_services_agree_with_the_export",
    "assessments": "test_web_services_agree_with_the_export",
    "quiz_results": "test_web_services_agree_with_the_export",
    "surveys": "test_web_services_agree_with_the_export",
    "survey_answers": "test_web_services_agree_with_the_export",
}
TODAY = date(2026, 6, 15)
RUNNING, OVER, SMALL = "DWEB-2605", "ANGP-2511", "SECO-2606"
FAST = {"calls_per_second": "100000"}


@pytest.fixture(scope="module")
def tables() -> dict[str, list[Row]]:
    return example_tables()


def few(tables: dict[str, list[Row]], course: int = 11, learners: int = 4) -> dict[str, list[Row]]:
    """Return the tables of one session with its staff and a few of its learners."""
    given = {name: list(rows) for name, rows in tables.items()}
    roles = [row for row in given["role_assignments"] if row["course"] == course]
    staff = {row["userid"] for row in roles if row["roleid"] != 5}
    kept = staff | set(sorted({row["userid"] for row in roles} - staff)[:learners])
    theirs = (
        "role_assignments",
        "feedback_completed",
        "groups_members",
        "forum_posts",
        "quiz_attempts",
        "grade_grades",
    )
    for name in ("user_enrolments", "assign_submission", "assign_grades", "course_completions", *theirs):
        given[name] = [row for row in given[name] if row["userid"] in kept]
    first = {row["id"] for row in given["forum_posts"]}
    threads = [row for row in given["forum_discussions"] if row["firstpost"] in first and row["course"] == course]
    given["forum_discussions"] = threads
    held = {row["id"] for row in threads}
    given["forum_posts"] = [row for row in given["forum_posts"] if row["discussion"] in held]
    given["course"] = [row for row in given["course"] if row["id"] in {1, course}]
    sheets = {row["id"] for row in given["feedback_completed"]}
    given["feedback_value"] = [row for row in given["feedback_value"] if row["completed"] in sheets]
    return given


@pytest.fixture(scope="module")
def small(tables: dict[str, list[Row]]) -> dict[str, list[Row]]:
    return few(tables)


@pytest.fixture
def site(small: dict[str, list[Row]]) -> Iterator[ServedMoodle]:
    """A small site: one session of four learners."""
    with ServedMoodle(copy.deepcopy(small)) as served:
        yield served


def named(folder: Path) -> Home:
    """Return a home of invented learners, all of whose records are read."""
    home = Home(folder).prepare()
    home.name_site("example")
    return home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return named(tmp_path / "home")


def read(home: Home, site: ServedMoodle, day: date = TODAY, **options: str) -> Manifest:
    return import_source(home, "moodle-ws", site.place, as_of=day, secret=TOKEN, options={**FAST, **options})


def gathered(site: ServedMoodle, folder: Path, token: str = TOKEN, place: str = "", **options: str) -> Any:
    """Gather without writing to a store."""
    clock = Clock(TODAY, TODAY)
    return MoodleServices().gather(Request(place or site.place, clock, folder, {**FAST, **options}, token))


def found(home: Home, query: str) -> list[tuple[Any, ...]]:
    with RecordStore(home).connect() as connection:
        return connection.execute(query).fetchall()


# The double is honest: for the session that was recorded, it answers what was recorded.

LIST = [{"name": "limitnumber", "value": "0"}]
CALLS: dict[str, Row] = {
    "core_course_get_courses": {},
    "core_enrol_get_enrolled_users": {"courseid": "10", "options": LIST},
    "mod_forum_get_forums_by_courses": {"courseids": ["10"]},
    "mod_forum_get_forum_discussions": {"forumid": "26", "page": "0", "perpage": "100"},
    "mod_forum_get_discussion_posts": {"discussionid": "631"},
    "mod_quiz_get_quizzes_by_courses": {"courseids": ["10"]},
    "mod_quiz_get_user_attempts": {"quizid": "51", "userid": "28", "status": "all"},
    "mod_assign_get_assignments": {"courseids": ["10"], "includenotenrolledcourses": "1"},
    "gradereport_user_get_grade_items": {"courseid": "10"},
    "mod_feedback_get_feedbacks_by_courses": {"courseids": ["10"]},
    "mod_feedback_get_responses_analysis": {"feedbackid": "42", "page": "0", "perpage": "100"},
    "core_completion_get_course_completion_status": {"courseid": "10", "userid": "426"},
}
READ = {
    "id", "shortname", "fullname", "startdate", "enddate", "categoryid", "firstname", "lastname", "email", "roleid",
    "course", "type", "discussion", "userid", "message", "parentid", "timecreated", "isdeleted", "isprivatereply",
    "quiz", "attempt", "preview", "state", "timestart", "timefinish", "timemodified", "sumgrades", "timeopen",
    "timeclose", "duedate", "allowsubmissionsfromdate", "grade", "itemtype", "itemmodule", "iteminstance", "grademax",
    "graderaw", "weightraw", "anonymous", "rawval", "completed", "coursemodule",
}  # fmt: skip
"""What is read of the answers, and therefore compared."""


def shapes(answer: Any, path: str = "") -> set[str]:
    """Return the keys of an answer, each with its place."""
    if isinstance(answer, dict):
        return {f"{path}.{key}" for key in answer} | {s for k, v in answer.items() for s in shapes(v, f"{path}.{k}")}
    return {s for each in answer for s in shapes(each, path)} if isinstance(answer, list) else set()


def told(answer: Any, path: str = "") -> list[tuple[str, Any]]:
    """Return the values that are read, each with its place and, in a list, in any order."""
    if isinstance(answer, dict):
        plain = [(f"{path}.{key}", v) for key, v in answer.items() if key in READ and not isinstance(v, list | dict)]
        return plain + [pair for key, v in answer.items() for pair in told(v, f"{path}.{key}")]
    return sorted((p for each in answer for p in told(each, path)), key=repr) if isinstance(answer, list) else []


@pytest.mark.parametrize("function", CALLS)
def test_the_double_answers_as_the_recorded_site(tables: dict[str, list[Row]], function: str) -> None:
    expected, site = recorded(function), ServedMoodle(tables)
    answer = json.loads(json.dumps(site.answer(function, {"wstoken": TOKEN, **CALLS[function]})))
    elsewhere = ".enrolledcourses"
    assert {s for s in shapes(answer) if elsewhere not in s} == {s for s in shapes(expected) if elsewhere not in s}
    assert told(answer) == [pair for pair in told(expected) if elsewhere not in pair[0]]


def test_the_double_shows_the_dates_of_the_recorded_page(tables: dict[str, list[Row]]) -> None:
    answer = ServedMoodle(tables).answer("core_course_get_contents", {"wstoken": TOKEN, "courseid": "10"})

    def dates(given: Any) -> dict[int, list[tuple[str, int]]]:
        return {
            module["id"]: [(date["dataid"], date["timestamp"]) for date in module["dates"]]
            for section in given
            for module in section["modules"]
        }

    assert dates(answer) == dates(recorded("core_course_get_contents"))


# The ways agree: what web services tell of a session is what the export of its tables tells.

KEYS = {"sessions": "session_id", "enrolments": "enrolment_id", "assessments": "assessment_id", "surveys": "survey_id"}
SAME = {
    "sessions": ("course_id", "name", "starts_on", "ends_on"),
    "enrolments": ("learner_id", "course_id", "session_id", "mentor_id", "planned_end_on"),
    "posts": ("*",),
    "assessments": ("session_id", "kind", "name", "opens_on", "due_on", "weight"),
    "quiz_results": ("*",),
    "surveys": ("*",),
    "survey_answers": ("*",),
    "calendar": ("*",),
}
"""What must be equal, in the records that both hold."""


@pytest.fixture(scope="module")
def both(tables: dict[str, list[Row]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The records of one running session and one that is over: `ws_*` by web services, `all_*` by the export."""
    folder = tmp_path_factory.mktemp("both")
    live, export = named(folder / "live"), named(folder / "export")
    with ServedMoodle(tables) as site:
        site.shows_category_codes = True
        read(live, site, courses=f"{RUNNING},{OVER}")
    shutil.copy(live.keys / "pseudonym.key", export.keys / "pseudonym.key")
    import_source(export, "moodle", str(EXAMPLE), as_of=TODAY)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for prefix, home in (("ws", live), ("all", export)):
        with RecordStore(home).connect() as store:
            for table in SAME:
                connection.register("given", store.execute(f"SELECT * FROM {table}").to_arrow_table())
                connection.execute(f"CREATE TABLE {prefix}_{table} AS SELECT * FROM given")
    yield connection
    connection.close()


HERE = f"session_id IN ('{RUNNING}', '{OVER}')"
OF_HERE = "enrolment_id IN (SELECT enrolment_id FROM ws_enrolments)"


@pytest.mark.parametrize("table", [name for name in SAME if name != "calendar"])
def test_web_services_agree_with_the_export(both: duckdb.DuckDBPyConnection, table: str) -> None:
    """Every record of those enrolled now is there, with the same number and the same values."""
    where = OF_HERE if table in {"enrolments", "quiz_results", "survey_answers"} else HERE
    if table == "survey_answers":
        where += " AND answered_on IS NOT NULL"
    chosen = ", ".join((KEYS.get(table, "record_id"), *SAME[table])) if SAME[table] != ("*",) else "*"
    mine, theirs = f"SELECT {chosen} FROM ws_{table} WHERE {where}", f"SELECT {chosen} FROM all_{table} WHERE {where}"
    assert both.execute(f"SELECT count(*) FROM ({mine})").fetchone() > (1,)
    excluded = {"survey_answers": "sent_on, known_on"}.get(table, "")
    shown = f"* EXCLUDE ({excluded})" if excluded else "*"
    for one, other in ((mine, theirs), (theirs, mine)):
        assert both.execute(f"SELECT count(*) FROM (SELECT {shown} FROM ({one}) EXCEPT SELECT {shown} FROM ({other}))"
                            ).fetchone() == (0,)  # fmt: skip


def test_what_web_services_cannot_know_is_known_later_or_not_at_all(both: duckdb.DuckDBPyConnection) -> None:
    """No date of ours is before the day on which the export says that the thing was known: nothing leaks."""
    joined = "ws_enrolments w JOIN all_enrolments a USING (enrolment_id)"
    early = f"SELECT count(*) FROM {joined} WHERE w.outcome_known_on < a.outcome_known_on"
    assert both.execute(early).fetchone() == (0,)
    known = "SELECT DISTINCT w.outcome, a.outcome, w.outcome_known_on::VARCHAR FROM " + joined
    told = set(both.execute(known + " ORDER BY ALL").fetchall())
    assert told == {
        ("ongoing", "ongoing", None), ("ongoing", "abandoned", None),  # the session was over: housekeeping
        ("abandoned", "abandoned", "2026-06-15"), ("completed", "completed", "2026-06-15"),
    }  # fmt: skip
    assert both.execute(f"SELECT count(*) FROM {joined} WHERE w.ended_on > w.planned_end_on").fetchone() == (0,)
    assert both.execute("SELECT count(*) FROM ws_enrolments WHERE prior_attempts IS NOT NULL").fetchone() == (0,)


def test_nobody_is_said_to_have_ignored_a_survey_that_closed_before_the_first_reading(
    both: duckdb.DuckDBPyConnection,
) -> None:
    silent = "SELECT DISTINCT name FROM ws_survey_answers JOIN ws_surveys USING (survey_id) WHERE answered_on IS NULL"
    assert both.execute(silent).fetchall() == [("Pulse 2",)]
    here = "enrolment_id IN (SELECT enrolment_id FROM all_enrolments WHERE outcome = 'ongoing')"
    mine = f"SELECT * FROM ws_survey_answers WHERE answered_on IS NULL AND {here}"
    missed = f"{mine} EXCEPT SELECT * FROM all_survey_answers"
    assert both.execute(f"SELECT count(*) FROM ({mine})").fetchone() > (1,)
    assert both.execute(f"SELECT count(*) FROM ({missed})").fetchone() == (0,)


# Since when: days go by, and each thing is known from the first reading that saw it.


def learners(site: ServedMoodle) -> list[int]:
    """Return the learners of the small site."""
    return sorted(
        {row["userid"] for row in site.tables["role_assignments"] if row["course"] == 11 and row["roleid"] == 5}
    )


def told_of(home: Home, person: int) -> tuple[Any, ...]:
    """Return what the store says of a person's enrolment."""
    vault = Vault(home.identities_database)
    number = next(n for n, who in vault.find("enrolment").items() if who.source_id.split(":")[0] == str(person))
    vault.close()
    query = "started_on::VARCHAR, ended_on::VARCHAR, outcome, outcome_known_on::VARCHAR, registered_on::VARCHAR"
    (row,) = found(home, f"SELECT {query} FROM enrolments WHERE enrolment_id = {number}")
    return row


def enrolment_of(site: ServedMoodle, person: int) -> int:
    methods = {row["id"] for row in site.rows("enrol", courseid=11)}
    return next(row["id"] for row in site.rows("user_enrolments", userid=person) if row["enrolid"] in methods)


def days(*numbers: int) -> list[date]:
    return [date(2026, 6, number) for number in numbers]


def test_what_has_no_date_is_known_from_the_first_reading_that_saw_it(site: ServedMoodle, home: Home) -> None:
    first, second, third, fourth = learners(site)
    late = site.one("user_enrolments", id=enrolment_of(site, fourth))
    site.tables["user_enrolments"].remove(late)
    site.tables["role_assignments"] = [r for r in site.tables["role_assignments"] if r["userid"] != fourth]
    opening, change, later = days(10, 15, 20)
    read(home, site, opening)
    assert told_of(home, first) == ("2026-06-01", None, "ongoing", None, "2026-06-01")

    site.change("user_enrolments", enrolment_of(site, second), status=1)  # suspended some day, nothing says which
    completion = site.rows("course_completions", course=11, userid=third)[0]
    site.change("course_completions", completion["id"], timecompleted=NOW - 14 * 86400)  # backdated by Moodle
    site.tables["user_enrolments"].append(late)
    site.tables["role_assignments"].append({"id": 9999, "roleid": 5, "userid": fourth, "course": 11})
    site._index.clear()
    read(home, site, change)
    expected = {
        first: ("2026-06-01", None, "ongoing", None, "2026-06-01"),
        second: ("2026-06-01", "2026-06-15", "abandoned", "2026-06-15", "2026-06-01"),
        third: ("2026-06-01", "2026-06-15", "completed", "2026-06-15", "2026-06-01"),
        fourth: ("2026-06-15", None, "ongoing", None, "2026-06-15"),
    }
    assert {person: told_of(home, person) for person in expected} == expected

    site.change("user_enrolments", enrolment_of(site, first))  # unenrolled: not listed any more
    site.change("user_enrolments", enrolment_of(site, third), status=1)  # completed, then suspended: not tracked now
    manifest = read(home, site, later)
    assert {person: told_of(home, person) for person in expected} == expected
    assert manifest.out_of_scope["not listed any more: kept as last read"] == 1
    assert manifest.cursor["first_read"] == {SMALL: "2026-06-10"}

    site.change("user_enrolments", enrolment_of(site, second), status=0)
    read(home, site, days(25)[0])
    assert told_of(home, second)[2] == "ongoing"


def test_an_enrolment_a_list_brought_is_dated_by_what_the_store_knew(
    site: ServedMoodle, home: Home, tmp_path: Path
) -> None:
    """The same learner, in the same session: no reading makes it begin anew, nor takes it for unlisted."""
    person = site.one("user", id=learners(site)[0])
    lines = (
        f"{person['email']};{SMALL};20/05/2026;02/06/2026;30/09/2026",
        "Courriel;Session;Inscrit le;Date de début;Date de fin",
    )
    (tmp_path / "list.csv").write_text("\n".join(reversed(lines)) + "\n", encoding="utf-8")
    options = {"preset": "enrolments"}
    import_source(home, "table", str(tmp_path / "list.csv"), as_of=days(9)[0], options=options)
    query = "SELECT enrolment_id, learner_id, registered_on::VARCHAR, started_on::VARCHAR FROM enrolments"
    (listed,) = found(home, query)
    assert listed[2:] == ("2026-05-20", "2026-06-02")
    for day in days(10, 15):
        manifest = read(home, site, day)
        assert listed in found(home, query)
        assert len(found(home, query)) == len(learners(site))
        assert "not listed any more: kept as last read" not in manifest.out_of_scope


def test_posts_of_somebody_who_left_are_not_given_to_the_staff(site: ServedMoodle, home: Home) -> None:
    author = next(row["userid"] for row in site.tables["forum_posts"] if row["userid"] in learners(site))
    query = "SELECT record_id, author_role, enrolment_id FROM posts ORDER BY 1"
    read(home, site)
    before = found(home, query)
    site.change("user_enrolments", enrolment_of(site, author))
    written = sum(row["userid"] == author for row in site.tables["forum_posts"])
    manifest = read(home, site, days(16)[0])
    assert found(home, query) == before
    assert manifest.out_of_scope["not enrolled now"] >= written


def test_an_announced_quiz_stays_announced(site: ServedMoodle, home: Home) -> None:
    later = "kind = 'quiz' AND opens_on > DATE '2026-06-20'"
    query = f"SELECT name, known_on::VARCHAR FROM assessments WHERE {later} ORDER BY 1"
    read(home, site, days(15)[0])
    before = found(home, query)
    assert {day for _, day in before} == {"2026-06-15"}
    read(home, site, days(18)[0])
    assert found(home, query) == before


def test_deleted_and_private_posts_are_not_read(site: ServedMoodle, home: Home) -> None:
    one, other = [row["id"] for row in site.tables["forum_posts"] if row["userid"] in learners(site)][:2]
    site.change("forum_posts", one, deleted=1)
    site.change("forum_posts", other, privatereplyto=4)
    manifest = read(home, site)
    assert manifest.out_of_scope["deleted post"] == 1
    assert manifest.out_of_scope["private reply"] == 1
    assert manifest.rows_quarantined == 0


# What the token may do.


def answers(body: Any, status: int = 200, **headers: str) -> tuple[int, dict[str, str], str]:
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, (
        body if isinstance(body, str) else json.dumps(body)
    )  # fmt: skip


def refusal(code: str, exception: str = "core\\exception\\moodle_exception") -> Row:
    return {"exception": exception, "errorcode": code, "message": "Ada Lovelace ne peut pas faire cela"}


GAP = {"warnings": [{"item": "course", "itemid": 11, "warningcode": "1", "message": "No access rights"}], "quizzes": []}


@pytest.mark.parametrize(
    ("function", "answer", "expected"),
    [
        ("core_course_get_courses", answers(refusal("invalidtoken")), "Moodle does not accept the token"),
        ("core_course_get_courses", answers(refusal("accessexception", "webservice_access_exception")),
         "the token may not call a function (core_course_get_courses, accessexception)"),
        ("mod_quiz_get_user_attempts", answers(refusal("nopermissions", "required_capability_exception")),
         "accepted: mod/quiz:view, mod/quiz:viewreports"),
        ("core_enrol_get_enrolled_users", answers(refusal("nopermissions", "required_capability_exception")),
         "moodle/course:enrolreview"),
        ("mod_quiz_get_quizzes_by_courses", answers(refusal("Ada Lovelace!")), "Moodle answers with an error"),
        ("mod_quiz_get_quizzes_by_courses", answers(GAP), "Moodle left out 1 of the elements asked for"),
        ("mod_forum_get_forums_by_courses", answers("<html>maintenance</html>"), "the answer is not JSON"),
        ("mod_forum_get_forums_by_courses", answers(None), "not the expected form"),
        ("mod_forum_get_forums_by_courses", answers("gone", 404), "HTTP 404"),
        ("mod_forum_get_forums_by_courses", answers("moved", 302, Location="https://elsewhere.example"), "moved"),
        ("mod_forum_get_forums_by_courses", answers("busy", 503, Retry_After="0"), "stays busy (HTTP 503)"),
    ],
)  # fmt: skip
def test_an_error_is_one_line_that_says_what_to_do(
    site: ServedMoodle, home: Home, function: str, answer: tuple[int, dict[str, str], str], expected: str
) -> None:
    """Whatever fails, nothing is written, and no token and no person is named."""
    site.fault = lambda _, called, __: answer if called == function else None
    with pytest.raises(SourceError) as failed:
        read(home, site)
    line = str(failed.value)
    assert expected in line
    assert "\n" not in line
    assert TOKEN not in line
    assert "Lovelace" not in line
    assert RecordStore(home).batches() == []
    assert not list((home.root / ".spool").glob("*"))


def test_a_busy_site_is_asked_again(site: ServedMoodle, tmp_path: Path) -> None:
    """One refusal in two: 429, then a connection that ends at once."""
    site.fault = lambda rank, *_: answers("slow down", 429, Retry_After="0") if rank % 2 else None
    files = gathered(site, tmp_path).files
    assert set(files) >= {"user", "forum_posts", "roster"}


@pytest.mark.parametrize(
    ("token", "place", "options", "expected"),
    [
        ("", "", {}, "no token was given"),
        (TOKEN, "https://moodle.example.org/webservice/rest/server.php?wstoken=abc", {}, "the address holds more"),
        (TOKEN, "https://ada:hush@moodle.example.org", {}, "the address holds more"),
        (TOKEN, "http://moodle.example.org", {}, "not protected"),
        (TOKEN, "", {"course": "A"}, "unknown option --set course"),
        (TOKEN, "", {"calls_per_second": "0"}, "unreadable number of calls"),
        (TOKEN, "", {"calls_per_second": "beaucoup"}, "unreadable number of calls"),
        (TOKEN, "", {"courses": "NOT-THERE"}, "a course is not there, or the token does not see it (NOT-THERE)"),
        ("f" * 32, "", {}, "Moodle does not accept the token"),
    ],
)
def test_a_wrong_request_is_refused(
    site: ServedMoodle, tmp_path: Path, token: str, place: str, options: dict[str, str], expected: str
) -> None:
    with pytest.raises(SourceError) as failed:
        gathered(site, tmp_path, token, place, **options)
    assert expected in str(failed.value)
    assert "abc" not in str(failed.value)
    assert "hush" not in str(failed.value)


@pytest.mark.parametrize("function", ["core_course_get_courses", "core_enrol_get_enrolled_users"])
def test_without_the_roster_nothing_is_read(site: ServedMoodle, tmp_path: Path, function: str) -> None:
    site.functions.remove(function)
    with pytest.raises(SourceError, match=rf"who is enrolled \({function}\)"):
        gathered(site, tmp_path)


@pytest.mark.parametrize(
    ("function", "table", "family"),
    [
        ("mod_forum_get_discussion_posts", "posts", "posts"),
        ("mod_quiz_get_user_attempts", "assessments", "quizzes"),
        ("mod_feedback_get_items", "surveys", "surveys"),
        ("core_course_get_contents", "surveys", "surveys"),
    ],
)
def test_a_function_the_token_may_not_call_leaves_its_records_out_and_is_told(
    site: ServedMoodle, home: Home, function: str, table: str, family: str
) -> None:
    site.functions.remove(function)
    manifest = read(home, site)
    assert manifest.out_of_scope[f"not read: the token may not call {function}"] == 1
    kinds = found(home, f"SELECT count(*) FROM {table}" + (" WHERE kind = 'quiz'" if table == "assessments" else ""))
    assert kinds == [(0,)]
    assert len(found(home, "SELECT * FROM enrolments")) == 4
    assert family not in manifest.cursor["families"]


def test_a_token_that_may_read_less_than_the_last_time_is_refused(site: ServedMoodle, home: Home) -> None:
    """A right taken back would look like the silence of every learner."""
    read(home, site)
    site.functions.remove("mod_forum_get_discussion_posts")
    with pytest.raises(SourceError, match=r"may not read any more what it read the last time \(posts\)"):
        read(home, site, days(16)[0])


def test_the_newer_name_of_a_function_is_used_where_the_older_is_gone(site: ServedMoodle, home: Home) -> None:
    site.functions[site.functions.index("mod_quiz_get_user_attempts")] = "mod_quiz_get_user_quiz_attempts"
    manifest = read(home, site)
    assert "quizzes" in manifest.cursor["families"]
    assert "mod_quiz_get_user_quiz_attempts" in {function for function, _ in site.calls}


def test_only_the_functions_of_the_page_are_called_and_nothing_else_of_people_is_asked(
    site: ServedMoodle, tmp_path: Path
) -> None:
    gathered(site, tmp_path)
    called = {function for function, _ in site.calls}
    page = (Path(__file__).parents[2] / "docs" / "sources" / "moodle-ws.md").read_text(encoding="utf-8")
    assert called <= set(RIGHTS)
    assert [name for name in RIGHTS if f"`{name}`" not in page] == []
    assert {name for rights in RIGHTS.values() for name in rights.split(", ") if f"`{name}`" not in page} == set()
    asked = [given["options"] for function, given in site.calls if function == "core_enrol_get_enrolled_users"]
    told = [{each["name"]: each["value"] for each in options} for options in asked]
    assert {"onlyactive", "onlysuspended"} <= {name for options in told for name in options}
    assert {options["userfields"] for options in told} == {"id, firstname, lastname, fullname, email, roles, groups"}
    assert set(site.paths) == {"/webservice/rest/server.php"}, "the token is never in an address"


def test_the_marks_of_assignments_come_from_the_report_where_the_token_may_not_ask_for_them(
    tables: dict[str, list[Row]], tmp_path: Path
) -> None:
    told = []
    for functions in ((), ("mod_assign_get_grades",)):
        home = named(tmp_path / f"home{len(functions)}")
        shutil.copytree(tmp_path / "home0" / "keys", home.keys, dirs_exist_ok=True)
        with ServedMoodle(few(tables, course=6, learners=8)) as site:
            site.functions = [name for name in site.functions if name not in functions]
            read(home, site)
        works = "assessment_id IN (SELECT assessment_id FROM assessments WHERE kind = 'assignment')"
        marked = f"SELECT * EXCLUDE (submitted_at, known_at) FROM quiz_results WHERE {works}"
        told.append(found(home, marked + " AND score IS NOT NULL ORDER BY ALL"))
    assert told[0] == told[1] != []


# The store.


def test_reading_twice_changes_nothing(site: ServedMoodle, home: Home) -> None:
    first = read(home, site)
    again = read(home, site)
    assert again.batch_id == first.batch_id
    assert again.already
    extra = {**site.tables["forum_posts"][0], "privatereplyto": 4, "id": 99999, "created": NOW - 60}
    site.tables["forum_posts"].append(extra)
    site._index.clear()
    third = read(home, site)
    assert not third.already
    assert sum(count.new + count.changed for count in third.tables.values()) == 0


def test_a_site_that_gives_small_pages_is_read_whole(site: ServedMoodle, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir(), parts.mkdir()
    expected = gathered(site, whole).files
    site.largest_page = 2
    found = gathered(site, parts).files
    for table in ("user", "forum_discussions", "forum_posts", "feedback_completed", "roster"):
        rows = [duckdb.read_parquet(str(files[table])).fetchall() for files in (expected, found)]
        assert sorted(row[1:] for row in rows[0]) == sorted(row[1:] for row in rows[1]), table


@pytest.mark.parametrize("rank", [2, 9, 30])
def test_a_site_that_fails_on_the_way_writes_nothing(site: ServedMoodle, home: Home, rank: int) -> None:
    site.fault = lambda called, *_: answers(refusal("dmlreadexception")) if called == rank else None
    with pytest.raises(SourceError, match="dmlreadexception"):
        read(home, site)
    assert RecordStore(home).batches() == []
    site.fault = lambda *_: None
    assert not read(home, site).already


def test_the_counts_add_up_and_an_anonymous_survey_is_never_asked_for(site: ServedMoodle, home: Home) -> None:
    manifest = read(home, site)
    assert manifest.rows_in == manifest.rows_kept + manifest.rows_quarantined + manifest.rows_out_of_scope
    assert manifest.rows_quarantined == 0
    assert manifest.out_of_scope["anonymous survey"] == 1
    (anonymous,) = [row["id"] for row in site.rows("feedback", course=11) if row["anonymous"] == 1]
    asked = {given["feedbackid"] for function, given in site.calls if "feedbackid" in given}
    assert asked
    assert str(anonymous) not in asked


def test_names_are_in_the_vault_only_and_the_token_is_nowhere(site: ServedMoodle, home: Home) -> None:
    read(home, site)
    person = site.one("user", id=learners(site)[0])
    kept = {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}
    holding = {path.name for path, held in kept.items() if person["email"].encode() in held}
    assert holding == {home.identities_database.name}
    assert [path.name for path, held in kept.items() if TOKEN.encode() in held] == []


@pytest.mark.parametrize("richer", ["moodle", "moodle-db"])
def test_what_a_richer_way_told_is_never_overwritten(site: ServedMoodle, tmp_path: Path, richer: str) -> None:
    clock, known = Clock(TODAY, TODAY), Known(sources=frozenset({richer}))
    request = Request(site.place, clock, tmp_path, FAST, TOKEN, known=known)
    with pytest.raises(SourceError, match=f"by a way that tells more than web services \\({richer}\\)"):
        MoodleServices().gather(request)
    assert site.calls == []


def test_an_export_may_come_after_and_then_web_services_are_refused(
    site: ServedMoodle, home: Home, tmp_path: Path
) -> None:
    read(home, site)
    import_source(home, "moodle", str(write_moodle(tmp_path / "tables")), as_of=days(16)[0])
    with pytest.raises(SourceError, match="tells more"):
        read(home, site, days(17)[0])


def test_nobody_leaves_a_session_that_has_not_begun(site: ServedMoodle, home: Home) -> None:
    """Moodle lists who may not enter yet as suspended."""
    person = learners(site)[0]
    site.change("user_enrolments", enrolment_of(site, person), status=1)
    read(home, site, date(2026, 5, 25))
    assert told_of(home, person) == ("2026-06-01", None, "ongoing", None, "2026-05-25")


def test_the_sites_own_roles_are_told_by_options(site: ServedMoodle, tmp_path: Path) -> None:
    home = named(tmp_path / "own")
    for number, name in ((5, "stagiaire"), (4, "tuteur")):
        site.change("role", number, shortname=name)
    assert read(home, site).tables["enrolments"].rows == 0
    home = named(tmp_path / "named")
    manifest = read(home, site, learner_roles="stagiaire", mentor_roles="tuteur, autre")
    assert manifest.tables["enrolments"].rows == 4
    assert found(home, "SELECT count(*) FROM enrolments WHERE mentor_id IS NOT NULL") == [(4,)]


def test_the_functions_that_were_not_recorded_are_few() -> None:
    """The double answers these as Moodle's source declares them; every other shape is a recorded one."""
    assert set(CALLS) | set(NEWER) | {"core_webservice_get_site_info", "core_course_get_contents"} | {
        "mod_assign_get_submissions", "mod_quiz_get_user_quiz_attempts",
    } == set(RIGHTS)  # fmt: skip
