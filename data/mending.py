"""Files that cannot go with a person and are mended instead: a model's own, which other programs rest on."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from data.proof import SQLITE, Trace
from data.steps import written_whole

TAKEN_OUT = "[…]"


def mend(path: Path, trace: Trace) -> bool:
    """Take a person out of a file that stays; return whether it stayed, for one that cannot be mended is deleted.

    In a SQLite database, rows that have a number of theirs go, and words lose their names; so do words of a text.
    """
    with path.open("rb") as file:
        database = file.read(len(SQLITE)) == SQLITE
    if database:
        _mend_database(path, trace)
        return True
    try:
        told = path.read_bytes().decode()
    except UnicodeDecodeError:
        path.unlink()
        return False
    with written_whole(path) as partial:
        partial.write_bytes(without(told, trace).encode())
    return True


def without(told: str, trace: Trace) -> str:
    """Return words without what betrays a person."""
    return trace.telling.sub(TAKEN_OUT, told) if trace.telling else told


def _mend_database(path: Path, trace: Trace) -> None:
    with closing(sqlite3.connect(path, timeout=60)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.create_function("mended", 1, lambda value: without(value, trace), deterministic=True)
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        with connection:
            for (table,) in tables:
                for _, column, *_ in connection.execute(f'PRAGMA table_info("{table}")').fetchall():
                    _mend_column(connection, f'"{table}"', f'"{column}"', trace.numbers)
        connection.execute("VACUUM")


def _mend_column(connection: sqlite3.Connection, table: str, column: str, numbers: tuple[int, ...]) -> None:
    gone = f"DELETE FROM {table} WHERE typeof({column}) = 'integer' AND {column} IN (SELECT value FROM json_each(?))"
    connection.execute(gone, [json.dumps(numbers)])
    words = f"typeof({column}) = 'text' AND mended({column}) <> {column}"
    connection.execute(f"UPDATE {table} SET {column} = mended({column}) WHERE {words}")
