"""The work database: one request, one transaction; SQLite by default, PostgreSQL in production."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session

from data.errors import FilrougeError

MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseError(FilrougeError):
    """The work database cannot be opened or upgraded."""

    exit_code = 6
    http_status = 503


class Database:
    """The work database and its two ways in: `read` and `write`.

    Parameters
    ----------
    url : SQLAlchemy address (`settings.database`).
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        postgresql = self.engine.dialect.name == "postgresql"
        once = {"isolation_level": "REPEATABLE READ"} if postgresql else {}  # SQLite reads so by itself
        self._reader = self.engine.execution_options(**once)
        self._writer = self.engine.execution_options(filrouge_write=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session that never writes: whatever it holds is rolled back.

        All of it is read as it was at the first query, whoever writes meanwhile.
        """
        with Session(self._reader) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session committed when the block ends well, rolled back otherwise.

        On SQLite the write lock is taken at once, so that two writers wait for each other
        instead of failing halfway.
        """
        with Session(self._writer) as session, session.begin():
            yield session

    def upgrade(self, revision: str = "head") -> None:
        """Bring the tables to a revision, the latest by default.

        Raises
        ------
        DatabaseError : the database cannot be opened or upgraded.
        """
        self._migrate("upgrade", revision)

    def downgrade(self, revision: str) -> None:
        """Bring the tables back to an earlier revision; `base` removes them all."""
        self._migrate("downgrade", revision)

    def _migrate(self, direction: str, revision: str) -> None:
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        try:
            with self._writer.begin() as connection:
                config.attributes["connection"] = connection
                getattr(command, direction)(config, revision)
        except SQLAlchemyError as error:
            raise DatabaseError(
                "the work database cannot be opened or upgraded",
                where=self.engine.url.render_as_string(hide_password=True),
                accepted="a SQLite file this user can write, or a PostgreSQL address",
                todo="set FILROUGE_HOME or FILROUGE_DATABASE_URL",
            ) from error

    def rewrite(self, names: Sequence[str]) -> None:
        """Leave no byte of what was deleted in SQLite's file, written anew; have PostgreSQL free the rows of tables.

        Bytes may stay in SQLite's log while another reads: `data.proof` says so.
        """
        if self.engine.dialect.name != "sqlite":
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(f"VACUUM {', '.join(names)}" if names else "SELECT 1")
            return
        raw = self.engine.raw_connection()  # neither order is one of a transaction
        try:
            for order in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                raw.cursor().execute(order).fetchall()
        finally:
            raw.close()

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    try:
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=not url.startswith("sqlite"))
    except (ArgumentError, ImportError) as error:
        raise DatabaseError(
            "the address of the work database is not one that can be opened here",
            where="FILROUGE_DATABASE_URL",
            accepted="postgresql+psycopg://user:password@host/database, or nothing (SQLite)",
            todo="install its driver" if isinstance(error, ImportError) else "",
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _begin_sqlite
    for pragma in ("journal_mode = WAL", "foreign_keys = ON", "busy_timeout = 10000", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("filrouge_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
