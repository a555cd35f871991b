"""The contracts as conditions: what makes a canonical row unacceptable, and why, in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from data.contracts import Column, TableSpec

PARENTS = {"enrolment_id": "enrolments", "session_id": "sessions"}

_SQL_TYPES = {
    pa.int64(): "BIGINT",
    pa.int32(): "INTEGER",
    pa.float64(): "DOUBLE",
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
    pa.list_(pa.string()): "VARCHAR[]",
}


def sql_type(column: Column) -> str:
    """Return the DuckDB type of a column."""
    return _SQL_TYPES[column.type]


def casts(spec: TableSpec) -> str:
    """Return the select list that gives a table's columns their exact order and types."""
    return ", ".join(f'CAST("{column.name}" AS {sql_type(column)}) AS "{column.name}"' for column in spec.columns)


def select(spec: TableSpec, paths: Sequence[str]) -> str:
    """Return a query over a canonical table's Parquet files, with its exact columns; empty when there are none."""
    if paths:
        return f"SELECT {casts(spec)} FROM {parquet(paths)}"
    columns = ", ".join(f'CAST(NULL AS {sql_type(column)}) AS "{column.name}"' for column in spec.columns)
    return f"SELECT {columns} WHERE false"


def parquet(paths: Sequence[str]) -> str:
    """Return the relation of some Parquet files."""
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def create_view(connection: duckdb.DuckDBPyConnection, spec: TableSpec, paths: Sequence[str], *, name: str) -> None:
    """Create a view of a canonical table over its Parquet files, empty when there are none."""
    connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS {select(spec, paths)}')


def fault(spec: TableSpec) -> str:
    """Return an expression naming the first fault of a row as `column: reason`, null when it has none."""
    cases = " ".join(f"WHEN {condition} THEN '{reason}'" for reason, condition in _conditions(spec))
    return f"CASE {cases} END"


def _conditions(spec: TableSpec) -> Iterator[tuple[str, str]]:
    for column in spec.columns:
        yield from _column_conditions(column)
    for name, parent in PARENTS.items():
        if name in spec.names and spec.name != parent:
            unknown = f"{name} NOT IN (SELECT {name} FROM known_{parent}) AND CAST({name} AS VARCHAR) <> ''"
            yield f"{name}: unknown {parent[:-1]}", unknown


def _column_conditions(column: Column) -> Iterator[tuple[str, str]]:
    name = f'"{column.name}"'
    if not column.nullable:
        yield f"{column.name}: missing value", f"{name} IS NULL"
    if column.accepted:
        accepted = ", ".join(f"'{value}'" for value in column.accepted)
        yield f"{column.name}: not an accepted value", f"{name} NOT IN ({accepted})"
    if column.type == pa.float64():
        yield f"{column.name}: not a finite number", f"NOT isfinite({name})"
    if column.minimum is not None:
        yield f"{column.name}: below {column.minimum:g}", f"{name} < {column.minimum}"
    if column.maximum is not None:
        yield f"{column.name}: above {column.maximum:g}", f"{name} > {column.maximum}"
