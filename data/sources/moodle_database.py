"""Moodle's own database, PostgreSQL, MySQL or MariaDB, read only: the tables of a folder of exports, as they are now.

One transaction that cannot write sees all the tables at one instant. Only the columns of `moodle_tables` are asked
for, the log's `other` only where it tells an unenrolment. After the first import, the log is read from where the
last one stopped (see `moodle_log`); the other tables, which are small, are read whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL

from data.errors import SourceError
from data.progress import Report
from data.sources import moodle_log
from data.sources import moodle_tables as tables
from data.sources.base import Clock, Extract, Gathered, RawTable, Request
from data.sources.database import Snapshot, address, fill, shown, snapshot
from data.sources.moodle import CALENDAR, Moodle
from data.sources.raw_file import RawFile
from data.sources.spelling import refuse_unknown
from data.sources.staging import Staging

OPTIONS = ("prefix", "overlap_days", "timeout_minutes", "calendar")
TIMEOUT_MINUTES = 60
LONGEST = 100_000
"""Characters of a text that are read; no post has more, unless a picture is pasted in it."""
LONG = {tables.POSTS.name: ("message",), tables.ITEMS.name: ("presentation",), tables.VALUES.name: ("value",)}
GRANTED_TOO = {tables.ROLE_ASSIGNMENTS.name: ("timemodified",)}
"""Columns that tell what changed, beside those that are kept."""


class MoodleDatabase:
    """Reads a Moodle database by its SQLAlchemy address.

    The address comes in `secret` when it holds a password; the place is then the same without user and password.
    """

    name, system = "moodle-db", "moodle"
    has_today, any_text = True, False

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return nothing: what is in the database is known once it is read."""
        _check_options(request.options)
        _address(request)
        return {}

    def gather(self, request: Request) -> Gathered:
        """Copy the tables, each to a private file."""
        minutes = int(request.options.get("timeout_minutes", TIMEOUT_MINUTES))
        with snapshot(_address(request), minutes=minutes) as database:
            prefix = _prefix(database, request.options.get("prefix"))
            _check(database, prefix)
            log = moodle_log.Log(database, prefix, request)
            window = log.window()
            files = {
                table.name: _copy(database, prefix, table, request, window.condition if table is tables.LOG else "")
                for table in tables.TABLES
            }
            told = tables.WINDOW.name
            files[told] = window.write(request.spool / f"{told}.parquet")
            return Gathered({**files, **_calendar(request)}, log.cursor(window))

    def extract(self, staging: Staging, gathered: Gathered, clock: Clock, report: Report) -> Extract:
        """Judge the raw tables and return the canonical ones, as from a folder of them."""
        return Moodle().extract(staging, gathered, clock, report)


def _address(request: Request) -> URL:
    """Return the address to connect to, the secret one when there is one."""
    place = address(request.place)
    if place.password is not None:
        raise SourceError(
            "the address holds a password", accepted="the whole address in FILROUGE_MOODLE_DB_URL or --url-file FILE",
            todo="see docs/sources/moodle-db.md",
        )  # fmt: skip
    secret = address(request.secret) if request.secret else place
    if shown(secret) != shown(place):
        raise SourceError("the secret address is not that of the same database", where=shown(place))
    return secret


def _check_options(options: Mapping[str, str]) -> None:
    refuse_unknown("moodle-db", options, OPTIONS)
    moodle_log.overlap_days(options)
    if not re.fullmatch(r"[1-9]\d{0,3}", options.get("timeout_minutes", str(TIMEOUT_MINUTES))):
        raise SourceError("unreadable number", where="--set timeout_minutes", accepted="a number of minutes, 1 to 9999")


def _calendar(request: Request) -> Mapping[str, Path]:
    """Return the file of closures, when one is given: a database has none."""
    given = request.options.get("calendar")
    if given is None:
        return {}
    path = Path(given).expanduser()
    if not path.is_file():
        raise SourceError(
            "not a file of closures",
            where=f"--set calendar: {path.name}",
            accepted="a CSV: from_on, to_on, kind, session_id",
        )
    return {CALENDAR: path}


def _prefix(database: Snapshot, given: str | None) -> str:
    """Return what comes before the tables' names: the one asked for, or that of the only log."""
    names = database.tables()
    found = sorted({name.removesuffix(tables.LOG.name) for name in names if name.endswith(tables.LOG.name)})
    if given is None and len(found) > 1:
        raise SourceError(
            "the database holds several sites", where=database.place, accepted=", ".join(found),
            todo="choose one: --prefix PREFIX",
        )  # fmt: skip
    prefix = given if given is not None else (found[0] if found else "mdl_")
    if not re.fullmatch(r"\w{0,32}", prefix, re.ASCII):
        raise SourceError("not a prefix", where="--prefix", accepted="letters, digits and _, as in mdl_")
    missing = [prefix + table.name for table in tables.TABLES if prefix + table.name not in names]
    if missing:
        raise SourceError(
            "tables are missing, or the user may not see them: " + ", ".join(missing), where=database.place,
            accepted="the tables of a Moodle site, with one prefix and the standard log",
            todo="check the database's name and the rights given; see docs/sources/moodle-db.md",
        )  # fmt: skip
    return prefix


def _check(database: Snapshot, prefix: str) -> None:
    """Ask for no row of each table, so that what is missing or refused is told before anything is read."""
    for table in tables.TABLES:
        names = [column.name for column in table.columns] + list(GRANTED_TOO.get(table.name, ()))
        columns, name = ", ".join(map(database.quoted, names)), prefix + table.name
        database.numbers(f"SELECT {columns} FROM {database.quoted(name)} LIMIT 0", table=name)


def _copy(database: Snapshot, prefix: str, table: RawTable, request: Request, condition: str) -> Path:
    """Write the rows of a table as text to a file of the spool, in the order of their ids."""
    name = prefix + table.name
    path = request.spool / f"{name}.parquet"
    columns = {column.name: _expression(database, table, column.name) for column in table.columns}
    lines = database.rows(columns, f"FROM {database.quoted(name)} {condition} ORDER BY id", table=name)
    with RawFile(path, table) as file:
        for rows in fill(file, table, lines):
            request.report(name, rows, 0)
    return path


def _expression(database: Snapshot, table: RawTable, column: str) -> str:
    """Return what is selected for a column: itself, or only what is needed of it."""
    name = database.quoted(column)
    if column in LONG.get(table.name, ()):
        return f"left({name}, {LONGEST})"
    if table is tables.LOG and column == "other":
        return f"CASE WHEN eventname IN ({moodle_log.listed(moodle_log.LIFE)}) THEN left({name}, {LONGEST}) END"
    return name


def grants(kind: str, *, user: str, prefix: str = "mdl_", database: str = "moodle") -> list[str]:
    """Return the least rights to give to the user that reads: SELECT on the columns that are read, nothing else.

    Parameters
    ----------
    kind : `postgresql` or `mysql` (MariaDB's rights are the same).
    user : as SQL wants it: `filrouge`, or `'filrouge'@'10.0.0.5'`.
    """
    told = []
    for table in tables.TABLES:
        names = [column.name for column in table.columns] + list(GRANTED_TOO.get(table.name, ()))
        if kind == "postgresql":
            columns, place = ", ".join(f'"{name}"' for name in names), f'"{prefix}{table.name}"'
        else:
            columns, place = ", ".join(f"`{name}`" for name in names), f"`{database}`.`{prefix}{table.name}`"
        told.append(f"GRANT SELECT ({columns}) ON {place} TO {user};")
    return told
