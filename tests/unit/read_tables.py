"""A table read into a spool and nothing further: what each plain table got, and what was set aside."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import xlsxwriter

from data.sources.base import Clock, Request
from data.sources.spool import ASIDE, SEEN, Spool
from data.sources.table import AnyTable

CLOCK = Clock(date(2026, 6, 1), date(2026, 6, 1))


@dataclass(frozen=True)
class ReadTable:
    """Plain rows by table, (line, column, reason, damaged) of what was set aside, records seen, and the cursor."""

    rows: Mapping[str, list[dict[str, Any]]]
    aside: list[tuple[int, str, str, bool]]
    seen: int
    cursor: Mapping[str, Any]

    @property
    def quarantined(self) -> list[tuple[str, str]]:
        """Column and reason of each damaged row."""
        return [(column, reason) for _, column, reason, damaged in self.aside if damaged]


def read_file(folder: Path, path: Path, **options: str) -> ReadTable:
    """Read a table; nothing is imported."""
    spool = Spool(folder / "spool")
    cursor = AnyTable().read(Request(str(path), CLOCK, folder, options), spool)
    files = spool.close()
    told = {name: pq.read_table(file).to_pylist() for name, file in files.items()}
    aside = [(row["line"], row["column"], row["reason"], row["damaged"]) for row in told.pop(ASIDE)]
    return ReadTable(told, sorted(aside), sum(row["n"] for row in told.pop(SEEN)), cursor)


def workbook(*sheets: Any, **settings: Any) -> bytes:
    """Return an XLSX: each sheet is a list of rows, or a function of the sheet and the workbook."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "default_date_format": "dd/mm/yyyy", **settings})
    for sheet in sheets:
        page = book.add_worksheet()
        if callable(sheet):
            sheet(page, book)
            continue
        for number, row in enumerate(sheet):
            page.write_row(number, 0, row)
    book.close()
    return content.getvalue()
