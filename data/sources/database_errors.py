"""What a database's driver says wrong, in plain words: by its code, never by its own message."""

from __future__ import annotations

from data.errors import SourceError

REFUSED, NO_DATABASE, NO_TABLE, NO_COLUMN, NO_RIGHT, TOO_LONG, LOCKED, UNREACHED, LOST = range(9)
WORDS = {
    REFUSED: ("the database refuses the user or the password", "check them in the secret address"),
    NO_DATABASE: ("there is no such database", "check the name at the end of the address"),
    NO_TABLE: ("a table is missing", "see docs/sources/moodle-db.md for the tables that are read"),
    NO_COLUMN: ("a column is missing", "see docs/sources/moodle-db.md for the columns that are read"),
    NO_RIGHT: ("the user may not read a table or one of its columns", "give the rights of docs/sources/moodle-db.md"),
    TOO_LONG: ("the database took too long", "import again at a quiet hour, or with a longer option timeout_minutes"),
    LOCKED: ("a table is locked", "import again when the site's upgrade is over"),
    UNREACHED: ("the database cannot be reached", "check the host, the port and the network"),
    LOST: ("the connection to the database was lost", "nothing was written: import again"),
}
STATES = {
    "28P01": REFUSED, "28000": REFUSED, "3D000": NO_DATABASE, "42P01": NO_TABLE, "42703": NO_COLUMN,
    "42501": NO_RIGHT, "57014": TOO_LONG, "55P03": LOCKED, "57P01": LOST, "57P02": LOST, "08006": LOST,
}  # fmt: skip
"""PostgreSQL's SQLSTATE."""
NUMBERS = {
    1045: REFUSED, 1698: REFUSED, 1130: REFUSED, 1044: NO_DATABASE, 1049: NO_DATABASE, 1146: NO_TABLE, 1054: NO_COLUMN,
    1142: NO_RIGHT, 1143: NO_RIGHT, 1969: TOO_LONG, 3024: TOO_LONG, 1317: TOO_LONG, 1205: LOCKED, 2002: UNREACHED,
    2003: UNREACHED, 2005: UNREACHED, 2006: LOST, 2013: LOST, 2014: LOST, 2055: LOST, 1927: LOST, 1053: LOST, 0: LOST,
}  # fmt: skip
"""MySQL's and MariaDB's error numbers."""
SAID = {
    "password authentication failed": REFUSED, "no pg_hba.conf entry": REFUSED, "no password supplied": REFUSED,
    'role "': REFUSED, 'database "': NO_DATABASE, "failed to resolve": UNREACHED, "could not translate": UNREACHED,
    "connection refused": UNREACHED, "timeout expired": UNREACHED, "connection failed": UNREACHED,
}  # fmt: skip
"""PostgreSQL refuses a connection without a code: what its message holds, looked for in this order."""


def explained(error: BaseException, place: str, table: str = "") -> SourceError:
    """Return the error of a driver as one line: what, which table and address, what to do."""
    kind = _kind(error)
    where = f"{table} of {place}" if table else place
    if kind is None:
        code = _number(_original(error)) or getattr(_original(error), "sqlstate", None) or type(error).__name__
        return SourceError(f"the database answers with an error, code {code}", where=where)
    what, todo = WORDS[kind]
    return SourceError(what, where=where, todo=todo)


def _kind(error: BaseException) -> int | None:
    original = _original(error)
    state, number = getattr(original, "sqlstate", None), _number(original)
    if number is not None:
        return NUMBERS.get(number)
    if state is not None:
        return STATES.get(state)
    message = str(original).casefold()
    at_start = next((kind for said, kind in SAID.items() if said in message), None)
    lost = isinstance(original, OSError) or type(original).__name__ in {"OperationalError", "InterfaceError"}
    return at_start if at_start is not None else (LOST if lost else None)


def _original(error: BaseException) -> BaseException:
    return getattr(error, "orig", None) or error


def _number(error: BaseException) -> int | None:
    """Return the number a MySQL driver gives first."""
    given = error.args[0] if error.args else None
    return given if isinstance(given, int) and not isinstance(error, OSError) else None
