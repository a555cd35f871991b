"""Reading a database that is not ours: one consistent read-only view of it, and rows as a stream of CSV.

What a driver says wrong may hold a name or a value: it is told by its kind only, and by the address without user
or password.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, cast

import psycopg
import pyarrow as pa
import pyarrow.csv as pc
import pymysql  # type: ignore[import-untyped]
from pymysql.cursors import SSCursor  # type: ignore[import-untyped]
from sqlalchemy import URL, Connection, Engine, create_engine, inspect, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from data.errors import SourceError
from data.sources.base import RawTable
from data.sources.database_errors import explained
from data.sources.pace import Paced
from data.sources.raw import BLOCK
from data.sources.raw_file import RawFile

ACCEPTED = "postgresql://… or mysql://… or mariadb://…"
POSTGRESQL, MYSQL = "postgresql+psycopg", "mysql+pymysql"
DRIVERS = {"postgresql": POSTGRESQL, "postgres": POSTGRESQL, "mysql": MYSQL, "mariadb": MYSQL}
CONNECT_SECONDS, LOCK_SECONDS = 15, 30
ROWS = 5_000
FAILURES = (SQLAlchemyError, psycopg.Error, pymysql.MySQLError, OSError)


def address(url: str) -> URL:
    """Return a SQLAlchemy URL with the driver we use, whichever it names.

    Raises
    ------
    SourceError : it is not the address of a PostgreSQL, MySQL or MariaDB database.
    """
    try:
        given = make_url(url)
    except (ArgumentError, ValueError):
        given = None
    driver = DRIVERS.get(given.get_backend_name()) if given else None
    if given is None or driver is None or not given.database:
        raise SourceError("not the address of a database", accepted=f"{ACCEPTED}, with the database's name") from None
    return given.set(drivername=driver)


def shown(url: URL | str) -> str:
    """Return an address fit for a message, a cursor or a manifest: without user, password or settings."""
    given = address(url) if isinstance(url, str) else url
    port = f":{given.port}" if given.port else ""
    return f"{given.get_backend_name()}://{given.host or 'localhost'}{port}/{given.database}"


class Snapshot:
    """A database as it was at one instant; nothing can be written through it."""

    def __init__(self, connection: Connection, place: str) -> None:
        self.place, self._connection = place, connection
        self.is_mysql = connection.dialect.name != "postgresql"
        self._mark = "`" if self.is_mysql else '"'

    def quoted(self, name: str) -> str:
        """Return a name that may be a reserved word."""
        return f"{self._mark}{name.replace(self._mark, '')}{self._mark}"

    def tables(self) -> list[str]:
        """Return the names of the tables of the place."""
        with told(self.place):
            return list(inspect(self._connection).get_table_names())

    def numbers(self, query: str, *, table: str) -> list[tuple[Any, ...]]:
        """Return the whole answer to a query of few rows."""
        with told(self.place, table):
            return [tuple(row) for row in self._connection.exec_driver_sql(query)]

    def rows(self, columns: Mapping[str, str], rest: str, *, table: str) -> Iterator[bytes]:
        """Yield the rows of `SELECT columns rest` as CSV without header, a few at a time, in bounded memory.

        Parameters
        ----------
        columns : an expression of text by column name.
        """
        lines = self._mysql_lines(columns, rest) if self.is_mysql else self._postgresql_lines(columns, rest)
        with told(self.place, table):
            yield from lines

    def _postgresql_lines(self, columns: Mapping[str, str], rest: str) -> Iterator[bytes]:
        driver = self._connection.connection.driver_connection
        query = f"COPY (SELECT {', '.join(columns.values())} {rest}) TO STDOUT (FORMAT csv)"
        with driver.cursor() as cursor, cursor.copy(query.encode()) as copy:  # type: ignore[union-attr]
            yield from map(bytes, copy)

    def _mysql_lines(self, columns: Mapping[str, str], rest: str) -> Iterator[bytes]:
        """Yield lines that the server makes: a row of one value costs the driver a third of a row of many."""
        driver = self._connection.connection.driver_connection
        quoted = (f"""IFNULL(CONCAT('"', REPLACE({told}, '"', '""'), '"'), '')""" for told in columns.values())
        with driver.cursor(SSCursor) as cursor:  # type: ignore[union-attr]
            cursor.execute(f"SELECT CAST(CONCAT_WS(',', {', '.join(quoted)}) AS BINARY) {rest}")
            while rows := cursor.fetchmany(ROWS):
                if any(line is None for (line,) in rows):
                    raise SourceError(
                        "a row is too long for the server", where=self.place, todo="raise its max_allowed_packet"
                    )
                yield b"\n".join(line for (line,) in rows) + b"\n"


def fill(file: RawFile, table: RawTable, lines: Iterator[bytes]) -> Iterator[int]:
    """Put rows of CSV in a raw file; yield how many are there as it goes on."""
    names = [column.name for column in table.columns]
    stream = _Stream(lines)
    if stream.is_empty():
        return
    with Paced(cast("IO[bytes]", stream)) as paced:
        reader = pc.open_csv(
            paced,
            read_options=pc.ReadOptions(use_threads=False, block_size=BLOCK, column_names=names),
            parse_options=pc.ParseOptions(newlines_in_values=True),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
        for batch in reader:
            file.add_columns(batch.columns)
            paced.taken()
            yield file.rows


class _Stream(io.RawIOBase):
    """Makes a file of pieces of text, without the NUL characters that a CSV cannot hold."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._held = pieces, bytearray()

    def readable(self) -> bool:
        return True

    def is_empty(self) -> bool:
        """Tell whether there is nothing to read."""
        self._fetch(1)
        return not self._held

    def read(self, size: int = -1) -> bytes:
        self._fetch(size)
        given = bytes(self._held[:size])
        del self._held[:size]
        return given

    def _fetch(self, size: int) -> None:
        while len(self._held) < size:
            piece = next(self._pieces, None)
            if piece is None:
                return
            self._held += piece.replace(b"\0", b"")


@contextmanager
def snapshot(url: URL, *, minutes: int) -> Iterator[Snapshot]:
    """Yield one consistent view of a database, read-only; a statement that takes longer is given up.

    Raises
    ------
    SourceError : it cannot be reached, or refuses us.
    """
    place, engine = shown(url), _engine(url)
    try:
        with told(place):
            connection = engine.connect()
        try:
            with told(place):
                view = _begin(connection, minutes * 60)
            yield Snapshot(view, place)
        finally:
            connection.invalidate()
            connection.close()
    finally:
        engine.dispose()


def _engine(url: URL) -> Engine:
    wait = {"connect_timeout": CONNECT_SECONDS}
    more = (
        {"charset": "utf8mb4", "local_infile": False}
        if url.get_backend_name() == "mysql"
        else {"application_name": "filrouge"}
    )
    return create_engine(url, poolclass=NullPool, connect_args={**wait, **more}, hide_parameters=True)


def _begin(connection: Connection, seconds: int) -> Connection:
    """Start the transaction all is read in."""
    if connection.dialect.name == "postgresql":
        view = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        view.exec_driver_sql(f"SET LOCAL statement_timeout = '{seconds}s'")
        view.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        return view
    view = connection.execution_options(isolation_level="AUTOCOMMIT")
    timeout = f"max_statement_time = {seconds}" if view.dialect.is_mariadb else f"max_execution_time = {seconds * 1000}"  # type: ignore[attr-defined]
    for setting in (
        timeout,
        f"lock_wait_timeout = {LOCK_SECONDS}",
        "net_write_timeout = 600",
        "sql_mode = 'NO_BACKSLASH_ESCAPES'",
    ):
        view.exec_driver_sql(f"SET SESSION {setting}")
    view.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    view.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    return view


@contextmanager
def told(place: str, table: str = "") -> Iterator[None]:
    """Turn what a driver raises into one clear line."""
    try:
        yield
    except FAILURES as error:
        raise explained(error, place, table) from None
