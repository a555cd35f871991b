"""The working folder: private from its first moment, and never at a path that a library would misread."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from data.errors import HomeError
from data.home import Home, make_private
from data.identities import Vault
from data.imports import import_folder
from data.privacy import load_key
from data.store import RecordStore
from tests.unit.small_sites import write_oulad


def _lock(home: Home) -> None:
    with RecordStore(home).locked():
        pass


def _vault(home: Home) -> None:
    vault = Vault(home.identities_database)
    vault.find("learner")
    vault.close()


@pytest.mark.parametrize("first", [Home.prepare, _lock, _vault, lambda home: load_key(home.keys)])
def test_whatever_makes_the_folder_makes_it_private(tmp_path: Path, first: Callable[[Home], object]) -> None:
    home = Home(tmp_path / "above" / "home")
    first(home)
    for folder in (home.root, home.root.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_was_there_keeps_its_rights(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir(mode=0o755)
    make_private(tmp_path / "old" / "new")
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("old", "old/new")] == [0o755, 0o700]


@pytest.mark.parametrize("name", ["a[b", "a]b", "a%20b"])
def test_a_path_that_would_be_misread_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(HomeError) as error:
        Home(tmp_path / name).prepare()
    assert "misread" in error.value.line()
    assert "\n" not in error.value.line()
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["l'été 2026", "a*b", "a?b", "a#b", "a{b}c", "a&b=c", 'a"b', "a$b;c"])
def test_any_other_path_holds_a_site(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path / name).prepare()
    manifest = import_folder(home, "oulad", write_oulad(tmp_path / "tables"), as_of=date(2026, 1, 1))
    assert manifest.rows_kept
    with RecordStore(home).connect() as records:
        assert records.execute("SELECT count(*) FROM enrolments").fetchone() != (0,)
