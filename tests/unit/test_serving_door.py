"""Batches that come together share one commit; a right key is remembered for a moment."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from serving.database import Database
from serving.ingestion import door, policy, repository, service
from serving.ingestion.records import PostedBatch
from serving.problems import ConflictError
from serving.tables import ReceivedBatch

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def work(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'work.db'}")
    database.upgrade()
    with database.write() as session:
        key = service.create_key(session, "prog", now=NOW)[0].id
    yield database, key
    database.dispose()


def receive(work, name, kind="view"):
    database, key = work
    batch = PostedBatch(name, "api", {"activity": [{"person": "1", "kind": kind, "occurred_at": "x"}]})
    service.receive_batch(database, key, batch, digest_key=b"k" * 32, now=NOW)


def test_batches_posted_at_once_are_all_kept_and_those_that_wait_share_a_commit(work, monkeypatch):
    commits, real, waiting = [], repository.put, door.door_of(work[0])

    def counted(session, kept, rows):
        commits.append(len(rows))
        while len(commits) == 1 and commits[0] + len(waiting._waiting) < 8:
            time.sleep(0.001)  # the first commit lasts until all the others wait
        real(session, kept, rows)

    monkeypatch.setattr(repository, "put", counted)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: receive(work, f"b{n % 50}"), range(200)))
    with work[0].read() as session:
        assert sorted(one.id for one in session.query(ReceivedBatch)) == sorted(f"{work[1]}:b{n}" for n in range(50))
    assert sum(commits) == 200
    assert len(commits) <= 200 - 6  # eight in two commits at most


def test_of_two_bodies_under_one_id_at_once_one_is_kept_and_the_other_refused(work):
    def attempt(kind):
        try:
            receive(work, "b", kind)
        except ConflictError:
            return kind
        return None

    with ThreadPoolExecutor(2) as pool:
        refused = [kind for kind in pool.map(attempt, ["view", "login"]) if kind]
    assert len(refused) == 1


def test_a_commit_that_fails_is_told_to_each_who_waited_and_keeps_nothing(work, monkeypatch):
    def fails(*_):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(repository, "put", fails)
        with pytest.raises(OSError, match="no space"):
            receive(work, "b")
    receive(work, "b")
    with work[0].read() as session:
        assert session.query(ReceivedBatch).count() == 1
    assert door.door_of(work[0]) is door.door_of(work[0])


def test_a_right_key_is_remembered_for_a_moment_and_forgotten_when_one_changes(work):
    known, database = policy.Known(), work[0]
    known.remember(database, "Basic x", 7, NOW)
    assert known.key_of(database, "Basic x", NOW) == 7
    assert known.key_of(database, "Basic y", NOW) is None
    assert known.key_of(object(), "Basic x", NOW) is None
    assert known.key_of(database, "Basic x", NOW + policy.REMEMBERED) is None
    assert known.key_of(database, "Basic x", NOW - timedelta(seconds=1)) is None
    known.remember(database, "Basic y", 8, NOW + policy.REMEMBERED)
    known.forget()
    assert known.key_of(database, "Basic y", NOW + policy.REMEMBERED) is None
    service.KNOWN.remember(database, "Basic z", work[1], NOW)
    with database.write() as session:
        service.close_key(session, "prog", now=NOW)
    assert service.KNOWN.key_of(database, "Basic z", NOW) is None
