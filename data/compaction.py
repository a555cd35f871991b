"""Few large files instead of many small ones, and the end of old versions; readers see the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from data import delta
from data.batches import Manifest
from data.contracts import INT, TABLES, TEXT, Column, TableSpec
from data.erasure import finish_erasures
from data.progress import Report, silent
from data.rewriting import Rewriting, month_of, scratch, scratch_folder
from data.store import RecordStore
from data.writing import QUARANTINE

SMALL = 32 << 20
"""Bytes under which a file is worth merging with another of its month."""
KEEP_DAYS = 30
_ASIDE = ("batch_id", "file", "line", "column", "reason")
QUARANTINE_SPEC = TableSpec(
    QUARANTINE, "one per row set aside", (),
    tuple(Column(name, INT if name == "line" else TEXT, name, null_means="not said") for name in _ASIDE),
)  # fmt: skip


@dataclass(frozen=True)
class TableFiles:
    """Data files of one table that readers open, before and after."""

    before: int
    after: int


@dataclass(frozen=True)
class CompactionResult:
    """What a compaction did; `removed` counts the files of old versions, that can no longer be read."""

    tables: dict[str, TableFiles]
    removed: int
    keep_days: int

    def as_dict(self) -> dict[str, object]:
        """Return plain values."""
        return asdict(self)


def compact(
    store: RecordStore, report: Report = silent, *, at: datetime, keep_days: int = KEEP_DAYS
) -> CompactionResult:
    """Merge small files month by month as one commit of the ledger, then remove what only old versions named.

    Parameters
    ----------
    at : when it is done.
    keep_days : versions that readers saw in the last so many days can still be read; 0: only those of now.

    Raises
    ------
    StoreError : an import is running.
    """
    specs = {**TABLES, QUARANTINE: QUARANTINE_SPEC}
    with store.locked():
        finish_erasures(store, at=at)
        identity = f"compaction-{len(store.history())}"
        versions = store.committed()
        before = {name: len(_files(store, name, versions)) for name in versions}
        with scratch(store.root) as connection:
            for done, name in enumerate(versions):
                report("compacting", done, len(versions))
                _merge(store, connection, specs[name], versions, delta.Commit(identity, at, same_rows=True))
        report("compacting", len(versions), len(versions))
        if versions != store.committed():
            store.commit(_manifest(store, identity, versions, at))
        store.tidy()
        removed = sum(_remove_old(store, name, at - timedelta(days=keep_days)) for name in versions)
        after = {name: len(_files(store, name, versions)) for name in versions}
    return CompactionResult({name: TableFiles(before[name], after[name]) for name in versions}, removed, keep_days)


def _files(store: RecordStore, name: str, versions: dict[str, int]) -> list[str]:
    return delta.files(store.root / name, versions[name], {"organisation": store.organisation})


def _merge(
    store: RecordStore, connection: duckdb.DuckDBPyConnection, spec: TableSpec, versions: dict[str, int],
    commit: delta.Commit,
) -> None:  # fmt: skip
    """Write a table's small files as one a month, in one commit; `versions` is brought up to date."""
    path = store.root / spec.name
    done = delta.done_by(path, commit.batch_id)
    if done:
        versions[spec.name] = done[0]
        return
    delta.take_back(path, versions[spec.name])
    small = _worth_merging(_files(store, spec.name, versions))
    if small:
        files = Rewriting(connection, spec, store.root, store.organisation, scratch_folder(store.root))
        versions[spec.name] = delta.swap(path, files.schema, files.write(small), small, commit)


def _worth_merging(paths: Sequence[str]) -> list[str]:
    """Return the small files that are not alone in their month."""
    small = [path for path in paths if Path(path).stat().st_size < SMALL]
    months = [month_of(path) for path in small]
    return [path for path, month in zip(small, months, strict=True) if months.count(month) > 1]


def _remove_old(store: RecordStore, name: str, since: datetime) -> int:
    """Delete the files of a table that only versions seen no more since a moment name; return how many."""
    past = store.history()
    until = [datetime.fromisoformat(one.imported_at) for one in past[1:]]
    recent = [one for one, end in zip(past, until, strict=False) if end > since]
    kept = {one.versions[name] for one in [*recent, past[-1]] if name in one.versions}
    last = delta.latest(store.root / name)
    return delta.remove_unused(store.root / name, kept if last is None else kept | {last})


def _manifest(store: RecordStore, identity: str, versions: dict[str, int], at: datetime) -> Manifest:
    return Manifest(
        batch_id=identity, source="compaction", organisation=store.organisation, kind="compaction",
        imported_at=at.isoformat(timespec="seconds"), as_of=None, rows_in=0, rows_kept=0, rows_quarantined=0,
        rows_out_of_scope=0, files=(), tables={}, versions=versions, last_known_on=None,
    )  # fmt: skip
