"""The few things we ask of Delta Lake: read a version's files, swap files in one commit, take back what nobody saw.

Data files are written by ourselves and committed with their number of rows as only statistic: no learner's number
is ever in a table's log, so that erasing the files erases the person.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction, write_deltalake
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from data.errors import StoreError

COUNTS, LOG = "filrouge.counts", "_delta_log"
LOG_KEPT = {"delta.logRetentionDuration": "interval 36500 days"}
"""Old versions go when their files are removed by a compaction or an erasure, never behind our back."""


@dataclass(frozen=True)
class Written:
    """A data file already at its place under a table's folder; `modified` in milliseconds since 1970."""

    path: str
    partition: Mapping[str, str]
    rows: int
    size: int
    modified: int


@dataclass(frozen=True)
class Commit:
    """What one commit says of itself: the batch it belongs to, when, and that batch's counts as JSON.

    `same_rows` when files are only rearranged.
    """

    batch_id: str
    at: datetime
    counts: str = "{}"
    same_rows: bool = False


def exists(path: Path) -> bool:
    """Tell whether there is a Delta table at a path."""
    return bool(DeltaTable.is_deltatable(str(path)))


def latest(path: Path) -> int | None:
    """Return the last version of a table, committed by the ledger or not; None when there is no table."""
    return int(DeltaTable(str(path)).version()) if exists(path) else None


def identity(path: Path) -> tuple[str, int] | None:
    """Return a table's own number and its last version: another table at the same place has another number."""
    if not exists(path):
        return None
    table = DeltaTable(str(path))
    return str(table.metadata().id), int(table.version())


def files(path: Path, version: int, partitions: Mapping[str, str] | None = None) -> list[str]:
    """Return the Parquet files of one version of a table.

    Raises
    ------
    StoreError : the version cannot be read.
    """
    filters = [(name, "=", value) for name, value in (partitions or {}).items()]
    try:
        uris = DeltaTable(str(path), version=version).file_uris(file_pruning_predicate=filters or None)
    except Exception as error:
        raise gone(path, version) from error
    return sorted(unquote(uri) for uri in uris)


def gone(path: Path, version: int) -> StoreError:
    """Return the error of a version that cannot be read, or not any more."""
    return StoreError(
        f"version {version} of a table cannot be read",
        where=path.name,
        accepted="a version whose files a compaction or an erasure has not removed",
        todo="read the records as they are now, or import again into a new FILROUGE_HOME",
    )


def read_rows(path: Path, version: int) -> list[dict[str, Any]]:
    """Return the rows of one version of a small table."""
    with duckdb.connect() as connection:
        rows = connection.execute("SELECT * FROM read_parquet(?)", [files(path, version)]).to_arrow_table()
    return list(rows.to_pylist())


def append(path: Path, rows: pa.Table) -> None:
    """Append rows to a small table in one commit."""
    write_deltalake(str(path), rows, mode="append", configuration=LOG_KEPT)


def append_batch(path: Path, rows: pa.RecordBatchReader, *, partitions: Sequence[str], commit: Commit) -> int:
    """Append rows as they come in one commit that carries the batch's transaction; return the version made."""
    last = latest(path)
    version = 0 if last is None else last + 1
    write_deltalake(
        str(path), rows, mode="append", partition_by=list(partitions), configuration=LOG_KEPT,
        commit_properties=_properties(commit, version),
    )  # fmt: skip
    return version


def tidy(path: Path) -> None:
    """Rewrite a small table's files as one, and write down its state so that it opens at once."""
    table = DeltaTable(str(path))
    table.optimize.compact()
    table.create_checkpoint()


def swap(path: Path, schema: pa.Schema, added: Sequence[Written], removed: Sequence[str], commit: Commit) -> int:
    """Add and remove files in one commit that carries the batch's transaction; return the version made.

    Parameters
    ----------
    schema : the table's columns, partitions included.
    removed : files of the table's last version, as `files` names them.
    """
    adds = [_add(file, commit) for file in added]
    if not exists(path):
        create_table_with_add_actions(
            str(path), Schema.from_arrow(schema), adds, mode="error", partition_by=list(added[0].partition),
            configuration=LOG_KEPT, commit_properties=_properties(commit, 0),
        )  # fmt: skip
        return 0
    table = DeltaTable(str(path))
    version = int(table.version()) + 1
    removes = [_remove(Path(file).relative_to(path), commit) for file in removed]
    table.create_write_transaction(
        [*adds, *removes], "append", table.schema(), partition_by=table.metadata().partition_columns,
        commit_properties=_properties(commit, version),
    )  # fmt: skip
    return version


def done_by(path: Path, batch_id: str) -> tuple[int, str] | None:
    """Return the version and counts of a table when its last commit is this batch's; otherwise None."""
    if not exists(path):
        return None
    table = DeltaTable(str(path))
    if table.transaction_version(batch_id) != table.version():
        return None
    return int(table.version()), str(table.history(1)[0][COUNTS])


def take_back(path: Path, committed: int | None) -> None:
    """Bring a table back to its committed version, dropping what an interrupted batch left.

    A table that no batch ever committed is moved aside first, so that a kill cannot leave half of it.
    """
    last = latest(path)
    if last is None or last == committed:
        return
    if committed is None:
        aside = path.with_name(f".dropped-{path.name}")
        shutil.rmtree(aside, ignore_errors=True)
        path.rename(aside)
        shutil.rmtree(aside)
    elif files(path, last) != files(path, committed):
        DeltaTable(str(path)).restore(committed)


def remove_unused(path: Path, versions: Collection[int]) -> int:
    """Delete the data files that none of these versions names, half-written ones included; return how many.

    A version that is no longer in the table's log (an erasure cut it) names no file.
    """
    kept = {name for version in versions if version >= _first(path) for name in files(path, version)}
    found = [file for file in path.rglob("*.parquet") if LOG not in file.parts and str(file) not in kept]
    for file in found:
        file.unlink()
    return len(found)


def cut_history(path: Path) -> None:
    """Forget the log of a table before its last version, and what it says of files that are gone."""
    table = DeltaTable(str(path))
    table.create_checkpoint()
    for file in (path / LOG).iterdir():
        number = file.name.partition(".")[0]
        if number.isdecimal() and int(number) < table.version():
            file.unlink()


def _first(path: Path) -> int:
    """Return the oldest version of a table's log."""
    found = [int(file.stem) for file in (path / LOG).glob("*.json") if file.stem.isdecimal()]
    return min(found, default=0)


def _add(file: Written, commit: Commit) -> AddAction:
    stats = json.dumps({"numRecords": file.rows})
    return AddAction(file.path, file.size, dict(file.partition), file.modified, not commit.same_rows, stats)


def _remove(file: Path, commit: Commit) -> RemoveAction:
    partition: dict[str, str | None] = {name: value for name, _, value in (p.partition("=") for p in file.parts[:-1])}
    at = int(commit.at.timestamp() * 1000)
    return RemoveAction(file.as_posix(), not commit.same_rows, at, partition_values=partition)


def _properties(commit: Commit, version: int) -> CommitProperties:
    return CommitProperties(
        custom_metadata={COUNTS: commit.counts}, app_transactions=[Transaction(commit.batch_id, version)]
    )
