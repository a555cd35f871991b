"""What a pack is made of: a PDF that is read aloud, a workbook that runs nothing, sums that find one byte."""

import io
import subprocess
import zipfile
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from serving.language import Speech
from serving.problems import RefusedError
from serving.quality.packs import document, folder, manifest, press
from serving.quality.packs.document import Document, Part, by_month, pdf
from serving.quality.packs.glyphs import MISSING, RANGES, drawn
from serving.quality.packs.layout import MOST_ROWS, folded, printed
from serving.quality.packs.workbook import tab_name, workbook
from serving.quality.sheets import Sheet

PARIS = ZoneInfo("Europe/Paris")
FR = Speech("fr", PARIS)
DAY = date(2026, 6, 15)
AT = datetime(2026, 6, 15, 22, 30, tzinfo=UTC)
HOSTILE = (
    '#import "x": y', "$x$", "*gras*", "_souligné_", "@ref", "<label>", "= Titre", "// rien", "\\", "`code`",
    "#panic()", '"', "' \" }", "\x00\x07", "\u202eabc", "محمد", "דוד", "Đặng Thị Hồng", "漢字", "😀", "e\u0301",
    "a" * 300, "", "l’élève", "=1+1", "{{ x }}", "\ud800",
)  # fmt: skip


def sheet(rows, columns=("Nom", "Le", "Nombre"), **more):
    return Sheet("register", "Registre", columns, tuple(rows), **more)


def told(*parts):
    facts = (("Organisme", "Maison", False), ("Empreinte", "ab" * 32, True))
    return Document(FR, "Dossier de preuve", "Indicateur 12", "Juin", "Maison", DAY, ("Une phrase.",), facts, parts)


def read(body):
    return pypdf.PdfReader(io.BytesIO(body))


def text_of(body):
    return "\n".join(page.extract_text() for page in read(body).pages)


def test_the_pdf_is_tagged_in_french_titled_and_dated_by_its_day_alone():
    rows = [(f"Personne {n}", DAY, n) for n in range(120)]
    body = pdf(told(Part("Registre", printed=printed(sheet(rows), FR))))
    found = read(body)
    root = found.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("fr", True)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert (found.metadata.title, found.metadata.author) == ("Dossier de preuve", "Maison")
    assert found.metadata.creation_date == datetime(2026, 6, 15, tzinfo=UTC)
    assert b"pdfuaid" in body or b"pdfuaid" in root["/Metadata"].get_data()
    pages = [page.extract_text() for page in found.pages]
    assert all(f"{number} / {len(pages)}" in page for number, page in enumerate(pages, 1))
    whole = "\n".join(pages)
    assert all(f"Personne {n}" in whole for n in range(120))
    assert sum("Nombre" in page for page in pages) >= 3, "the heads come back on each page of the table"
    assert [one.title for one in found.outline][-1] == "Registre"
    assert pdf(told(Part("Registre", printed=printed(sheet(rows), FR)))) == body


def test_words_of_people_are_never_read_as_typst():
    rows = [(one, DAY, 1) for one in HOSTILE]
    body = pdf(told(Part("Registre", tuple(HOSTILE), printed=printed(sheet(rows), FR))))
    flat = text_of(body).replace("\n", "")
    for kept in ('#import "x": y', "$x$", "*gras*", "_souligné_", "@ref", "<label>", "#panic()", "`code`"):
        assert kept in flat
    assert MISSING in flat


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
def test_any_text_can_be_drawn(texts):
    assert pdf(told(Part("Registre", printed=printed(sheet([(one, None, 1) for one in texts]), FR)))).startswith(
        b"%PDF"
    )


def test_every_sign_said_to_be_drawn_is():
    rows = [("".join(chr(n) for n in range(low, high + 1) if chr(n) == drawn(chr(n))), None, 1) for low, high in RANGES]
    assert pdf(told(Part("Signes", printed=printed(sheet(rows), FR)))).startswith(b"%PDF")


def test_a_long_sheet_is_summed_up_and_said_to_be_never_cut():
    rows = [(("Appel", "Message")[n % 3 == 0], date(2026, 1 + n % 5, 3), n) for n in range(3000)]
    one = printed(sheet(rows, by="Nom"), FR)
    assert "3\u202f000 lignes" in one.said[-1]
    assert "csv/register.csv" in one.said[-1]
    by_kind, by_day = one.tables
    assert by_kind["rows"] == [["Appel", "2000"], ["Message", "1000"]]
    assert [row[0] for row in by_day["rows"]] == ["janvier 2026", "février 2026", "mars 2026", "avril 2026", "mai 2026"]
    assert len(printed(sheet(rows[:MOST_ROWS]), FR).tables[0]["rows"]) == MOST_ROWS


def test_an_empty_sheet_says_so():
    one = printed(sheet([]), FR)
    assert (one.said, one.tables, one.landscape) == (("Rien à signaler sur cette période.",), (), False)


def test_a_wide_sheet_loses_its_empty_columns_and_tells_those_that_hold_the_least_together():
    columns = tuple(f"C{n}" for n in range(14))
    rows = [tuple("" if n == 2 else f"v{n}" for n in range(14)),
            tuple("x" if n in (0, 13) else None for n in range(14)),
            tuple("y" if n < 8 and n != 2 else None for n in range(14))]  # fmt: skip
    found = folded(sheet(rows, columns), FR, 9)
    assert found.columns == ("C0", "C1", "C3", "C4", "C5", "C6", "C7", "C13", "Détail")
    assert found.rows[0][-1] == " · ".join(f"C{n}\u00a0: v{n}" for n in range(8, 13))
    assert [row[-1] for row in found.rows[1:]] == ["", ""]
    few = [("a", "b", ""), ("a", None, ""), ("a", None, "c")] * 2
    assert folded(sheet(few), FR, 2).columns == ("Nom", "Détail"), "what few lines fill is not a column of its own"


def test_what_the_lines_say_alike_is_told_once():
    columns = ("Taux", "Parcours", "Valeur", "Formule", "Jusqu’au")
    rows = [(rate, course, n, f"ce qu’est {rate}", DAY) for rate in "AB" for n, course in enumerate("xyz")]
    one = printed(sheet(rows, columns, once=columns[3:], note="Une note."), FR)
    assert one.said == ("Une note.", "Jusqu’au\u00a0: 15/06/2026.")
    rates, formulas = one.tables
    assert (rates["heads"], len(rates["rows"])) == (["Taux", "Parcours", "Valeur"], 6)
    assert (formulas["heads"], formulas["rows"]) == (["Taux", "Formule"], [["A", "ce qu’est A"], ["B", "ce qu’est B"]])


def test_bars_are_read_aloud_with_their_numbers():
    one = by_month("Étapes", "Étapes par mois.", [("mai", 3), ("juin", 5)], FR)
    assert one["alt"] == "Étapes par mois. mai (3), juin (5)."
    assert by_month("Étapes", "", [("mai", 3)], FR) is None
    assert pdf(told(Part("Registre", figure=one))).startswith(b"%PDF")


def test_the_workbook_holds_days_as_days_and_runs_nothing():
    rows = [("=1+1", DAY, 3), ("http://exemple", None, 0.5), ("007", AT, None), ("😀 漢", DAY, -1)]
    cover = Sheet("cover", "À lire", ("Sujet", "Ce que c’est"), (("Organisme", "Maison"),))
    body = workbook([sheet(rows), sheet(rows)], cover, PARIS, title="Dossier", author="Maison", day=DAY)
    assert body == workbook([sheet(rows), sheet(rows)], cover, PARIS, title="Dossier", author="Maison", day=DAY)
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    assert book.sheet_names == ["À lire", "Registre", "Registre 2"]
    assert book.get_sheet_by_name("Registre").to_python() == [
        ["Nom", "Le", "Nombre"],
        ["=1+1", DAY, 3.0],
        ["http://exemple", "", 0.5],
        ["007", datetime(2026, 6, 16, 0, 30), ""],  # noqa: DTZ001 - a workbook knows no time zone
        ["😀 漢", DAY, -1.0],
    ]
    parts = zipfile.ZipFile(io.BytesIO(body))
    inside = b"".join(parts.read(name) for name in parts.namelist())
    assert b"<f>" not in inside
    assert b"hyperlink" not in inside
    assert b'ySplit="1"' in inside


@pytest.mark.parametrize(
    ("titles", "names"),
    [
        (("Suivi", "suivi", "SUIVI"), ["Suivi", "suivi 2", "SUIVI 3"]),
        (("a/b:c", "", "'x'"), ["a b c", "-", "x"]),
        (("n" * 40, "n" * 40), ["n" * 31, "n" * 29 + " 2"]),
        (("Réclamations, difficultés et aléas",), ["Réclamations, difficultés"]),
        (("n" * 15 + " " + "n" * 15,), ["n" * 15 + " " + "n" * 15]),
    ],
)
def test_a_tab_has_a_name_that_spreadsheets_accept(titles, names):
    used = set()
    assert [tab_name(one, used) for one in titles] == names


FILES = {"dossier.pdf": b"%PDF", "csv/register.csv": b"a;b\r\n"}
TOLD = {"journal": {"entry": 3, "seal": "ab" * 32, "intact": True}}


def spoiled(**changes):
    whole = manifest.sealed(FILES, TOLD)
    return {name: body for name, body in {**whole, **changes}.items() if body is not None}


CASES = [
    ({}, ()),
    ({"dossier.pdf": b"%PDG"}, ("dossier.pdf",)),
    ({"dossier.pdf": None}, ("dossier.pdf",)),
    ({"autre.txt": b""}, ("autre.txt",)),
    ({"SHA256SUMS": b""}, ("SHA256SUMS",)),
    ({"SHA256SUMS": None}, ("SHA256SUMS",)),
    ({"manifest.json": None}, ("manifest.json",)),
    ({"manifest.json": b"[]"}, ("manifest.json",)),
    ({"manifest.json": b"{"}, ("manifest.json",)),
    ({"manifest.json": b'{"journal": {"entry": "1", "seal": ""}, "files": {}}'}, ("manifest.json",)),
]


@pytest.mark.parametrize(("changes", "broken"), CASES)
def test_a_file_changed_taken_out_or_put_in_is_found(changes, broken):
    assert manifest.checked(spoiled(**changes)).broken == broken


def test_the_sums_are_those_that_the_usual_tool_reads(tmp_path):
    folder.write(tmp_path / "pack", spoiled())
    done = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=tmp_path / "pack", capture_output=True)
    assert done.returncode == 0
    assert done.stdout.count(b"OK") == 3


def test_a_pack_is_written_whole_for_its_owner_only_and_never_over_something_else(tmp_path):
    place = tmp_path / "packs" / "one"
    folder.write(place, spoiled())
    folder.write(place, spoiled())
    assert folder.read(place) == spoiled()
    assert {oct(path.stat().st_mode)[-3:] for path in place.rglob("*")} == {"600", "700"}
    assert not list(place.parent.glob("*.part"))
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("x")
    with pytest.raises(RefusedError):
        folder.write(other, spoiled())
    assert (other / "mine.txt").read_text() == "x"
    with pytest.raises(RefusedError):
        folder.write(other / "mine.txt", spoiled())


def test_a_zip_is_the_same_whenever_it_is_made():
    body = folder.zipped(spoiled(), "pack", DAY)
    assert body == folder.zipped(dict(reversed(spoiled().items())), "pack", DAY)
    archive = zipfile.ZipFile(io.BytesIO(body))
    assert {one.date_time for one in archive.infolist()} == {(2026, 6, 15, 12, 0, 0)}
    assert archive.read("pack/dossier.pdf") == b"%PDF"


def test_a_document_that_typst_refuses_is_said_in_a_line(monkeypatch):
    monkeypatch.setattr(document, "plain", lambda _: {})
    with pytest.raises(press.PackError, match="cannot be drawn"):
        pdf(told())
