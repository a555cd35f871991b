"""The workbook of a pack: one tab a sheet, days as days, nothing that a spreadsheet would run."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from serving.quality.sheets import Cell, Sheet, written

if TYPE_CHECKING:
    import xlsxwriter

REFUSED = re.compile(r"[\[\]:*?/\\]")
LONGEST_TAB = 31
LONGEST_CELL = 32_767
"""Characters that a cell of a spreadsheet can hold."""
WIDEST = 60
PLAIN = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def workbook(sheets: Sequence[Sheet], cover: Sheet, zone: ZoneInfo, *, title: str, author: str, day: date) -> bytes:
    """Return sheets as one XLSX file, the cover first; the same sheets give the same bytes.

    Parameters
    ----------
    day : the only date that the file's own properties hold.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, PLAIN)
    made = datetime.combine(day, time(12))
    book.set_properties({"title": title, "author": author, "created": made})
    formats = {
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "day": book.add_format({"num_format": "dd/mm/yyyy", "valign": "top", "align": "left"}),
        "instant": book.add_format({"num_format": "dd/mm/yyyy hh:mm", "valign": "top", "align": "left"}),
    }
    used: set[str] = set()
    for sheet in (cover, *sheets):
        _tab(book, sheet, tab_name(sheet.title, used), formats, zone)
    book.close()
    return buffer.getvalue()


def tab_name(title: str, used: set[str]) -> str:
    """Return a tab's name that spreadsheets accept and that no other tab has; it is added to those used."""
    plain = _short(REFUSED.sub(" ", title).strip().strip("'")) or "-"
    name, number = plain, 2
    while name.casefold() in used:
        ending = f" {number}"
        name, number = plain[: LONGEST_TAB - len(ending)] + ending, number + 1
    used.add(name.casefold())
    return name


def _short(title: str) -> str:
    """Return as many whole words of a title as a tab's name may hold, without the short ones left at its end."""
    if len(title) <= LONGEST_TAB:
        return title
    words = title[: LONGEST_TAB + 1].split(" ")[:-1]
    while words and len(words[-1]) < 4:
        words.pop()
    return " ".join(words).rstrip(" ,;:–-") or title[:LONGEST_TAB].rstrip()


def _tab(book: xlsxwriter.Workbook, sheet: Sheet, name: str, formats: dict[str, Any], zone: ZoneInfo) -> None:
    tab = book.add_worksheet(name)
    tab.freeze_panes(1, 0)
    tab.repeat_rows(0)
    tab.set_landscape()
    tab.set_paper(9)
    tab.fit_to_pages(1, 0)
    for at, head in enumerate(sheet.columns):
        tab.set_column(at, at, _width(sheet, at, zone))
        tab.write_string(0, at, head, formats["head"])
    for number, row in enumerate(sheet.rows, start=1):
        for at, cell in enumerate(row):
            _write(tab, number, at, cell, formats, zone)
    if sheet.rows:
        tab.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)


def _write(tab: Any, row: int, at: int, cell: Cell, formats: dict[str, Any], zone: ZoneInfo) -> None:
    """Write a cell as what it is; a text is never taken for anything else."""
    if cell is None or cell == "":
        return
    if isinstance(cell, datetime):
        tab.write_datetime(row, at, cell.astimezone(zone).replace(tzinfo=None), formats["instant"])
    elif isinstance(cell, date):
        tab.write_datetime(row, at, datetime.combine(cell, time()), formats["day"])
    elif isinstance(cell, str):
        tab.write_string(row, at, cell[:LONGEST_CELL], formats["text"])
    else:
        tab.write_number(row, at, cell)


def _width(sheet: Sheet, at: int, zone: ZoneInfo) -> float:
    cells = [written(row[at], zone) for row in sheet.rows]
    longest = max((len(cell) for cell in cells), default=0)
    return min(WIDEST, max(longest, len(sheet.columns[at])) + 2)
