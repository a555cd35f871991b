"""Data files of a canonical table, written month by month, so that memory does not grow with the table."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa

from data import checks
from data.contracts import TableSpec
from data.delta import Written
from data.home import make_private
from data.waiting import ROWS_A_GROUP

MEMORY_LIMIT, THREADS = "256MB", 4
"""More threads would each want their share of the memory."""


@contextmanager
def scratch(root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that spills beside the tables rather than outgrow its memory."""
    folder = scratch_folder(root)
    shutil.rmtree(folder, ignore_errors=True)
    make_private(folder)
    connection = duckdb.connect()
    try:
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        connection.execute("SET temp_directory = '" + str(folder).replace("'", "''") + "'")
        connection.execute(f"SET threads = {min(THREADS, os.cpu_count() or 1)}")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)


def keep_in_file(connection: duckdb.DuckDBPyConnection, root: Path, name: str, query: str) -> None:
    """Keep the rows of a query under a name, in a file: kept in memory, they would fill it and then spill."""
    path = scratch_folder(root) / f"{name}-{uuid4().hex}.parquet"
    target = str(path).replace("'", "''")
    connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, ROW_GROUP_SIZE {ROWS_A_GROUP})")
    connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet('{target}')")


def forget_files(root: Path) -> None:
    """Delete what `keep_in_file` kept."""
    for path in scratch_folder(root).glob("*.parquet"):
        path.unlink()


def scratch_folder(root: Path) -> Path:
    """Return where work in progress is kept; what a killed one left there goes with the next."""
    return root / ".spill"


@dataclass(frozen=True)
class Rewriting:
    """Writes files of one organisation's part of a table.

    Parameters
    ----------
    root : folder of all tables.
    draft : folder on the same disk, where files are written before they are moved to their place.
    """

    connection: duckdb.DuckDBPyConnection
    spec: TableSpec
    root: Path
    organisation: str
    draft: Path

    @property
    def schema(self) -> pa.Schema:
        """The table's columns as Delta Lake sees them, partitions included."""
        parts = [pa.field(name, pa.string()) for name in ("organisation", *(["month"] if self.spec.by_month else []))]
        return pa.schema([*(field.with_nullable(True) for field in self.spec.schema), *parts])

    def write(self, old: Sequence[str], *, without: str = "", more: str | None = None) -> list[Written]:
        """Write anew the rows of old files, less some, and more; return the files made.

        Parameters
        ----------
        without : an ANTI JOIN clause.
        more : a relation of the connection with the table's columns.
        """
        drafts = [self._draft(month, old, without, more) for month in self._months(old, more)]
        return [self._place(month, path, rows) for month, path, rows in drafts if rows]

    def _months(self, old: Sequence[str], more: str | None) -> list[str]:
        if not self.spec.by_month:
            return [""]
        months = {month for path in old if (month := month_of(path))}
        if more:
            found = self.connection.execute(f"SELECT DISTINCT strftime(known_on, '%Y-%m') FROM {more}").fetchall()
            months |= {month for (month,) in found}
        return sorted(months)

    def _draft(self, month: str, old: Sequence[str], without: str, more: str | None) -> tuple[str, Path, int]:
        """Write one month's rows aside, in the order by which readers look for them."""
        names = ", ".join(f'"{name}"' for name in self.spec.names)
        parts = []
        paths = [path for path in old if month_of(path) == month]
        if paths:
            parts.append(f"SELECT {names} FROM ({checks.select(self.spec, paths)}) {without}")
        if more:
            days = f"known_on >= DATE '{month}-01' AND known_on < DATE '{month}-01' + INTERVAL 1 MONTH"
            only = f" WHERE {days}" if month else ""
            parts.append(f"SELECT {names} FROM {more}{only}")
        near = ["enrolment_id"] if "enrolment_id" in self.spec.names else []
        order = ", ".join(dict.fromkeys([*near, *self.spec.key])) or "ALL"
        make_private(self.draft)
        path = self.draft / f"part-{uuid4().hex}.parquet"
        target = str(path).replace("'", "''")
        query = f"COPY ({' UNION ALL '.join(parts)} ORDER BY {order}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
        return month, path, int(self.connection.execute(query).fetchall()[0][0])

    def _place(self, month: str, path: Path, rows: int) -> Written:
        """Move a file to where the table's next commit will name it."""
        partition = {"organisation": self.organisation, **({"month": month} if month else {})}
        relative = "/".join([*(f"{name}={value}" for name, value in partition.items()), path.name])
        target = self.root / self.spec.name / relative
        make_private(target.parent)
        told = path.rename(target).stat()
        return Written(relative, partition, rows, told.st_size, told.st_mtime_ns // 1_000_000)


def month_of(path: str) -> str:
    """Return the month of a data file, empty where its table is not kept by month."""
    return next((part[len("month=") :] for part in reversed(Path(path).parts) if part.startswith("month=")), "")
