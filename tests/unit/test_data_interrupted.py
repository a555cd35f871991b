"""An import killed at any moment, then run again, gives the store of one clean run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from data.contracts import TABLES
from data.errors import HomeError, SourceError
from data.home import Home
from data.identities import KINDS, Vault
from data.imports import import_folder
from data.simulator import Plan, keep
from data.store import RecordStore
from tests.unit.small_sites import moodle_tables_small, write_moodle

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 4, 10)
NOW = datetime(2026, 4, 10, tzinfo=UTC)
PLAN = Plan(sessions=1, learners=2, weeks=4)
LEDGER = 12
"""The ledger is the twelfth thing written: the vault, nine tables and the quarantine come before."""

KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path

import pandas  # what every child would import
import data.batches, data.delta, data.identities, data.imports, data.sources.moodle, data.sources.oulad, data.store

def run(home, folder, moment, day):
    left = [moment]
    def then_die(work):
        def killed(*given, **named):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return work(*given, **named)
        return killed
    for module, name in ((data.delta, "swap"), (data.delta, "append_batch"), (data.delta, "append"),
                         (data.identities.Vault, "put")):
        setattr(module, name, then_die(getattr(module, name)))
    data.imports.import_folder(data.home.Home(Path(home)), "moodle", Path(folder), as_of=date.fromisoformat(day))

folder, day, *homes = sys.argv[1:]
for home in homes:
    child = os.fork()
    if child == 0:
        run(home, folder, int(home.rpartition("-")[2]), day)
        os._exit(0)
    print(os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)
"""


def tables_of(home: Home) -> dict[str, Any]:
    """Return all the rows a reader of the store can see."""
    with RecordStore(home).connect() as con:
        return {name: con.execute(f"FROM {name} ORDER BY ALL").to_arrow_table().to_pylist() for name in TABLES}


def content(home: Home) -> dict[str, Any]:
    """Return all that a reader of the store and of the vault can see."""
    store, vault = RecordStore(home), Vault(home.identities_database)
    people = sorted(str(who) for kind in KINDS for who in vault.find(kind).values())
    vault.close()
    counts = [(m.batch_id, m.rows_in, m.rows_kept, m.tables) for m in store.batches()]
    return {**tables_of(home), "people": people, "batches": counts, "quarantine": store.quarantined().to_pylist()}


def prepared(path: Path, like: Home | None = None) -> Home:
    """Return a new home, with the key (and the records) of another."""
    if like is None:
        return Home(path).prepare()
    shutil.copytree(like.root, path)
    return Home(path)


def killed(script: Path, folder: Path, homes: list[Home], day: date = TODAY) -> list[int]:
    """Run one import a home, killed before the step its name ends with; return the signals they died of."""
    command = [sys.executable, str(script), str(folder), day.isoformat(), *(str(home.root) for home in homes)]
    done = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "killed.py"
    path.write_text(KILLED)
    return path


def test_first_import_killed(tmp_path: Path, script: Path) -> None:
    """Before the vault, before a table's commit, before the ledger's; readers meanwhile see nothing."""
    folder, empty = write_moodle(tmp_path / "tables"), prepared(tmp_path / "key")
    import_folder(empty, "moodle", folder, as_of=TODAY)
    clean = content(empty)
    shutil.rmtree(empty.records)
    empty.identities_database.unlink()
    homes = [prepared(tmp_path / f"home-{moment}", empty) for moment in (1, 2, 5, LEDGER - 1, LEDGER)]
    assert killed(script, folder, homes) == [9] * len(homes)
    for home in homes:
        assert RecordStore(home).versions() == {}
        with RecordStore(home).connect() as con:
            assert con.execute("SELECT count(*) FROM enrolments").fetchall() == [(0,)]
        import_folder(home, "moodle", folder, as_of=TODAY)
        assert content(home) == clean


def test_update_killed_then_another_export(tmp_path: Path, script: Path) -> None:
    """What a killed batch left in the tables is taken back by the next one, whichever it is."""
    tables = moodle_tables_small()
    first = write_moodle(tmp_path / "first", tables)
    for row in tables["user_enrolments"]:
        row["status"] = 1
    for row in tables["logstore_standard_log"]:
        row["timecreated"] += 60
    second = write_moodle(tmp_path / "second", tables)
    base = prepared(tmp_path / "base")
    import_folder(base, "moodle", first, as_of=TODAY)
    before, other = tables_of(base), date(2026, 4, 11)
    direct = prepared(tmp_path / "direct", base)
    import_folder(direct, "moodle", first, as_of=other)
    homes = [prepared(tmp_path / f"home-{moment}", base) for moment in (3, 5)]
    assert killed(script, second, homes) == [9, 9]
    for home in homes:
        assert tables_of(home) == before
        import_folder(home, "moodle", first, as_of=other)
        assert tables_of(home) == tables_of(direct)


def test_the_same_files_twice_change_nothing(tmp_path: Path) -> None:
    home, folder = prepared(tmp_path / "home"), write_moodle(tmp_path / "tables")
    import_folder(home, "moodle", folder, as_of=TODAY)
    before = sorted(path for path in home.records.rglob("*"))
    again = import_folder(home, "moodle", folder, as_of=TODAY)
    assert again.already
    assert sorted(path for path in home.records.rglob("*")) == before


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"o" * 32)])
def test_a_lost_key_never_makes_a_second_person_of_everybody(tmp_path: Path, damage: Callable[[Path], Any]) -> None:
    """Neither the same files nor newer ones come in under another key; the lost one put back, they do."""
    home, folder = prepared(tmp_path / "home"), write_moodle(tmp_path / "tables")
    import_folder(home, "moodle", folder, as_of=TODAY)
    before, path = content(home), home.keys / "pseudonym.key"
    key = path.read_bytes()
    damage(path)
    held = sorted(home.keys.iterdir())
    for work in (lambda: import_folder(home, "moodle", folder, as_of=TODAY), lambda: keep(home, PLAN, at=NOW)):
        with pytest.raises(HomeError, match=r"pseudonym\.key\).*restore keys/pseudonym\.key .*another FILROUGE_HOME$"):
            work()
    assert (content(home), sorted(home.keys.iterdir())) == (before, held)
    path.write_bytes(key)
    assert import_folder(home, "moodle", folder, as_of=TODAY).already


@pytest.mark.parametrize("as_of", [date(2026, 4, 9), None])
def test_an_older_export_is_refused(tmp_path: Path, as_of: date | None) -> None:
    """Said, or told by its last learner day (9 April); the one already there still answers, and changes nothing."""
    home, folder = prepared(tmp_path / "home"), write_moodle(tmp_path / "tables")
    import_folder(home, "moodle", folder, as_of=TODAY)
    before = content(home)
    with pytest.raises(SourceError, match=r"older .*its today is 2026-04-09.*an export of 2026-04-10 or later"):
        import_folder(home, "moodle", folder, as_of=as_of)
    assert content(home) == before
    assert import_folder(home, "moodle", folder, as_of=TODAY).already


def test_what_a_killed_import_spilled_goes_with_the_next(tmp_path: Path) -> None:
    """Even with one that has nothing to do: it may hold names."""
    home, folder = prepared(tmp_path / "home"), write_moodle(tmp_path / "tables")
    import_folder(home, "moodle", folder, as_of=TODAY)
    (home.root / ".staging").mkdir()
    (home.root / ".staging" / "spilled").write_text("Ada")
    assert import_folder(home, "moodle", folder, as_of=TODAY).already
    assert not (home.root / ".staging").exists()


def test_posts_are_read_again_by_a_newer_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, folder = prepared(tmp_path / "home"), write_moodle(tmp_path / "tables")
    import_folder(home, "moodle", folder, as_of=TODAY)
    monkeypatch.setattr("data.tone.VERSION", "next")
    assert not import_folder(home, "moodle", folder, as_of=TODAY).already


def test_files_are_private(tmp_path: Path) -> None:
    home = prepared(tmp_path / "home")
    import_folder(home, "moodle", write_moodle(tmp_path / "tables"), as_of=TODAY)
    for path in (home.identities_database, home.keys / "pseudonym.key"):
        assert path.stat().st_mode & 0o077 == 0


def test_no_name_or_number_of_the_source_is_in_the_store(tmp_path: Path) -> None:
    """Neither names, addresses nor texts; identifiers only as keyed pseudonyms."""
    home = prepared(tmp_path / "home")
    import_folder(home, "moodle", write_moodle(tmp_path / "tables"), as_of=TODAY)
    held = b"".join(path.read_bytes() for path in home.records.rglob("*") if path.is_file())
    for told in (b"example.org", b"Ada", b"Cleo", b"perdue", b"arr\xc3\xaater", b"Mia T"):
        assert told not in held
    with RecordStore(home).connect() as con:
        numbers = [row[0] for row in con.execute("SELECT learner_id FROM enrolments").fetchall()]
    assert min(numbers) > 1_000_000
