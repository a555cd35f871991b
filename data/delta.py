"""The few things we ask of Delta Lake: read a version's files, commit once, take back what nobody saw."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from data.errors import StoreError

COUNTS = "filrouge.counts"


def exists(path: Path) -> bool:
    """Tell whether there is a Delta table at a path."""
    return bool(DeltaTable.is_deltatable(str(path)))


def latest(path: Path) -> int | None:
    """Return the last version of a table, committed by the ledger or not; None when there is no table."""
    return int(DeltaTable(str(path)).version()) if exists(path) else None


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
        raise StoreError(
            f"version {version} of a table cannot be read",
            where=path.name,
            todo="import again into a new FILROUGE_HOME",
        ) from error
    return [unquote(uri) for uri in uris]


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a small table; none when there is no table."""
    version = latest(path)
    if version is None:
        return []
    with duckdb.connect() as connection:
        rows = connection.execute("SELECT * FROM read_parquet(?)", [files(path, version)]).to_arrow_table()
    return list(rows.to_pylist())


def append(path: Path, rows: pa.Table | pa.RecordBatchReader, *, partitions: Sequence[str] = ()) -> None:
    """Append rows in one commit."""
    write_deltalake(str(path), rows, mode="append", partition_by=list(partitions) or None)


def commit_append(
    path: Path, rows: pa.RecordBatchReader, *, batch_id: str, counts: str, partitions: Sequence[str]
) -> int:
    """Append rows in one commit that carries the batch's transaction; return the version made."""
    version = next_version(path)
    write_deltalake(
        str(path), rows, mode="append", partition_by=list(partitions),
        commit_properties=_properties(batch_id, version, counts),
    )  # fmt: skip
    return version


def commit_merge(path: Path, rows: pa.Table, *, key: Sequence[str], batch_id: str, counts: str) -> int:
    """Insert or update rows by key in one commit that carries the batch's transaction; return the version made."""
    version = next_version(path)
    same = " AND ".join(f"kept.{name} = given.{name}" for name in key)
    merge = DeltaTable(str(path)).merge(
        rows, predicate=same, source_alias="given", target_alias="kept",
        commit_properties=_properties(batch_id, version, counts),
    )  # fmt: skip
    merge.when_matched_update_all().when_not_matched_insert_all().execute()
    return version


def next_version(path: Path) -> int:
    """Return the version the next commit will make."""
    last = latest(path)
    return 0 if last is None else last + 1


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


def _properties(batch_id: str, version: int, counts: str) -> CommitProperties:
    return CommitProperties(custom_metadata={COUNTS: counts}, app_transactions=[Transaction(batch_id, version)])
