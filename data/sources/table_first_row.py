"""Whether the row taken for a header names columns, or holds somebody's values: those are never shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from data.errors import SourceError
from data.sources.table_header import Header, plain_header, wanted_headers
from data.sources.table_mapping import Mapping as TableMapping
from data.sources.table_mapping import preset_file, presets, read_mapping

NAMES, DATA, UNSURE = "names", "data", "unsure"
LOOKS = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "date": re.compile(r"\d{4}-\d\d-\d\d([T ].*)?|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}([ ,].*)?"),
    "number": re.compile(r"-?\d+([.,]\d+)?( ?%)?|\d+([.,]\d+)?/\d+"),
}


def judged(header: Header, top: Sequence[tuple[int, list[str]]], mapping: TableMapping | None = None) -> str:
    """Say what a row holds: names when it has words of headers, or is unlike what is below; data when it is alike.

    Parameters
    ----------
    top : the first rows of the file, with their lines.
    """
    if header.line == 0:
        return NAMES  # a Parquet file says its columns apart
    names = list(header.names)
    below = [row for line, row in top if line > header.line and row != names]
    words = known_headers() | ({plain_header(each) for each in wanted_headers(mapping)} if mapping else set())
    known = len({plain_header(name) for name in names} & (words - {""}))
    columns = [(name, [row[n] for row in below if n < len(row) and row[n]]) for n, name in enumerate(names) if name]
    alike = sum(_alike(name, cells, is_last=not below) for name, cells in columns)
    if known > 1 or (known and not alike):
        return NAMES
    if alike:
        return DATA
    return NAMES if any(look_of(cells) and look_of([name]) != look_of(cells) for name, cells in columns) else UNSURE


def refuse_data(file: str) -> SourceError:
    """Return the error of a file whose first row holds values."""
    return SourceError(
        "the first row looks like data, not headers", where=file,
        accepted="a first line that names the columns, as E-mail, Session, Date", todo="add it and import again",
    )  # fmt: skip


def look_of(cells: Iterable[str]) -> str:
    """Return what filled cells mostly look like: email, date or number; empty for anything else, and for none."""
    held = list(cells)
    for look, pattern in LOOKS.items():
        if held and sum(bool(pattern.fullmatch(cell.strip())) for cell in held) > 0.8 * len(held):
            return look
    return ""


@cache
def known_headers() -> frozenset[str]:
    """Return the headers that the presets know, without case, accents or punctuation."""
    return frozenset(
        plain_header(each) for name in presets() for each in wanted_headers(read_mapping(preset_file(name)))
    )


def _alike(name: str, cells: Sequence[str], *, is_last: bool) -> bool:
    """Say whether a cell could be one of those below: it is there again, or is a date or a number as they are."""
    look = look_of([name])
    return name in cells or bool(look and (is_last or look == look_of(cells)))
