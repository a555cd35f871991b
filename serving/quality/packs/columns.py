"""How wide each column of a table is, so that no word of it lies over another or leaves the page. Pure.

Every width is in thousandths of the size of the letters (ems), so that a smaller letter is a wider page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

EM = 1000
PADDING = 720
"""What a cell leaves on both its sides, and a hair so that a word that fits exactly is not broken."""
SHORT = 8 * EM
"""A column whose every cell is at most so wide is told on one line, where the page allows it."""
UPRIGHT_COLUMNS = 6
"""Columns that stand upright even when their cells take several lines."""
COMFORTABLE = 1.5
"""Lines that a row may take on average on a page that stands upright, beyond so many columns."""
HALF_A_PAGE = 24
"""Lines that stand upright whatever they are."""
LEVELS = 100_000_000
"""The finest step of a share; at the last one, each column has its least."""


@dataclass(frozen=True)
class Page:
    """A page to stand on: whether it lies on its side, the size of its letters in points, its room in them."""

    landscape: bool
    size: float
    room: int


def page(landscape: bool, size: float) -> Page:
    """Return a page of letters of a size; the rooms are those of `pack.typ`, in points."""
    return Page(landscape, size, int((762.5 if landscape else 481.8) * EM / size))


PAGES = (page(False, 9), page(False, 8), page(True, 8), page(True, 7))
"""Where a sheet may stand, the best first."""
BESIDE = (page(False, 8.5), page(False, 7.5))
"""Where the steps of a chain may stand: on the page of their enrolment."""


@dataclass(frozen=True)
class Column:
    """What a column holds: its widest word, its widest cell with its head, and how wide each cell is on one line."""

    word: int
    whole: int
    cells: tuple[int, ...]

    @classmethod
    def of(cls, head: tuple[int, int], cells: Sequence[tuple[int, int]]) -> Column:
        """Return a column from its head and its cells, each by its widest word and by its whole.

        A head may take two lines where its cells are shorter.
        """
        word = max(head[0], *(one[0] for one in cells), 0)
        whole = max(word, head[1] * 3 // 5, *(one[1] for one in cells))
        return cls(word, whole, tuple(one[1] for one in cells))

    @property
    def short(self) -> int:
        """The least width at which it reads well."""
        return self.whole if self.whole <= SHORT else self.word

    @property
    def typical(self) -> int:
        """How wide a typical cell is: the root of the mean of their squares."""
        return max(self.word, isqrt(sum(one * one for one in self.cells) // max(1, len(self.cells))))


@dataclass(frozen=True)
class Stand:
    """Where a table stands: on which page, how wide each column is with what it leaves on its sides."""

    page: Page
    widths: tuple[int, ...]


def stand(columns: Sequence[Column], pages: Sequence[Page] = PAGES) -> Stand | None:
    """Return where a table stands: the first page where it reads well, else where each word fits; None: nowhere."""
    for one in pages:
        found = shared(columns, [column.short for column in columns], one.room)
        if found and (one.landscape or len(columns) <= UPRIGHT_COLUMNS or _comfortable(columns, found)):
            return Stand(one, found)
    for one in pages:
        found = shared(columns, [column.word for column in columns], one.room)
        if found:
            return Stand(one, found)
    return None


def _comfortable(columns: Sequence[Column], widths: Sequence[int]) -> bool:
    told = rows(columns, widths)
    return sum(told) <= max(HALF_A_PAGE, COMFORTABLE * len(told))


def rows(columns: Sequence[Column], widths: Sequence[int]) -> list[int]:
    """Return how many lines each row takes, about: where a cell takes several, the end of each is left white."""
    inner = [width - PADDING for width in widths]
    return [
        max(1 if cell <= room else -(-cell * 16 // (room * 15)) for cell, room in zip(row, inner, strict=True))
        for row in zip(*(column.cells for column in columns), strict=True)
    ]


def shared(columns: Sequence[Column], least: Sequence[int], room: int) -> tuple[int, ...] | None:
    """Share a room out between columns, none narrower than its least, so that rows take few lines.

    A column is never wider than its widest cell: what is left over stays white.

    Returns
    -------
    The width of each with its padding; None when their least widths do not fit together.
    """
    room -= PADDING * len(columns)
    if sum(least) > room:
        return None
    typical = [column.typical for column in columns]
    roots = [isqrt(one * EM) for one in typical]
    between = [isqrt(one * root) for one, root in zip(typical, roots, strict=True)]
    tried = [_levelled(columns, least, room, weights) for weights in (typical, between, roots)]
    return min(tried, key=lambda widths: sum(rows(columns, widths)))


def _levelled(columns: Sequence[Column], least: Sequence[int], room: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Give each column its part of a room by its weight, between its least and its widest cell."""
    low, high = 0, LEVELS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if sum(_at(columns, least, weights, middle)) > room else (low, middle)
    return tuple(width + PADDING for width in _at(columns, least, weights, high))


def _at(columns: Sequence[Column], least: Sequence[int], weights: Sequence[int], level: int) -> list[int]:
    return [
        max(low, min(column.whole, weight * LEVELS // 1000 // max(1, level)))
        for column, low, weight in zip(columns, least, weights, strict=True)
    ]
