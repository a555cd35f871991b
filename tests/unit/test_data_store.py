"""The store by itself: views, versions, refusals, organisations, and the command that lists batches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from typer.testing import CliRunner

from data import delta
from data.batches import Batch
from data.commands import import_app
from data.contracts import TABLES
from data.errors import HomeError, SourceError, StoreError
from data.holidays import easter, public_holidays
from data.home import Home
from data.identities import Identity, Vault
from data.imports import import_folder
from data.privacy import load_key
from data.proof import Trace, prove
from data.store import RecordStore
from tests.unit.small_sites import moodle_tables_small, write_moodle, write_oulad

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = date(2026, 1, 1)


def table(name: str, *rows: Mapping[str, Any]) -> pa.Table:
    names = TABLES[name].names
    return pa.Table.from_pylist([{column: row.get(column) for column in names} for row in rows],
                                pa.schema([field.with_nullable(True) for field in TABLES[name].schema]))  # fmt: skip


SESSION = {"session_id": "S", "course_id": "C", "name": "S", "starts_on": DAY, "ends_on": date(2026, 3, 1)}
ENROLMENT = {"enrolment_id": 1, "learner_id": 1, "course_id": "C", "session_id": "S", "registered_on": DAY,
             "started_on": DAY, "planned_end_on": date(2026, 3, 1), "outcome": "ongoing"}  # fmt: skip
ACTION = {"record_id": 1, "enrolment_id": 1, "kind": "login", "occurred_from": NOW, "occurred_to": NOW, "count": 1,
          "known_at": NOW, "known_on": DAY}  # fmt: skip


def types(schema: pa.Schema) -> list[str]:
    """Return the types, whatever DuckDB calls the items of a list."""
    return [str(kind).replace("<l: ", "<item: ") for kind in schema.types]


def batch(number: int, **tables: pa.Table) -> Batch:
    return Batch("test", str(number), tables, NOW)


@pytest.fixture
def store(tmp_path: Path) -> RecordStore:
    return RecordStore(Home(tmp_path / "a home, with spaces & é").prepare())


def test_an_empty_store_shows_every_table(store: RecordStore) -> None:
    with store.connect() as con:
        for name, spec in TABLES.items():
            shown = con.execute(f"FROM {name}").to_arrow_table()
            assert (shown.column_names, shown.num_rows) == (list(spec.names), 0)
            assert types(shown.schema) == types(spec.schema)
    assert (store.versions(), store.batches(), store.quarantined().num_rows) == ({}, [], 0)


def test_types_come_back_as_the_contract_says(store: RecordStore) -> None:
    tables = {
        "sessions": table("sessions", SESSION),
        "enrolments": table("enrolments", {**ENROLMENT, "motives": ["x"]}),
    }
    store.write_batch(batch(1, **tables, activity=table("activity", ACTION)))
    with store.connect() as con:
        for name in ("sessions", "enrolments", "activity"):
            shown = con.execute(f"FROM {name}").to_arrow_table()
            assert types(shown.schema) == types(TABLES[name].schema)
            assert shown.num_rows == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"enrolment_id": 9}, "enrolment_id: unknown enrolment"),
        ({"kind": "dance"}, "kind: not an accepted value"),
        ({"count": 0}, "count: below 1"),
        ({"known_on": None}, "known_on: missing value"),
        ({"record_id": 1}, "duplicate key"),
    ],
)
def test_a_row_that_breaks_its_contract_is_refused(store: RecordStore, change: dict[str, Any], reason: str) -> None:
    activity = table("activity", ACTION, {**ACTION, "record_id": 2, **change})
    parents = {"sessions": table("sessions", SESSION), "enrolments": table("enrolments", ENROLMENT)}
    manifest = store.write_batch(batch(1, **parents, activity=activity))
    assert manifest.refused == {reason: 1}
    assert [row["file"] for row in store.quarantined().to_pylist()] == ["activity"]
    with store.connect() as con:
        assert con.execute("SELECT count(*) FROM activity").fetchall() == [(1,)]


def test_a_row_may_refer_to_an_earlier_batch(store: RecordStore) -> None:
    store.write_batch(batch(1, sessions=table("sessions", SESSION), enrolments=table("enrolments", ENROLMENT)))
    assert store.write_batch(batch(2, activity=table("activity", ACTION))).tables["activity"].new == 1


def test_a_row_may_move_to_another_month(store: RecordStore) -> None:
    parents = {"sessions": table("sessions", SESSION), "enrolments": table("enrolments", ENROLMENT)}
    store.write_batch(batch(1, **parents, activity=table("activity", ACTION)))
    store.write_batch(batch(2, activity=table("activity", {**ACTION, "known_on": date(2026, 2, 3)})))
    with store.connect() as con:
        assert con.execute("SELECT known_on::VARCHAR FROM activity").fetchall() == [("2026-02-03",)]


def test_only_the_files_where_a_row_changes_are_written_again(store: RecordStore) -> None:
    """New rows touch no file; a changed one touches its own; one that moves to another month leaves the first."""
    parents = {"sessions": table("sessions", SESSION), "enrolments": table("enrolments", ENROLMENT)}
    months = [{**ACTION, "record_id": n, "known_on": date(2026, n, 3)} for n in (1, 2, 3)]

    def files() -> dict[str, str]:
        found = delta.files(store.root / "activity", store.versions()["activity"])
        return {path.split("month=")[1][:7]: path for path in found}

    store.write_batch(batch(1, **parents, activity=table("activity", *months)))
    before = files()
    store.write_batch(batch(2, activity=table("activity", {**ACTION, "record_id": 4, "known_on": date(2026, 4, 3)})))
    assert {month: path for month, path in files().items() if month != "2026-04"} == before
    store.write_batch(batch(3, activity=table("activity", {**months[0], "count": 2}, months[1])))
    assert {month for month, path in files().items() if before.get(month) != path} == {"2026-01", "2026-04"}
    store.write_batch(batch(4, activity=table("activity", {**months[1], "known_on": date(2026, 3, 4)})))
    assert set(files()) == {"2026-01", "2026-03", "2026-04"}
    with store.connect() as con:
        assert con.execute("SELECT count(*), sum(count) FROM activity").fetchall() == [(4, 5)]


def test_other_readers_of_delta_see_the_same_rows(store: RecordStore) -> None:
    parents = {"sessions": table("sessions", SESSION), "enrolments": table("enrolments", ENROLMENT)}
    store.write_batch(batch(1, **parents, activity=table("activity", ACTION)))
    store.write_batch(batch(2, activity=table("activity", {**ACTION, "count": 7}, {**ACTION, "record_id": 2})))
    other = DeltaTable(str(store.root / "activity")).to_pyarrow_table().select(list(TABLES["activity"].names))
    with store.connect() as con:
        ours = con.execute("FROM activity ORDER BY record_id").to_arrow_table()
    assert other.sort_by("record_id").to_pylist() == ours.to_pylist()
    assert types(other.schema) == types(ours.schema)


def test_no_log_tells_a_number_of_a_row(store: RecordStore) -> None:
    """Delta's own writer would put each column's smallest and largest value there."""
    learner = 6_681_760_367_752_308
    parents = {"sessions": table("sessions", SESSION),
               "enrolments": table("enrolments", {**ENROLMENT, "learner_id": learner})}  # fmt: skip
    store.write_batch(batch(1, **parents, learner_attributes=table("learner_attributes", {"learner_id": learner})))
    logs = list(store.root.rglob("_delta_log/*"))
    assert len(logs) == 4
    assert [path for path in logs if str(learner).encode() in path.read_bytes()] == []


def test_many_refused_rows_are_all_set_aside(store: RecordStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.writing.ROWS_A_CHUNK", 2)
    activity = table("activity", *({**ACTION, "record_id": n, "count": 0} for n in range(5)))
    parents = {"sessions": table("sessions", SESSION), "enrolments": table("enrolments", ENROLMENT)}
    assert store.write_batch(batch(1, **parents, activity=activity)).refused == {"count: below 1": 5}
    assert store.quarantined().num_rows == 5


def test_no_address_of_a_machine_is_ever_stored(tmp_path: Path) -> None:
    """Moodle's log has one a line; neither the tables have a place for it nor any file of the home holds one."""
    assert not [name for spec in TABLES.values() for name in spec.names if {"ip", "address"} & set(name.split("_"))]
    home = Home(tmp_path / "home").prepare()
    tables = moodle_tables_small()
    folder = write_moodle(tmp_path / "tables", tables)
    log = folder / "mdl_logstore_standard_log.csv"
    lines = log.read_text().splitlines()
    log.write_text("\n".join([f"{lines[0]},ip", *(f"{line},203.0.113.{n}" for n, line in enumerate(lines[1:]))]) + "\n")
    manifest = import_folder(home, "moodle", folder, as_of=date(2026, 4, 10))
    assert manifest.tables["activity"].new > 0
    assert prove(home, Trace((), ("203.0.113.",))) == []


def test_organisations_do_not_see_each_other(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    one, other = RecordStore(home, organisation="one"), RecordStore(home, organisation="other")
    one.write_batch(batch(1, sessions=table("sessions", SESSION)))
    other.write_batch(batch(2, sessions=table("sessions", {**SESSION, "name": "T"})))
    for store, name in ((one, "S"), (other, "T")):
        with store.connect() as con:
            assert con.execute("SELECT name FROM sessions").fetchall() == [(name,)]
    with pytest.raises(StoreError, match="code cannot be used"):
        RecordStore(home, organisation="../elsewhere")


def test_one_import_at_a_time(store: RecordStore) -> None:
    other = RecordStore(Home(store.root.parent))
    with store.locked(), pytest.raises(StoreError, match="another import is running"):
        other.write_batch(batch(1, sessions=table("sessions", SESSION)))
    assert other.write_batch(batch(1, sessions=table("sessions", SESSION))).tables["sessions"].new == 1


def test_a_version_that_never_was(store: RecordStore) -> None:
    store.write_batch(batch(1, sessions=table("sessions", SESSION)))
    with pytest.raises(StoreError, match="version 7 of a table cannot be read"):
        store.connect({"sessions": 7})


def test_the_vault_updates_names(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "identities.db")
    for name in ("Ada", "Ada L."):
        assert vault.put([Identity("learner", 1, "x", "7", name, None)]) == 1
    assert {number: who.display_name for number, who in vault.find("learner", [1, 2]).items()} == {1: "Ada L."}
    assert vault.find("mentor") == {}
    vault.close()


def test_a_source_that_gives_no_name_takes_none_away(tmp_path: Path) -> None:
    """A teacher's Logs have no e-mail: by it another system's people are known."""
    vault = Vault(tmp_path / "identities.db")
    vault.put([Identity("learner", 1, "moodle", "7", "Ada L.", "ada@example.org")])
    vault.put([Identity("learner", 1, "moodle", "7", "", None)])
    assert vault.find("learner")[1] == Identity("learner", 1, "moodle", "7", "Ada L.", "ada@example.org")
    vault.close()


@pytest.mark.parametrize(
    ("text", "found"), [("émilie", 1), ("ÉMILIE", 1), ("e_b", 1), ("_", 1), ("%", 0), ("38", 1), ("3", 0)]
)
def test_somebody_is_looked_for_as_written(tmp_path: Path, text: str, found: int) -> None:
    """Accents have their case too, and no character stands for others."""
    vault = Vault(tmp_path / "identities.db")
    vault.put([Identity("learner", 1, "moodle", "38", "Émilie B.", "e_b@example.org")])
    vault.put([Identity("learner", 2, "moodle", "9", None, "bob@example.org")])
    assert len(vault.look_for(text)) == found
    vault.close()


def test_a_damaged_key_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "pseudonym.key").write_bytes(b"short")
    with pytest.raises(HomeError, match="the pseudonym key is damaged"):
        load_key(tmp_path)


def test_import_and_log_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILROUGE_HOME", str(tmp_path / "home"))
    folder, runner = write_oulad(tmp_path / "tables"), CliRunner()
    (tmp_path / "home").mkdir()
    assert "Nothing was imported yet" in runner.invoke(import_app, ["log"]).stdout
    first = json.loads(runner.invoke(import_app, ["oulad", str(folder), "--json"]).stdout)
    again = json.loads(runner.invoke(import_app, ["oulad", str(folder), "--json"]).stdout)
    assert (first["already"], again["already"], first["hash"]) == (False, True, again["hash"])
    listed = json.loads(runner.invoke(import_app, ["log", "--json"]).stdout)["batches"]
    assert [(one["source"], one["rows_in"], one["rows_kept"], one["rows_quarantined"]) for one in listed] == [
        ("oulad", 22, 22, 0)
    ]
    assert "22 rows read, 22 kept" in runner.invoke(import_app, ["log"]).stdout
    assert runner.invoke(import_app, ["oulad", str(folder), "--quiet"]).stdout == ""
    assert isinstance(runner.invoke(import_app, ["moodle", str(folder)]).exception, HomeError)
    monkeypatch.setenv("FILROUGE_HOME", str(tmp_path / "another"))
    assert isinstance(runner.invoke(import_app, ["moodle", str(folder)]).exception, SourceError)


@pytest.mark.parametrize(("year", "day"), [(2024, "2024-03-31"), (2025, "2025-04-20"), (2026, "2026-04-05")])
def test_easter(year: int, day: str) -> None:
    assert easter(year).isoformat() == day


def test_public_holidays_of_a_school_year() -> None:
    found = [day.isoformat() for day in public_holidays(date(2025, 11, 1), date(2026, 5, 14))]
    assert found == [
        "2025-11-01", "2025-11-11", "2025-12-25", "2026-01-01", "2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14",
    ]  # fmt: skip
