"""Tables that come in damaged: each has one line that says so, or the column and reason of each row set aside."""

from __future__ import annotations

import codecs
import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import FilrougeError
from tests.unit.read_tables import read_file, workbook

MAPPING = """
[activity]
person = "Qui"
occurred_at = "Quand"
kind = { constant = "login" }
count = { column = "Nombre", optional = true }
"""
HEAD = "Qui;Quand;Nombre\n"
GOOD = "ada@example.org;2026-01-05 09:00;1\n"
LAST = "bob@example.org;2026-01-07 10:30;2\n"


def table(*rows: str) -> str:
    """Return a good row, the rows given, a good row."""
    return HEAD + GOOD + "".join(row + "\n" for row in rows) + LAST


def gone(column: str, *reasons: str) -> list[tuple[str, str]]:
    return [(column, reason) for reason in reasons]


WHEN, WHO, MANY = "occurred_at", "person", "count"
YEARLESS, WRONG = "date without a year", "formula in error"
GAP = "no such time: the clocks go forward"
LONG = "x" * (10 << 20)
SHORTENED = "number shortened by a spreadsheet"
ROWS: list[tuple[str, str | bytes, list[tuple[str, str]], int]] = [
    ("Windows-1252", table("élodie@example.org;2026-01-06;1").encode("cp1252"), [], 3),
    ("ISO 8859-15", table("chloé@example.org;2026-01-06;1").encode("iso8859-15"), [], 3),
    ("Mac Roman", (HEAD + "élève à Orléans\u00a0: où ?;2026-01-06;1\n").encode("mac-roman"), [], 1),
    ("UTF-8 with a mark", codecs.BOM_UTF8 + table().encode(), [], 2),
    ("UTF-16, little end first", codecs.BOM_UTF16_LE + table("é;2026-01-06;1").encode("utf-16-le"), [], 3),
    ("UTF-16, big end first, no mark", table("x;2026-01-06;1").encode("utf-16-be"), [], 3),
    ("UTF-8 with one byte lost", table("élodie;2026-01-06;1", "él?;2026-01-06;1").encode().replace(b"?", b"\xe9"),
     gone("", "a character cannot be read"), 3),
    ("carriage returns only", table().replace("\n", "\r").encode(), [], 2),
    ("carriage returns and line feeds", table().replace("\n", "\r\n").encode(), [], 2),
    ("no last end of line", table()[:-1], [], 2),
    ("commas", table().replace(";", ","), [], 2),
    ("tabs", table().replace(";", "\t"), [], 2),
    ("bars", table().replace(";", "|"), [], 2),
    ("decimal commas between semicolons", table("cleo;2026-01-06;1,0"), [], 3),
    ("what a spreadsheet says of its separator", "sep=;\n" + table(), [], 2),
    ("title rows above", "Relevé de connexions\n\nÉdité le 05/01/2026\n" + table(), [], 2),
    ("blank rows", table("", ";;", "   "), [], 2),
    ("the header again", table(HEAD.strip()), [], 2),
    ("a row too short", table("cleo;2026-01-06"), gone("", "wrong number of columns"), 2),
    ("a row too long", table("cleo;2026-01-06;1;2"), gone("", "wrong number of columns"), 2),
    ("empty cells at the end", table("cleo;2026-01-06;1;;"), [], 3),
    ("a quoted separator", table('"cleo;x";2026-01-06;1'), [], 3),
    ("a value over two lines", table('"cleo\nx";2026-01-06;1'), [], 3),
    ("a quote never closed", table('"cleo;2026-01-06;1'), gone("", "a quote is never closed"), 2),
    ("two quotes that would swallow rows", table('cleo;2026-01-06;"1', "dan;2026-01-06;1", 'eve;2026-01-06;1"'),
     [("", "a quote is never closed"), (MANY, "unreadable number")], 3),
    ("a quote inside a value", table('cleo "x;2026-01-06;1'), [], 3),
    ("a NUL", table("cl\0eo;2026-01-06;1"), gone("", "holds a NUL"), 2),
    ("a field of 10 MB", table(f"{LONG};2026-01-06;1"), gone(WHO, "value too long"), 2),
    ("a huge number as a name", table("123456789012345678901234567890;2026-01-06;1"), [], 3),
    ("a number that a spreadsheet shortened", table("1,23E+15;2026-01-06;1"), gone(WHO, SHORTENED), 2),
    ("a day without its year", table("cleo;12/03;1", "cleo;12/03 09:00;1"), gone(WHEN, *[YEARLESS] * 2), 2),
    ("31 February", table("cleo;31/02/2026;1", "cleo;2026-02-31;1"), gone(WHEN, *["unreadable date"] * 2), 2),
    ("24:00", table("cleo;2026-01-06 24:00;1", "cleo;16/01/2026 24:00;1"), gone(WHEN, *["unreadable date"] * 2), 2),
    ("a time that never was", table("cleo;29/03/2026 02:30;1", "cleo;2026-03-29 02:30;1"), gone(WHEN, GAP, GAP), 2),
    ("a time that was twice", table("cleo;2026-10-25 02:30;1"), [], 3),
    ("years of two figures", table("cleo;16/01/26;1"), [], 3),
    ("days in words", table("cleo;6 janvier 2026 à 9h30;1", "cleo;Jan 6, 2026 9:30 AM;1", "cleo;le 1er févr. 2026;1"),
     [], 5),
    ("no day at all", table("cleo;hier;1"), gone(WHEN, "unreadable date"), 2),
    ("a word for a number", table("cleo;2026-01-06;beaucoup"), gone(MANY, "unreadable number"), 2),
    ("half an action", table("cleo;2026-01-06;1,5"), gone(MANY, "unreadable number"), 2),
    ("not a number", table("cleo;2026-01-06;nan", "cleo;2026-01-06;inf"), gone(MANY, *["unreadable number"] * 2), 2),
    ("a formula in error", table("#N/A;2026-01-06;1", "cleo;#REF!;1"), [(WHEN, WRONG), (WHO, WRONG)], 2),
]  # fmt: skip


def formulas(page: Any, book: Any) -> None:
    page.write_row(0, 0, ["Qui", "Quand", "Nombre"])
    page.write_row(1, 0, ["ada", date(2026, 1, 5), 1])
    page.write_row(2, 0, ["bob", date(2026, 1, 5)])
    page.write_formula(2, 2, "=1+1", None, "")
    page.write_row(3, 0, ["cleo", date(2026, 1, 5)])
    page.write_formula(3, 2, "=1/0", None, "#DIV/0!")
    page.write_row(4, 0, ["dan", date(2026, 1, 5)])
    page.write_formula(4, 2, "=1+1", None, 2)


def odd_days(page: Any, book: Any) -> None:
    page.write_row(0, 0, ["Qui", "Quand", "Nombre"])
    page.write_row(1, 0, ["ada", 46027, 1])
    page.write_row(2, 0, ["bob", 46027.5, 1])
    page.write_row(3, 0, ["cleo", 12, 1])
    page.write_row(4, 0, [12345678901234567, date(2026, 1, 5), 1])
    page.write_row(5, 0, ["dan", True, 1])


def merged(page: Any, book: Any) -> None:
    page.write_row(1, 0, ["Qui", "Quand", "Nombre"])
    page.merge_range(2, 0, 3, 0, "ada")
    page.write_row(2, 1, [date(2026, 1, 5), 1])
    page.write_row(3, 1, [date(2026, 1, 6), 1])
    page.write_row(4, 0, ["bob", date(2026, 1, 6), 1])
    page.set_row(4, None, None, {"hidden": True})


SHEETS: list[tuple[str, bytes, list[tuple[str, str]], int]] = [
    ("formulas", workbook(formulas), [(MANY, "formula in error"), (MANY, "formula without its value")], 2),
    ("days as numbers", workbook(odd_days), [(WHEN, "unreadable date")] * 2 + [(WHO, SHORTENED)], 2),
    ("days since 1904", workbook([["Qui", "Quand"], ["ada", date(2026, 1, 5)], ["bob", 44565]], date_1904=True), [], 2),
    ("merged cells and hidden rows", workbook(merged), [], 3),
    ("a second sheet that does not fit", workbook([["Note"], ["x"]], [["Qui", "Quand"], ["ada", date(2026, 1, 5)]]),
     [], 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "quarantined", "kept"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS]
)
def test_rows_are_kept_or_named(
    tmp_path: Path, content: str | bytes, quarantined: list[tuple[str, str]], kept: int
) -> None:
    """Each damaged row is set aside alone, with its column and reason; the others are kept."""
    _check(tmp_path, "table.csv", content if isinstance(content, bytes) else content.encode(), quarantined, kept)


@pytest.mark.parametrize(("content", "quarantined", "kept"), [c[1:] for c in SHEETS], ids=[c[0] for c in SHEETS])
def test_rows_of_a_workbook(tmp_path: Path, content: bytes, quarantined: list[tuple[str, str]], kept: int) -> None:
    _check(tmp_path, "table.xlsx", content, quarantined, kept)


def _check(folder: Path, name: str, content: bytes, quarantined: list[tuple[str, str]], kept: int) -> None:
    path, mapping = folder / name, folder / "mapping.toml"
    path.write_bytes(content)
    mapping.write_text(MAPPING, encoding="utf-8")
    told = read_file(folder, path, mapping=str(mapping))
    assert sorted(told.quarantined) == sorted(quarantined)
    assert len(told.rows.get("activity", [])) == kept
    assert told.seen == kept + len(told.aside)
    lines = [row["line"] for row in told.rows.get("activity", [])] + [line for line, *_ in told.aside]
    assert len(lines) == len(set(lines))


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (80 << 20))
    return content.getvalue()


def parquet(cut: int = 0) -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table({"Qui": ["ada"], "Quand": ["2026-01-05"]}), content)
    return content.getvalue()[: cut or None]


PROTECTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600
BOTH = workbook([["Qui", "Quand"], ["a", "2026-01-05"]], [["Qui", "Quand"], ["b", "2026-01-05"]])
LOST_COLUMNS = "columns are missing: Qui, Quand (t.csv); accepted: headers found nearest: {}; name them in the mapping"
NO_HEADER = "the file has no line of column names (t.csv); accepted: a first line that names the columns,"
ERRORS: list[tuple[str, bytes, str, str]] = [
    ("t.csv", b"", MAPPING, "the file is empty (t.csv); accepted: at least a line of column names"),
    ("t.csv", b"\xef\xbb\xbf \n\n", MAPPING, "the file is empty (t.csv); accepted: at least a line of column names"),
    ("t.csv", bytes(range(256)) * 40 + b"\0" * 999, MAPPING,
     "the file is not text (t.csv); accepted: CSV, XLSX, XLS, ODS, Parquet"),
    ("t.csv", b"Nom;Date\nada;2026-01-05\n", MAPPING, LOST_COLUMNS.format("Nom, Date")),
    ("t.csv", b"ada@example.org;2026-01-05\nbob@example.org;2026-01-06\n", MAPPING,
     NO_HEADER),
    ("t.csv", b"Qui;Quand;Qui\nada;2026-01-05;bob\n", MAPPING,
     "two columns have the same header (t.csv, Qui); rename one, or give each its own"),
    ("t.csv", b"Who;Qui;Quand\nx;ada;03/04/2026\nx;bob;05/06/2026\n", MAPPING,
     "dates may be day first or month first (t.csv, occurred_at); say day_first = true or false in the mapping,"
     " or --set dates=day-first"),
    ("t.csv", b"Qui;Quand\nada;13/04/2026\nbob;04/13/2026\n", MAPPING,
     "dates are written in two orders (t.csv, occurred_at); write them in one order, as 2026-01-31"),
    ("t.csv.gz", b"\x1f\x8b\x08\0 cut", MAPPING,
     "the compressed file is cut short or damaged (t.csv.gz); export it again, whole"),
    ("t.csv", b"Qui;Quand\n" + b"x" * (40 << 20), MAPPING,
     "a row is longer than 32 MB (t.csv); export it again, with its line ends"),
    ("t.csv", HEAD.encode(), MAPPING, "nothing to import (t.csv); accepted: at least one record"),
    ("t.xlsx", bomb(), MAPPING, "the workbook unpacks to far more than a table holds (t.xlsx); accepted:"
     " 1,024 MB unpacked, 200 times its size; save it as CSV"),
    ("t.xlsx", b"PK\x03\x04 not really", MAPPING, "not a whole spreadsheet (t.xlsx); save it again as XLSX, or as CSV"),
    ("t.xlsx", workbook([["Qui"]])[:-300], MAPPING,
     "not a whole spreadsheet (t.xlsx); save it again as XLSX, or as CSV"),
    ("t.xlsx", PROTECTED, MAPPING, "the file is protected by a password (t.xlsx); save it again without one"),
    ("t.xls", b"\xd0\xcf\x11\xe0 not really", MAPPING,
     "not a whole spreadsheet (t.xls); save it again as XLSX, or as CSV"),
    ("t.xlsx", BOTH, MAPPING, "several sheets fit (t.xlsx); accepted: Sheet1, Sheet2; choose one: --set sheet=NAME"),
    ("t.parquet", parquet(40), MAPPING, "not a whole Parquet file (t.parquet); export it again, whole"),
    ("t.csv", GOOD.encode(), "[activity", "the mapping is not TOML: {}"),
    ("t.csv", GOOD.encode(), 'colour = "red"\n' + MAPPING, "unknown key colour (m.toml); accepted: about, time_zone,"),
    ("t.csv", GOOD.encode(), MAPPING + 'who = "x"\n', "unknown key who (m.toml, activity); accepted: person, session,"),
    ("t.csv", GOOD.encode(), "about = 'x'", "the mapping fills no table (m.toml); accepted: people, sessions,"),
    ("t.csv", GOOD.encode(), '[activity]\nperson = "Qui"\n', "activity needs kind, occurred_at (m.toml, activity);"),
    ("t.csv", GOOD.encode(), MAPPING.replace('"Quand"', '{ column = "Quand", formats = ["%d/%m"] }'),
     "a format has no year (m.toml, activity.occurred_at.formats); accepted: as in %d/%m/%Y %H:%M"),
    ("t.csv", GOOD.encode(), MAPPING.replace('"Quand"', '{ column = "Quand", as = "time" }'),
     "not an accepted value (m.toml, activity.occurred_at.as); accepted: text, name, email,"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "mapping", "message"), ERRORS, ids=[f"{n}-{c[3][:30]}" for n, c in enumerate(ERRORS)]
)
def test_a_table_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, mapping: str, message: str) -> None:
    """One line that says what, where and what to do; nothing of a person in it."""
    (tmp_path / name).write_bytes(content)
    (tmp_path / "m.toml").write_text(mapping, encoding="utf-8")
    with pytest.raises(FilrougeError) as caught:
        read_file(tmp_path, tmp_path / name, mapping=str(tmp_path / "m.toml"))
    line = caught.value.line()
    assert line.startswith(message.split("{}")[0]) if message.endswith((",", ";", "{}")) else line == message
    assert "\n" not in line
    assert not any(person in line for person in ("ada", "bob", "@"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "nothing says what the columns are; accepted: --mapping FILE, or --preset with one of"),
        ({"preset": "nowhere"}, "unknown preset; accepted: activity, attendance,"),
        ({"preset": "activity", "colour": "red"}, "unknown option --set colour (activity.toml); accepted: --mapping,"),
        ({"preset": "activity", "encoding": "klingon"}, "unknown encoding (--set encoding); accepted: utf-8, cp1252,"),
        ({"preset": "activity", "dates": "backwards"}, "not an accepted value (--set dates); accepted: 'day-first',"),
        ({"preset": "enrolments"}, "columns are missing: E-mail"),
        ({"mapping": "nowhere.toml"}, "the mapping cannot be opened: No such file or directory (nowhere.toml)"),
    ],
)  # fmt: skip
def test_what_was_asked_is_refused(tmp_path: Path, options: dict[str, str], message: str) -> None:
    (tmp_path / "t.csv").write_text(table(), encoding="utf-8")
    with pytest.raises(FilrougeError) as caught:
        read_file(tmp_path, tmp_path / "t.csv", **options)
    assert caught.value.line().startswith(message)


def test_there_are_enough_bad_tables() -> None:
    built: list[Callable[[], bytes] | object] = [*ROWS, *SHEETS, *ERRORS]
    assert len(built) >= 60
