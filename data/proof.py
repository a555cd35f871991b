"""Where a person is still to be found in a home: every file is read, whatever it is said to hold."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

import duckdb

from data.home import Home
from data.privacy import reference

LONG_ENOUGH = 6
"""Characters from which a text found anywhere in a file is no chance; a shorter one must be a whole value."""
LARGE_ENOUGH = 1 << 32
"""From here on, a number found byte by byte is no chance; a smaller one must be a whole value."""
CHUNK = 1 << 20
ORDERS: tuple[Literal["little", "big"], ...] = ("little", "big")
RETAINED = ("erased", "erased_mails", "erasures", "consents")
"""Tables of the vault that keep a pseudonym, on purpose: that it was erased, and what was decided."""
EVIDENCE = ("journal", "enrolment_id")
"""The one column of the work database that keeps the number of an enrolment: no entry of the journal can be changed."""
SQLITE = b"SQLite format 3\0"


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
        for text in (text for text in self.texts if len(text) >= LONG_ENOUGH):
            told += [text.encode(), json.dumps(text)[1:-1].encode()]
        return list(dict.fromkeys(told))

    @property
    def anywhere(self) -> list[str]:
        """Texts that betray the person wherever they stand in a value."""
        large = [number for number in self.numbers if number >= LARGE_ENOUGH]
        called = [told for number in large for told in (str(number), reference(number))]
        return [*called, *(text for text in self.texts if len(text) >= LONG_ENOUGH)]

    @property
    def whole(self) -> list[str]:
        """Short texts, that betray the person as a whole value; a few digits are everywhere and betray nobody."""
        return [text for text in self.texts if len(text) < LONG_ENOUGH and not text.isdigit()]

    def holds(self, value: object) -> bool:
        """Tell whether one value is the person's."""
        if isinstance(value, int):
            return value in self.numbers
        return isinstance(value, str) and (value in self.whole or any(one in value for one in self.anywhere))


def prove(home: Home, trace: Trace) -> list[str]:
    """Return the files of a home that still hold a person, by path; none is the proof that they are forgotten.

    Parquet and SQLite files are read value by value, all files byte by byte, those inside a ZIP or a gzip too. The
    vault may keep a pseudonym in the tables of `RETAINED`, and the work database the number of an enrolment in the
    column `EVIDENCE`; they are not counted.
    """
    files = sorted(path for path in home.root.rglob("*") if path.is_file())
    return [path.relative_to(home.root).as_posix() for path in still_in(home, files, trace)]


def still_in(home: Home, files: Iterable[Path], trace: Trace) -> list[Path]:
    """Return those of some files that hold a person."""
    with duckdb.connect() as connection:
        return [path for path in files if _holds(connection, home, path, trace)]


def _holds(connection: duckdb.DuckDBPyConnection, home: Home, path: Path, trace: Trace) -> bool:
    if _in_contents(path, _patterns(home, path, trace)):
        return True
    if path.suffix == ".parquet":
        return _in_parquet(connection, path, trace)
    with path.open("rb") as file:
        database = file.read(len(SQLITE)) == SQLITE
    skipped = RETAINED if path == home.identities_database else ()
    return database and any(trace.holds(value) for value in _values(path, skipped))


def _patterns(home: Home, path: Path, trace: Trace) -> list[bytes]:
    """Return what to look for in the bytes of a file: not the numbers that it keeps on purpose."""
    if path == home.identities_database:
        return trace.patterns(numbers=False)
    if path.name.startswith(home.work_database.name) and path.parent == home.root:
        return Trace(trace.numbers[:1], trace.texts).patterns()
    return trace.patterns()


def _in_contents(path: Path, patterns: Sequence[bytes]) -> bool:
    """Tell whether a file, or a file inside it, holds one of these bytes."""
    with path.open("rb") as file:
        if _in_bytes(file, patterns):
            return True
        file.seek(0)
        head = file.read(4)
    try:
        if head == b"PK\x03\x04":
            with zipfile.ZipFile(path) as archive:
                return any(_in_bytes(cast(BinaryIO, archive.open(one)), patterns) for one in archive.infolist())
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path) as inside:
                return _in_bytes(cast(BinaryIO, inside), patterns)
    except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile):
        return False  # only its first bytes are those of an archive
    return False


def _in_parquet(connection: duckdb.DuckDBPyConnection, path: Path, trace: Trace) -> bool:
    """Tell whether a value of a Parquet file is the person's; lists and structures are read as texts."""
    told = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    parts = []
    for name, kind, *_ in told:
        column = '"' + str(name).replace('"', '""') + '"'
        if kind in ("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE"):
            parts.append(f"SELECT 1 FROM read_parquet($path) WHERE {column} IN (SELECT unnest($numbers::BIGINT[]))")
        elif "VARCHAR" in kind or "BIGINT" in kind:
            parts.append(
                f"SELECT 1 FROM (SELECT DISTINCT {column}::VARCHAR AS told FROM read_parquet($path)) WHERE"
                " list_contains($whole::VARCHAR[], told)"
                " OR len(list_filter($anywhere::VARCHAR[], lambda t: contains(told, t))) > 0"
            )
    query = " UNION ALL ".join(parts)
    asked = {"path": str(path), "numbers": list(trace.numbers), "whole": trace.whole, "anywhere": trace.anywhere}
    used = {name: value for name, value in asked.items() if f"${name}" in query}
    return bool(parts) and connection.execute(f"{query} LIMIT 1", used).fetchone() is not None


def _in_bytes(file: BinaryIO, patterns: Sequence[bytes]) -> bool:
    """Tell whether a file holds one of these bytes, read piece by piece."""
    overlap = max((len(pattern) for pattern in patterns), default=0)
    tail = b""
    while piece := file.read(CHUNK):
        held = tail + piece
        if any(pattern in held for pattern in patterns):
            return True
        tail = held[-overlap:]
    return False


def _values(path: Path, skipped: Sequence[str]) -> Iterator[object]:
    """Yield every value of a SQLite file, but those of some tables and of the journal's own column."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            if table not in skipped:
                rows = connection.execute(f'SELECT * FROM "{table}"')
                names = [(table, name) for name, *_ in rows.description]
                for row in rows:
                    yield from (value for name, value in zip(names, row, strict=True) if name != EVIDENCE)
    finally:
        connection.close()
