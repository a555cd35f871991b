"""Where a reader puts what it read, as plain rows: one private Parquet file a table, never more than a chunk in memory.

A post's text is turned into numbers here, before anything is written: it never touches the disk, unless the
organisation keeps texts, and then goes through a private file beside the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data import tone
from data.errors import SourceError
from data.home import make_private
from data.sources.kept_texts import NAME as TEXTS
from data.sources.kept_texts import TextFile
from data.sources.plain import TABLES

CHUNK = 20_000
SEEN = "_seen"
ASIDE = "_aside"
ASIDE_SCHEMA = pa.schema([
    ("file", pa.string()), ("line", pa.int64()), ("column", pa.string()), ("reason", pa.string()),
    ("damaged", pa.bool_()),
])  # fmt: skip
SEEN_SCHEMA = pa.schema([("file", pa.string()), ("n", pa.int64())])
LONGEST = 2000
"""Characters of a value that is kept; a longer one is no identifier, name or code."""


Row = tuple[Any, ...]
"""The values of a row, in its schema's order."""


class Spool:
    """Takes plain rows, and the count of the source's records.

    Every record seen gives at least one row, or is set aside with its reason; both name its file and line
    (its rank, from 1, where a source has no lines).
    """

    def __init__(self, folder: Path, *, texts: bool = False) -> None:
        make_private(folder)
        self._folder = folder
        self._texts = TextFile(folder) if texts else None
        self._rows: dict[str, list[Row]] = {}
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._seen: dict[str, int] = {}

    def seen(self, file: str, n: int = 1) -> None:
        """Count records read from a file, or from an address."""
        self._seen[file] = self._seen.get(file, 0) + n

    def add(self, table: str, *, file: str, line: int, **values: Any) -> None:
        """Keep one row of a plain table: text, numbers, days, instants with their offset; None where nothing is said.

        For `posts`, `text` is read, then dropped unless texts are kept.

        Raises
        ------
        KeyError, ValueError : our own mistake: no such table or column, an instant without an offset.
        """
        if table == "posts":
            if self._texts:
                self._texts.add([(_told(values.get("post")), values.get("text"))])
            values.update(_reading(values.pop("text", None)))
        names, said = _names(table), values.get
        if not values.keys() <= _known(table):
            raise KeyError(f"{table} has no column {', '.join(sorted(values.keys() - _known(table)))}")
        self._put(table, (file, line, *[_told(said(name)) for name in names]), _schema(table))

    def add_rows(self, table: str, rows: pa.Table) -> None:
        """Keep rows in bulk: `file`, `line` and columns of the table as text; `text` of posts as in `add`."""
        schema, columns = _schema(table), {name: rows.column(name) for name in rows.column_names}
        if table == "posts":
            texts = columns.pop("text", pa.nulls(rows.num_rows)).to_pylist()
            if self._texts:
                self._texts.add(zip(columns["post"].to_pylist(), texts, strict=True))
            readings = [_reading(text) for text in texts]
            told = {name: pa.array([_told(reading[name]) for reading in readings], pa.string()) for name in _FIELDS}
            columns |= told
        unknown = set(columns) - set(schema.names)
        if unknown:
            raise KeyError(f"{table} has no column {', '.join(sorted(unknown))}")
        arrays = [columns.get(field.name, pa.nulls(rows.num_rows)).cast(field.type) for field in schema]
        self._flush(table)
        self._writer(table, schema).write_table(pa.Table.from_arrays(arrays, schema=schema))

    def set_aside(self, file: str, line: int, reason: str, *, column: str = "", damaged: bool = True) -> None:
        """Say why a record gives no row: damaged (quarantined), or sound and of no use here."""
        self._put(ASIDE, (file, line, column, reason, damaged), ASIDE_SCHEMA)

    def close(self) -> Mapping[str, Path]:
        """Write what remains; return the file of each plain table that has rows, and those of the counts."""
        for file, n in self._seen.items():
            self._put(SEEN, (file, n), SEEN_SCHEMA)
        self._writer(ASIDE, ASIDE_SCHEMA)
        self._writer(SEEN, SEEN_SCHEMA)
        for table in list(self._writers):
            self._flush(table)
        for writer in self._writers.values():
            writer.close()
        texts = {TEXTS: self._texts.close()} if self._texts else {}
        return {table: self._path(table) for table in self._writers} | texts

    def _put(self, table: str, row: Row, schema: pa.Schema) -> None:
        rows = self._rows.get(table)
        if rows is None:
            self._writer(table, schema)
            rows = self._rows[table] = []
        rows.append(row)
        if len(rows) >= CHUNK:
            self._flush(table)

    def _flush(self, table: str) -> None:
        rows = self._rows.pop(table, [])
        if rows:
            writer = self._writers[table]
            columns = zip(zip(*rows, strict=True), writer.schema, strict=True)
            arrays = [pa.array(column, field.type) for column, field in columns]
            writer.write_table(pa.Table.from_arrays(arrays, schema=writer.schema))

    def _writer(self, table: str, schema: pa.Schema) -> pq.ParquetWriter:
        if table not in self._writers:
            self._writers[table] = pq.ParquetWriter(self._path(table), schema, compression="zstd")
        return self._writers[table]

    def _path(self, table: str) -> Path:
        return self._folder / f"{table}.parquet"


_FIELDS = ("n_words", "tone", "is_question", "intent_to_leave", "distress", "technical_trouble", "thanks", "polite")


@cache
def _names(table: str) -> tuple[str, ...]:
    return TABLES[table].names


@cache
def _known(table: str) -> frozenset[str]:
    return frozenset(_names(table))


@cache
def _schema(table: str) -> pa.Schema:
    names = [(name, pa.string()) for name in TABLES[table].names]
    return pa.schema([("file", pa.string()), ("line", pa.int64()), *names])


def _reading(text: str | None) -> dict[str, Any]:
    read = vars(tone.read(text or ""))
    return {name: read[name] for name in _FIELDS}


def _told(value: Any) -> str | None:
    """Return a value as the text a careful export would hold; None where nothing is said."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
    elif isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant without its offset")
        return value.isoformat()
    else:
        text = str(value).strip()
    if len(text) <= LONGEST and text.isascii() and "\0" not in text:
        return text or None
    return text.replace("\0", "")[:LONGEST].encode("utf-8", "replace").decode("utf-8") or None


def refuse_nothing(seen: int, place: str) -> None:
    """Raise SourceError when a source held no record at all.

    Raises
    ------
    SourceError : nothing was there.
    """
    if not seen:
        raise SourceError("nothing to import", where=place, accepted="at least one record")
