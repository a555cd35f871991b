"""The ledger is read once a version by a process, whoever reads it, and another home at the same place is another."""

import shutil

from data import batches, delta
from data.home import Home
from data.store import RecordStore
from tests.unit.small_records import TWO_LEARNERS, batch


def test_the_ledger_is_read_once_a_version_and_again_once_another_store_commits(tmp_path, monkeypatch):
    home, read = Home(tmp_path / "home").prepare(), []
    RecordStore(home).write_batch(batch(1, **TWO_LEARNERS))
    rows = delta.read_rows
    monkeypatch.setattr(delta, "read_rows", lambda path, version: read.append(version) or rows(path, version))
    first = RecordStore(home).batches()
    assert RecordStore(home).batches() == first
    assert len(read) <= 1
    RecordStore(home).write_batch(batch(2, **TWO_LEARNERS))
    assert [one.batch_id for one in RecordStore(home).batches()] != [one.batch_id for one in first]


def test_a_home_made_again_at_the_same_place_is_read_again(tmp_path):
    told = []
    for number in (1, 2):
        shutil.rmtree(tmp_path / "home", ignore_errors=True)
        home = Home(tmp_path / "home").prepare()
        RecordStore(home).write_batch(batch(number, **TWO_LEARNERS))
        told.append([one.batch_id for one in RecordStore(home).batches()])
    assert told[0] != told[1]


def test_what_a_caller_does_with_the_list_stays_with_it_and_few_ledgers_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(batches, "MOST_READ", 2)
    homes = [Home(tmp_path / str(number)).prepare() for number in range(4)]
    for home in homes:
        RecordStore(home).write_batch(batch(1, **TWO_LEARNERS))
        RecordStore(home).history().clear()
        assert len(RecordStore(home).history()) == 1
    assert len(batches._READ) <= 2
