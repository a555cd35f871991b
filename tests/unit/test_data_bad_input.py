"""What comes in damaged: one clear line, or rows set aside and counted; nothing lost, nothing half-written."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data.batches import Manifest
from data.errors import SourceError
from data.home import Home
from data.imports import import_folder
from data.store import RecordStore
from tests.unit.small_sites import Rows, at, moodle_tables_small, oulad_tables, write_moodle, write_oulad

TODAY = date(2026, 4, 10)


def _rewrite(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes())) and None


def _gz(folder: Path) -> None:
    plain = folder / "mdl_forum_posts.csv"
    (folder / "mdl_forum_posts.csv.gz").write_bytes(gzip.compress(plain.read_bytes() * 50)[:-40])
    plain.unlink()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "mdl_quiz.csv").unlink(), "tables are missing: mdl_quiz.csv"),
        (lambda folder: [path.unlink() for path in folder.iterdir()], "tables are missing: mdl_course_categories.csv"),
        (lambda folder: (folder / "mdl_quiz.csv.gz").write_bytes(b""), "a table is there twice (mdl_quiz.csv)"),
        (lambda folder: write_moodle(folder, prefix="other_"), "tables of several sites are together (mdl_, other_)"),
        (_gz, "the compressed file is cut short or damaged (mdl_forum_posts.csv.gz)"),
        (_rewrite("mdl_quiz.csv", lambda _: b""), "the file is empty (mdl_quiz.csv)"),
        (_rewrite("mdl_quiz.csv", lambda text: text.replace(b"sumgrades", b"grades")),
         "a column is missing (mdl_quiz.csv); accepted: a comma-separated file with the columns id, course, name"),
        (_rewrite("mdl_user.csv", lambda text: text.replace(b"Ada", b"Ad\xe9")),
         "the file is not in UTF-8 (mdl_user.csv"),
        (_rewrite("mdl_user.csv", lambda text: text.decode().encode("utf-16")), "the file is in UTF-16 (mdl_user.csv)"),
        (_rewrite("mdl_user.csv", lambda text: text + b"\0\0"), "the file is not text (mdl_user.csv)"),
        (_rewrite("mdl_forum_posts.csv", lambda text: text[: text.index(b"perdue")]),
         "the file ends inside a quoted value (mdl_forum_posts.csv)"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read(tmp_path: Path, damage: Callable[[Path], Any], message: str) -> None:
    """One line that says what, where and what to do; the store stays as it was, without a trace."""
    folder, home = write_moodle(tmp_path / "tables"), Home(tmp_path / "home").prepare()
    damage(folder)
    with pytest.raises(SourceError) as caught:
        import_folder(home, "moodle", folder, as_of=TODAY)
    assert message in caught.value.line()
    assert "\n" not in caught.value.line()
    assert RecordStore(home).batches() == []
    assert {path.name for path in home.records.iterdir()} <= {".lock"}
    assert not (home.root / ".staging").exists()


def test_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file", tmp_path / "nowhere"):
        with pytest.raises(SourceError, match="not a folder of tables"):
            import_folder(Home(tmp_path / "home").prepare(), "moodle", path)
    with pytest.raises(SourceError, match="unknown source; accepted: canvas, discord"):
        import_folder(Home(tmp_path / "home").prepare(), "nowhere", tmp_path)


def test_a_broken_parquet(tmp_path: Path) -> None:
    folder = write_oulad(tmp_path / "tables")
    (folder / "studentVle.csv").unlink()
    (folder / "vle_interactions_30day.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(SourceError, match="not a whole Parquet file"):
        import_folder(Home(tmp_path / "home").prepare(), "oulad", folder)


def _add(table: str, **row: Any) -> Callable[[dict[str, Rows]], None]:
    return lambda tables: tables[table].append({**tables[table][0], **row})


def _set(table: str, line: int, **values: Any) -> Callable[[dict[str, Rows]], None]:
    return lambda tables: tables[table][line].update(values)


LATER = at("2027-01-01")
DAMAGED = (
    ("logstore_standard_log", {"id": 1}, "repeated row"),
    ("logstore_standard_log", {"id": 1, "timecreated": at("2026-01-07")}, "repeated row"),  # same id, another story
    ("logstore_standard_log", {"timecreated": LATER}, "future date"),
    ("logstore_standard_log", {"timecreated": "hier"}, "unreadable number"),
    ("logstore_standard_log", {"timecreated": 17}, "unreadable date"),
    ("logstore_standard_log", {"userid": 999}, "unknown person"),
    ("logstore_standard_log", {"id": ""}, "missing value"),
    ("user_enrolments", {"userid": 999}, "unknown learner"),
    ("user_enrolments", {"enrolid": 77}, "unknown enrolment method"),
    ("user_enrolments", {"timecreated": LATER}, "future date"),
    ("forum_posts", {"id": 1}, "repeated row"),
    ("forum_posts", {"discussion": 55}, "unknown thread"),
    ("forum_posts", {"created": at("2026-04-11")}, "future date"),
    ("forum_posts", {"parent": "x"}, "unreadable number"),
    ("quiz_attempts", {"attempt": 2, "sumgrades": 7}, "out of range"),
    ("quiz_attempts", {"attempt": 2, "sumgrades": "nan"}, "out of range"),
    ("quiz_attempts", {"attempt": 2, "quiz": 8}, "unknown quiz"),
    ("quiz_attempts", {"attempt": 0}, "below 1"),
    ("assign_submission", {"timemodified": LATER}, "future date"),
    ("assign_submission", {"attemptnumber": -1}, "below 0"),
    ("assign_grades", {"grade": 30}, "out of range"),
    ("feedback_value", {"item": 1, "value": "11"}, "out of range"),
    ("feedback_value", {"item": 1, "value": "neuf"}, "unreadable number"),
    ("feedback_value", {"item": 3, "value": "4"}, "out of range"),
    ("feedback_value", {"item": 88}, "unknown question"),
    ("feedback_completed", {"userid": 999}, "unknown learner"),
    ("groups_members", {"groupid": 99}, "unknown group"),
    ("role_assignments", {"roleid": 99}, "unknown role"),
    ("course", {"category": 8, "shortname": "Z"}, "unknown category"),
    ("course", {"category": 1, "shortname": "Y", "startdate": at("2026-01-05")}, "no end date"),
)


def test_damaged_moodle_rows(tmp_path: Path) -> None:
    """Each damaged row is set aside with its file and reason, and takes no other row with it."""
    tables = moodle_tables_small()
    sound = _imported(tmp_path / "sound", "moodle", write_moodle(tmp_path / "sound" / "tables", tables))
    for number, (table, values, _) in enumerate(DAMAGED, 900):
        tables[table].append({**tables[table][0], "id": number, **values})
    manifest = _imported(tmp_path, "moodle", write_moodle(tmp_path / "tables", tables))
    told = Counter(
        (row["file"], row["reason"]) for row in RecordStore(Home(tmp_path / "home")).quarantined().to_pylist()
    )
    installation = ("mdl_logstore_standard_log.csv", "future date")
    assert told == Counter([installation, *((f"mdl_{table}.csv", reason) for table, _, reason in DAMAGED)])
    assert (manifest.rows_kept, manifest.refused) == (sound.rows_kept, {})
    assert manifest.tables == sound.tables


@pytest.mark.parametrize(
    ("change", "set_aside"),
    [
        (_add("studentInfo"), {"repeated row": 1}),
        (_add("studentInfo", code_module="ZZZ"), {"unknown session": 1}),
        (_add("studentInfo", id_student=77, final_result="Maybe"), {"not an accepted value": 1}),
        (_add("studentInfo", id_student=77, num_of_prev_attempts=-1), {"below 0": 1}),
        (_add("studentRegistration", id_student=99), {"unknown learner": 1}),
        (_set("studentRegistration", 0, date_registration="soon"), {"unreadable number": 1}),
        (_add("studentAssessment", id_student=99), {"unknown learner": 1}),
        (_add("studentAssessment", id_assessment=99), {"unknown assessment": 1}),
        (_set("studentAssessment", 0, score=178), {"out of range": 1}),
        (_set("studentAssessment", 0, date_submitted=99999), {"day out of reach": 1}),
        (_add("studentVle", id_site=99), {"unknown resource": 1}),
        (_add("studentVle", id_student=99), {"unknown learner": 1}),
        (_add("studentVle", sum_click=0), {"below 1": 1}),
        (
            _set("courses", 1, code_presentation="2014X"),
            {"unknown code": 1, "unknown session": 1, "unknown learner": 1},
        ),
    ],
)
def test_damaged_oulad_rows(
    tmp_path: Path, change: Callable[[dict[str, Rows]], None], set_aside: dict[str, int]
) -> None:
    tables = oulad_tables()
    change(tables)
    assert _imported(tmp_path, "oulad", write_oulad(tmp_path / "tables", tables)).quarantined == set_aside


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        (lambda text: text[:-1], 4, "row cut short: no end of line"),
        (lambda text: text[:-4], 4, "wrong number of columns"),
        (lambda text: text.replace(b"12,8,10,1", b"12,8,10,1,5"), 4, "wrong number of columns"),
        (lambda text: text.replace(b"2013J,11,7,-3,2", b"2013J,11"), 3, "wrong number of columns"),
    ],
)
def test_a_torn_row_is_named(tmp_path: Path, change: Callable[[bytes], bytes], line: int, reason: str) -> None:
    """The rest of the file is kept; the quarantine says file, line and reason, never the value."""
    folder, home = write_oulad(tmp_path / "tables"), Home(tmp_path / "home").prepare()
    _rewrite("studentVle.csv", change)(folder)
    manifest = import_folder(home, "oulad", folder)
    told = RecordStore(home).quarantined().to_pylist()
    assert [(row["file"], row["line"], row["reason"]) for row in told] == [("studentVle.csv", line, reason)]
    clicks = manifest.files[-1]
    assert (clicks.rows_in, clicks.rows_kept, clicks.rows_quarantined) == (3, 2, 1)


@pytest.mark.parametrize("row", ["2026-13-01,2026-01-02,closure,", "2026-01-05,2026-01-02,closure,",
                                 "2026-01-01,2026-01-02,party,", "2026-01-01,2026-01-02,closure,NOWHERE"])  # fmt: skip
def test_a_calendar_with_a_wrong_day(tmp_path: Path, row: str) -> None:
    folder = write_moodle(tmp_path / "tables")
    (folder / "calendar.csv").write_text(f"from_on,to_on,kind,session_id\n{row}\n2026-02-01,2026-02-08,closure,A-1\n")
    manifest = _imported(tmp_path, "moodle", folder)
    assert (manifest.files[-1].rows_kept, manifest.files[-1].rows_quarantined) == (1, 1)


def _imported(tmp_path: Path, source: str, folder: Path) -> Manifest:
    """Import, and hold that every row read is accounted for."""
    home = Home(tmp_path / "home").prepare()
    manifest = import_folder(home, source, folder, as_of=TODAY)
    for file in manifest.files:
        assert file.rows_in == file.rows_kept + file.rows_quarantined + file.rows_out_of_scope, file.file
        with (folder / file.file).open(encoding="utf-8", newline="") as stream:
            assert file.rows_in == sum(1 for _ in csv.reader(stream)) - 1, file.file
    assert RecordStore(home).quarantined().num_rows == manifest.rows_quarantined
    return manifest
