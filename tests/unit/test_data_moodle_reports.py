"""A teacher's CSV files of Moodle: the Logs report and the grades export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest

from data.batches import Manifest
from data.errors import SourceError
from data.home import Home
from data.imports import EXAMPLE, import_source
from data.sources.base import Clock, Request
from data.sources.known import Known
from data.sources.moodle_dates import DAY_FIRST, MONTH_FIRST, NO_HOUR, NO_YEAR, UNREADABLE, Evidence, instant
from data.sources.moodle_reports import MoodleReports
from data.sources.spool import Spool
from data.store import RecordStore

PROVES = {
    "activity": "test_the_logs_report_gives_the_records_of_the_export",
    "sessions": "test_alone_the_two_files_make_the_session_its_learners_and_their_results",
    "enrolments": "test_alone_the_two_files_make_the_session_its_learners_and_their_results",
    "assessments": "test_alone_the_two_files_make_the_session_its_learners_and_their_results",
    "quiz_results": "test_alone_the_two_files_make_the_session_its_learners_and_their_results",
}
REPORTS = EXAMPLE / "ws"
TODAY = date(2026, 6, 15)
PARIS = ZoneInfo("Europe/Paris")
DATED = {"starts_on": "2026-05-11", "ends_on": "2026-08-16"}
FRENCH = ("Heure", "Nom complet de l’utilisateur", "Utilisateur concerné", "Contexte de l’événement", "Composant",
          "Nom de l’événement", "Description", "Origine", "Adresse IP")  # fmt: skip
ENGLISH = ("Time", "User full name", "Affected user", "Event context", "Component", "Event name", "Description",
           "Origin", "IP address")  # fmt: skip


# Dates.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14 juin 26, 21:20:01", "2026-06-14T21:20:01+02:00"),
        ("27 avr. 26, 09:00:00", "2026-04-27T09:00:00+02:00"),
        ("1er févr. 2026, 08:05", "2026-02-01T08:05:00+01:00"),
        ("16/11/25, 21:25:53", "2025-11-16T21:25:53+01:00"),
        ("16/11/2025 21:25", "2025-11-16T21:25:00+01:00"),
        ("16 novembre 2025, 21:25", "2025-11-16T21:25:00+01:00"),
        ("dimanche 16 novembre 2025, 21:25", "2025-11-16T21:25:00+01:00"),
        ("16 novembre 2025 à 21h25", "2025-11-16T21:25:00+01:00"),
        ("Sunday, 16 November 2025, 9:25 PM", "2025-11-16T21:25:00+01:00"),
        ("November 16, 2025, 12:25:53 AM", "2025-11-16T00:25:53+01:00"),
        ("16 Nov 2025, 12:25 pm", "2025-11-16T12:25:00+01:00"),
        ("2025-11-16 21:25:53", "2025-11-16T21:25:53+01:00"),
        ("30 août 2026, 10:00:00", "2026-08-30T10:00:00+02:00"),
        ("16 novembre, 21:25", NO_YEAR),
        ("16/11, 21:25", NO_YEAR),
        ("31/02/26, 10:00:00", UNREADABLE),
        ("16/11/25, 25:00:00", UNREADABLE),
        ("hier", UNREADABLE),
        ("", UNREADABLE),
        ("29 mars 2026, 02:30:00", NO_HOUR),  # clocks go forward from 2 to 3
        ("26 oct. 2025, 02:30:00", "2025-10-26T02:30:00+02:00"),  # the hour comes twice: the first of the two
    ],
)
def test_dates_are_read_as_the_site_writes_them(text: str, expected: str) -> None:
    found = instant(text, PARIS)
    assert (found.isoformat() if isinstance(found, datetime) else found) == expected


def test_the_month_may_come_first() -> None:
    found = instant("11/05/25, 21:25:53", PARIS, MONTH_FIRST)
    assert isinstance(found, datetime)
    assert found.date() == date(2025, 11, 5)


@pytest.mark.parametrize(
    ("dates", "french", "expected"),
    [
        (("16/11/25, 10:00:00", "05/11/25, 10:00:00"), False, DAY_FIRST),  # 16 is no month
        (("11/16/25, 10:00:00", "11/05/25, 10:00:00"), True, MONTH_FIRST),  # whatever the language
        (("10/03/26, 10:00:00", "09/04/26, 10:00:00", "08/04/26, 10:00:00"), False, MONTH_FIRST),  # newest first
        (("03/10/26, 10:00:00", "04/09/26, 10:00:00", "04/08/26, 10:00:00"), False, DAY_FIRST),
        (("05/06/26, 10:00:00", "04/06/26, 10:00:00"), True, DAY_FIRST),  # a French file
        (("14 juin 26, 10:00:00",), False, DAY_FIRST),  # no numbers to tell apart
    ],
)
def test_the_whole_file_settles_which_number_is_the_day(dates: tuple[str, ...], french: bool, expected: str) -> None:
    evidence = Evidence()
    for each in dates:
        evidence.see(each)
    assert evidence.order(french=french, file="logs.csv") == expected


# The files.


def event(when: str, name: str, event: str, description: str, **more: str) -> tuple[str, ...]:
    """Return a row of the Logs report."""
    given = {"affected": "-", "context": "Cours: A", "component": "Système", "origin": "web", **more}
    return (when, name, given["affected"], given["context"], given["component"], event, description, given["origin"],
            "203.0.113.7")  # fmt: skip


def viewed(
    when: str, person: int = 70, name: str = "Ada Fableville", module: str = "page", place: int = 9
) -> tuple[str, ...]:
    """Return the view of a module, in French."""
    told = f"The user with id '{person}' viewed the '{module}' activity with course module id '{place}'."
    return event(when, name, "Module de cours consulté", told, component=module.title(), context=f"{module}: X")


def submitted(
    when: str, attempt: int, person: int = 70, name: str = "Ada Fableville", place: int = 8
) -> tuple[str, ...]:
    what = f"has submitted the attempt with id '{attempt}' for the quiz with course module id '{place}'."
    told = f"The user with id '{person}' {what}"
    more = {"affected": name, "context": "Test: Quiz 1", "component": "Test"}
    return event(when, name, "Tentative de test envoyée", told, **more)


def write(
    folder: Path, name: str, *rows: tuple[str, ...], header: tuple[str, ...] = FRENCH, separator: str = ","
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [separator.join(f'"{value}"' for value in row) for row in (header, *rows)]
    (folder / name).write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")
    return folder


def known(*sources: str, sessions: tuple[str, ...] = ("A",)) -> Known:
    return Known(tables={"sessions": pa.table({"session_id": list(sessions)})}, sources=frozenset(sources))


def spooled(
    place: Path, tmp_path: Path, held: Known | None = None, **options: str
) -> Mapping[str, list[dict[str, Any]]]:
    """Return the plain tables that files give, and what was set aside."""
    spool = Spool(tmp_path / "spool")
    request = Request(str(place), Clock(TODAY, TODAY), tmp_path, options, known=held or known("moodle"))
    MoodleReports().read(request, spool)
    return {name: duckdb.read_parquet(str(path)).to_arrow_table().to_pylist() for name, path in spool.close().items()}


def refused(place: Path, tmp_path: Path, held: Known | None = None, **options: str) -> str:
    with pytest.raises(SourceError) as failed:
        spooled(place, tmp_path, held, **options)
    assert "\n" not in str(failed.value)
    assert "Ada" not in str(failed.value)
    return str(failed.value)


def test_the_events_of_the_core_are_read_in_both_languages_and_else_by_their_description(tmp_path: Path) -> None:
    cases = [
        ("Module de cours consulté", "Course module viewed",
         "viewed the 'forum' activity with course module id '3'.", ("forum_view", "3")),
        ("Module de cours consulté", "Course module viewed",
         "viewed the 'quiz' activity with course module id '3'.", ("quiz_view", "3")),
        ("Module de cours consulté", "Course module viewed",
         "viewed the 'assign' activity with course module id '3'.", ("assignment_view", "3")),
        ("Module de cours consulté", "Course module viewed",
         "viewed the 'feedback' activity with course module id '3'.", ("survey_view", "3")),
        ("Module de cours consulté", "Course module viewed",
         "viewed the 'zoom' activity with course module id '3'.", ("video", "3")),
        ("Discussion consultée", "Discussion viewed",
         "has viewed the discussion with id '5' in the forum with course module id '3'.", ("forum_view", "3")),
        ("Cours consulté", "Course viewed", "viewed the course with id '10'.", ("view", None)),
        ("Tentative de test commencée", "Quiz attempt started",
         "has started the attempt with id '7' for the quiz with course module id '3'.", ("quiz_view", "3")),
        ("Tentative de test relue", "Quiz attempt reviewed",
         "has reviewed quiz attempt with id '7' by user with id '70' for the quiz with course module id '3'.",
         ("quiz_view", "3")),
        ("Rapport d’évaluation utilisateur consulté", "Grade user report viewed",
         "viewed the user report in the gradebook.", ("grade_view", None)),
        ("Réponse remise", "Response submitted",
         "submitted response for 'feedback' activity with course module id '3'.", ("survey_view", "3")),
        ("Un travail a été remis.", "A submission has been submitted.",
         "has submitted the submission with id '4' for the assignment with course module id '3'.",
         ("assignment_view", "3")),
    ]  # fmt: skip
    expected = [kind for *_, kind in cases]
    told = ["The user with id '70' " + description for *_, description, _ in cases]
    when = [f"14/06/2026, 10:00:{59 - n:02}" for n in range(len(cases))]
    for language, header, names in (
        ("fr", FRENCH, [name for name, *_ in cases]), ("en", ENGLISH, [name for _, name, *_ in cases]),
        ("other", ENGLISH, ["Kursmodul angezeigt"] * len(cases)),
    ):  # fmt: skip
        rows = [event(t, "Ada Fableville", name, d) for t, name, d in zip(when, names, told, strict=True)]
        place = write(tmp_path / language, "logs-A.csv", *rows, header=header)
        found = spooled(place, tmp_path / language)["activity"]
        assert [(row["kind"], row["resource"]) for row in found] == expected, language
        assert {(row["person"], row["session"]) for row in found} == {("70", "A")}


def test_a_login_belongs_to_whichever_session_runs(tmp_path: Path) -> None:
    told = "The user with id '70' has logged in."
    place = write(tmp_path, "logs-A.csv", event("14 juin 26, 10:00:00", "Ada", "L’utilisateur s’est connecté", told))
    (row,) = spooled(place, tmp_path)["activity"]
    assert (row["kind"], row["session"], row["resource"]) == ("login", None, None)


def test_a_description_in_french_is_read_too(tmp_path: Path) -> None:
    told = "L’utilisateur avec l’id ‘70’ a consulté l’activité ‘quiz’ dont l’identifiant de module de cours est ‘3’."
    place = write(tmp_path, "logs-A.csv", event("14 juin 26, 10:00:00", "Ada", "Module de cours consulté", told))
    (row,) = spooled(place, tmp_path)["activity"]
    assert (row["person"], row["kind"], row["resource"]) == ("70", "quiz_view", "3")


@pytest.mark.parametrize(
    ("row", "reason", "column", "damaged"),
    [
        (viewed("29 mars 26, 02:30:00"), NO_HOUR, "Heure", True),
        (viewed("pas une date"), UNREADABLE, "Heure", True),
        (event("14 juin 26, 10:00:00", "Ada", "Cours consulté", "Quelqu’un a vu."),
         "no account number", "Description", True),
        (event("14 juin 26, 10:00:00", "Ada", "Cours consulté", "x", origin="cli"),
         "done by the site, not by the learner", "", False),
        (event("14 juin 26, 10:00:00", "Ada", "Créneau créé", "x"), "event not used", "", False),
        (("14 juin 26, 10:00:00", "Ada"), "wrong number of columns", "", True),
    ],
)  # fmt: skip
def test_a_row_that_gives_nothing_says_why(
    tmp_path: Path, row: tuple[str, ...], reason: str, column: str, damaged: bool
) -> None:
    place = write(tmp_path, "logs-A.csv", viewed("15 juin 26, 10:00:00"), row)
    found = spooled(place, tmp_path)
    assert len(found["activity"]) == 1
    assert found["_aside"] == [
        {"file": "logs-A.csv", "line": 3, "column": column, "reason": reason, "damaged": damaged}
    ]


@pytest.mark.parametrize(
    ("rows", "header", "expected"),
    [
        ((viewed("14 juin, 10:00:00"),), FRENCH, "date without a year (logs-A.csv, line 2)"),
        ((viewed("16/11/25, 10:00:00"), viewed("11/16/25, 10:00:00")), FRENCH, "dates of two orders"),
        ((viewed("05/06/26, 10:00:00"),), ENGLISH, "nothing tells whether the day or the month comes first"),
        ((viewed("05/06/26, 10:00:00"),), ("Zeit", *FRENCH[1:]), "neither a Logs report nor a grades export"),
    ],
)
def test_a_file_whose_dates_or_columns_cannot_be_told_is_refused(
    tmp_path: Path, rows: tuple[tuple[str, ...], ...], header: tuple[str, ...], expected: str
) -> None:
    assert expected in refused(write(tmp_path, "logs-A.csv", *rows, header=header), tmp_path)


def test_the_option_dates_settles_an_english_file(tmp_path: Path) -> None:
    place = write(tmp_path, "logs-A.csv", viewed("05/06/26, 10:00:00"), header=ENGLISH)
    (row,) = spooled(place, tmp_path, dates="mdy")["activity"]
    assert row["occurred_at"] == "2026-05-06T10:00:00+02:00"


@pytest.mark.parametrize(
    ("options", "held", "expected"),
    [
        ({"sessions": "A"}, known("moodle"), "unknown option --set sessions"),
        ({"dates": "ymd"}, known("moodle"), "unknown order of dates"),
        ({"starts_on": "2026-05-11"}, known("moodle"), "the session's days cannot be read"),
        ({"starts_on": "11/05/2026", "ends_on": "2026-08-16"}, known(), "the session's days cannot be read"),
        ({}, known("moodle", sessions=("B",)), "no source brings the session (A)"),
        (DATED, known("moodle", sessions=("B",)), "no source brings the session (A)"),  # no grades export
        (DATED, known("moodle"), "another source already brought the session (A)"),
        (DATED, known("table"), "another source already brought the session (A)"),
    ],
)
def test_a_wrong_request_is_refused(tmp_path: Path, options: dict[str, str], held: Known, expected: str) -> None:
    place = write(tmp_path, "logs-A.csv", viewed("14 juin 26, 10:00:00"))
    assert expected in refused(place, tmp_path, held, **options)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("logs-DWEB-2605.csv", {}, "DWEB-2605"),
        ("logs_DWEB-2605_20260615-0600.csv", {}, "DWEB-2605"),
        ("DWEB-2605 Notes-20260615_0600-comma_separated.csv", {}, "DWEB-2605"),
        ("DWEB-2605 Grades-20260615_0600-comma_separated.csv", {}, "DWEB-2605"),
        ("grades-DWEB-2605.csv", {}, "DWEB-2605"),
        ("logs-DWEB-2605.csv", {"session": "A"}, "A"),
        ("export.csv", {}, "which session the file is of is not told"),
    ],
)
def test_the_session_is_told_by_the_name_or_by_the_option(
    tmp_path: Path, name: str, options: dict[str, str], expected: str
) -> None:
    place = write(tmp_path / "files", name, viewed("14 juin 26, 10:00:00"))
    held = known("moodle", sessions=(expected,))
    if " " in expected:
        assert expected in refused(place, tmp_path, held, **options)
    else:
        assert spooled(place, tmp_path, held, **options)["activity"][0]["session"] == expected


def test_files_that_overlap_count_an_action_once_and_one_file_counts_two_at_the_same_second(tmp_path: Path) -> None:
    one, two = viewed("13 juin 26, 10:00:00"), viewed("14 juin 26, 10:00:00")
    write(tmp_path, "logs_A_20260613-1200.csv", one, one)
    place = write(tmp_path, "logs_A_20260614-1200.csv", two, one, one)
    found = spooled(place, tmp_path)
    assert [row["occurred_at"][:10] for row in found["activity"]] == ["2026-06-13", "2026-06-13", "2026-06-14"]
    assert [row["reason"] for row in found["_aside"]] == ["told by another file"] * 2


# Grades.

GRADES = ("Prénom", "Nom de famille", "Adresse de courriel", "Test Quiz 1 (Pourcentage)", "Test Quiz 1 (Brut)",
          "Total du cours (Brut)", "Dernier téléchargement depuis ce cours")  # fmt: skip
ADA = ("Ada", "Fableville", "ada@example.org", "82,50 %", "16,50", "16,50", "1781496000")
BOB = ("Bob", "Songemont", "bob@example.org", "-", "-", "-", "1781496000")


def test_a_mark_is_kept_where_it_is_sure_and_known_on_the_day_of_the_file(tmp_path: Path) -> None:
    """A percentage, of the only attempt there is; a missing mark is `-`; marks out of we know not what are not read."""
    write(tmp_path, "grades-A.csv", ADA, BOB, header=GRADES, separator=";")
    bob = submitted("11 juin 26, 09:00:00", 502, 71, "Bob Songemont")
    place = write(tmp_path, "logs-A.csv", submitted("12 juin 26, 10:00:00", 501), bob)
    found = spooled(place, tmp_path, known(sessions=()), **DATED)
    told = [(row["person"], row["result"], row["score"], row["score_known_on"]) for row in found["results"]]
    assert told == [("70", "501", "0.825", "2026-06-15"), ("71", "502", None, None)]
    assert found["results"][0]["submitted_at"] == "2026-06-12T10:00:00+02:00"
    assert [(row["person"], row["email"]) for row in found["people"]] == [
        ("70", "ada@example.org"), ("71", "bob@example.org"),
    ]  # fmt: skip


def test_of_several_attempts_nobody_knows_which_has_the_mark(tmp_path: Path) -> None:
    write(tmp_path, "grades-A.csv", ADA, header=GRADES)
    rows = submitted("12 juin 26, 11:00:00", 502), submitted("12 juin 26, 10:00:00", 501)
    found = spooled(write(tmp_path, "logs-A.csv", *rows), tmp_path, known(sessions=()), **DATED)
    assert [(row["result"], row["score"]) for row in found["results"]] == [("502", None), ("501", None)]


def test_a_mark_older_than_the_attempt_is_not_its_mark(tmp_path: Path) -> None:
    old = (*ADA[:-1], "1780000000")
    write(tmp_path, "grades-A.csv", old, header=GRADES)
    place = write(tmp_path, "logs-A.csv", submitted("12 juin 26, 10:00:00", 501))
    assert spooled(place, tmp_path, known(sessions=()), **DATED)["results"][0]["score"] is None


def test_what_another_way_of_reading_moodle_told_is_not_told_again(tmp_path: Path) -> None:
    write(tmp_path, "grades-A.csv", ADA, header=GRADES)
    place = write(tmp_path, "logs-A.csv", submitted("12 juin 26, 10:00:00", 501))
    assert set(spooled(place, tmp_path, known("moodle-ws"))) == {"activity", "people", "_seen", "_aside"}


def test_namesakes_are_learners_whose_marks_are_nobodys(tmp_path: Path) -> None:
    """Two people of one name: the logs know two numbers, nothing says which row is whose."""
    other = (*ADA[:2], "ada2@example.org", *ADA[3:])
    write(tmp_path, "grades-A.csv", ADA, other, header=GRADES)
    rows = submitted("12 juin 26, 10:00:00", 501), viewed("12 juin 26, 09:00:00", 72)
    found = spooled(write(tmp_path, "logs-A.csv", *rows), tmp_path, known(sessions=()), **DATED)
    assert {row["person"] for row in found["enrolments"]} == {"70", "72"}
    assert {row["email"] for row in found["people"]} == {None}
    assert found["results"][0]["score"] is None


def test_somebody_graded_whom_the_logs_never_name_is_told_by_e_mail_or_set_aside(tmp_path: Path) -> None:
    unnamed = ("Eve", "Rêvelac", "", "-", "-", "-", "1781496000")
    write(tmp_path, "grades-A.csv", BOB, unnamed, header=GRADES)
    place = write(tmp_path, "logs-A.csv", viewed("12 juin 26, 10:00:00"))
    found = spooled(place, tmp_path, known(sessions=()), **DATED)
    assert [row["person"] for row in found["enrolments"]] == ["bob@example.org"]
    assert [(row["line"], row["reason"]) for row in found["_aside"]] == [(3, "who it is is not told")]


# The real files of the session DWEB-2605.


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that holds the example's export, then the teacher's files of one of its sessions."""
    home = Home(tmp_path_factory.mktemp("export") / "home").prepare()
    home.name_site("example")
    import_source(home, "moodle", str(EXAMPLE), as_of=TODAY)
    return home


def read(home: Home, place: Path = REPORTS, **options: str) -> Manifest:
    return import_source(home, "moodle-csv", str(place), as_of=TODAY, options=options)


def test_the_logs_report_gives_the_records_of_the_export(export: Home) -> None:
    """Every record of the report is one of the export, with the same number, kind, place, count and times."""
    manifest = read(export)
    count = manifest.tables["activity"]
    assert (count.rows, count.new, count.changed) == (2820, 0, 0)
    assert sum(each.new + each.changed for each in manifest.tables.values()) == 0
    assert manifest.rows_in == manifest.rows_kept + manifest.rows_quarantined + manifest.rows_out_of_scope
    assert manifest.rows_quarantined == 0
    assert manifest.out_of_scope == {
        "event not used": 1885, "not a learner we know": 190, "done by the site, not by the learner": 8,
    }  # fmt: skip
    assert read(export).already


def test_alone_the_two_files_make_the_session_its_learners_and_their_results(export: Home, tmp_path: Path) -> None:
    """The same enrolments, with the same numbers and first days, and the hand-ins of those the site did not close."""
    home = Home(tmp_path / "home").prepare()
    home.name_site("example")
    (home.keys / "pseudonym.key").write_bytes((export.keys / "pseudonym.key").read_bytes())
    manifest = read(home, **DATED)
    assert manifest.rows_quarantined == 0
    told, did = [], []
    for each in (home, export):
        with RecordStore(each).connect() as connection:
            enrolled = connection.execute(
                "SELECT enrolment_id, learner_id, started_on, registered_on, planned_end_on FROM enrolments"
                " WHERE session_id = 'DWEB-2605' ORDER BY 1"
            ).fetchall()
            handed = connection.execute(
                "SELECT record_id, attempt, submitted_on, known_on FROM quiz_results WHERE NOT auto_submitted AND"
                " enrolment_id IN (SELECT enrolment_id FROM enrolments WHERE session_id = 'DWEB-2605') ORDER BY 1"
            ).fetchall()
            told.append((enrolled, handed))
            acts = "SELECT record_id, kind FROM activity JOIN enrolments USING (enrolment_id)"
            did.append(set(connection.execute(f"{acts} WHERE session_id = 'DWEB-2605'").fetchall()))
    lacking = Counter(kind for _, kind in did[1] - did[0])
    assert lacking == {"login": 401, "view": 94}, "sign-ins and dashboards belong to no course"
    assert did[0] < did[1]
    assert len(told[0][0]) == 51
    assert len(told[0][1]) == 98
    assert told[0] == told[1]
    with RecordStore(home).connect() as connection:
        names = connection.execute("SELECT kind, name FROM assessments ORDER BY name").fetchall()
        assert connection.execute("SELECT count(*) FROM quiz_results WHERE score IS NOT NULL").fetchall() == [(0,)]
    assert [kind for kind, _ in names] == ["quiz"] * 3
    assert names[0][1] == "Quiz 1 – les sélecteurs CSS"
    again = read(home, REPORTS / "logs-DWEB-2605.csv")
    assert sum(each.new + each.changed for each in again.tables.values()) == 0
    kept = {path.name: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}
    assert {name for name, held in kept.items() if b"apprenant0416@example.org" in held} == {"identities.db"}
    assert [name for name, held in kept.items() if b"203.0.113." in held] == []
