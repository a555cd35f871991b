"""A raw table on its way from a system: one private Parquet file of text, written chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.sources.base import RawTable

CHUNK = 20_000
FEW = 1 << 16
"""Rows written at once at least, so that small chunks do not make small row groups."""


class RawFile:
    """Writes the rows of a raw table as text, with `line`, their rank; read back by `Staging.load`.

    A value is text, a number or None; NUL characters, which no text column holds, are dropped.
    """

    def __init__(self, path: Path, table: RawTable) -> None:
        self.path, self.rows = path, 0
        self._names = [column.name for column in table.columns]
        self._schema = pa.schema([("line", pa.int64()), *((name, pa.string()) for name in self._names)])
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []

    def __enter__(self) -> RawFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._writer.close()

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Keep rows given as mappings; a column that one lacks is empty."""
        left = iter(rows)
        while chunk := list(islice(left, CHUNK)):
            self.add_columns([[_told(row.get(name)) for row in chunk] for name in self._names])

    def add_columns(self, columns: Iterable[Iterable[str | None] | pa.Array]) -> None:
        """Keep rows given as one sequence of texts a column, in the table's order."""
        arrays = [given if isinstance(given, pa.Array) else pa.array(given, pa.string()) for given in columns]
        n = len(arrays[0])
        lines = pa.array(range(self.rows + 1, self.rows + n + 1), pa.int64())
        clean = [pc.replace_substring(each, "\0", "") for each in arrays]
        self._waiting.append(pa.RecordBatch.from_arrays([lines, *clean], schema=self._schema))
        self.rows += n
        if sum(batch.num_rows for batch in self._waiting) >= FEW:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting))
            self._waiting = []


def _told(value: Any) -> str | None:
    if value is None:
        return None
    return str(int(value)) if isinstance(value, bool) else str(value)
