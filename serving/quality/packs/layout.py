"""How a sheet stands on a page: which columns, how wide, and what is told when it is too long to be printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from serving.language import Speech
from serving.quality.packs.columns import PAGES, Column, Page, stand
from serving.quality.packs.glyphs import BREAK, drawn
from serving.quality.packs.press import PackError, Word, measured
from serving.quality.sheets import Cell, Sheet, written

MOST_ROWS = 500
"""Lines of a sheet that are printed; a longer one is summed up in the PDF and whole in the other files."""
MOST_COLUMNS = 11
"""Columns of a table; beyond, those that hold the least are told one after the other in the last one."""
ENDS = re.compile(f"[ {BREAK}]+")
"""Where a line may end for sure: Typst may end one elsewhere too, after a hyphen for instance."""
SPACE = 250
"""How wide a space is, in thousandths of the size of its letters."""


@dataclass(frozen=True)
class Printed:
    """A sheet as the PDF tells it: what is said before, then its tables, each as Typst reads it."""

    sheet: Sheet
    said: tuple[str, ...]
    tables: tuple[dict[str, Any], ...]

    @property
    def landscape(self) -> bool:
        """Whether a table is too wide for a page that stands upright."""
        return any(one["landscape"] for one in self.tables)

    @property
    def n_rows(self) -> int:
        """How many lines its tables have."""
        return sum(len(one["rows"]) for one in self.tables)


def printed(sheet: Sheet, speech: Speech, *, most: int = MOST_ROWS) -> Printed:
    """Return a sheet as the PDF tells it: whole, or summed up when it has more than `most` lines; never cut.

    What each line says alike for the same first cell (`Sheet.once`) is told once, in a table of its own.
    """
    note = (sheet.note,) if sheet.note else ()
    if not sheet.rows:
        return Printed(sheet, (*note, speech.say("There is nothing to tell on these days.")), ())
    if len(sheet.rows) <= most:
        short, once, alike = told_once(sheet, speech)
        return Printed(sheet, (*note, *alike), tuple(table(one, speech) for one in (short, *once)))
    whole = speech.say(
        "This part has %(n)s lines: its summary is below, the whole is in dossier.xlsx and in csv/%(key)s.csv.",
        n=speech.number(len(sheet.rows)), key=sheet.key,
    )  # fmt: skip
    tables = tuple(table(one, speech) for one in summaries(sheet, speech))
    return Printed(sheet, (*note, whole), tables)


def told_once(sheet: Sheet, speech: Speech) -> tuple[Sheet, tuple[Sheet, ...], tuple[str, ...]]:
    """Return a sheet without what it says once, that as a sheet by its first cell, and what is the same everywhere."""
    apart = [at for at, head in enumerate(sheet.columns) if head in sheet.once]
    if not apart:
        return sheet, (), ()
    same = [at for at in apart if len({row[at] for row in sheet.rows}) == 1]
    by_first = [at for at in apart if at not in same]
    rest = _only(sheet, [at for at in range(len(sheet.columns)) if at not in apart], sheet.rows)
    alike = (f"{_details(sheet, sheet.rows[0], same, speech)}.",) if same else ()
    distinct = tuple(dict.fromkeys(tuple(row[at] for at in (0, *by_first)) for row in sheet.rows))
    once = replace(sheet, columns=tuple(sheet.columns[at] for at in (0, *by_first)), rows=distinct)
    return rest, (once,) if by_first else (), alike


def _only(sheet: Sheet, kept: Sequence[int], rows: Iterable[Sequence[Cell]]) -> Sheet:
    cells = tuple(tuple(row[at] for at in kept) for row in rows)
    return replace(sheet, columns=tuple(sheet.columns[at] for at in kept), rows=cells)


def folded(sheet: Sheet, speech: Speech, most: int = MOST_COLUMNS) -> Sheet:
    """Return a sheet without its empty columns.

    Where more than `most` are left, those that fewer than half of the lines fill are told in the last column; if that
    is not enough, those that the fewest fill.
    """
    filled = [sum(row[at] not in (None, "") for row in sheet.rows) for at in range(len(sheet.columns))]
    used = [at for at, n in enumerate(filled) if n] or [0]
    if len(used) <= most:
        return _only(sheet, used, sheet.rows)
    best = sorted(used, key=lambda at: (-filled[at], at))[: most - 1]
    first = sorted(at for at in best if 2 * filled[at] >= len(sheet.rows) or at == best[0])
    rest = [at for at in used if at not in first]
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


def table(sheet: Sheet, speech: Speech, pages: Sequence[Page] = PAGES) -> dict[str, Any]:
    """Return a sheet as Typst's table reads it: heads, rows of text, the width and the side of each column.

    Where its words do not fit beside each other on any page, more and more of its columns are told in the last one.
    """
    ruler = Ruler()
    for most in range(MOST_COLUMNS, 1, -1):
        told = folded(sheet, speech, most)
        rows = [[drawn(_text(cell, speech)) for cell in row] for row in told.rows]
        heads = [drawn(head) for head in told.columns]
        found = stand(ruler.columns(heads, rows), pages)
        if found is not None:
            break
    else:
        raise PackError("a table of the pack is too wide for any page", where=sheet.key)
    numbers = [all(isinstance(row[at], int | float | None) for row in told.rows) for at in range(len(heads))]
    columns = [{"width": width, "right": right} for width, right in zip(found.widths, numbers, strict=True)]
    return {"columns": columns, "heads": heads, "rows": rows, "size": found.page.size,
            "landscape": found.page.landscape}  # fmt: skip


@dataclass(frozen=True)
class Ruler:
    """Measures the columns of a table; a word is measured once."""

    known: dict[Word, int] = field(default_factory=dict)

    def columns(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Column]:
        """Return what each column holds, heads in bold."""
        texts = [(head, True) for head in heads] + [(cell, False) for row in rows for cell in row]
        wanted = {(word, bold) for text, bold in texts for word in ENDS.split(text)}
        self.known.update(measured(wanted - self.known.keys()))
        cells = [[self._spans(row[at], bold=False) for row in rows] for at in range(len(heads))]
        return [Column.of(self._spans(head, bold=True), mine) for head, mine in zip(heads, cells, strict=True)]

    def _spans(self, text: str, *, bold: bool) -> tuple[int, int]:
        """Return how wide a text's widest word is, and how wide it is on one line."""
        widths = [self.known[word, bold] for word in ENDS.split(text)]
        return max(widths), sum(widths) + SPACE * (len(widths) - 1)


def _text(cell: Cell, speech: Speech) -> str:
    if isinstance(cell, float):
        return speech.number(cell)
    return written(cell, speech.zone)
