"""One table of evidence, already in words: what a download and a pack are made of."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

FORMULA = ("=", "+", "-", "@", "\t", "\r")
Cell = str | int | float | date | datetime | None
"""Instants are aware; None is an empty cell."""


@dataclass(frozen=True)
class Sheet:
    """A table in one language.

    Attributes
    ----------
    key : its name in files, in small letters: `improvements`.
    title : its name for people.
    columns : the heads.
    rows : as many cells as heads; sorted so that the same data give the same bytes.
    note : what must be known to read it (formula, period, who is left out); empty when nothing.
    by : the head of the column by which a sheet too long to be printed is summed up; empty: by month alone.
    once : heads of columns that say the same wherever the first cell does; a printed sheet tells them once.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    by: str = ""
    once: tuple[str, ...] = ()


def as_csv(sheet: Sheet, zone: ZoneInfo, *, decimal: str = ",") -> Iterator[str]:
    """Yield a sheet line by line: `;`, CRLF, a byte order mark first so that Excel reads UTF-8."""
    yield "\ufeff" + csv_line(sheet.columns)
    for row in sheet.rows:
        told = [written(cell, zone, decimal=decimal) for cell in row]
        yield _line([harmless(text) if isinstance(cell, str) else text for cell, text in zip(row, told, strict=True)])


def written(cell: Cell, zone: ZoneInfo, *, decimal: str = ",") -> str:
    """Return a cell as text: days as 31/12/2026, instants to the minute in a zone, figures with a decimal mark."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(zone).strftime("%d/%m/%Y %H:%M")
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    return str(cell).replace(".", decimal) if isinstance(cell, float) else str(cell)


def csv_line(cells: Sequence[str]) -> str:
    """Return one CSV line; a cell that a spreadsheet would run as a formula is made plain text."""
    return _line([harmless(cell) for cell in cells])


def harmless(cell: str) -> str:
    """Return a cell's text, quoted by an apostrophe when a spreadsheet would run it."""
    return "'" + cell if cell.startswith(FORMULA) or cell.lstrip(" \n").startswith(FORMULA) else cell


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()
