"""Any table: CSV, XLSX, XLS, ODS or Parquet, through a mapping of its own or a preset.

Rows are read in chunks by SQL over text, whatever the file; a row whose value does not read is quarantined whole,
with the plain column and the reason. The persons are e-mails, or the organisation's own numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from data.errors import SourceError
from data.sources import table_mapping as mappings
from data.sources.base import Request
from data.sources.plain_source import NAMING
from data.sources.spelling import refuse_unknown
from data.sources.spool import Spool, refuse_nothing
from data.sources.table_binding import Binder, Bound, Group, decide_orders, order_sql
from data.sources.table_people import PeopleKnown, connected, given
from data.sources.table_sheets import PARQUETS, SHEETS, Table, open_table
from data.sources.table_text import Chunk

FIXED = ("mapping", "preset", "sheet", "encoding", "separator", "dates", "decimal")
TEXTS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz")
ORDERS = {"day-first": True, "month-first": False}
SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


class AnyTable:
    """Reads a file, or every table of a folder, through a mapping or a preset."""

    name = system = "table"
    any_text = True

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return the files to read, and the mapping they are read through."""
        mapping = mapping_file(request.options)
        people = mappings.read_mapping(mapping).people_list
        found = {f"table {number:05}": path for number, path in enumerate(find_files(request.place), 1)}
        if people and request.options.get(people.option):
            found["people"] = _existing(request.options[people.option])
        return {**found, "mapping": mapping, "words": mappings.PRESETS / f"{mappings.WORDS}{mappings.SUFFIX}"}

    def read(self, request: Request, spool: Spool) -> Mapping[str, object]:
        """Fill the spool with what the files say; return how each was read."""
        mapping = chosen_mapping(request.options)
        files, told, seen = find_files(request.place), {}, 0
        with connected() as connection:
            known = PeopleKnown(connection, mapping, request.options, spool)
            for done, path in enumerate(files):
                request.report("reading", done, len(files))
                table = fitting_table(path, mapping, request)
                reading = FileReading(connection, table, mapping, request, spool)
                seen += reading.run(known)
                told[path.name] = dict(table.told)
            request.report("reading", len(files), len(files))
            known.tell_silence()
        refuse_nothing(seen, Path(request.place).name)
        return {"place": request.place, "read_as": told}


@dataclass
class FileRows:
    """The rows of one file, and the order of its dates."""

    connection: duckdb.DuckDBPyConnection
    table: Table
    mapping: mappings.Mapping
    request: Request

    def chunks(self, bound: Bound) -> Iterator[Chunk]:
        """Yield the file's rows."""
        return self.table.chunks(bound.header.line, bound.header.width, self.mapping.stop)

    def ordered(self, bound: Bound) -> Bound:
        """Decide the order of days and months: on the first chunk that tells, or on the whole file."""
        if not bound.dated:
            return bound
        asked = ORDERS.get(self.request.options.get("dates", ""), self.mapping.day_first)
        counts = [0] * (3 * len(bound.dated))
        for chunk in self.chunks(bound):
            with given(self.connection, chunk.rows):
                found = self.connection.execute(order_sql(bound)).fetchall()[0]
            counts = [old + (new or 0) for old, new in zip(counts, found, strict=True)]
            if all(counts[n] or counts[n + 1] or not counts[n + 2] for n in range(0, len(counts), 3)):
                break
        return bound.ordered(decide_orders(bound, counts, asked, self.table.name))


@dataclass
class FileReading(FileRows):
    """One file on its way into the spool."""

    spool: Spool

    def run(self, known: PeopleKnown) -> int:
        """Spool what the file says; return how many records it holds."""
        bound = self.ordered(bind(self.table, self.mapping, self.request))
        query, seen = bound.read_sql(), 0
        for chunk in self.chunks(bound):
            seen += self._take(chunk, bound, query, known)
        return seen

    def _take(self, chunk: Chunk, bound: Bound, query: str, known: PeopleKnown) -> int:
        name = self.table.name
        with given(self.connection, chunk.rows):
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE read AS {query}")
        self.spool.seen(name, chunk.rows.num_rows + len(chunk.torn))
        for line, reason in chunk.torn:
            self.spool.set_aside(name, line, reason)
        self._set_aside(bound, known)
        main = [group.table for group in bound.groups if group.table not in NAMING]
        for group in bound.groups:
            rows = self._rows(bound, group, apart=bool(main) and group.table in NAMING)
            if rows.num_rows:
                self.spool.add_rows(group.table, rows)
        known.answered(bound)
        return int(chunk.rows.num_rows) + len(chunk.torn)

    def _set_aside(self, bound: Bound, known: PeopleKnown) -> None:
        nameless = nobody(bound)
        if nameless:
            self.connection.execute(f"UPDATE read SET leave = 'anonymous' WHERE leave IS NULL AND {nameless}")
        known.refuse_unknown_codes(bound)
        query = "SELECT line, leave, fault FROM read WHERE leave IS NOT NULL OR fault IS NOT NULL ORDER BY line"
        for line, leave, fault in self.connection.execute(query).fetchall():
            column, _, reason = (fault or "|").partition("|")
            if leave:
                self.spool.set_aside(self.table.name, line, leave, damaged=False)
            else:
                self.spool.set_aside(self.table.name, line, reason, column=column)

    def _rows(self, bound: Bound, group: Group, *, apart: bool) -> pa.Table:
        """Return the plain rows of a group; those of a table that names things only once each."""
        select = bound.row_sql(group)
        if apart:
            select = self._only_new(group, select)
        rows = self.connection.execute(select).to_arrow_table()
        return rows.append_column("file", pa.array([self.table.name] * rows.num_rows, pa.string()))

    def _only_new(self, group: Group, select: str) -> str:
        """Return a query of the things not named yet, and remember them."""
        names = ", ".join(f'"{name}"' for name in group.fields)
        held, key = f"told_{group.table}", group.table.removesuffix("s") if group.table != "people" else "person"
        one = f'SELECT min(line) AS line, {names} FROM ({select}) WHERE "{key}" IS NOT NULL GROUP BY {names}'
        first = f'SELECT * FROM ({one}) QUALIFY row_number() OVER (PARTITION BY "{key}" ORDER BY line) = 1'
        self.connection.execute(f'CREATE TEMP TABLE IF NOT EXISTS {held} ("{key}" VARCHAR)')
        fresh = f'SELECT * FROM ({first}) WHERE "{key}" NOT IN (SELECT "{key}" FROM {held})'
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {fresh}")
        self.connection.execute(f'INSERT INTO {held} SELECT "{key}" FROM fresh')
        return "SELECT * FROM fresh"


def nobody(bound: Bound) -> str:
    """Return the condition under which an answer says nobody's name; empty when the rows are no answers."""
    fields = {group.fields["person"] for group in bound.groups if group.table == "answers" and "person" in group.fields}
    return " AND ".join(f"r{n} IS NULL" for n in sorted(fields))


def bind(table: Table, mapping: mappings.Mapping, request: Request) -> Bound:
    """Return how a table is read through a mapping.

    Raises
    ------
    SourceError : columns or options are missing.
    """
    return Binder(mapping, table, request.options, request.clock.time_zone).bind()


def fitting_table(path: Path, mapping: mappings.Mapping, request: Request) -> Table:
    """Return the table of a file that a mapping fits: the sheet asked for, or the only one that fits.

    Raises
    ------
    SourceError : none fits, or several do.
    """
    options = request.options
    separator = options.get("separator", "")
    tables = open_table(path, sheet=options.get("sheet") or mapping.sheet, encoding=options.get("encoding", ""),
                        separator=SEPARATORS.get(separator, separator))  # fmt: skip
    errors, fitting = [], []
    for table in tables:
        try:
            bind(table, mapping, request)
            fitting.append(table)
        except SourceError as error:
            errors.append(error)
    if not fitting:
        raise errors[0]
    if len(fitting) > 1:
        sheets = ", ".join(table.told["sheet"][:40] for table in fitting)
        raise SourceError("several sheets fit", where=path.name, accepted=sheets, todo="choose one: --set sheet=NAME")
    return fitting[0]


def chosen_mapping(options: Mapping[str, str]) -> mappings.Mapping:
    """Return the mapping that is asked for, by file or by preset; its options are the only ones accepted.

    Raises
    ------
    SourceError : there is none, or an option is not known.
    """
    mapping = mappings.read_mapping(mapping_file(options))
    refuse_unknown("table", options, (*FIXED, *mapping.options), mapping.name)
    for name, values in (
        ("dates", tuple(ORDERS)),
        ("decimal", (",", ".")),
        ("separator", (*SEPARATORS, *SEPARATORS.values())),
    ):
        if options.get(name, values[0]) not in values:
            raise SourceError("not an accepted value", where=f"--set {name}", accepted=", ".join(map(repr, values)))
    return mapping


def find_files(place: str) -> list[Path]:
    """Return the file asked for; or the tables of a folder, or those that a pattern such as `lists/*.csv` names.

    Raises
    ------
    SourceError : there is none.
    """
    path = Path(place).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        found = sorted(each for each in path.iterdir() if each.is_file() and _is_table(each))
    else:
        found = sorted(path.parent.glob(path.name)) if re.search(r"[*?\[]", path.name) else []
    if not found:
        raise SourceError(
            "no table there",
            where=path.name,
            accepted=f"a file, or a folder of {', '.join((*TEXTS, *SHEETS, *PARQUETS))}",
        )
    return found


def _is_table(path: Path) -> bool:
    return path.name.lower().endswith((*TEXTS, *SHEETS, *PARQUETS)) and not path.name.startswith(("~$", "."))


def mapping_file(options: Mapping[str, str]) -> Path:
    """Return the file of the mapping or preset that is asked for.

    Raises
    ------
    SourceError : none is.
    """
    if options.get("mapping"):
        return Path(options["mapping"]).expanduser()
    if options.get("preset"):
        return mappings.preset_file(options["preset"])
    raise SourceError(
        "nothing says what the columns are",
        accepted="--mapping FILE, or --preset with one of " + ", ".join(mappings.presets()),
        todo="let --suggest propose one",
    )  # fmt: skip


def _existing(place: str) -> Path:
    path = Path(place).expanduser()
    if not path.is_file():
        raise SourceError("no such file", where=path.name)
    return path
