"""Who is behind a survey's codes: a second file joins a code to a person, and says who was asked and kept silent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from data.errors import SourceError
from data.sources.spool import Spool
from data.sources.table_binding import Bound
from data.sources.table_header import header_at
from data.sources.table_mapping import Mapping as TableMapping
from data.sources.table_mapping import PeopleList
from data.sources.table_sheets import open_table
from data.sources.table_values import MACROS, Place, Reading, Staged, fold, local, quoted, value

MEMORY = "256MB"


@contextmanager
def connected() -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a scratch connection that knows how cells read."""
    connection = duckdb.connect()
    try:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET preserve_insertion_order = true")
        for macro in MACROS:
            connection.execute(macro)
        yield connection
    finally:
        connection.close()


@contextmanager
def given(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> Iterator[None]:
    """Hold a chunk's rows as `given`."""
    connection.register("given", rows)
    try:
        yield
    finally:
        connection.unregister("given")


class PeopleKnown:
    """The second file of a mapping that has one; nothing otherwise."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, mapping: TableMapping, options: Mapping[str, str], spool: Spool
    ) -> None:
        self.connection, self.spool = connection, spool
        asked = mapping.people_list
        self.list = asked if asked and options.get(asked.option) else None
        self.name = ""
        self._survey: tuple[str, list[tuple[str, str]]] | None = None
        if self.list:
            self._load(self.list, Path(options[self.list.option]).expanduser(), mapping)

    def refuse_unknown_codes(self, bound: Bound) -> None:
        """Set aside the rows whose code the list does not have."""
        for n in _persons(bound) if self.list else ():
            known = f"r{n} IN (SELECT key FROM people_list) OR r{n} IN (SELECT person FROM people_list)"
            self.connection.execute(
                f"UPDATE read SET fault = 'person|code not in the list' WHERE fault IS NULL AND r{n} IS NOT NULL"
                f" AND NOT contains(r{n}, '@') AND NOT ({known})"
            )

    def answered(self, bound: Bound) -> None:
        """Remember who answered, and what was asked."""
        if not self.list:
            return
        for n in _persons(bound):
            spoke = f"v{n} IS NOT NULL AND fault IS NULL AND leave IS NULL"
            self.connection.execute(f"INSERT INTO answered SELECT DISTINCT v{n} FROM read WHERE {spoke}")
        for group in bound.groups:
            if group.table == "answers":
                shared = ("survey", "session", "question", "scale")
                told = ", ".join(f"v{group.fields[name]}" if name in group.fields else "NULL" for name in shared)
                self.connection.execute(f"INSERT INTO asked SELECT DISTINCT {told} FROM read WHERE fault IS NULL")

    def tell_silence(self) -> None:
        """Spool what was asked of those who did not answer, from the day it was sent."""
        if not self.list:
            return
        listed = "SELECT line, person, sent, person IN (SELECT person FROM answered) AS spoke FROM people_list"
        for line, person, sent, spoke in self.connection.execute(listed + " ORDER BY line").fetchall():
            self.spool.seen(self.name)
            reason = "answered" if spoke else "not asked" if sent is None else "nobody named" if person is None else ""
            if reason:
                self.spool.set_aside(self.name, line, reason, damaged=False)
        silent = (
            "SELECT p.line, p.person, p.sent AS sent_on, a.* FROM people_list p, (SELECT DISTINCT * FROM asked) a"
            " WHERE p.sent IS NOT NULL AND p.person IS NOT NULL AND p.person NOT IN (SELECT person FROM answered)"
        )
        rows = self.connection.execute(silent).to_arrow_table()
        self.spool.add_rows("answers", rows.append_column("file", pa.array([self.name] * rows.num_rows, pa.string())))

    def _load(self, asked: PeopleList, path: Path, mapping: TableMapping) -> None:
        table = open_table(path)[0]
        header = header_at(table.top(), 0)
        self.name = table.name
        at = {name: header.find(getattr(asked, name), table.name) for name in ("key", "person", "sent")}
        missing = [getattr(asked, name)[0] for name in ("key", "person") if at[name] is None]
        if missing:
            raise SourceError("columns are missing: " + ", ".join(missing), where=table.name)
        place = Place(mapping.time_zone or "UTC", table.spreadsheet, table.epoch_1904)
        day, at_sent = Reading("date"), at["sent"]
        words = ", ".join(quoted(fold(word)) for word in asked.missing) or "''"
        sent = f"CASE WHEN fold(c{at_sent}) NOT IN ({words}) THEN c{at_sent} END" if at_sent is not None else "NULL"
        self.connection.execute("CREATE TABLE people_list (line BIGINT, key VARCHAR, person VARCHAR, sent VARCHAR)")
        self.connection.execute("CREATE TABLE answered (person VARCHAR)")
        self.connection.execute("CREATE TABLE asked (survey VARCHAR, session VARCHAR, question VARCHAR, scale VARCHAR)")
        for chunk in table.chunks(header.line, header.width):
            with given(self.connection, chunk.rows):
                self.connection.execute(
                    f"INSERT INTO people_list SELECT line, code, person, {value(day, Staged(0), place)} FROM (SELECT *,"
                    f" {local(day, Staged(0), place)} AS l0 FROM (SELECT line, trim(c{at['key']}) AS code,"
                    f" nullif(trim(lower(c{at['person']})), '') AS person, CAST({sent} AS VARCHAR) AS r0 FROM given))"
                )
            for line, reason in chunk.torn:
                self.spool.seen(self.name)
                self.spool.set_aside(self.name, line, reason)


def _persons(bound: Bound) -> list[int]:
    return sorted(
        {group.fields["person"] for group in bound.groups if group.table == "answers" and "person" in group.fields}
    )
