"""Where a person is still to be found in a home: every file is read, whatever it is said to hold."""

from __future__ import annotations

import gzip
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Literal, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from data.home import Home
from data.privacy import reference
from data.spelling import runs, telling

LONG_ENOUGH = 6
"""Characters from which a text found anywhere in a file is no chance; a shorter one must be a whole value."""
FULL_NAME = 5
"""Characters from which a name and a first name are no chance."""
LARGE_ENOUGH = 1 << 32
"""From here on, a number found byte by byte is no chance; a smaller one must be a whole value."""
CHUNK = 1 << 20
ORDERS: tuple[Literal["little", "big"], ...] = ("little", "big")
RETAINED = ("erased", "erased_mails", "erasures", "consents")
"""Tables of the vault that keep a pseudonym, on purpose: that it was erased, and what was decided."""
EVIDENCE = ("journal", "enrolment_id")
"""The one column of the work database that keeps the number of an enrolment: no entry of the journal can be changed."""
SQLITE, PARQUET, DUCKDB = b"SQLite format 3\0", b"PAR1", b"DUCK"
DEEPEST = 4
"""Archives inside archives are read so deep."""
AT_ONCE = 10_000
NUMBERS = ("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE")
CONTEXT = 16
"""Bytes beside a text that tell whether it stands by itself."""
LONGEST_LETTER = 36
"""Bytes that one letter takes at most, as it may be written."""
UNREAD = " (cannot be read)"
UNREADABLE = (RuntimeError, NotImplementedError, sqlite3.DatabaseError, duckdb.Error, pa.ArrowException)
"""What a file that is cut, or an archive that has a password, raises."""


@dataclass(frozen=True)
class Trace:
    """All by which a person could be found: pseudonyms (theirs, their enrolments'), and texts (names, identifiers).

    Attributes
    ----------
    shared : texts that are said of somebody else too (a namesake, an address for two): they betray nobody in words or
        in a database, and are looked for only in what can be made again.
    exact : texts in their case and with their accents alone, since what is said now differs by no more.
    """

    numbers: tuple[int, ...]
    texts: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    exact: bool = False

    @property
    def widest(self) -> Trace:
        """Return the trace with what is said of somebody else too."""
        return replace(self, texts=(*self.texts, *self.shared), shared=())

    @property
    def codes(self) -> list[bytes]:
        """Return what a large number is byte by byte: eight bytes, digits, a reference."""
        large = [number for number in self.numbers if number >= LARGE_ENOUGH]
        told = [number.to_bytes(8, order) for number in large for order in ORDERS]
        return told + [told.encode() for number in large for told in (str(number), reference(number))]

    @property
    def anywhere(self) -> tuple[str, ...]:
        """Texts that betray the person wherever they stand by themselves."""
        large = [number for number in self.numbers if number >= LARGE_ENOUGH]
        called = [told for number in large for told in (str(number), reference(number))]
        return (*called, *filter(_is_long, self.texts))

    @property
    def whole(self) -> list[str]:
        """Short texts, that betray the person as a whole value; a few digits are everywhere and betray nobody."""
        return [text for text in self.texts if not _is_long(text) and not text.isdigit()]

    @property
    def telling(self) -> re.Pattern[str] | None:
        """Return what finds the texts that betray the person, however they are written."""
        return telling(self.anywhere, exact=self.exact)

    def tells(self, text: str) -> bool:
        """Tell whether words hold one of the texts that betray the person."""
        return self.telling is not None and self.telling.search(text) is not None

    def holds(self, value: object) -> bool:
        """Tell whether one value is the person's."""
        if isinstance(value, int):
            return value in self.numbers
        return isinstance(value, str) and (value in self.whole or self.tells(value))

    @property
    def beside_figures(self) -> Trace:
        """Return the trace to look for where figures alone are: without identifiers that are only digits."""
        return replace(self, texts=tuple(text for text in self.texts if not text.isdigit()))


@dataclass(frozen=True)
class Sought:
    """What is looked for in the bytes of a file.

    Attributes
    ----------
    codes : numbers, as they stand.
    longer : words that others have in a database, of which a text of the person's is a part.
    inside : a text of the person's is found in longer words too, since values stand side by side there (None: where
        bytes are no text); not where values are read one by one as well.
    """

    trace: Trace
    codes: tuple[bytes, ...]
    longer: tuple[bytes, ...] = ()
    inside: bool | None = None

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return tuple(filter(_is_long, self.trace.texts))

    def are_in(self, window: bytes, *, first: bool, last: bool) -> bool:
        """Tell whether a window on a file holds one; what is at its edges is read whole in the next one, or was."""
        if any(code in window for code in self.codes):
            return True
        for one in self.longer:
            window = window.replace(one, b" ")
        inside = b"\0" in window if self.inside is None else self.inside
        ways = (
            (window, window.replace(b"\0", b"")) if b"\0" in window else (window,)
        )  # UTF-16 has a zero beside each letter
        return any(
            _told(part.decode(errors="surrogateescape"), text, self.trace, inside=inside, first=starts, last=ends)
            for way in ways for text in self.texts for part, starts, ends in _parts(way, text, first=first, last=last)
        )  # fmt: skip

    @cached_property
    def overlap(self) -> int:
        """Bytes of a piece that are read with the next one."""
        return max([_reach(""), *map(_reach, self.texts), *map(len, self.codes), *map(len, self.longer)])


def _reach(text: str) -> int:
    """Return how many bytes a text takes at most with what stands beside it."""
    return 4 * CONTEXT + LONGEST_LETTER * len(text)


def _parts(window: bytes, text: str, *, first: bool, last: bool) -> Iterator[tuple[bytes, bool, bool]]:
    """Yield the parts of a window where a text may be, and whether each begins, and ends, where the file does."""
    if not runs(text):  # no letter that every way of writing it has: in another alphabet
        yield window, first, last
        return
    small, reach, (anchor, *others) = window.lower(), _reach(text), runs(text)
    place = small.find(anchor)
    while place >= 0:
        start, end = max(0, place - reach), place + reach
        part = small[start:end]
        if all(one in part for one in others):
            yield window[start:end], first and not start, last and end >= len(window)
        place = small.find(anchor, place + len(anchor))


def _told(part: str, text: str, trace: Trace, *, inside: bool, first: bool, last: bool) -> bool:
    """Tell whether a part of a file says a text; one at an edge, that cannot be judged there, is not counted."""
    sought = telling((text,), exact=trace.exact, inside=inside)
    start, end = 0 if first else CONTEXT, len(part) - (0 if last else CONTEXT)
    return sought is not None and any(one.start() >= start and one.end() <= end for one in sought.finditer(part))


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
    `EVIDENCE`; they are not counted. A file that cannot be read proves nothing: it is told too, as `UNREAD`.
    """
    unread: list[Path] = []
    held = still_in(home, files_of(home), trace, unread)
    told = {path: path.relative_to(home.root).as_posix() for path in (*held, *unread)}
    return [told[path] + (UNREAD if path in unread else "") for path in sorted(told)]


def still_in(home: Home, files: Iterable[Path], trace: Trace, unread: list[Path] | None = None) -> list[Path]:
    """Return those of some files that hold a person; add to `unread` those that cannot be read whole."""
    found = []
    with duckdb.connect() as connection:
        for path in files:
            try:
                if _holds(connection, home, path, trace):
                    found.append(path)
            except FileNotFoundError:
                continue  # gone since: a database's log, a report that was made again
            except UNREADABLE:
                if unread is not None:
                    unread.append(path)
    return found


def _holds(connection: duckdb.DuckDBPyConnection, home: Home, path: Path, trace: Trace) -> bool:
    trace = trace.beside_figures if home.models in path.parents else trace
    sought = Sought(trace, _codes(home, path, trace))
    with path.open("rb") as file:
        head = file.read(len(SQLITE))
        file.seek(0)
        if head.startswith(SQLITE):
            skipped = RETAINED if path == home.identities_database else ()
            beside = replace(sought, longer=_longer(path, sought.texts, trace), inside=True)
            return _in_sqlite(path, trace, skipped) or _in_bytes(file, beside)
        by_value = replace(sought, inside=False)
        if head[8:12] == DUCKDB:
            return _in_bytes(file, by_value) or _in_duckdb(connection, path, trace)
        if head.startswith(PARQUET) and path.suffix == ".parquet":
            return _in_bytes(file, by_value) or _in_table(connection, f"read_parquet({_quoted(path)})", trace)
        return _in_stream(connection, file, sought)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _codes(home: Home, path: Path, trace: Trace) -> tuple[bytes, ...]:
    """Return the numbers to look for in the bytes of a file: not those that it keeps on purpose."""
    if path == home.identities_database:
        return ()
    if path.name.startswith(home.work_database.name) and path.parent == home.root:
        return tuple(replace(trace, numbers=trace.numbers[:1]).codes)
    return tuple(trace.codes)


def _in_stream(connection: duckdb.DuckDBPyConnection, file: BinaryIO, sought: Sought, depth: int = 0) -> bool:
    """Tell whether a file holds a person, or a file inside it does, however deep."""
    head = file.read(len(PARQUET))
    file.seek(0)
    if _in_bytes(file, replace(sought, inside=False) if head == PARQUET else sought):
        return True
    file.seek(0)
    try:
        if head == PARQUET:
            connection.register("inside", pq.read_table(file))
            return _in_table(connection, "inside", sought.trace)
        if depth == DEEPEST:
            return False
        return any(_in_stream(connection, one, sought, depth + 1) for one in _members(file, head))
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
    columns = [('"' + str(name).replace('"', '""') + '"', kind) for name, kind, *_ in told]
    numbers = [name for name, kind in columns if kind in NUMBERS]
    words = [name for name, kind in columns if kind not in NUMBERS and ("VARCHAR" in kind or "BIGINT" in kind)]
    held = "SELECT 1 FROM {0} WHERE {1} IN (SELECT unnest($numbers::BIGINT[]))"
    maybe = (
        "SELECT told FROM (SELECT told, lower(told) AS small FROM (SELECT DISTINCT {1}::VARCHAR AS told FROM {0}))"
        " WHERE list_contains($whole::VARCHAR[], told)"
        " OR len(list_filter($anchors::VARCHAR[], lambda one: contains(small, one))) > 0"
    )
    if numbers:
        query = " UNION ALL ".join(held.format(table, name) for name in numbers)
        if connection.execute(f"{query} LIMIT 1", {"numbers": list(trace.numbers)}).fetchone() is not None:
            return True
    if not words:
        return False
    anchors = sorted({_anchor(text) for text in trace.anywhere})
    query = " UNION ALL ".join(maybe.format(table, name) for name in words)
    found = connection.execute(query, {"whole": trace.whole, "anchors": anchors})
    while rows := found.fetchmany(AT_ONCE):
        if any(trace.holds(text) for (text,) in rows):
            return True
    return False


def _anchor(text: str) -> str:
    return (runs(text) or (b"",))[0].decode()


def _in_bytes(file: BinaryIO, sought: Sought) -> bool:
    """Tell whether a file holds what is sought, read piece by piece."""
    if not (sought.codes or sought.texts):
        return False
    held, first = file.read(CHUNK), True
    while held:
        piece = file.read(CHUNK)
        if sought.are_in(held, first=first, last=not piece):
            return True
        held, first = held[-sought.overlap :] + piece if piece else b"", False
    return False


def _longer(path: Path, texts: Sequence[str], trace: Trace) -> tuple[bytes, ...]:
    """Return the longer words of a SQLite database of which a text of the person's is only a part, longest first."""
    sought = telling(tuple(texts), exact=trace.exact, inside=True)
    if sought is None:
        return ()
    small, found = {_anchor(text) for text in texts}, set()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        for value in _values(connection, ()):
            if isinstance(value, str) and any(one in value.lower() for one in small) and not trace.tells(value):
                found |= {_word(value, one) for one in sought.finditer(value)}
    return tuple(sorted(found, key=lambda one: (-len(one), one)))


def _word(value: str, found: re.Match[str]) -> bytes:
    """Return a part of a value with all that stands with it, unbroken."""
    start = max(value.rfind(" ", 0, found.start()), value.rfind("\n", 0, found.start())) + 1
    ends = [place for mark in " \n" if (place := value.find(mark, found.end())) >= 0]
    return value[start : min(ends, default=len(value))].encode()


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
