"""Where raw tables wait: loaded as they are, judged row by row, every row accounted for."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType

from data.batches import QUARANTINE_SCHEMA, FileCount
from data.errors import SourceError
from data.home import make_private
from data.privacy import Pseudonymiser
from data.sources.base import RawTable, Rule
from data.sources.known import Known
from data.sources.pace import LONG_ENOUGH
from data.sources.raw import CsvRows, probe
from data.waiting import ROWS_A_GROUP, keep_stream

MEMORY_LIMIT, THREADS = "256MB", 4
"""More threads would each want their share of the memory."""
LARGE = 4 << 20
"""Bytes of a file above which a table's stages are files: kept in memory, they would only be spilled."""
ROWS_A_BATCH = 50_000
STABLE = "CREATE MACRO stable(told) AS CAST(md5_number_lower(told) >> 1 AS BIGINT)"


class Staging:
    """A scratch DuckDB connection with raw tables, and the count of what became of their rows.

    In SQL, `pseudonym(kind, source_id)` gives a keyed pseudonym, `stable(text)` a 63-bit number made from
    a text of pseudonyms. `known` is what the home knew before this import.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, pseudonymiser: Pseudonymiser, known: Known, folder: Path
    ) -> None:
        self.connection, self.pseudonymiser, self.known = connection, pseudonymiser, known
        self._folder = folder
        self._large: set[str] = set()
        self.files: list[FileCount] = []
        self._sources: dict[str, tuple[Path, int]] = {}
        self._lazy: set[str] = set()

        def pseudonym(kinds: pa.ChunkedArray, source_ids: pa.ChunkedArray) -> pa.Array:
            pairs = zip(kinds.to_pylist(), source_ids.to_pylist(), strict=True)
            return pa.array([pseudonymiser.one(kind, source_id) for kind, source_id in pairs], pa.int64())

        connection.create_function("pseudonym", pseudonym, ["VARCHAR", "VARCHAR"], "BIGINT", type=PythonUDFType.ARROW)
        connection.execute(STABLE)
        connection.execute('CREATE TABLE quarantine (file VARCHAR, line BIGINT, "column" VARCHAR, reason VARCHAR)')
        for name, rows in known.tables.items():
            self.keep(f"known_{name}", rows)

    def run(self, sql: str) -> None:
        """Execute one statement."""
        self.connection.execute(sql)

    def keep(self, name: str, rows: pa.Table | pa.RecordBatchReader) -> None:
        """Keep an Arrow table, or a stream of batches, under a name."""
        self.connection.register("given", rows)
        self.run(f"CREATE TABLE {name} AS SELECT * FROM given")
        self.connection.unregister("given")

    def load_csv(self, table: RawTable, path: Path, *, nulls: Sequence[str] = ("",)) -> None:
        """Load a CSV as `<table>_raw`: typed columns, `line`, and `fault` where a value cannot be read.

        Raises
        ------
        SourceError : the file as a whole cannot be read.
        """
        cut = probe(path).cut
        rows = CsvRows(path, table, tuple(nulls))
        typed = ", ".join(f'TRY_CAST("{c.name}" AS {c.type}) AS "{c.name}"' for c in table.columns)
        select = f"SELECT line, {typed}, {_fault(table)} AS fault FROM "
        if path.stat().st_size > LARGE:
            self._large.add(table.name)
            text = self._text(table, rows)
            self._make(table, "raw", f"{select} read_parquet('{_quoted(text)}')")
            text.unlink()
        else:
            with self._scanned(rows):
                self._make(table, "raw", select + "given")
        for line in rows.rejected:
            self._set_aside(path, line, "", "wrong number of columns")
        if cut:
            self._set_aside_cut_row(table, rows.rejected)
        self._sources[table.name] = (path, len(rows.rejected))

    def _text(self, table: RawTable, rows: CsvRows) -> Path:
        """Keep the rows of a CSV as they are in a file of ours, and return it."""
        path = self._stage(table, "text")
        try:
            keep_stream(rows.reader(), path)
        except BaseException:
            rows.close()
            raise
        return path

    def load(self, table: RawTable, path: Path | None) -> None:
        """Load a raw table from what holds it: a CSV, a Parquet file of text columns, or nothing.

        Raises
        ------
        SourceError : the file as a whole cannot be read.
        """
        if path is None or path.suffix == ".parquet":
            self.load_text(table, path)
        else:
            self.load_csv(table, path)

    def load_text(self, table: RawTable, path: Path | None) -> None:
        """Load a Parquet file of text columns as `<table>_raw`, typed like a CSV; an empty table when there is none.

        The file holds `line` (the row's rank, from 1) and the table's columns; it is counted under its name without
        the suffix. A table without a file is not counted.
        """
        typed = ", ".join(f'TRY_CAST("{c.name}" AS {c.type}) AS "{c.name}"' for c in table.columns)
        texts = ", ".join(f'CAST(NULL AS VARCHAR) AS "{c.name}"' for c in table.columns)
        given = (
            f"read_parquet('{_quoted(path)}')" if path else f"(SELECT CAST(NULL AS BIGINT) AS line, {texts} LIMIT 0)"
        )
        if path and path.stat().st_size > LARGE:
            self._large.add(table.name)
        self._make(table, "raw", f"SELECT line, {typed}, {_fault(table)} AS fault FROM {given}")
        if path:
            self._sources[table.name] = (path.with_suffix(""), 0)

    def view(self, name: str, path: Path) -> None:
        """Declare a Parquet file under a name."""
        self.run(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{_quoted(path)}')")

    def load_view(self, table: RawTable, path: Path, select: str) -> None:
        """Declare `<table>_raw` as a SELECT over a file that DuckDB reads itself; it must give `line` and `fault`."""
        self.run(f"CREATE VIEW {table.name}_raw AS {select}")
        self._sources[table.name] = (path, 0)
        self._lazy.add(table.name)

    def judge(self, table: RawTable, rules: Sequence[Rule] = (), *, account: bool = True) -> None:
        """Make `<table>` of the rows of `<table>_raw` that no rule sets aside, and count the others by reason.

        Damaged values come first, then repeated rows (same key: one is kept, whatever the order they came
        in), then the rules in order. `account=False` leaves the counting to the caller.
        """
        raw = f"{table.name}_raw"
        cases = [("fault IS NOT NULL", "'damaged|' || fault"), *self._duplicates(table, raw), *map(_case, rules)]
        fate = " ".join(f"WHEN {condition} THEN {told}" for condition, told in cases)
        self._make(table, "judged", f"SELECT *, CASE {fate} END AS fate FROM {raw}")
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        self.run(f"CREATE VIEW {table.name} AS SELECT line, {names} FROM {table.name}_judged WHERE fate IS NULL")
        if account:
            self._account(table)

    def quarantine(self) -> pa.Table:
        """Return the rows set aside: file, line, column, reason; never the value."""
        rows = self.connection.execute("SELECT * FROM quarantine ORDER BY ALL").to_arrow_table()
        return rows.cast(QUARANTINE_SCHEMA)

    def stream(self, select: str, rows: int = ROWS_A_BATCH) -> pa.RecordBatchReader:
        """Return the rows of a SELECT as a stream, on a cursor of its own; nothing is computed before it is read."""
        cursor = self.connection.cursor()
        schema = cursor.execute(f"SELECT * FROM ({select}) LIMIT 0").to_arrow_table().schema

        def batches() -> Iterator[pa.RecordBatch]:
            yield from cursor.execute(select).to_arrow_reader(rows)
            cursor.close()

        return pa.RecordBatchReader.from_batches(schema, batches())

    @contextmanager
    def _scanned(self, rows: CsvRows) -> Iterator[None]:
        """Give the rows of a CSV as `given`; a source's error comes out as it is.

        When the work fails midway (a full disk), the threads that read are given the time to let go: one that is still
        at it when Python ends would abort it, or hang it for ever.
        """
        failed: list[SourceError] = []

        def batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
            try:
                yield from reader
            except SourceError as error:
                failed.append(error)

        reader = rows.reader()
        given = pa.RecordBatchReader.from_batches(reader.schema, batches(reader))
        self.connection.register("given", given)
        try:
            yield
        except BaseException:
            rows.close()
            time.sleep(LONG_ENOUGH)
            raise
        finally:
            self.connection.unregister("given")
        if failed:
            raise failed[0]

    def _make(self, table: RawTable, stage: str, select: str) -> None:
        """Make a stage of a table: kept in memory, computed when asked for, or, when it is large, a file read back."""
        name = f"{table.name}_{stage}"
        if table.name not in self._large:
            self.run(f"CREATE {'VIEW' if table.name in self._lazy else 'TABLE'} {name} AS {select}")
            return
        make_private(self._folder)
        path = self._stage(table, stage)
        self.run(f"COPY ({select}) TO '{_quoted(path)}' (FORMAT parquet, ROW_GROUP_SIZE {ROWS_A_GROUP})")
        self.view(name, path)

    def _stage(self, table: RawTable, stage: str) -> Path:
        return self._folder / f"{table.name}_{stage}.parquet"

    def _set_aside(self, path: Path, line: int, column: str, reason: str) -> None:
        self.connection.execute("INSERT INTO quarantine VALUES (?, ?, ?, ?)", [path.name, line, column, reason])

    def _set_aside_cut_row(self, table: RawTable, rejected: list[int]) -> None:
        """Distrust the last row of a file that has no final end of line: its last value may be cut."""
        found = self.connection.execute(f"SELECT max(line) FROM {table.name}_raw").fetchall()[0][0]
        if found is None or found <= max(rejected, default=0):
            return
        cut = f"CASE line WHEN {found} THEN '|row cut short: no end of line' ELSE fault END"
        if table.name in self._large:
            rows = f"read_parquet('{_quoted(self._stage(table, 'raw'))}')"
            self.run(f"CREATE OR REPLACE VIEW {table.name}_raw AS SELECT * REPLACE ({cut} AS fault) FROM {rows}")
        else:
            self.run(f"UPDATE {table.name}_raw SET fault = {cut}")

    def _duplicates(self, table: RawTable, raw: str) -> list[tuple[str, str]]:
        if not table.key:
            return []
        key, names = ", ".join(table.key), ", ".join(f'"{column.name}"' for column in table.columns)
        counts = f"SELECT count(*), count(DISTINCT ({key})) FROM {raw} WHERE fault IS NULL"
        rows, distinct = self.connection.execute(counts).fetchall()[0]
        if rows == distinct:
            return []
        place = "(file, line)" if any(column.name == "file" for column in table.columns) else "line"
        repeated = (
            f"SELECT {place} FROM {raw} WHERE fault IS NULL"
            f" QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {names}, line) > 1"
        )
        return [(f"{place} IN ({repeated})", f"'damaged|{table.key[0]}|repeated row'")]

    def _account(self, table: RawTable) -> None:
        if table.name not in self._sources:
            return
        path, rejected = self._sources[table.name]
        rows, kept = self._count(f"{table.name}_raw") + rejected, self._count(table.name)
        if rows == kept:
            self.files.append(FileCount(path.name, rows, kept))
            return
        query = f"SELECT fate, count(*) FROM {table.name}_judged WHERE fate IS NOT NULL GROUP BY 1"
        fates = [(told.split("|"), n) for told, n in self.connection.execute(query).fetchall()]
        damaged: dict[str, int] = {"wrong number of columns": rejected} if rejected else {}
        for (kind, _, reason), n in fates:
            if kind == "damaged":
                damaged[reason] = damaged.get(reason, 0) + n
        self.connection.execute(
            "INSERT INTO quarantine SELECT ?, line, split_part(fate, '|', 2), split_part(fate, '|', 3)"
            f" FROM {table.name}_judged WHERE starts_with(fate, 'damaged|')",
            [path.name],
        )
        skipped = {reason: n for (kind, _, reason), n in fates if kind == "scope"}
        self.files.append(FileCount(path.name, rows, kept, damaged, skipped))

    def _count(self, name: str) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0])


@contextmanager
def staging(spill: Path, pseudonymiser: Pseudonymiser, known: Known | None = None) -> Iterator[Staging]:
    """Yield a staging area that spills to a folder rather than outgrow its memory, and leaves nothing behind.

    Raises
    ------
    SourceError : something in it could not spill, or the disk is full.
    """
    shutil.rmtree(spill, ignore_errors=True)
    connection = duckdb.connect()
    try:
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        connection.execute(f"SET temp_directory = '{_quoted(spill)}'")
        connection.execute(f"SET threads = {min(THREADS, os.cpu_count() or 1)}")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET TimeZone = 'UTC'")
        yield Staging(connection, pseudonymiser, known or Known(), spill / "stages")
    except duckdb.OutOfMemoryException as error:
        raise SourceError(
            f"this import asks for more memory than it may use ({MEMORY_LIMIT}), or the disk is full",
            where=str(spill.parent),
            todo="free some disk, or import fewer files at a time",
        ) from error
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


_KINDS = {"DATE": "date", "TIMESTAMPTZ": "date", "BOOLEAN": "yes or no"}


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _fault(table: RawTable) -> str:
    """Return an expression naming the first unreadable or missing value of a row as `column|reason`."""
    cases = []
    for column in table.columns:
        name = f'"{column.name}"'
        if column.required:
            cases.append(f"WHEN {name} IS NULL THEN '{column.name}|missing value'")
        if column.type != "VARCHAR":
            unread = f"{name} IS NOT NULL AND TRY_CAST({name} AS {column.type}) IS NULL"
            kind = _KINDS.get(column.type, "number")
            cases.append(f"WHEN {unread} THEN '{column.name}|unreadable {kind}'")
    return f"CASE {' '.join(cases)} ELSE CAST(NULL AS VARCHAR) END" if cases else "CAST(NULL AS VARCHAR)"


def _case(rule: Rule) -> tuple[str, str]:
    kind = "damaged" if rule.damaged else "scope"
    told = "|".join((kind, rule.column, rule.reason)).replace("'", "''")
    return rule.condition, f"'{told}'"
