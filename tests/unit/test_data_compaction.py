"""Compaction: the same rows in fewer files, old versions for as long as is said, nothing lost to a kill."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data import compaction, delta
from data.batches import Batch
from data.compaction import TableFiles, compact
from data.contracts import TABLES
from data.errors import StoreError
from data.home import Home
from data.store import RecordStore
from tests.unit.small_records import NOW, TWO_LEARNERS, action, table

LATER = NOW + timedelta(days=10)


def filled(path: Path) -> RecordStore:
    """Return a store of five batches: activity of two months, and refused rows."""
    store = RecordStore(Home(path / "home").prepare())
    store.write_batch(Batch("test", "0", TWO_LEARNERS, NOW))
    for number in range(1, 5):
        rows = [action(number, 11, number), action(900, 99)]
        at = NOW + timedelta(days=number)
        store.write_batch(Batch("test", str(number), {"activity": table("activity", *rows)}, at))
    return store


def content(store: RecordStore, versions: dict[str, int] | None = None) -> dict[str, Any]:
    with store.connect(versions) as con:
        return {name: con.execute(f"FROM {name} ORDER BY ALL").to_arrow_table().to_pylist() for name in TABLES}


def data_files(store: RecordStore, name: str) -> int:
    return len(list((store.root / name).glob("organisation=*/**/*.parquet")))


def test_the_same_rows_in_fewer_files(tmp_path: Path) -> None:
    store = filled(tmp_path)
    before, versions, aside = content(store), store.versions(), store.quarantined()
    result = compact(store, at=LATER)
    assert result.tables["activity"] == TableFiles(before=6, after=2)
    assert result.tables["_quarantine"] == TableFiles(before=4, after=1)
    assert content(store) == before
    assert content(store, versions) == before
    assert store.quarantined() == aside
    assert [one.kind for one in store.history()] == ["import"] * 5 + ["compaction"]
    assert len(store.batches()) == 5
    again = compact(store, at=LATER)
    assert {one.before - one.after for one in again.tables.values()} == {0}
    assert len(store.history()) == 6


def test_an_import_after_a_compaction(tmp_path: Path) -> None:
    store = filled(tmp_path)
    compact(store, at=LATER)
    changed = table("activity", action(110, 11, count=9))
    counted = store.write_batch(Batch("test", "5", {"activity": changed}, LATER)).tables["activity"]
    assert (counted.new, counted.changed) == (0, 1)


@pytest.mark.parametrize(("keep_days", "readable"), [(30, 5), (8, 3), (0, 1)])
def test_old_versions_last_as_long_as_is_said(tmp_path: Path, keep_days: int, readable: int) -> None:
    """Those that readers saw in the last so many days: batches came on days 0 to 4, the compaction on day 10."""
    store = RecordStore(Home(tmp_path / "home").prepare())
    versions = []
    for number in range(5):
        tables = TWO_LEARNERS if number == 0 else {"activity": table("activity", action(110, 11, count=number + 1))}
        store.write_batch(Batch("test", str(number), tables, NOW + timedelta(days=number)))
        versions.append((store.versions(), content(store)))
    compact(store, at=LATER, keep_days=keep_days)
    assert sum(is_there(store, past, then) for past, then in versions) == readable


def is_there(store: RecordStore, past: dict[str, int], then: dict[str, Any]) -> bool:
    """Tell whether a version can still be read; the rows are then those of its time."""
    try:
        found = content(store, past)
    except StoreError as error:
        if "cannot be read any more" in error.line():
            return False
        raise
    return found == then


def test_what_a_killed_import_left_goes(tmp_path: Path) -> None:
    store = filled(tmp_path)
    orphan = store.root / "activity" / "organisation=default" / "month=2026-01" / "part-orphan.parquet"
    orphan.write_bytes(b"half a file")
    compact(store, at=LATER)
    assert not orphan.exists()


@pytest.mark.parametrize("moment", [1, 2, 3])
def test_a_compaction_stopped_at_any_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    """Before a table's commit, between two, before the ledger's: the same call, or an import, goes on from there."""
    store = filled(tmp_path)
    before, left = content(store), [moment]

    def stopped(work: Any) -> Any:
        def once(*given: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
            return work(*given, **named)

        return once

    with monkeypatch.context() as patch:
        patch.setattr(delta, "swap", stopped(delta.swap))
        patch.setattr(RecordStore, "commit", stopped(RecordStore.commit))
        with pytest.raises(KeyboardInterrupt):
            compact(store, at=LATER)
    assert content(store) == before
    other = RecordStore(store.home)
    if moment == 2:
        other.write_batch(Batch("test", "5", {"activity": TWO_LEARNERS["activity"]}, LATER))
        before = content(other)
    compact(other, at=LATER)
    assert content(other) == before
    assert data_files(other, "activity") >= 2


def test_large_files_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path)
    monkeypatch.setattr(compaction, "SMALL", 1)
    assert {one.before - one.after for one in compact(store, at=LATER).tables.values()} == {0}


def test_the_ledger_s_many_files_become_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RecordStore(Home(tmp_path / "home").prepare())
    monkeypatch.setattr("data.batches.Ledger.TIDY_EVERY", 3)
    for number in range(4):
        rows = table("activity", action(number, 11))
        store.write_batch(Batch("test", str(number), {**TWO_LEARNERS, "activity": rows}, NOW))
    assert [one.batch_id for one in RecordStore(store.home).batches()] == ["0", "1", "2", "3"]
    ledger = store.root / "_ledger"
    assert len(delta.files(ledger, delta.latest(ledger) or 0)) == 2
    assert datetime.fromisoformat(store.batches()[0].imported_at).tzinfo == UTC
