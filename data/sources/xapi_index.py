"""Statements taken in one by one: told once, not taken back, made rows or set aside.

What must be remembered of all of them (their ids, and a digest of what they say) waits in a scratch file, so that
memory does not grow with their number; no word of a statement is written there.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from data.sources.spool import Spool
from data.sources.xapi_rows import Reading, Row, rows_of
from data.sources.xapi_statements import Statement, UnfitError, check, comparable, voids

NEW, SAME, OTHER = "new", "same", "other"
_TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; PRAGMA locking_mode = EXCLUSIVE;
CREATE TABLE told (id BLOB PRIMARY KEY, digest BLOB) WITHOUT ROWID;
CREATE TABLE done (what BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE taken_back (id BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE voiding (file TEXT, line INTEGER, id BLOB);
"""


class Index:
    """The ids of the statements seen so far, in a scratch file."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(_TABLES)
        self._connection.execute("BEGIN")
        self._put = self._connection.cursor().execute
        self._any_taken_back = False

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def tell(self, key: bytes, digest: bytes) -> str:
        """Say whether an id is new, was told with the same content, or with another."""
        if self._put("INSERT OR IGNORE INTO told VALUES (?, ?)", (key, digest)).rowcount:
            return NEW
        known = self._connection.execute("SELECT digest FROM told WHERE id = ?", (key,)).fetchone()[0]
        return SAME if known == digest else OTHER

    def is_new(self, what: bytes) -> bool:
        """Say whether an action is told for the first time."""
        return bool(self._put("INSERT OR IGNORE INTO done VALUES (?)", (what,)).rowcount)

    def take_back(self, key: bytes) -> None:
        """Remember that a statement is taken back."""
        self._connection.execute("INSERT OR IGNORE INTO taken_back VALUES (?)", (key,))
        self._any_taken_back = True

    def is_taken_back(self, key: bytes) -> bool:
        """Say whether a statement is taken back by another."""
        if not self._any_taken_back:
            return False
        return self._connection.execute("SELECT 1 FROM taken_back WHERE id = ?", (key,)).fetchone() is not None

    def voiding(self, file: str, line: int, key: bytes) -> None:
        """Remember a voiding statement until all are read."""
        self._connection.execute("INSERT INTO voiding VALUES (?, ?, ?)", (file, line, key))

    def voidings(self) -> Iterable[tuple[str, int, bool]]:
        """Yield each voiding statement, and whether what it takes back was read."""
        query = "SELECT file, line, id IN (SELECT id FROM told) FROM voiding ORDER BY file, line"
        return ((file, line, bool(found)) for file, line, found in self._connection.execute(query))


class Intake:
    """Takes statements in, into a spool; `n` is how many records were seen."""

    def __init__(self, index: Index, spool: Spool, reading: Reading) -> None:
        self._index, self._spool, self._reading, self.n = index, spool, reading, 0

    def foresee(self, taken_back: Iterable[str], _file: str = "") -> None:
        """Remember the ids taken back, before the statements that have them are read."""
        for one in taken_back:
            self._index.take_back(_bytes(one))

    def take(self, file: str, line: int, value: object, fault: str = "") -> None:
        """Make rows of one record, or set it aside."""
        self.n += 1
        self._spool.seen(file)
        try:
            if fault:
                raise UnfitError("", fault)
            for table, values in self._rows(check(value), file, line):
                self._spool.add(table, file=file, line=line, **values)
        except UnfitError as unfit:
            self._spool.set_aside(file, line, unfit.reason, column=unfit.column, damaged=unfit.damaged)
        except _Later:
            pass  # `finish` sets it aside: its reason depends on statements not read yet

    def finish(self) -> None:
        """Set the voiding statements aside, now that all are read."""
        for file, line, found in self._index.voidings():
            reason = "takes another statement back" if found else "takes back a statement not read here"
            self._spool.set_aside(file, line, reason, column="object", damaged=False)

    def _rows(self, statement: Statement, file: str, line: int) -> list[Row]:
        digest = hashlib.sha256(comparable(statement)).digest()
        key = _bytes(statement["id"]) if statement.get("id") else digest[:16]
        told = self._index.tell(key, digest)
        if told != NEW:
            same = told == SAME
            raise UnfitError("id", "repeated statement" if same else "same id, other content", damaged=not same)
        target = voids(statement)
        if target:
            self._index.voiding(file, line, _bytes(target))
            raise _Later
        if self._index.is_taken_back(key):
            raise UnfitError("id", "taken back by another statement", damaged=False)
        return self._once(rows_of(statement, _uuid(key), self._reading))

    def _once(self, rows: list[Row]) -> list[Row]:
        """Leave out an action told before by another statement: the same person, thing and instant."""
        fresh = [row for row in rows if self._index.is_new(_what(*row))]
        if not fresh:
            raise UnfitError("", "action already told", damaged=False)
        return fresh


def _uuid(key: bytes) -> str:
    told = key.hex()
    return f"{told[:8]}-{told[8:12]}-{told[12:16]}-{told[16:20]}-{told[20:]}"


def _bytes(uuid: str) -> bytes:
    return bytes.fromhex(uuid.replace("-", ""))


class _Later(Exception):  # noqa: N818 - not an error: the reason is not known yet
    """A record whose fate depends on what follows."""


SAYS = {
    "activity": ("person", "session", "kind", "resource", "occurred_at"),
    "results": ("person", "session", "assessment", "attempt", "submitted_at"),
    "attendance": ("person", "session", "slot"),
    "posts": ("post",),
}
"""What tells one action from another, by plain table."""


def _what(table: str, values: dict[str, Any]) -> bytes:
    told = "\n".join((table, *(_text(values[name]) for name in SAYS[table])))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()[:16]


def _text(value: Any) -> str:
    return str(value.timestamp() if isinstance(value, datetime) else value)
