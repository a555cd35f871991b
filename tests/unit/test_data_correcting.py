"""A correction that was cut short is finished by the next import, and an erasure knows what somebody was called."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from data.correcting import correct, finish
from data.erasure import erase
from data.errors import StoreError
from data.home import Home
from data.identities import Identity, Vault
from data.imports import import_folder
from data.privacy import Pseudonymiser, load_key
from data.proof import files_of
from data.texts import SCHEMA
from tests.unit.small_sites import write_moodle

AT = datetime(2026, 4, 10, 9, tzinfo=UTC)
OLD, NEW = "Ada T", "Adeline Toutaitjuste"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home where Ada T is in the vault, in a kept text and in a file, and was just corrected."""
    home = Home(tmp_path / "home").prepare()
    import_folder(home, "moodle", write_moodle(tmp_path / "tables"), as_of=date(2026, 4, 10))
    home.name_site("own")
    (home.root / "list.csv").write_text(f"name\n{OLD}\n")
    with sqlite3.connect(home.root / "texts.db") as kept:
        kept.execute(SCHEMA)
        kept.execute("INSERT INTO texts VALUES (1, 2, 3, '2026-04-09', '2027-04-09', ?)", [f"ask T, Ada or {OLD}ia"])
    kept.close()
    correct(home, ada(home), {"display_name": NEW}, by="Mia", reason=f"was {OLD}", at=AT)
    return home


def ada(home: Home) -> int:
    return Pseudonymiser(load_key(home.keys), "moodle").one("learner", "10")


def holding(home: Home, text: str) -> list[str]:
    return [path.name for path in files_of(home) if text.encode() in path.read_bytes()]


def waiting(home: Home) -> list[int]:
    with closing(Vault(home.identities_database)) as vault:
        return [one.learner_id for one in vault.rewordings()]


def test_what_was_cut_short_is_finished_by_the_next_import(home: Home, tmp_path: Path) -> None:
    assert waiting(home) == [ada(home)]
    assert "list.csv" in holding(home, OLD)
    import_folder(home, "moodle", tmp_path / "tables", as_of=date(2026, 4, 11))
    assert waiting(home) == []
    assert holding(home, OLD) == []
    with closing(Vault(home.identities_database)) as vault:
        assert {one.display_name for one in vault.names_of(ada(home))} == {NEW}


def test_corrected_twice_before_it_is_done_each_former_name_goes(home: Home) -> None:
    correct(home, ada(home), {"display_name": "Adelaide Encore"}, by="Mia", reason="again", at=AT)
    first, second = finish(home, at=AT)
    assert (first.deleted, first.still_in, second.still_in) == (("list.csv",), (), ())
    assert holding(home, NEW) == []
    with closing(sqlite3.connect(home.root / "texts.db")) as kept:
        told = kept.execute("SELECT text FROM texts").fetchall()
    assert told == [(f"ask Adelaide Encore or {OLD}ia",)], "Ada Tia is somebody else"
    assert finish(home, at=AT) == []


@pytest.mark.parametrize(
    "values",
    [{}, {"email": "@"}, {"email": "ada@"}, {"email": "@example.org"}, {"email": "a b@example.org"}, {"email": "a@b@c"},
     {"display_name": " "}, {"display_name": "x" * 201}, {"source_id": "10"}],
    ids=str,
)  # fmt: skip
def test_what_is_no_name_and_no_address_is_refused_and_changes_nothing(home: Home, values: dict[str, str]) -> None:
    with pytest.raises(StoreError):
        correct(home, ada(home), values, by="Mia", reason="typo", at=AT)
    with closing(Vault(home.identities_database)) as vault:
        assert [one.display_name for one in vault.names_of(ada(home))] == [NEW]


def test_a_name_is_kept_on_one_line(home: Home) -> None:
    correct(home, ada(home), {"display_name": " Adeline\n  Juste "}, by="Mia", reason="typo", at=AT)
    with closing(Vault(home.identities_database)) as vault:
        assert [one.display_name for one in vault.names_of(ada(home))] == ["Adeline Juste"]


def test_a_name_in_a_longer_one_of_somebody_else_is_theirs_too(home: Home) -> None:
    with closing(Vault(home.identities_database)) as vault:
        vault.put([Identity("learner", 77, "lms", "x1", f"{OLD} Petit")])
    (done,) = finish(home, at=AT)
    assert (done.shared, done.deleted) == (("display_name",), ())


def test_an_erasure_before_it_is_done_takes_what_they_were_called_too(home: Home) -> None:
    erase(home, ada(home), by="Mia", at=AT, reason="asked")
    assert (waiting(home), holding(home, OLD), holding(home, NEW)) == ([], [], [])
