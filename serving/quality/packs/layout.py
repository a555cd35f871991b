"""How a sheet stands on a page: which columns, how wide, and what is told when it is too long to be printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from serving.language import Speech
from serving.quality.packs.glyphs import LONGEST_WORD, drawn
from serving.quality.sheets import Cell, Sheet, written

MOST_ROWS = 500
"""Lines of a sheet that are printed; a longer one is summed up in the PDF and whole in the other files."""
MOST_COLUMNS = 9
"""Columns of a table; those beyond are told one after the other in the last one."""
UPRIGHT_COLUMNS = 6
"""Columns that fit on a page that stands upright."""
NARROW = 12
"""A column whose every cell is at most so long, or one word, is as wide as it needs."""


@dataclass(frozen=True)
class Printed:
    """A sheet as the PDF tells it: what is said before, then its tables, each as Typst reads it."""

    sheet: Sheet
    said: tuple[str, ...]
    tables: tuple[dict[str, Any], ...]

    @property
    def landscape(self) -> bool:
        """Whether a table is too wide for a page that stands upright."""
        return any(len(one["columns"]) > UPRIGHT_COLUMNS for one in self.tables)


def printed(sheet: Sheet, speech: Speech, *, most: int = MOST_ROWS) -> Printed:
    """Return a sheet as the PDF tells it: whole, or summed up when it has more than `most` lines; never cut."""
    note = (sheet.note,) if sheet.note else ()
    if not sheet.rows:
        return Printed(sheet, (*note, speech.say("There is nothing to tell on these days.")), ())
    if len(sheet.rows) <= most:
        return Printed(sheet, note, (table(folded(sheet, speech), speech),))
    whole = speech.say(
        "This part has %(n)s lines: its summary is below, the whole is in dossier.xlsx and in csv/%(key)s.csv.",
        n=speech.number(len(sheet.rows)), key=sheet.key,
    )  # fmt: skip
    tables = tuple(table(one, speech) for one in summaries(sheet, speech))
    return Printed(sheet, (*note, whole), tables)


def folded(sheet: Sheet, speech: Speech) -> Sheet:
    """Return a sheet without the columns that are empty, those beyond the ninth told in one."""
    used = [at for at in range(len(sheet.columns)) if any(row[at] not in (None, "") for row in sheet.rows)]
    if len(used) <= MOST_COLUMNS:
        kept = tuple(tuple(row[at] for at in used) for row in sheet.rows)
        return replace(sheet, columns=tuple(sheet.columns[at] for at in used), rows=kept)
    first, rest = used[: MOST_COLUMNS - 1], used[MOST_COLUMNS - 1 :]
    rows = tuple((*(row[at] for at in first), _details(sheet, row, rest, speech)) for row in sheet.rows)
    return replace(sheet, columns=(*(sheet.columns[at] for at in first), speech.say("Details")), rows=rows)


def _details(sheet: Sheet, row: Sequence[Cell], rest: Sequence[int], speech: Speech) -> str:
    told = [
        speech.say("%(head)s: %(value)s", head=sheet.columns[at], value=_text(row[at], speech))
        for at in rest
        if row[at] not in (None, "")
    ]
    return " · ".join(told)


def summaries(sheet: Sheet, speech: Speech) -> list[Sheet]:
    """Return how many lines a long sheet has by month, and by its chief column."""
    found = []
    if sheet.by in sheet.columns:
        found.append(_counted(sheet, sheet.by, [row[sheet.columns.index(sheet.by)] for row in sheet.rows], speech))
    dated = next((at for at, cell in enumerate(sheet.rows[0]) if isinstance(cell, date)), None)
    if dated is not None:
        months = [_month(row[dated], speech) for row in sheet.rows]
        found.append(_counted(sheet, speech.say("Month"), months, speech))
    return found


def _month(cell: Cell, speech: Speech) -> Cell:
    day = cell.astimezone(speech.zone).date() if isinstance(cell, datetime) else cell
    return day.replace(day=1) if isinstance(day, date) else None


def _counted(sheet: Sheet, head: str, values: Sequence[Cell], speech: Speech) -> Sheet:
    counts = Counter(values)
    keys = sorted(counts, key=str) if any(isinstance(one, date) for one in counts) else [k for k, _ in _ranked(counts)]
    rows = tuple((speech.day(key, "MMMM y") if isinstance(key, date) else key, counts[key]) for key in keys)
    return Sheet(sheet.key, head, (head, speech.say("Number of lines")), rows)


def _ranked(counts: Counter[Cell]) -> list[tuple[Cell, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))


def table(sheet: Sheet, speech: Speech) -> dict[str, Any]:
    """Return a sheet as Typst's table reads it: heads, rows of text, the width and the side of each column."""
    rows = [[drawn(_text(cell, speech)) for cell in row] for row in sheet.rows]
    heads = [drawn(head) for head in sheet.columns]
    columns = list(zip(heads, *rows, strict=True))
    numbers = [all(isinstance(row[at], int | float | None) for row in sheet.rows) for at in range(len(heads))]
    return {"columns": [_column(cells, right=right) for cells, right in zip(columns, numbers, strict=True)],
            "heads": heads, "rows": rows}  # fmt: skip


def _column(cells: Sequence[str], *, right: bool) -> dict[str, Any]:
    """Return a column's width (0: as wide as it needs; otherwise its share) and whether it stands on the right."""
    longest = max(len(word) for cell in cells for word in (cell.split() or [""]))
    widest = max(len(cell) for cell in cells[1:])
    if longest <= NARROW >= widest or (widest <= longest <= LONGEST_WORD):
        return {"share": 0, "right": right}
    typical = sum(len(cell) for cell in cells) / len(cells)
    return {"share": max(min(longest, LONGEST_WORD), min(60.0, typical)), "right": right}


def _text(cell: Cell, speech: Speech) -> str:
    if isinstance(cell, float):
        return speech.number(cell)
    return written(cell, speech.zone)
