"""The learner-record store: Delta tables that readers see only as far as the ledger has committed them."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from data import delta, reading
from data.batches import QUARANTINE_SCHEMA, Batch, Ledger, Manifest, manifest_of
from data.consents import Consents
from data.contracts import TABLES
from data.errors import StoreError
from data.home import Home, make_private
from data.identities import Vault
from data.progress import Report, silent
from data.reading import Hidden
from data.writing import QUARANTINE, Writer

ORGANISATION = "default"
BRIEF = ".brief"
TRIES = 3


class RecordStore:
    """Records of one organisation, under `home.records`.

    One Delta table per canonical table, partitioned by organisation and, where the contract says so, by
    the month of `known_on`. An import is one batch over several tables: each table takes one commit, then
    the ledger takes one row, and only then do readers see any of it.
    """

    def __init__(self, home: Home, *, organisation: str = ORGANISATION) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", organisation):
            raise StoreError(
                "the organisation's code cannot be used",
                accepted="small letters, digits, - and _",
                todo="choose another code",
            )
        self.home, self.root = home, home.records
        self.organisation = organisation
        self._ledger = Ledger(self.root / "_ledger")
        self._consents = Consents(home)
        self._holding = False

    def batches(self) -> list[Manifest]:
        """Return the manifests of the committed batches, oldest first."""
        return [manifest for manifest in self._ledger.manifests() if manifest.kind == "import"]

    def batch(self, batch_id: str) -> Manifest | None:
        """Return the manifest of a batch already committed, marked as such; None when it is not."""
        known = (manifest for manifest in self.batches() if manifest.batch_id == batch_id)
        return next((replace(manifest, already=True) for manifest in known), None)

    def keys_used(self) -> set[str]:
        """Return the marks of the keys of its pseudonyms; an empty text where a batch does not say."""
        return {manifest.key_fingerprint for manifest in self.batches()}

    def versions(self) -> dict[str, int]:
        """Return the committed version of each canonical table that has one.

        Where people have decided who may be read, `consents` is there too, with the number of decisions: the same
        versions always show the same records.
        """
        versions = {name: version for name, version in self.committed().items() if name in TABLES}
        decisions = self._consents.sequence()
        return {**versions, **({"consents": decisions} if decisions else {})}

    def connect(
        self, versions: Mapping[str, int] | None = None, *, as_of: date | None = None, whole: bool = False
    ) -> duckdb.DuckDBPyConnection:
        """Return an in-memory DuckDB connection with one view per canonical table.

        Every table of the contracts is there, with exactly its columns, empty when nothing was imported.
        Records whose learner does not agree, or for which no basis is recorded, are not (see `hidden`): whatever the
        versions, consents are those of now.

        Parameters
        ----------
        versions : versions to read, as `versions()` once returned them; the committed ones by default.
        as_of : show only what was known before that day: later rows are hidden; outcomes, results, marks and
            answers that came later are taken back.
        whole : show what consent hides too; for an import, which must not take a learner it knows for somebody new.

        Raises
        ------
        StoreError : a version asked for cannot be read.
        """
        shown = self.versions() if versions is None else versions
        paths = {name: self._paths(name, shown) for name in TABLES}
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        try:
            reading.show(connection, paths, {} if whole else self._consents.access(), as_of=as_of)
        except (duckdb.BinderException, duckdb.IOException) as error:
            connection.close()
            raise self._unreadable(error) from error
        return connection

    def hidden(self) -> dict[str, Hidden]:
        """Return how many records are in the store and are not read, by purpose; empty when all are read."""
        with duckdb.connect() as connection:
            paths = {name: self._paths(name, self.committed()) for name in TABLES}
            return reading.hidden(connection, paths, self._consents.access())

    def touched(self, batch_id: str) -> set[int]:
        """Return the enrolments whose records a batch brought or changed, and those that share a thread with its posts.

        Empty once a compaction or an erasure has removed the files of before.
        """
        history = self.history()
        at = next((n for n, one in enumerate(history) if one.kind == "import" and one.batch_id == batch_id), None)
        if at is None:
            return set()
        before = history[at - 1].versions if at else {}
        with duckdb.connect() as connection:
            now = history[at].versions
            paths = {name: (self._paths(name, now), self._paths(name, before)) for name in TABLES
                     if name in ("enrolments", *_differing(now, before))}  # fmt: skip
            return reading.touched(connection, paths)

    def quarantined(self) -> pa.Table:
        """Return the rows set aside by all batches: batch_id, file, line, column, reason; never a value."""
        paths = self._paths(QUARANTINE, self.committed())
        if not paths:
            return QUARANTINE_SCHEMA.empty_table().add_column(0, "batch_id", pa.array([], pa.string()))
        query = 'SELECT batch_id, file, line, "column", reason FROM read_parquet(?) ORDER BY ALL'
        with duckdb.connect() as connection:
            return connection.execute(query, [paths]).to_arrow_table()

    def write_batch(self, batch: Batch, report: Report = silent) -> Manifest:
        """Write a batch whole, or resume it where it was interrupted; a batch already committed does nothing.

        Rows are inserted or updated by each table's key. Rows that break a contract are refused, counted
        in the manifest and listed in the quarantine.

        Raises
        ------
        StoreError : another import is running on this store.
        """
        from data.erasure import finish_erasures

        with self.locked():
            finish_erasures(self, at=batch.imported_at)
            known = self.batch(batch.batch_id)
            if known:
                return known
            committed = self.committed()
            vault = Vault(self.home.identities_database)
            writer = Writer(
                self.root, self.organisation, batch, committed,
                erased=vault.erased(), keep_out=lambda enrolments: vault.forget({"enrolment": enrolments}),
            )  # fmt: skip
            counts = writer.write(report)
            vault.close()
            manifest = manifest_of(batch, organisation=self.organisation, tables=counts, versions=committed)
            self._ledger.append(manifest)
            return manifest

    def commit(self, manifest: Manifest) -> None:
        """Commit what is no import (an erasure, a compaction): readers then see the versions it names."""
        self._ledger.append(manifest)

    def tidy(self) -> None:
        """Make one file of the ledger's many."""
        self._ledger.tidy()

    def history(self) -> list[Manifest]:
        """Return everything that was committed, imports, erasures and compactions, oldest first."""
        return list(self._ledger.manifests())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other imports out, until the end or the death of this process.

        An import that is over in a moment (`brief`) is waited for.

        Raises
        ------
        StoreError : another import is running on this store.
        """
        if self._holding:
            yield
            return
        make_private(self.root)
        handle = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(handle, self.root)
            self._holding = True
            yield
        finally:
            self._holding = False
            os.close(handle)

    def committed(self) -> dict[str, int]:
        """Return the version that readers see of each table, the quarantine included."""
        manifests = self._ledger.manifests()
        return dict(manifests[-1].versions) if manifests else {}

    def _unreadable(self, error: Exception) -> StoreError:
        if isinstance(error, duckdb.IOException):
            return StoreError(
                "these versions cannot be read any more",
                where=str(self.root),
                accepted="versions whose files a compaction or an erasure has not removed",
                todo="read the records as they are now",
            )
        return StoreError(
            "the records were written by another version of Filrouge",
            where=str(self.root),
            accepted="the columns of docs/records.md",
            todo="import the source again into a new FILROUGE_HOME",
        )

    def _paths(self, name: str, versions: Mapping[str, int]) -> list[str]:
        if name not in versions:
            return []
        return delta.files(self.root / name, versions[name], {"organisation": self.organisation})


def _differing(now: Mapping[str, int], before: Mapping[str, int]) -> list[str]:
    return [name for name, version in now.items() if name in TABLES and before.get(name) != version]


def _lock(handle: int, root: Path) -> None:
    """Take the file's lock, which the system frees even when the process is killed."""
    for _ in range(TRIES):  # a brief import may end between the two questions: then the lock is free
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if _is_brief(root):
                return fcntl.flock(handle, fcntl.LOCK_EX)
    raise StoreError("another import is running", where=str(root), todo="wait for its end")


@contextmanager
def brief(home: Home) -> Iterator[None]:
    """Say that the imports made inside are over in a moment, so that others wait for their end instead of failing."""
    make_private(home.records)
    handle = os.open(home.records / BRIEF, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _is_brief(root: Path) -> bool:
    """Say whether somebody is in the middle of a brief import."""
    if not (root / BRIEF).exists():
        return False
    handle = os.open(root / BRIEF, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
