"""What a person is called is found however it is written, and not where it is a part of somebody else's."""

from __future__ import annotations

import html
import json
import unicodedata
from urllib.parse import quote, quote_plus

import pytest

from data.spelling import runs, telling

NAME = "Zoé N'Diaye"
TEXTS = (NAME, "a.roy@example.org", "14:DWEB-2605", "202312", "Straße Ada")
SOUGHT = telling(TEXTS)
WRITTEN = [
    f"by {NAME}, today", NAME.upper(), NAME.lower(), "zoe n\u2019diaye", "N'DIAYE Zoé", "N'Diaye, Zoé", "d'Zoé N'Diaye",
    unicodedata.normalize("NFD", NAME), html.escape(NAME), NAME.replace("'", "&#39;"), "Zo&eacute; N&rsquo;Diaye",
    quote(NAME), quote_plus(NAME), f"to%20{quote(NAME)}", json.dumps(f"line\n{NAME}"), "Zo=C3=A9 N'Diaye",
    "Zoé\n N'Diaye", NAME.encode("latin-1").decode(errors="surrogateescape"), f"- {NAME} -", f"{NAME}.", f"«{NAME}»",
    "Ada Straße",
    "mailto:A.Roy@example.org?", "a.roy%40example.org", "<a.roy@example.org>.", "id=14:DWEB-2605;", "(202312)",
    "#202312",
]  # fmt: skip
OTHERS = [
    "Zoé N'Diayes", "Zoé N'Diayé", "Marie-Zoé N'Diaye", "éZoé N'Diaye", "Zoé N'Diaye-Roy", "Zoé et N'Diaye", "Zoé",
    "lea.roy@example.org", "le-a.roy@example.org", "a.roy@example.org.uk", "a.roy@example.organic", "roy@example.org",
    "414:DWEB-2605", "14:DWEB-26051", "0.202312", "2023124", "ab202312ef",
    unicodedata.normalize("NFD", "Zoé N'Diayé"),
]  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN, ids=ascii)
def test_it_is_found_however_it_is_written(text: str) -> None:
    assert SOUGHT is not None
    assert SOUGHT.search(text)
    small = text.encode(errors="surrogateescape").lower()
    assert any(all(run in small for run in runs(one)) for one in TEXTS), "they are looked for first"


@pytest.mark.parametrize("text", OTHERS, ids=ascii)
def test_what_is_somebody_elses_is_not_found(text: str) -> None:
    assert SOUGHT is not None
    assert not SOUGHT.search(text)


def test_an_exact_one_is_found_in_its_own_case_and_accents_alone() -> None:
    exact = telling((NAME,), exact=True)
    assert exact is not None
    assert [bool(exact.search(text)) for text in (NAME, quote(NAME), NAME.upper(), "Zoe N'Diaye")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_nothing_is_found_where_nothing_is_looked_for() -> None:
    assert telling(()) is None
