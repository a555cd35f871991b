"""An erasure beside somebody who is called alike: what is theirs stays, and the erasure is proven all the same."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from data.erasure import erase
from data.home import Home
from data.identities import Vault
from data.imports import import_folder
from data.privacy import Pseudonymiser, load_key
from data.texts import SCHEMA, Texts
from tests.unit.small_sites import moodle_tables_small, write_moodle

TODAY = date(2026, 4, 10)
ASKED: dict[str, Any] = {"by": "DPO", "at": datetime(2026, 4, 11, tzinfo=UTC), "reason": "asked by letter"}


def learner_of(home: Home, source_id: str) -> int:
    return Pseudonymiser(load_key(home.keys), "moodle").one("learner", source_id)


def imported(folder: Path, people: dict[int, tuple[str, str, str]]) -> Home:
    """Return a home with the records of a small site where some are called so: first name, last name, e-mail."""
    home, tables = Home(folder / "home").prepare(), moodle_tables_small()
    for row in tables["user"]:
        told = people.get(row["id"])
        row.update(zip(("firstname", "lastname", "email"), told, strict=True) if told else ())
    import_folder(home, "moodle", write_moodle(folder / "export", tables), as_of=TODAY)
    return home


BESIDE = {
    "part": {10: ("Marie", "Dupont", "a.roy@example.org"), 11: ("Marie", "Dupontel", "lea.roy@example.org")},
    "hyphen": {10: ("Marie", "Dupont", "m@example.org"), 11: ("Anne-Marie", "Dupont", "am@example.org")},
    "namesake": {10: ("Marie", "Dupont", "m1@example.org"), 11: ("Marie", "Dupont", "m2@example.org")},
    "two names": {10: ("Marie", "Dupont", "m1@example.org"), 11: ("Marie", "Dupont Roy", "m2@example.org")},
    "mentor": {10: ("Mia", "Dupont", "m1@example.org"), 20: ("Mia", "Dupont", "m2@example.org")},
    "address": {10: ("Marie", "Dupont", "team@example.org"), 11: ("Bob", "Roy", "team@example.org")},
}
"""Who is beside the learner to erase (10), by first name, last name and e-mail."""


@pytest.mark.parametrize("beside", BESIDE, ids=str)
def test_somebody_who_is_called_so_too_is_left_alone_and_the_erasure_is_proven(tmp_path: Path, beside: str) -> None:
    home = imported(tmp_path, BESIDE[beside])
    other = next(number for number in BESIDE[beside] if number != 10)
    first, last, mail = BESIDE[beside][other]
    with sqlite3.connect(home.root / "texts.db") as kept:
        kept.execute(SCHEMA)
        kept.execute(
            "INSERT INTO texts VALUES (1, 7, 8, '2026-04-01', '2027-04-01', ?)", [f"ask {first} {last} <{mail}>"]
        )
    kept.close()
    (home.models / "history.jsonl").write_text(f'{{"by": "{first} {last}"}}')
    done = erase(home, learner_of(home, "10"), **ASKED)
    assert (done.still_in, done.deleted) == ((), ())
    assert done.shared == (0 if beside in ("part", "hyphen") else 1)
    with closing(Vault(home.identities_database)) as vault:
        kind = "mentor" if other == 20 else "learner"
        assert f"{first} {last}\n{mail}" in {one.told for one in vault.find(kind).values()}
    assert Texts(home).count() == 1
    assert (home.models / "history.jsonl").read_text() == f'{{"by": "{first} {last}"}}'


def test_what_can_be_made_again_goes_for_a_namesake_too(tmp_path: Path) -> None:
    """A pack says nothing of whose the name is: it falls."""
    home = imported(tmp_path, BESIDE["namesake"])
    (home.packs / "july").mkdir(parents=True)
    (home.packs / "july" / "register.csv").write_text("1;Marie Dupont;\n")
    assert "packs/july" in erase(home, learner_of(home, "10"), **ASKED).deleted


def test_a_reason_that_names_them_is_kept_without_the_name(tmp_path: Path) -> None:
    home = imported(tmp_path, BESIDE["part"])
    done = erase(home, learner_of(home, "10"), **{**ASKED, "reason": "Marie DUPONT wrote on 3 April"})
    assert done.still_in == ()
    with closing(Vault(home.identities_database)) as vault:
        assert [one.reason for one in vault.erasures()] == ["[…] wrote on 3 April"]


def test_an_address_told_by_its_digest_is_found_too(tmp_path: Path) -> None:
    """xAPI may name somebody so (`mbox_sha1sum`), and imports know whose it is."""
    home = imported(tmp_path, BESIDE["part"])
    told = hashlib.sha1(b"mailto:a.roy@example.org", usedforsecurity=False).hexdigest()
    (home.root / "statements.json").write_text(json.dumps({"actor": {"mbox_sha1sum": told}}))
    assert erase(home, learner_of(home, "10"), **ASKED).deleted == ("statements.json",)
