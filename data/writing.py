"""One batch on its way into the tables: checked, compared with what is there, committed table by table."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import duckdb
import pyarrow as pa

from data import checks, delta
from data.batches import QUARANTINE_SCHEMA, Batch, TableCount
from data.contracts import TABLES, TableSpec
from data.progress import Report
from data.rewriting import Rewriting, forget_files, keep_in_file, scratch, scratch_folder
from data.waiting import keep_stream

QUARANTINE = "_quarantine"
ROWS_A_CHUNK = 100_000


class Writer:
    """Writes one batch; `committed` is brought up to date as tables take their commit.

    A table whose last commit already is this batch's (it was interrupted later on) is left as it is; what
    another interrupted batch left in a table is taken back before writing. Nothing is held in memory whole: rows
    that wait spill to disk, and files are written month by month.

    Parameters
    ----------
    erased : pseudonyms of erased people by kind (`learner`, `enrolment`): their rows do not come in again.
    keep_out : takes new enrolments of erased learners, as soon as they are met.
    """

    def __init__(
        self,
        root: Path,
        organisation: str,
        batch: Batch,
        committed: dict[str, int],
        *,
        erased: Mapping[str, Collection[int]],
        keep_out: Callable[[list[int]], None],
    ) -> None:
        self.root, self.organisation, self.batch, self.committed = root, organisation, batch, committed
        self.erased, self.keep_out = erased, keep_out

    def write(self, report: Report) -> dict[str, TableCount]:
        """Write each table, then the quarantine; return what was done to each table."""
        names = [name for name in TABLES if name in self.batch.tables]
        counts: dict[str, TableCount] = {}
        with scratch(self.root) as connection:
            self._know_erased(connection)
            self._know_parents(connection)
            for done, name in enumerate(names):
                report("writing", done, len(names))
                counts[name] = self._write_table(connection, TABLES[name])
                if name in checks.PARENTS.values():
                    self._know_parents(connection)
        self._write_quarantine(counts)
        report("writing", len(names), len(names))
        return counts

    def _know_erased(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Keep at hand the people who asked to be forgotten."""
        for kind in ("learner", "enrolment"):
            numbers = sorted(self.erased.get(kind, ()))
            connection.execute(f"CREATE TABLE erased_{kind} AS SELECT unnest(?::BIGINT[]) AS {kind}_id", [numbers])

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
        refused, erased = self._stage(connection, spec)
        rows, last = _count(connection, "incoming"), _last_known_on(connection, spec)
        if not rows:
            forget_files(self.root)
            return TableCount(refused=refused, erased=erased)
        touched = self._compare(connection, spec)
        new = _count(connection, "changes WHERE is_new")
        changed = _count(connection, "changes") - new
        counted = TableCount(rows=rows, new=new, changed=changed, refused=refused, last_known_on=last, erased=erased)
        if new or changed:
            self._commit(connection, spec, touched, counted)
        forget_files(self.root)
        return counted

    def _stage(self, connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> tuple[dict[str, int], int]:
        """Make `incoming` of acceptable rows, one a key; return the refused by reason, and how many were erased."""
        given = scratch_folder(self.root) / "given.parquet"
        keep_stream(self.batch.tables[spec.name], given)
        typed = f"SELECT {checks.casts(spec)} FROM {checks.parquet([str(given)])}"
        keep_in_file(connection, self.root, "arrived", f"SELECT *, {checks.fault(spec)} AS fault FROM ({typed})")
        given.unlink()
        gone = self._erased(connection, spec)
        counted = f"SELECT {gone} AS gone, CASE WHEN NOT {gone} THEN fault END AS reason, count(*) FROM arrived"
        found = connection.execute(f"{counted} GROUP BY ALL ORDER BY ALL").fetchall()
        refused = {reason: n for _, reason, n in found if reason is not None}
        names = ", ".join(f'"{name}"' for name in spec.names)
        sound = f"SELECT {names} FROM arrived WHERE fault IS NULL AND NOT {gone}"
        connection.execute(f"CREATE OR REPLACE VIEW incoming AS {sound}")
        duplicates = self._drop_duplicates(connection, spec)
        erased = sum(n for is_gone, _, n in found if is_gone)
        return {**refused, **({"duplicate key": duplicates} if duplicates else {})}, erased

    def _erased(self, connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> str:
        """Return the condition under which a row of `arrived` is of somebody who was erased."""
        if not any(self.erased.get(kind) for kind in ("learner", "enrolment")):
            return "false"
        if spec.name == "enrolments":
            met = (
                "SELECT enrolment_id FROM arrived WHERE learner_id IN (FROM erased_learner)"
                " AND enrolment_id NOT IN (FROM erased_enrolment) ORDER BY 1"
            )
            new = [number for (number,) in connection.execute(met).fetchall()]
            if new:
                self.keep_out(new)
                connection.execute("INSERT INTO erased_enrolment SELECT unnest(?::BIGINT[])", [new])
        kinds = (kind for kind in ("learner", "enrolment") if f"{kind}_id" in spec.names)
        theirs = [f"coalesce({kind}_id IN (FROM erased_{kind}), false)" for kind in kinds]
        return f"({' OR '.join(theirs)})" if theirs else "false"

    def _drop_duplicates(self, connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> int:
        """Keep one row a key in `incoming`, whatever order they came in; return how many were dropped."""
        key, names = ", ".join(spec.key), ", ".join(f'"{name}"' for name in spec.names)
        repeated = f"SELECT {key}, count(*) AS n FROM incoming GROUP BY ALL HAVING n > 1"
        connection.execute(f"CREATE OR REPLACE TABLE repeated AS {repeated}")
        extra = connection.execute("SELECT coalesce(sum(n - 1), 0) FROM repeated").fetchall()[0][0]
        if extra:
            alone = f"SELECT {names} FROM incoming ANTI JOIN repeated USING ({key})"
            first = (
                f"SELECT {names} FROM incoming SEMI JOIN repeated USING ({key})"
                f" QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {names}) = 1"
            )
            keep_in_file(connection, self.root, "one_a_key", f"{alone} UNION ALL {first}")
            connection.execute("CREATE OR REPLACE VIEW incoming AS SELECT * FROM one_a_key")
        return int(extra)

    def _compare(self, connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> list[str]:
        """Turn `incoming` into `changes`, the rows that the store lacks or holds otherwise.

        Keys are looked for first, in their columns alone; whole rows are read only in the files that hold some.
        Returns the files where a row changes.
        """
        paths, key = self._paths(spec.name), ", ".join(spec.key)
        if paths:
            connection.execute(
                f"CREATE OR REPLACE TABLE matched AS SELECT {key}, file_index AS place"
                f" FROM {checks.parquet(paths)} SEMI JOIN incoming USING ({key})"
            )
        if not paths or not _count(connection, "matched"):
            connection.execute("CREATE OR REPLACE VIEW changes AS SELECT *, true AS is_new FROM incoming")
            return []
        hit = [
            paths[place] for (place,) in connection.execute("SELECT DISTINCT place FROM matched ORDER BY 1").fetchall()
        ]
        differs = " OR ".join(f'i."{name}" IS DISTINCT FROM c."{name}"' for name in spec.names)
        same = " AND ".join(f"i.{name} = c.{name}" for name in spec.key)
        keep_in_file(
            connection, self.root, "changes",
            f"SELECT i.*, true AS is_new FROM incoming i ANTI JOIN matched USING ({key})"
            f" UNION ALL SELECT i.*, false FROM incoming i"
            f" JOIN ({checks.select(spec, hit)}) c ON {same} WHERE {differs}",
        )  # fmt: skip
        touched = connection.execute(f"SELECT DISTINCT place FROM matched SEMI JOIN changes USING ({key}) ORDER BY 1")
        return [paths[place] for (place,) in touched.fetchall()]

    def _commit(
        self, connection: duckdb.DuckDBPyConnection, spec: TableSpec, touched: list[str], counted: TableCount
    ) -> None:
        """Write the files where a row changes anew, and the new rows, in one commit."""
        files = Rewriting(connection, spec, self.root, self.organisation, scratch_folder(self.root))
        without = f"ANTI JOIN changes USING ({', '.join(spec.key)})"
        written = files.write(touched, without=without, more="changes")
        commit = delta.Commit(self.batch.batch_id, self.batch.imported_at, json.dumps(asdict(counted)))
        self.committed[spec.name] = delta.swap(self.root / spec.name, files.schema, written, touched, commit)

    def _write_quarantine(self, counts: dict[str, TableCount]) -> None:
        path, batch_id = self.root / QUARANTINE, self.batch.batch_id
        done = delta.done_by(path, batch_id)
        if done:
            self.committed[QUARANTINE] = done[0]
            return
        delta.take_back(path, self.committed.get(QUARANTINE))
        if self.batch.quarantine.num_rows or any(count.refused for count in counts.values()):
            self.committed[QUARANTINE] = delta.append_batch(
                path, self._set_aside(counts), partitions=["organisation"],
                commit=delta.Commit(batch_id, self.batch.imported_at),
            )  # fmt: skip

    def _set_aside(self, counts: dict[str, TableCount]) -> pa.RecordBatchReader:
        """Return the rows set aside, those of the source and those that broke a contract, bit by bit."""
        tail = {"batch_id": self.batch.batch_id, "organisation": self.organisation}
        schema = pa.schema([*QUARANTINE_SCHEMA, *(pa.field(name, pa.string()) for name in tail)])

        def batches() -> Iterator[pa.RecordBatch]:
            for rows in (*self.batch.quarantine.to_batches(ROWS_A_CHUNK), *_refused_rows(counts)):
                ends = [pa.array([value] * rows.num_rows, pa.string()) for value in tail.values()]
                yield pa.record_batch([*rows.columns, *ends], schema=schema)

        return pa.RecordBatchReader.from_batches(schema, batches())


def _count(connection: duckdb.DuckDBPyConnection, what: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {what}").fetchall()[0][0])


def _last_known_on(connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> str | None:
    if not spec.by_month:
        return None
    found = connection.execute("SELECT max(known_on) FROM incoming").fetchall()[0][0]
    return found.isoformat() if found else None


def _refused_rows(counts: dict[str, TableCount]) -> Iterator[pa.RecordBatch]:
    """Yield refused canonical rows as quarantine rows; they have no line in a source file."""
    for table, count in counts.items():
        for told, n in count.refused.items():
            column, _, reason = told.rpartition(": ")
            row = {"file": table, "line": None, "column": column, "reason": reason}
            for start in range(0, n, ROWS_A_CHUNK):
                rows = [row] * min(ROWS_A_CHUNK, n - start)
                yield pa.RecordBatch.from_pylist(rows, QUARANTINE_SCHEMA)
