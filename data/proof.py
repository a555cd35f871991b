"""Where a person is still to be found in a home: every file is read, whatever it is said to hold."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from data.home import Home

LONG_ENOUGH = 6
"""Characters from which a text found anywhere in a file is no chance; a shorter one must be a whole value."""
LARGE_ENOUGH = 1 << 32
"""From here on, a number found byte by byte is no chance; a smaller one must be a whole value."""
CHUNK = 1 << 20
ORDERS: tuple[Literal["little", "big"], ...] = ("little", "big")
RETAINED = ("erased", "erasures", "consents")
"""Tables of the vault that keep a pseudonym, on purpose: that it was erased, and what was decided."""
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
        told += [str(number).encode() for number in large]
        for text in (text for text in self.texts if len(text) >= LONG_ENOUGH):
            told += [text.encode(), json.dumps(text)[1:-1].encode()]
        return list(dict.fromkeys(told))

    @property
    def anywhere(self) -> list[str]:
        """Texts that betray the person wherever they stand in a value."""
        large = [str(number) for number in self.numbers if number >= LARGE_ENOUGH]
        return [*large, *(text for text in self.texts if len(text) >= LONG_ENOUGH)]

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

    Parquet and SQLite files are read value by value, all files byte by byte. The vault may keep a pseudonym in the
    tables of `RETAINED`; it is not counted.
    """
    files = sorted(path for path in home.root.rglob("*") if path.is_file())
    return [path.relative_to(home.root).as_posix() for path in files if still_in(path, trace, home=home)]


def still_in(path: Path, trace: Trace, *, home: Home) -> bool:
    """Tell whether a file holds a person."""
    vault = path == home.identities_database
    if _in_bytes(path, trace.patterns(numbers=not vault)):
        return True
    if path.suffix == ".parquet":
        return in_parquet(path, trace)
    with path.open("rb") as file:
        database = file.read(len(SQLITE)) == SQLITE
    return database and any(trace.holds(value) for value in _values(path, RETAINED if vault else ()))


def in_parquet(path: Path, trace: Trace) -> bool:
    """Tell whether a value of a Parquet file is the person's."""
    with duckdb.connect() as connection:
        told = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        return any(_in_column(connection, path, str(name), str(kind), trace) for name, kind, *_ in told)


def _in_column(connection: duckdb.DuckDBPyConnection, path: Path, name: str, kind: str, trace: Trace) -> bool:
    column = '"' + name.replace('"', '""') + '"'
    if kind in ("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE"):
        query = f"SELECT 1 FROM read_parquet(?) WHERE {column} IN (SELECT unnest(?::BIGINT[])) LIMIT 1"
        return connection.execute(query, [str(path), list(trace.numbers)]).fetchone() is not None
    if "VARCHAR" not in kind:
        return False
    query = (
        f"SELECT 1 FROM (SELECT DISTINCT {column}::VARCHAR AS value FROM read_parquet(?)) WHERE value IS NOT NULL AND"
        " (list_contains(?::VARCHAR[], value) OR len(list_filter(?::VARCHAR[], lambda t: contains(value, t))) > 0)"
    )
    return connection.execute(query, [str(path), trace.whole, trace.anywhere]).fetchone() is not None


def _in_bytes(path: Path, patterns: Sequence[bytes]) -> bool:
    """Tell whether a file holds one of these bytes, read piece by piece."""
    overlap = max((len(pattern) for pattern in patterns), default=0)
    tail = b""
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            held = tail + piece
            if any(pattern in held for pattern in patterns):
                return True
            tail = held[-overlap:]
    return False


def _values(path: Path, skipped: Sequence[str]) -> Iterator[object]:
    """Yield every value of a SQLite file."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            if table not in skipped:
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    yield from row
    finally:
        connection.close()
