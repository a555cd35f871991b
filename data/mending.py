"""Files that cannot go with a person and are mended instead: a model's own, which other programs rest on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from data.proof import SQLITE, Trace
from data.steps import written_whole

TAKEN_OUT = "[…]"


def mend(path: Path, trace: Trace) -> bool:
    """Take a person out of a file that stays; return whether it stayed, for one that cannot be mended is deleted.

    In a SQLite database, rows that have a number of theirs go, and words lose their names; so do words of a text.
    """
    texts = dict.fromkeys(sorted(trace.anywhere, key=len, reverse=True), TAKEN_OUT)
    return reword(path, texts, numbers=trace.numbers)


def reword(path: Path, texts: Mapping[str, str], *, numbers: tuple[int, ...] = ()) -> bool:
    """Write other words for some, in a database or a text; return whether it stayed."""
    with path.open("rb") as file:
        database = file.read(len(SQLITE)) == SQLITE
    if database:
        _reword_database(path, texts, numbers)
        return True
    try:
        told = path.read_bytes().decode()
    except UnicodeDecodeError:
        path.unlink()
        return False
    with written_whole(path) as partial:
        partial.write_bytes(_reworded(told, texts).encode())
    return True


def _reworded(told: str, texts: Mapping[str, str]) -> str:
    for text, other in texts.items():
        told = told.replace(text, other).replace(json.dumps(text)[1:-1], other)
    return told


def _reword_database(path: Path, texts: Mapping[str, str], numbers: tuple[int, ...]) -> None:
    with closing(sqlite3.connect(path, timeout=60)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.create_function("reworded", 1, lambda value: _reworded(value, texts), deterministic=True)
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        with connection:
            for (table,) in tables:
                for _, column, *_ in connection.execute(f'PRAGMA table_info("{table}")').fetchall():
                    _reword_column(connection, f'"{table}"', f'"{column}"', numbers)
        connection.execute("VACUUM")


def _reword_column(connection: sqlite3.Connection, table: str, column: str, numbers: tuple[int, ...]) -> None:
    gone = f"DELETE FROM {table} WHERE typeof({column}) = 'integer' AND {column} IN (SELECT value FROM json_each(?))"
    connection.execute(gone, [json.dumps(numbers)])
    words = f"typeof({column}) = 'text' AND reworded({column}) <> {column}"
    connection.execute(f"UPDATE {table} SET {column} = reworded({column}) WHERE {words}")
