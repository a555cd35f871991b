"""Simulated learners in the store: as of a day, resumed when killed, one world a home; the command."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from data.batches import Batch
from data.contracts import TABLES
from data.errors import FilrougeError, HomeError
from data.home import Home
from data.identities import Vault
from data.privacy import Pseudonymiser, load_key
from data.simulate_command import simulate as simulate_command
from data.simulated import plan as simulated_plan
from data.simulated.truth import ACTIONS_SCHEMA, SCHEMA
from data.simulator import Plan, keep, simulate
from data.store import RecordStore

ROOT = Path(__file__).parents[2]
PSEUDONYMS = Pseudonymiser(b"k" * 32, "simulator")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SMALL = Plan(sessions=2, learners=60, weeks=20)
DATED = ("activity", "posts", "quiz_results", "survey_answers", "attendance")


def one(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    return con.execute(query).fetchall()[0][0]


def content(home: Home) -> Any:
    """Return all that a reader of the store, of the vault and of the truth can see."""
    vault = Vault(home.identities_database)
    people = sorted(str(who) for kind in ("learner", "mentor", "enrolment") for who in vault.find(kind).values())
    vault.close()
    with RecordStore(home).connect() as con:
        tables = {name: con.execute(f"FROM {name} ORDER BY ALL").to_arrow_table().to_pylist() for name in TABLES}
    files = [pq.read_table(home.root / name).to_pylist() for name in ("truth.parquet", "actions.parquet")]
    return tables, people, files


def test_kept_in_the_store_as_of_a_day(tmp_path: Path) -> None:
    """Every table holds its contract; departures after the last day are not known; twice changes nothing."""
    home, plan = Home(tmp_path / "home").prepare(), replace(SMALL, until=date(2024, 12, 20))
    manifest = keep(home, plan, at=NOW)
    assert manifest.refused == {}
    written = (home.root / "truth.parquet").stat().st_mtime_ns
    assert keep(home, plan, at=NOW).already
    assert (home.root / "truth.parquet").stat().st_mtime_ns == written
    with RecordStore(home).connect() as con:
        for name in DATED:
            assert con.execute(f"SELECT max(known_on) <= DATE '2024-12-20' FROM {name}").fetchall() == [(True,)], name
        assert con.execute("SELECT max(outcome_known_on) < DATE '2024-12-20' FROM enrolments").fetchall() == [(True,)]
        kinds = con.execute("SELECT count(DISTINCT outcome) FROM enrolments").fetchall()
    assert kinds == [(3,)]
    assert pq.read_table(home.root / "truth.parquet").schema.names == SCHEMA.names
    assert not (home.root / "actions.parquet").exists()
    assert "truth" not in TABLES
    assert keep(home, plan, at=NOW, truth_file=tmp_path / "elsewhere.parquet").already
    assert pq.read_table(tmp_path / "elsewhere.parquet").equals(pq.read_table(home.root / "truth.parquet"))


def test_a_later_day_brings_what_is_new_and_another_world_is_refused(tmp_path: Path) -> None:
    home, early = Home(tmp_path / "home").prepare(), replace(SMALL, until=date(2024, 12, 20))
    keep(home, early, at=NOW)
    later = keep(home, SMALL, at=NOW)
    direct = simulate(SMALL, PSEUDONYMS)
    with RecordStore(home).connect() as con:
        for name in TABLES:
            told = direct.tables[name].num_rows if name in direct.tables else 0
            assert one(con, f"SELECT count(*) FROM {name}") == told, name
    assert home.label.read_text(encoding="utf-8") == "simulated\n"
    assert later.tables["activity"].changed == 0 < later.tables["activity"].new
    assert later.tables["enrolments"].changed > 0
    assert keep(home, SMALL, at=NOW).already
    for plan, told in ((early, "later day"), (replace(SMALL, seed=2), "another simulated world")):
        fresh = replace(plan, until=date(2024, 12, 1)) if plan is early else plan
        with pytest.raises(HomeError, match=told):
            keep(home, fresh, at=NOW)


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path

from data import store
from data.simulated import plan as simulated_plan
from data.home import Home
from data.simulator import Plan, keep

simulated_plan.LEARNERS_A_PART, simulated_plan.PARTS_A_BLOCK = 25, 1
left, write = [int(sys.argv[2])], store.RecordStore.write_batch

def then_die(*given, **named):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return write(*given, **named)

store.RecordStore.write_batch = then_die
plan = Plan(sessions=1, learners=75, weeks=4, actions="random")
keep(Home(Path(sys.argv[1])), plan, at=datetime(2026, 1, 1, tzinfo=UTC))
"""


def run_killed(script: Path, home: Home, moment: int) -> int:
    command: Sequence[str] = [sys.executable, str(script), str(home.root), str(moment)]
    return subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=False).returncode


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before its last batch of three: two are there, no truth yet; run again, all is as if never killed."""
    monkeypatch.setattr(simulated_plan, "LEARNERS_A_PART", 25)
    monkeypatch.setattr(simulated_plan, "PARTS_A_BLOCK", 1)
    plan = Plan(sessions=1, learners=75, weeks=4, actions="random")
    script, home, clean = tmp_path / "killed.py", Home(tmp_path / "home").prepare(), Home(tmp_path / "clean").prepare()
    script.write_text(KILLED)
    (clean.keys / "pseudonym.key").write_bytes(b"k" * 32)
    (home.keys / "pseudonym.key").write_bytes(b"k" * 32)
    assert run_killed(script, home, 3) == -signal.SIGKILL
    assert len(RecordStore(home).batches()) == 2
    assert not (home.root / "truth.parquet").exists()
    told: list[tuple[str, int, int]] = []
    again = keep(home, plan, at=NOW, report=lambda *step: told.append(step))
    assert told == [("simulating", done, 3) for done in range(4)]
    assert keep(clean, plan, at=NOW).tables == again.tables
    assert content(home) == content(clean)
    assert not list(home.root.glob(".*draft"))
    assert keep(home, plan, at=NOW).already


def test_the_command_simulates_contacts_outages_and_a_shift(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILROUGE_HOME", str(tmp_path / "home"))
    app = typer.Typer()
    app.command()(simulate_command)
    options = ["--sessions", "1", "--weeks", "4", "--rows", "500", "--actions", "random", "--json"]
    changes = ["--outage", "attendance:2024-09-01:2025-01-01", "--shift", "2024-09-10:0.5"]
    first = CliRunner().invoke(app, [*options, *changes], catch_exceptions=False)
    told = json.loads(first.stdout)
    assert 250 < told["tables"]["activity"]["new"] < 1000
    assert told["tables"]["attendance"]["new"] == 0
    assert (told["already"], told["source"]) == (False, "simulator")
    assert pq.read_schema(tmp_path / "home" / "actions.parquet").names == ACTIONS_SCHEMA.names
    again = CliRunner().invoke(app, [*options[:-1], *changes], catch_exceptions=False)
    assert "already simulated: nothing to do" in again.stdout
    assert (tmp_path / "home" / "source").read_text() == "simulated\n"


def test_a_home_with_other_records_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    mark = Pseudonymiser(load_key(home.keys), "moodle").fingerprint
    RecordStore(home).write_batch(Batch("moodle", "one", {}, NOW, key_fingerprint=mark))
    with pytest.raises(HomeError, match="records of another site"):
        keep(home, SMALL, at=NOW)
    assert [manifest.source for manifest in RecordStore(home).batches()] == ["moodle"]
    assert not (home.root / "truth.parquet").exists()


def test_errors_name_no_learner(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    keep(home, Plan(sessions=1, learners=2, weeks=4), at=NOW)
    with pytest.raises(FilrougeError) as caught:
        keep(home, Plan(sessions=1, learners=3, weeks=4), at=NOW)
    assert caught.value.line().count("\n") == 0
    assert "simulé" not in caught.value.line()


@pytest.mark.parametrize(
    "place", ["home/records/truth.parquet", "home/records/activity/t.parquet", "none/t.parquet", ""]
)
def test_the_truth_is_not_among_the_records(tmp_path: Path, place: str) -> None:
    home = Home(tmp_path / "home").prepare()
    (home.records / "activity").mkdir()
    with pytest.raises(HomeError, match="the truth cannot be written there"):
        keep(home, SMALL, at=NOW, truth_file=tmp_path / place)
    assert RecordStore(home).batches() == []


def test_the_truth_is_its_owners_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    keep(home, Plan(sessions=1, learners=4, weeks=4, actions="random"), at=NOW, truth_file=tmp_path / "t.parquet")
    (tmp_path / "t.parquet").write_text("damaged")
    keep(home, Plan(sessions=1, learners=4, weeks=4, actions="random"), at=NOW, truth_file=tmp_path / "t.parquet")
    assert pq.read_schema(tmp_path / "t.parquet").names == SCHEMA.names, "a damaged one is written anew"
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("t.parquet", "actions.parquet")} == {0o600}
