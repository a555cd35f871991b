"""A batch: one import, taken whole or not at all; its manifest; the ledger that makes batches visible."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from data import delta
from data.contracts import TABLES

QUARANTINE_SCHEMA = pa.schema(
    [("file", pa.string()), ("line", pa.int64()), ("column", pa.string()), ("reason", pa.string())]
)
LEDGER_SCHEMA = pa.schema([("sequence", pa.int64()), ("batch_id", pa.string()), ("manifest", pa.string())])


@dataclass(frozen=True)
class TableCount:
    """What a batch did to one table, in canonical rows.

    `refused` counts by reason those that break the contract; `erased` counts the rows of people who were erased at
    their request: an import leaves them out, an erasure removes them.
    """

    rows: int = 0
    new: int = 0
    changed: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    last_known_on: str | None = None
    erased: int = 0


@dataclass(frozen=True)
class FileCount:
    """What became of the rows of one source file.

    `rows_in = rows_kept + rows_quarantined + rows_out_of_scope`, always.
    """

    file: str
    rows_in: int
    rows_kept: int
    quarantined: Mapping[str, int] = field(default_factory=dict)
    out_of_scope: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows_quarantined(self) -> int:
        """Rows set aside because they are damaged."""
        return sum(self.quarantined.values())

    @property
    def rows_out_of_scope(self) -> int:
        """Sound rows that say nothing of learners, or must not be read."""
        return sum(self.out_of_scope.values())


@dataclass(frozen=True)
class Batch:
    """One import, ready to be written.

    `tables` holds, by canonical name, an Arrow table or a record-batch reader of that table's columns.
    """

    source: str
    batch_id: str
    tables: Mapping[str, pa.Table | pa.RecordBatchReader]
    imported_at: datetime
    as_of: date | None = None
    key_fingerprint: str = ""
    cursor: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[FileCount] = ()
    quarantine: pa.Table = field(default_factory=QUARANTINE_SCHEMA.empty_table)


@dataclass(frozen=True)
class Manifest:
    """What a committed batch did.

    `already` says that nothing was done, since it was in the store. `key_fingerprint` is the public mark of the
    key of its pseudonyms, empty when its writer did not say. `last_known_on` is the export's today, or
    the last day on which a record of the batch became known, null when it holds no dated record. `cursor` is where
    the source's next import goes on from, empty when it always reads everything. `kind` is what was done: an erasure
    and a compaction are committed as imports are.
    """

    batch_id: str
    source: str
    organisation: str
    imported_at: str
    as_of: str | None
    rows_in: int
    rows_kept: int
    rows_quarantined: int
    rows_out_of_scope: int
    files: Sequence[FileCount]
    tables: Mapping[str, TableCount]
    versions: Mapping[str, int]
    last_known_on: str | None
    key_fingerprint: str = ""
    cursor: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "import"
    already: bool = False

    @property
    def quarantined(self) -> dict[str, int]:
        """Damaged rows by reason."""
        return _total(file.quarantined for file in self.files)

    @property
    def out_of_scope(self) -> dict[str, int]:
        """Sound rows left aside, by reason."""
        return _total(file.out_of_scope for file in self.files)

    @property
    def refused(self) -> dict[str, int]:
        """Canonical rows that break their contract, by reason."""
        return _total(count.refused for count in self.tables.values())

    @property
    def erased(self) -> int:
        """Canonical rows of people who were erased at their request: left out, or removed."""
        return sum(count.erased for count in self.tables.values())

    def as_dict(self) -> dict[str, object]:
        """Return the manifest as plain values, with the reasons summed over files."""
        reasons = {"quarantined": self.quarantined, "out_of_scope": self.out_of_scope, "refused": self.refused}
        return {**asdict(self), "hash": self.batch_id, **reasons}


def batch_id(*parts: str) -> str:
    """Return the identity of a batch: the hash of what determines its content, contracts included."""
    return hashlib.sha256("\n".join((contract_version(), *parts)).encode()).hexdigest()[:32]


def contract_version() -> str:
    """Return a mark of the canonical tables as they are now: it changes when a column does."""
    told = [f"{spec.name}{spec.key}{[str(field) for field in spec.schema]}" for spec in TABLES.values()]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def manifest_of(
    batch: Batch, *, organisation: str, tables: Mapping[str, TableCount], versions: Mapping[str, int]
) -> Manifest:
    """Return the manifest of a batch that has been written."""
    as_of = batch.as_of.isoformat() if batch.as_of else None
    return Manifest(
        batch_id=batch.batch_id,
        source=batch.source,
        organisation=organisation,
        imported_at=batch.imported_at.isoformat(timespec="seconds"),
        as_of=as_of,
        rows_in=sum(file.rows_in for file in batch.files),
        rows_kept=sum(file.rows_kept for file in batch.files),
        rows_quarantined=sum(file.rows_quarantined for file in batch.files),
        rows_out_of_scope=sum(file.rows_out_of_scope for file in batch.files),
        files=tuple(batch.files),
        tables=dict(tables),
        versions=dict(versions),
        last_known_on=as_of
        or max((count.last_known_on for count in tables.values() if count.last_known_on), default=None),
        key_fingerprint=batch.key_fingerprint,
        cursor=dict(batch.cursor),
    )


MOST_READ = 8
"""Ledgers whose rows are kept in memory; a process has one or two."""
_READ: dict[Path, tuple[tuple[str, int], list[Manifest]]] = {}
_READING = threading.Lock()


class Ledger:
    """The Delta table whose last row says which version of each table is committed.

    Its rows are read again only when there is a new one, whoever reads them in this process, and its many small files
    are made one now and then.
    """

    TIDY_EVERY = 25

    def __init__(self, path: Path) -> None:
        self.path = path

    def manifests(self) -> list[Manifest]:
        """Return what was committed, oldest first."""
        now = delta.identity(self.path)
        if now is None:
            return []
        known = _READ.get(self.path)
        if known is None or known[0] != now:
            rows = sorted(delta.read_rows(self.path, now[1]), key=lambda row: int(row["sequence"]))
            known = now, [_manifest(json.loads(row["manifest"])) for row in rows]
            with _READING:
                _READ[self.path] = known
                while len(_READ) > MOST_READ:
                    _READ.pop(next(iter(_READ)))
        return list(known[1])

    def append(self, manifest: Manifest) -> None:
        """Commit a batch: from here on readers see it."""
        sequence = len(self.manifests())
        row = {"sequence": sequence, "batch_id": manifest.batch_id, "manifest": json.dumps(asdict(manifest))}
        delta.append(self.path, pa.Table.from_pylist([row], LEDGER_SCHEMA))
        if sequence % self.TIDY_EVERY == self.TIDY_EVERY - 1:
            self.tidy()

    def tidy(self) -> None:
        """Make one file of the many, one a batch, that it is made of; old ones stay for those who read them now."""
        if delta.exists(self.path):
            delta.tidy(self.path)


def _manifest(values: dict[str, Any]) -> Manifest:
    """Return a manifest from its JSON."""
    files = tuple(FileCount(**file) for file in values.pop("files"))
    tables = {name: TableCount(**count) for name, count in values.pop("tables").items()}
    return Manifest(files=files, tables=tables, **values)


def _total(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return counts summed by reason, most frequent first."""
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))
