"""Spreadsheets (XLSX, XLSM, XLS, ODS) and Parquet as rows of text: dates as ISO days, whole numbers without a point.

A workbook is looked at before it is unpacked: one that says it is huge, or unpacks to far more than it weighs, is
refused. Hidden rows are rows; a value merged over several rows belongs to each of them. A formula without its
value, or in error, reads `#FORMULA` or `#ERROR`: no value of any column.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import python_calamine as calamine

from data.errors import SourceError
from data.sources.table_text import Chunk, TextTable, names_of, table_of

MOST_UNPACKED, MOST_ROWS, CHUNK = 1 << 30, 1_048_576, 20_000
RATIO, RATIO_FROM = 200, 1 << 26
FORMULA, ERROR = "#FORMULA", "#ERROR"
SHEETS, PARQUETS = (".xlsx", ".xlsm", ".xls", ".ods"), (".parquet", ".pq")
EXACT = 10**15
"""A spreadsheet keeps fifteen figures: from here on a number may have lost some."""
OLE, ZIP, PARQUET = b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"PAR1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
NO_VALUE = re.compile(rb'<c r="([A-Z]+)(\d+)"([^>]*)>\s*(?:<f[ >/][^<]*(?:</f>)?)\s*(?:<v>\s*</v>|<v/>)?\s*</c>')
IN_ERROR = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]* t="e"')


class Table(Protocol):
    """A table as it was opened."""

    @property
    def name(self) -> str:
        """The file's name."""

    @property
    def spreadsheet(self) -> bool:
        """Whether numbers may be days counted since 1900."""

    @property
    def epoch_1904(self) -> bool:
        """Whether they are counted since 1904."""

    @property
    def told(self) -> Mapping[str, str]:
        """What was found out about the file."""

    def top(self, rows: int = 60) -> list[tuple[int, list[str]]]:
        """Return the first rows with the line each ends on."""

    def chunks(self, after: int, width: int, stop: str = "") -> Iterator[Chunk]:
        """Yield the rows after a line, in chunks of bounded size, up to one that begins as `stop` says."""


class SheetTable:
    """One sheet of a workbook."""

    spreadsheet = True

    def __init__(self, path: Path, book: calamine.CalamineWorkbook, sheet: str) -> None:
        self.name, self.sheet = path.name, sheet
        self._sheet = book.get_sheet_by_name(sheet)
        if self._sheet.total_height > MOST_ROWS:
            raise SourceError("the sheet is too long", where=f"{path.name}, {sheet}", accepted=f"{MOST_ROWS:,} rows")
        self.epoch_1904 = False
        self._holes: dict[int, list[tuple[int, str]]] = {}
        if zipfile.is_zipfile(path) and path.suffix.lower() != ".ods":
            self.epoch_1904, self._holes = _looked_into(path, book.sheet_names.index(sheet))
        self._merged = {} if path.suffix.lower() == ".ods" else _merged(self._sheet)

    @property
    def told(self) -> Mapping[str, str]:
        """What was found out about the file."""
        return {"sheet": self.sheet}

    def top(self, rows: int = 60) -> list[tuple[int, list[str]]]:
        """Return the first rows with their number."""
        told = []
        for number, row in self._rows():
            told.append((number, row))
            if number >= rows:
                break
        return told

    def chunks(self, after: int, width: int, stop: str = "") -> Iterator[Chunk]:
        """Yield the rows after one, in chunks, up to one that begins as `stop` says."""
        rows: list[list[str]] = []
        lines: list[int] = []
        for number, row in self._rows():
            if stop and number > after and row and re.match(stop, row[0]):
                break
            if number > after and any(row):
                rows.append(row[:width] + [""] * (width - len(row)))
                lines.append(number)
            if len(rows) >= CHUNK:
                yield Chunk(table_of(rows, lines, width))
                rows, lines = [], []
        if rows:
            yield Chunk(table_of(rows, lines, width))

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        carried: dict[int, str] = {}
        for number, cells in enumerate(self._sheet.iter_rows(), 1):
            row = [_told(cell) for cell in cells]
            for column, told in self._holes.get(number, ()):
                if column < len(row) and not row[column]:
                    row[column] = told
            for column, (first, last) in self._merged.get(number, {}).items():
                if number == first:
                    carried[column] = row[column]
                elif number <= last and column < len(row):
                    row[column] = carried.get(column, "")
            yield number, row


class ParquetTable:
    """A Parquet file; its rows are counted from 1, its columns are its header."""

    spreadsheet = epoch_1904 = False
    told: Mapping[str, str] = {}

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise SourceError("not a whole Parquet file", where=path.name, todo="export it again, whole") from error
        self.headers = list(self._file.schema_arrow.names)

    def top(self, rows: int = 60) -> list[tuple[int, list[str]]]:
        """Return the header, as line 0, and the first rows."""
        told = [(0, self.headers)]
        for chunk in self.chunks(0, len(self.headers)):
            first = chunk.rows.slice(0, rows)
            cells = zip(*(first.column(name).to_pylist() for name in names_of(len(self.headers))), strict=True)
            told.extend((line, [cell or "" for cell in row]) for line, row in enumerate(cells, 1))
            break
        return told

    def chunks(self, after: int, width: int, stop: str = "") -> Iterator[Chunk]:
        """Yield the rows in chunks; its header is no row, and nothing comes after the rows."""
        first, _ = after + 1, stop
        try:
            for batch in self._file.iter_batches(batch_size=100_000):
                arrays = [_as_text(column) for column in batch.columns]
                lines = pa.array(np.arange(first, first + batch.num_rows), pa.int64())
                yield Chunk(pa.table([*arrays, lines], names=[*names_of(width), "line"]))
                first += batch.num_rows
        except (pa.ArrowInvalid, OSError) as error:
            raise SourceError("not a whole Parquet file", where=self.name, todo="export it again, whole") from error


def open_table(path: Path, *, sheet: str = "", encoding: str = "", separator: str = "") -> list[Table]:
    """Return the tables of a file: one, or one a sheet that has rows.

    Raises
    ------
    SourceError : it cannot be opened, is protected, or would not fit.
    """
    start = _start(path)
    if start.startswith(PARQUET) or path.suffix.lower() in PARQUETS:
        return [ParquetTable(path)]
    if start.startswith((ZIP, OLE)) or path.suffix.lower() in SHEETS:
        return _sheets(path, start, sheet)
    return [TextTable(path, encoding=encoding, separator=separator)]


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(8)
    except OSError as error:
        raise SourceError(f"the file cannot be opened: {error.strerror}", where=path.name) from error


def _sheets(path: Path, start: bytes, wanted: str) -> list[Table]:
    if start.startswith(OLE) and ENCRYPTED in path.read_bytes():
        raise _protected(path)
    if start.startswith(ZIP):
        _weigh(path)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        names = [wanted] if wanted else book.sheet_names
        if wanted and wanted not in book.sheet_names:
            raise SourceError("no such sheet", where=path.name, accepted=", ".join(map(_short, book.sheet_names)))
        tables: list[Table] = [SheetTable(path, book, name) for name in names]
    except calamine.PasswordError as error:
        raise _protected(path) from error
    except (calamine.CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise SourceError(
            "not a whole spreadsheet", where=path.name, todo="save it again as XLSX, or as CSV"
        ) from error
    return [table for table in tables if wanted or any(any(row) for _, row in table.top(30))] or tables[:1]


def _protected(path: Path) -> SourceError:
    return SourceError("the file is protected by a password", where=path.name, todo="save it again without one")


def _weigh(path: Path) -> None:
    """Refuse a workbook that would unpack to far more than a table holds; what it says of itself is checked."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise SourceError(
            "not a whole spreadsheet", where=path.name, todo="save it again as XLSX, or as CSV"
        ) from error
    unpacked, packed = sum(entry.file_size for entry in entries), path.stat().st_size
    if unpacked > MOST_UNPACKED or (unpacked > RATIO_FROM and unpacked > RATIO * packed):
        raise SourceError(
            "the workbook unpacks to far more than a table holds",
            where=path.name,
            accepted=f"{MOST_UNPACKED >> 20:,} MB unpacked, {RATIO} times its size",
            todo="save it as CSV",
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise _protected(path)


def _looked_into(path: Path, index: int) -> tuple[bool, dict[int, list[tuple[int, str]]]]:
    """Return whether days count from 1904, and the cells whose formula has no value, by row."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" not in names:
            return False, {}
        workbook = archive.read("xl/workbook.xml")
        sheets = _parts(archive, workbook)
        if index >= len(sheets) or sheets[index] not in names:
            return b'date1904="1"' in workbook or b'date1904="true"' in workbook, {}
        return b'date1904="1"' in workbook or b'date1904="true"' in workbook, _holes(archive, sheets[index])


def _parts(archive: zipfile.ZipFile, workbook: bytes) -> list[str]:
    """Return the file of each sheet, in order."""
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {}
    for tag in re.findall(r"<Relationship\b[^>]*>", relations):
        told = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        targets[told.get("Id", "")] = told.get("Target", "")
    ids = re.findall(r'<sheet\b[^>]*?r:id="([^"]*)"', workbook.decode("utf-8", "replace"))
    return [
        targets.get(name, "").lstrip("/") if targets.get(name, "").startswith("/") else "xl/" + targets.get(name, "")
        for name in ids
    ]


def _holes(archive: zipfile.ZipFile, part: str) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = {}
    carry, total = b"", 0
    with archive.open(part) as stream:
        while block := stream.read(1 << 22):
            total += len(block)
            if total > MOST_UNPACKED:
                raise zipfile.BadZipFile
            text, end, carry = (carry + block).rpartition(b"</c>")
            text += end
            if b"<f" in text or b't="e"' in text:
                for kind, pattern in ((FORMULA, NO_VALUE), (ERROR, IN_ERROR)):
                    for cell in pattern.finditer(text):
                        found.setdefault(int(cell[2]), []).append((_column(cell[1].decode()), kind))
            carry = carry[-(1 << 20) :]
    return found


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _merged(sheet: Any) -> dict[int, dict[int, tuple[int, int]]]:
    """Return, for each row, the columns merged over several rows, with the first and last of them."""
    merged: dict[int, dict[int, tuple[int, int]]] = {}
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        for row in range(top + 1, min(bottom + 1, MOST_ROWS) + 1) if bottom > top else ():
            merged.setdefault(row, {})[left] = (top + 1, bottom + 1)
    return merged


def _told(cell: Any) -> str:
    """Return a cell as text."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, int | float):
        return f"{cell:.14E}" if abs(cell) >= EXACT else str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    # of an instant, the day and the time apart by a space
    return cell.isoformat().replace("T", " ") if isinstance(cell, date | time) else ""


def _as_text(column: pa.Array) -> pa.Array:
    """Return a Parquet column as text; one that is neither text, number, day nor instant reads as nothing."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_floating(kind):
        whole = pc.cast(column, pa.int64(), safe=False)
        if pc.all(pc.equal(pc.cast(whole, kind), column)).as_py():
            return whole.cast(pa.string())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.nulls(len(column), pa.string())
    try:
        return column.cast(pa.string())
    except pa.ArrowNotImplementedError:
        return pa.nulls(len(column), pa.string())


def _short(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "…"
