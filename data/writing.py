"""One batch on its way into the tables: checked, compared with what is there, committed table by table."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import duckdb
import pyarrow as pa

from data import checks, delta
from data.batches import Batch, TableCount
from data.contracts import TABLES, TableSpec
from data.progress import Report

QUARANTINE = "_quarantine"
MEMORY_LIMIT = "512MB"
ROWS_A_CHUNK = 100_000


class Writer:
    """Writes one batch; `committed` is brought up to date as tables take their commit.

    A table whose last commit already is this batch's (it was interrupted later on) is left as it is; what
    another interrupted batch left in a table is taken back before writing.
    """

    def __init__(self, root: Path, organisation: str, batch: Batch, committed: dict[str, int]) -> None:
        self.root, self.organisation, self.batch, self.committed = root, organisation, batch, committed

    def write(self, report: Report) -> dict[str, TableCount]:
        """Write each table, then the quarantine; return what was done to each table."""
        names = [name for name in TABLES if name in self.batch.tables]
        counts: dict[str, TableCount] = {}
        with self._scratch() as connection:
            self._know_parents(connection)
            for done, name in enumerate(names):
                report("writing", done, len(names))
                counts[name] = self._write_table(connection, TABLES[name])
                if name in checks.PARENTS.values():
                    self._know_parents(connection)
        self._write_quarantine(counts)
        report("writing", len(names), len(names))
        return counts

    @contextmanager
    def _scratch(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection that spills to disk rather than outgrow its memory."""
        spill = self.root / ".spill"
        shutil.rmtree(spill, ignore_errors=True)
        connection = duckdb.connect()
        try:
            connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
            connection.execute("SET temp_directory = '" + str(spill).replace("'", "''") + "'")
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()
            shutil.rmtree(spill, ignore_errors=True)

    def _know_parents(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Keep at hand the enrolments and sessions that other rows may refer to."""
        for key, parent in checks.PARENTS.items():
            checks.create_view(connection, TABLES[parent], self._paths(parent), name="current")
            connection.execute(f"CREATE OR REPLACE TABLE known_{parent} AS SELECT {key} FROM current")

    def _paths(self, name: str) -> list[str]:
        if name not in self.committed:
            return []
        return delta.files(self.root / name, self.committed[name], {"organisation": self.organisation})

    def _write_table(self, connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> TableCount:
        path = self.root / spec.name
        done = delta.done_by(path, self.batch.batch_id)
        if done:
            self.committed[spec.name], counts = done
            return TableCount(**json.loads(counts))
        delta.take_back(path, self.committed.get(spec.name))
        refused = self._stage(connection, spec)
        rows, last = _count(connection, "incoming"), _last_known_on(connection, spec)
        self._compare(connection, spec)
        new = _count(connection, "changes WHERE is_new")
        changed = _count(connection, "changes") - new
        counted = TableCount(rows=rows, new=new, changed=changed, refused=refused, last_known_on=last)
        if counted.new or counted.changed:
            self._commit(connection, spec, counted)
        for name in ("incoming", "changes"):
            connection.execute(f"DROP TABLE IF EXISTS {name}")
        return counted

    def _stage(self, connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> dict[str, int]:
        """Fill `incoming` with the acceptable rows, one a key; return the refused ones by reason."""
        connection.register("given", self.batch.tables[spec.name])
        connection.execute(f"CREATE OR REPLACE TABLE incoming AS SELECT {checks.casts(spec)} FROM given")
        connection.unregister("given")
        fault = checks.fault(spec)
        found = connection.execute(f"SELECT {fault} AS fault, count(*) FROM incoming GROUP BY 1 ORDER BY 1").fetchall()
        refused = {reason: n for reason, n in found if reason is not None}
        if refused:
            connection.execute(f"DELETE FROM incoming WHERE {fault} IS NOT NULL")
        duplicates = _drop_duplicates(connection, spec)
        return {**refused, **({"duplicate key": duplicates} if duplicates else {})}

    def _compare(self, connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> None:
        """Fill `changes` with the incoming rows that the store lacks or holds otherwise."""
        paths = self._paths(spec.name)
        if not paths:
            connection.execute("ALTER TABLE incoming RENAME TO changes")
            connection.execute("ALTER TABLE changes ADD COLUMN is_new BOOLEAN DEFAULT true")
            return
        checks.create_view(connection, spec, paths, name="current")
        same = " AND ".join(f"i.{name} = c.{name}" for name in spec.key)
        differs = " OR ".join(f'i."{name}" IS DISTINCT FROM c."{name}"' for name in spec.names)
        connection.execute(
            f"CREATE OR REPLACE TABLE changes AS SELECT i.*, c.{spec.key[0]} IS NULL AS is_new"
            f" FROM incoming i LEFT JOIN current c ON {same} WHERE {differs}"
        )

    def _commit(self, connection: duckdb.DuckDBPyConnection, spec: TableSpec, counted: TableCount) -> None:
        partitions = ["organisation", *(["month"] if spec.by_month else [])]
        months = ", strftime(known_on, '%Y-%m') AS month" if spec.by_month else ""
        names = ", ".join(f'"{name}"' for name in spec.names)
        near = (["month"] if spec.by_month else []) + (["enrolment_id"] if "enrolment_id" in spec.names else [])
        order = ", ".join(dict.fromkeys([*near, *spec.key]))
        query = f"SELECT {names}, '{self.organisation}' AS organisation{months} FROM changes ORDER BY {order}"
        rows = connection.execute(query).to_arrow_reader(ROWS_A_CHUNK)
        path, batch_id, counts = self.root / spec.name, self.batch.batch_id, json.dumps(asdict(counted))
        if counted.changed:
            key = ("organisation", *spec.key)
            version = delta.commit_merge(path, rows.read_all(), key=key, batch_id=batch_id, counts=counts)
        else:
            version = delta.commit_append(path, rows, batch_id=batch_id, counts=counts, partitions=partitions)
        self.committed[spec.name] = version

    def _write_quarantine(self, counts: dict[str, TableCount]) -> None:
        path, batch_id = self.root / QUARANTINE, self.batch.batch_id
        done = delta.done_by(path, batch_id)
        if done:
            self.committed[QUARANTINE] = done[0]
            return
        delta.take_back(path, self.committed.get(QUARANTINE))
        rows = pa.concat_tables([self.batch.quarantine, _refused_rows(counts, self.batch.quarantine.schema)])
        if rows.num_rows:
            for name, value in (("batch_id", batch_id), ("organisation", self.organisation)):
                rows = rows.append_column(name, pa.array([value] * rows.num_rows, pa.string()))
            self.committed[QUARANTINE] = delta.commit_append(
                path, rows.to_reader(), batch_id=batch_id, counts="{}", partitions=["organisation"]
            )


def _count(connection: duckdb.DuckDBPyConnection, what: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {what}").fetchall()[0][0])


def _last_known_on(connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> str | None:
    if not spec.by_month:
        return None
    found = connection.execute("SELECT max(known_on) FROM incoming").fetchall()[0][0]
    return found.isoformat() if found else None


def _drop_duplicates(connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> int:
    """Keep one row a key in `incoming`, whatever order they came in; return how many were dropped."""
    key, names = ", ".join(spec.key), ", ".join(f'"{name}"' for name in spec.names)
    distinct = key if len(spec.key) == 1 else f"({key})"
    extra = _count(connection, "incoming") - _count(connection, f"(SELECT DISTINCT {distinct} FROM incoming)")
    if extra:
        connection.execute(
            f"CREATE OR REPLACE TABLE incoming AS SELECT {names} FROM incoming"
            f" QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {names}) = 1"
        )
    return extra


def _refused_rows(counts: dict[str, TableCount], schema: pa.Schema) -> pa.Table:
    """Return refused canonical rows as quarantine rows; they have no line in a source file."""
    rows = []
    for table, count in counts.items():
        for told, n in count.refused.items():
            column, _, reason = told.rpartition(": ")
            rows += [{"file": table, "line": None, "column": column, "reason": reason}] * n
    return pa.Table.from_pylist(rows, schema)
