"""Files of the kinds in which somebody may be: archives, Parquet, databases."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq


def zipped(name: str, told: str | bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, told)
    return made.getvalue()


def parquet(columns: dict[str, list[int]]) -> bytes:
    made = io.BytesIO()
    pq.write_table(pa.table(columns), made, compression="zstd")
    return made.getvalue()


def stored(path: Path, columns: dict[str, list[int]]) -> None:
    """Write a DuckDB file, whose blocks are compressed."""
    with duckdb.connect(str(path)) as connection:
        connection.register("told", pa.table(columns))
        connection.execute("CREATE TABLE kept AS FROM told")
