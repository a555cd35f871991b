"""Batches that come at the same time share one commit: each is on the disk before its own answer leaves."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from serving.database import Database
from serving.ingestion import repository
from serving.tables import ReceivedBatch


@dataclass
class _Given:
    """A row that waits for its commit; then the digest kept under its id, or what went wrong."""

    row: dict[str, Any]
    kept: str = ""
    failed: Exception | None = None


class Door:
    """Keeps rows of batches: who comes first commits for all who came meanwhile."""

    def __init__(self) -> None:
        self._waiting: list[_Given] = []
        self._list, self._commit = threading.Lock(), threading.Lock()

    def keep(self, database: Database, row: dict[str, Any]) -> str:
        """Keep a row whose id is new; return, once it is committed, the digest of the batch that has this id."""
        given = _Given(row)
        with self._list:
            self._waiting.append(given)
        with self._commit:
            if not given.kept and given.failed is None:
                self._keep_all(database)
        if given.failed is not None:
            raise given.failed
        return given.kept

    def _keep_all(self, database: Database) -> None:
        with self._list:
            mine, self._waiting = self._waiting, []
        try:
            with database.write() as session:
                repository.put(session, ReceivedBatch, [one.row for one in mine])
                kept = repository.digests(session, ReceivedBatch, [one.row["id"] for one in mine])
        except Exception as error:  # noqa: BLE001 - each of those who wait raises it
            for one in mine:
                one.failed = error
            return
        for one in mine:
            one.kept = kept[one.row["id"]]


_DOORS: WeakKeyDictionary[Database, Door] = WeakKeyDictionary()


def door_of(database: Database) -> Door:
    """Return the one door of a work database in this process."""
    return _DOORS.setdefault(database, Door())
