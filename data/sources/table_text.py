"""Text tables as they come: rows in chunks, every line accounted for.

A torn line (an open quote, a NUL, a character lost, a wrong number of columns) is set aside alone: the lines after
it are read again as rows, so that one stray quote never swallows the file. A quoted value may span several lines,
unless those lines are rows themselves.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pcompute
import pyarrow.csv as pcsv

from data.errors import SourceError
from data.sources.table_encoding import decoded, how_encoded, how_separated, known_encoding, split_lines

LONGEST_ROW, LONGEST_VALUE_LINES, SAMPLE = 1 << 25, 2000, 1 << 18
LOST, NUL = "\N{REPLACEMENT CHARACTER}".encode(), b"\0"
NEVER_CLOSED, WRONG_WIDTH = "a quote is never closed", "wrong number of columns"
NUL_INSIDE, CHARACTER_LOST = "holds a NUL", "a character cannot be read"

Lines = npt.NDArray[np.int64]


@dataclass
class Chunk:
    """Some rows: columns `c0`, `c1`, ... of text and their `line`; and the lines that are no rows, with the reason."""

    rows: pa.Table
    torn: list[tuple[int, str]] = field(default_factory=list)


class TextTable:
    """A CSV file, or anything separated like one."""

    spreadsheet = epoch_1904 = False

    def __init__(self, path: Path, *, encoding: str = "", separator: str = "") -> None:
        csv.field_size_limit(LONGEST_ROW)
        self.name, self.path = path.name, path
        self.encoding = known_encoding(encoding) if encoding else how_encoded(path)
        self.start = next((block for block, _ in self._blocks()), b"")[:SAMPLE].decode("utf-8", "replace")
        if not self.start.strip():
            raise SourceError("the file is empty", where=self.name, accepted="at least a line of column names")
        self.separator = separator or how_separated(self.start)

    @property
    def told(self) -> Mapping[str, str]:
        """What was found out about the file."""
        return {"encoding": self.encoding, "separator": self.separator}

    def top(self, rows: int = 60) -> list[tuple[int, list[str]]]:
        """Return the first rows with the line each ends on."""
        reader, told = csv.reader(io.StringIO(self.start, newline=""), delimiter=self.separator), []
        for row in reader:
            told.append((reader.line_num, [cell.strip() for cell in row]))
            if len(told) >= rows:
                break
        return told

    def chunks(self, after: int, width: int, stop: str = "") -> Iterator[Chunk]:
        """Yield the rows after a line, in chunks of bounded size, up to one that begins as `stop` says."""
        held, begins = b"", 0
        for block, first in _until(self._blocks(), stop, after):
            start = begins if held else first
            body, start = _after(held + block, start, after)
            chunk, held = _read(body, start, width, self.separator, final=False)
            begins = start + body.count(b"\n") - held.count(b"\n")
            yield chunk
        if held:
            yield _read(held, begins, width, self.separator, final=True)[0]

    def _blocks(self) -> Iterator[tuple[bytes, int]]:
        """Yield whole lines in UTF-8, ended by a line feed, with the number of the first."""
        line = 1
        for block in split_lines(decoded(self.path, self.encoding), LONGEST_ROW, self.name):
            yield block, line
            line += block.count(b"\n")


def table_of(rows: Sequence[Sequence[str | None]], lines: Sequence[int] | Lines, width: int) -> pa.Table:
    """Return rows of text as a chunk's table."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    arrays = [pa.array([cell or None for cell in column], pa.string()) for column in columns]
    return pa.table([*arrays, pa.array(lines, pa.int64())], names=[*names_of(width), "line"])


def names_of(width: int) -> list[str]:
    """Return the names of a chunk's columns."""
    return [f"c{number}" for number in range(width)]


def _until(blocks: Iterator[tuple[bytes, int]], stop: str, after: int) -> Iterator[tuple[bytes, int]]:
    """Yield blocks up to the first line, after the header, that matches."""
    for block, first in blocks:
        for found in re.finditer(f"(?m)^(?:{stop})".encode(), block) if stop else ():
            if first + block.count(b"\n", 0, found.start()) > after:
                yield block[: found.start()], first
                return
        yield block, first


def _after(block: bytes, first: int, after: int) -> tuple[bytes, int]:
    """Return what follows a line, and its first line."""
    while first <= after and block:
        block, first = block[block.index(b"\n") + 1 :], first + 1
    return block, first


def _read(block: bytes, first: int, width: int, separator: str, *, final: bool) -> tuple[Chunk, bytes]:
    """Return the rows of a block, and the lines of a value that is not closed yet."""
    if NUL in block or LOST in block or _open_quotes(block):
        return _mended(block, first, width, separator, final=final)
    return _parsed(block, np.arange(first, first + block.count(b"\n")), width, separator), b""


def _open_quotes(block: bytes) -> bool:
    """Say whether some line has an odd number of quotes."""
    if b'"' not in block:
        return False
    characters = np.frombuffer(block, np.uint8)
    quotes, ends = np.flatnonzero(characters == ord('"')), np.flatnonzero(characters == ord("\n"))
    return bool(np.any(np.searchsorted(quotes, ends) % 2))


def _parsed(block: bytes, lines: Lines, width: int, separator: str) -> Chunk:
    """Return the rows of lines that each have an even number of quotes."""
    rejected: list[tuple[int, str]] = []

    def reject(row: pcsv.InvalidRow) -> str:
        rejected.append((int(row.number) - 1, row.text))
        return "skip"

    try:
        rows = (
            pcsv.read_csv(
                io.BytesIO(block),
                read_options=pcsv.ReadOptions(
                    column_names=names_of(width), use_threads=False, block_size=max(len(block) + 1, 1 << 16)
                ),
                parse_options=pcsv.ParseOptions(
                    delimiter=separator, ignore_empty_lines=False, invalid_row_handler=reject
                ),
                convert_options=pcsv.ConvertOptions(
                    column_types=dict.fromkeys(names_of(width), pa.string()), strings_can_be_null=True, null_values=[""]
                ),
            )
            if block
            else table_of((), (), width).drop_columns(["line"])
        )
    except pa.ArrowInvalid:
        return _one_by_one(block, lines, width, separator)
    if rows.num_rows + len(rejected) != len(lines):
        return _one_by_one(block, lines, width, separator)
    kept = np.delete(lines, [number for number, _ in rejected]) if rejected else lines
    mended = _one_by_one("\n".join(text for _, text in rejected).encode(), lines[[n for n, _ in rejected]], width,
                         separator) if rejected else Chunk(table_of((), (), width))  # fmt: skip
    rows = _filled(rows.append_column("line", pa.array(kept, pa.int64())), width)
    return Chunk(pa.concat_tables([rows, mended.rows]), mended.torn)


def _filled(rows: pa.Table, width: int) -> pa.Table:
    """Return the rows that hold something."""
    empty = rows.column(0).is_null()
    if not pcompute.any(empty).as_py():
        return rows
    for name in names_of(width)[1:]:
        empty = pcompute.and_(empty, rows.column(name).is_null())
    return rows.filter(pcompute.invert(empty))


def _one_by_one(block: bytes, lines: Lines, width: int, separator: str) -> Chunk:
    """Read each line alone: what is around a damaged one is kept."""
    rows, numbers, torn = [], [], []
    for number, line in zip(lines.tolist(), block.decode("utf-8", "replace").split("\n"), strict=False):
        row, reason = _record(line, width, separator)
        if row is not None:
            rows.append(row)
            numbers.append(number)
        elif reason:
            torn.append((number, reason))
    return Chunk(table_of(rows, numbers, width), torn)


def _record(text: str, width: int, separator: str) -> tuple[list[str] | None, str]:
    """Return the cells of one record; or None and why not, empty for a blank line."""
    if "\0" in text or LOST.decode() in text:
        return None, NUL_INSIDE if "\0" in text else CHARACTER_LOST
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        found = [[], []]
    if len(found) > 1:
        return None, NEVER_CLOSED
    cells = found[0] if found else []
    if not any(cell.strip() for cell in cells):
        return None, ""
    if len(cells) < width or any(cell.strip() for cell in cells[width:]):
        return None, WRONG_WIDTH
    return cells[:width], ""


def _mended(block: bytes, first: int, width: int, separator: str, *, final: bool) -> tuple[Chunk, bytes]:
    """Read a block with values over several lines, or damage: whole records are kept, torn lines are told."""
    lines, at = block.split(b"\n")[:-1], 0
    even: list[int] = []
    rows, numbers, torn, held = [], [], [], b""
    while at < len(lines):
        if lines[at].count(b'"') % 2 == 0 and NUL not in lines[at] and LOST not in lines[at]:
            even.append(at)
            at += 1
            continue
        row, reason, end = _spanning(lines, at, width, separator)
        if reason == NEVER_CLOSED and not final and _may_close_later(lines, at, end):
            held = b"\n".join(lines[at:]) + b"\n"
            break
        if row is not None:
            rows.append(row)
            numbers.append(first + at)
        elif reason:
            torn.append((first + at, reason))
        at = at + 1 if row is None else end + 1
    plain = b"".join(lines[number] + b"\n" for number in even)
    chunk = _parsed(plain, np.array(even, np.int64) + first, width, separator)
    return Chunk(pa.concat_tables([chunk.rows, table_of(rows, numbers, width)]), [*chunk.torn, *torn]), held


def _spanning(lines: list[bytes], at: int, width: int, separator: str) -> tuple[list[str] | None, str, int]:
    """Return the record that begins on a line, on that line alone or over several; why not; and its last line."""
    row, reason = _record(lines[at].decode("utf-8", "replace"), width, separator)
    if reason != NEVER_CLOSED:
        return row, reason, at
    end = _closing(lines, at)
    row, _ = _record(b"\n".join(lines[at : end + 1]).decode("utf-8", "replace"), width, separator)
    return (None, reason, end) if row is None or _swallows(row, separator, width) else (row, "", end)


def _closing(lines: list[bytes], at: int) -> int:
    """Return the line on which the quotes opened on another are even again; itself when none is near."""
    quotes = 0
    for number in range(at, min(len(lines), at + LONGEST_VALUE_LINES)):
        quotes += lines[number].count(b'"')
        if quotes % 2 == 0:
            return number
    return at


def _may_close_later(lines: list[bytes], at: int, end: int) -> bool:
    near = len(lines) - at < LONGEST_VALUE_LINES
    return end == at and near and sum(map(len, lines[at:])) < LONGEST_ROW


def _swallows(row: Sequence[str], separator: str, width: int) -> bool:
    """Say whether a value over several lines holds what looks like whole rows."""
    inner = (line for cell in row if "\n" in cell for line in cell.split("\n")[1:])
    return width > 1 and any(line.count(separator) >= width - 1 for line in inner)
