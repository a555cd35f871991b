"""Where a person is still to be found in a home: every file is read, whatever it is said to hold."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from data.home import Home
from data.privacy import reference

LONG_ENOUGH = 6
"""Characters from which a text found anywhere in a file is no chance; a shorter one must be a whole value."""
FULL_NAME = 5
"""Characters from which a name and a first name are no chance."""
LARGE_ENOUGH = 1 << 32
"""From here on, a number found byte by byte is no chance; a smaller one must be a whole value."""
FEW_DIGITS = 9
"""An identifier of so many digits or fewer is a part of many a figure: it must stand by itself."""
CHUNK = 1 << 20
ORDERS: tuple[Literal["little", "big"], ...] = ("little", "big")
RETAINED = ("erased", "erased_mails", "erasures", "consents")
"""Tables of the vault that keep a pseudonym, on purpose: that it was erased, and what was decided."""
EVIDENCE = ("journal", "enrolment_id")
"""The one column of the work database that keeps the number of an enrolment: no entry of the journal can be changed."""
SQLITE, PARQUET, DUCKDB = b"SQLite format 3\0", b"PAR1", b"DUCK"
DEEPEST = 4
"""Archives inside archives are read so deep."""


@dataclass(frozen=True)
class Trace:
    """All by which a person could be found: pseudonyms (theirs, their enrolments'), and texts (names, identifiers)."""

    numbers: tuple[int, ...]
    texts: tuple[str, ...] = ()

    def patterns(self, *, numbers: bool = True) -> list[bytes]:
        """Return what to look for byte by byte: numbers as text and as eight bytes, texts as written in files."""
        large = [number for number in self.numbers if numbers and number >= LARGE_ENOUGH]
        told = [number.to_bytes(8, order) for number in large for order in ORDERS]
        told += [told.encode() for number in large for told in (str(number), reference(number))]
        for text in filter(_is_long, self.texts):
            told += [text.encode(), json.dumps(text)[1:-1].encode()]
        return list(dict.fromkeys(told))

    @property
    def anywhere(self) -> list[str]:
        """Texts that betray the person wherever they stand in a value."""
        large = [number for number in self.numbers if number >= LARGE_ENOUGH]
        called = [told for number in large for told in (str(number), reference(number))]
        return [*called, *filter(_is_long, self.texts)]

    @property
    def whole(self) -> list[str]:
        """Short texts, that betray the person as a whole value; a few digits are everywhere and betray nobody."""
        return [text for text in self.texts if not _is_long(text) and not text.isdigit()]

    def holds(self, value: object) -> bool:
        """Tell whether one value is the person's."""
        if isinstance(value, int):
            return value in self.numbers
        if not isinstance(value, str):
            return False
        return value in self.whole or any(_stands(one.encode(), value.encode()) for one in self.anywhere)

    @property
    def beside_figures(self) -> Trace:
        """Return the trace to look for where figures alone are: without identifiers that are only digits."""
        return Trace(self.numbers, tuple(text for text in self.texts if not text.isdigit()))


def _is_long(text: str) -> bool:
    return len(text) >= (FULL_NAME if " " in text.strip() else LONG_ENOUGH)


def files_of(home: Home) -> list[Path]:
    """Return every file of a home."""
    return sorted(path for path in home.root.rglob("*") if path.is_file() and not path.is_symlink())


def prove(home: Home, trace: Trace) -> list[str]:
    """Return the files of a home that still hold a person, by path; none is the proof that they are forgotten.

    Parquet, DuckDB and SQLite files are read value by value, all files byte by byte, those inside a ZIP or a gzip too,
    however deep. In `models`, where figures alone are, an identifier of digits only is not looked for. The vault may
    keep a pseudonym in the tables of `RETAINED`, and the work database the number of an enrolment in the column
    `EVIDENCE`; they are not counted.
    """
    return [path.relative_to(home.root).as_posix() for path in still_in(home, files_of(home), trace)]


def still_in(home: Home, files: Iterable[Path], trace: Trace) -> list[Path]:
    """Return those of some files that hold a person."""
    with duckdb.connect() as connection:
        return [path for path in files if _holds(connection, home, path, trace)]


def _holds(connection: duckdb.DuckDBPyConnection, home: Home, path: Path, trace: Trace) -> bool:
    trace = trace.beside_figures if home.models in path.parents else trace
    patterns = _patterns(home, path, trace)
    with path.open("rb") as file:
        head = file.read(len(SQLITE))
        file.seek(0)
        if head.startswith(SQLITE):
            skipped = RETAINED if path == home.identities_database else ()
            return _in_bytes(file, patterns) or _in_sqlite(path, trace, skipped)
        if head[8:12] == DUCKDB:
            return _in_bytes(file, patterns) or _in_duckdb(connection, path, trace)
        if head.startswith(PARQUET) and path.suffix == ".parquet":
            return _in_bytes(file, patterns) or _in_table(connection, f"read_parquet({_quoted(path)})", trace)
        return _in_stream(connection, file, trace, patterns)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _patterns(home: Home, path: Path, trace: Trace) -> list[bytes]:
    """Return what to look for in the bytes of a file: not the numbers that it keeps on purpose."""
    if path == home.identities_database:
        return trace.patterns(numbers=False)
    if path.name.startswith(home.work_database.name) and path.parent == home.root:
        return Trace(trace.numbers[:1], trace.texts).patterns()
    return trace.patterns()


def _in_stream(
    connection: duckdb.DuckDBPyConnection, file: BinaryIO, trace: Trace, patterns: Sequence[bytes], depth: int = 0
) -> bool:
    """Tell whether a file holds a person, or a file inside it does, however deep."""
    if _in_bytes(file, patterns):
        return True
    file.seek(0)
    head = file.read(len(PARQUET))
    file.seek(0)
    try:
        if head == PARQUET:
            connection.register("inside", pq.read_table(file))
            return _in_table(connection, "inside", trace)
        if depth == DEEPEST:
            return False
        return any(_in_stream(connection, one, trace, patterns, depth + 1) for one in _members(file, head))
    except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile, pa.ArrowInvalid):
        return False  # only its first bytes are those of what it seems to be


def _members(file: BinaryIO, head: bytes) -> Iterator[BinaryIO]:
    """Yield the files inside a ZIP, or what a gzip holds."""
    if head == b"PK\x03\x04":
        with zipfile.ZipFile(file) as archive:
            for one in archive.infolist():
                with archive.open(one) as inside:
                    yield cast(BinaryIO, inside)
    elif head[:2] == b"\x1f\x8b":
        with gzip.open(file) as inside:
            yield cast(BinaryIO, inside)


def _in_duckdb(connection: duckdb.DuckDBPyConnection, path: Path, trace: Trace) -> bool:
    """Tell whether a table of a DuckDB file has a value of the person's: its blocks are compressed."""
    connection.execute(f"ATTACH {_quoted(path)} AS read_now (READ_ONLY)")
    try:
        tables = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'read_now' ORDER BY ALL"
        found = connection.execute(tables).fetchall()
        return any(_in_table(connection, f'read_now."{place}"."{name}"', trace) for place, name in found)
    finally:
        connection.execute("DETACH read_now")


def _in_table(connection: duckdb.DuckDBPyConnection, table: str, trace: Trace) -> bool:
    """Tell whether a value of a table is the person's; lists and structures are read as texts."""
    told = connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    parts = []
    for name, kind, *_ in told:
        column = '"' + str(name).replace('"', '""') + '"'
        if kind in ("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE"):
            parts.append(f"SELECT 1 FROM {table} WHERE {column} IN (SELECT unnest($numbers::BIGINT[]))")
        elif "VARCHAR" in kind or "BIGINT" in kind:
            parts.append(
                f"SELECT 1 FROM (SELECT DISTINCT {column}::VARCHAR AS told FROM {table}) WHERE"
                " list_contains($whole::VARCHAR[], told)"
                " OR len(list_filter($anywhere::VARCHAR[], lambda t: contains(told, t) AND regexp_matches(told,"
                " if(regexp_matches(t, '^[0-9]'), '(^|[^0-9])', '') || regexp_escape(t)"
                " || if(regexp_matches(t, '[0-9]$'), '([^0-9]|$)', '')))) > 0"
            )
    query = " UNION ALL ".join(parts)
    asked = {"numbers": list(trace.numbers), "whole": trace.whole, "anywhere": trace.anywhere}
    used = {name: value for name, value in asked.items() if f"${name}" in query}
    return bool(parts) and connection.execute(f"{query} LIMIT 1", used).fetchone() is not None


def _in_bytes(file: BinaryIO, patterns: Sequence[bytes]) -> bool:
    """Tell whether a file holds one of these bytes, read piece by piece."""
    overlap = max((len(pattern) for pattern in patterns), default=0)
    tail = b""
    while piece := file.read(CHUNK):
        held = tail + piece
        if any(_stands(pattern, held) for pattern in patterns):
            return True
        tail = held[-overlap:]
    return False


def _stands(pattern: bytes, held: bytes) -> bool:
    """Tell whether bytes hold a pattern that is no part of a longer number: `14:DWEB` is not in `414:DWEB`.

    A number of many digits is looked for as it is: another may stand right beside it in a page of a database.
    """
    if pattern not in held:
        return False
    if pattern.isdigit() and len(pattern) > FEW_DIGITS:
        return True
    before = rb"(?<![0-9.])" if pattern.isdigit() else rb"(?<![0-9])" if pattern[:1].isdigit() else b""
    after = rb"(?![0-9])" if pattern[-1:].isdigit() else b""
    return not (before or after) or re.search(before + re.escape(pattern) + after, held) is not None


def _in_sqlite(path: Path, trace: Trace, skipped: Sequence[str]) -> bool:
    """Tell whether a SQLite file says a value of the person's, but in some tables and in the journal's own column."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return any(trace.holds(value) for value in _values(connection, skipped))


def _values(connection: sqlite3.Connection, skipped: Sequence[str]) -> Iterator[object]:
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if table not in skipped:
            rows = connection.execute(f'SELECT * FROM "{table}"')
            names = [(table, name) for name, *_ in rows.description]
            for row in rows:
                yield from (value for name, value in zip(names, row, strict=True) if name != EVIDENCE)
