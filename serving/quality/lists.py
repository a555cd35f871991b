"""Pages of the quality team's lists: what is chosen lives in the address, a page of so many lines. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")
PER_PAGE = 50
Accepted = Mapping[str, Container[str] | None]
"""The filters of a list, each with its values; None: any short text."""


@dataclass(frozen=True)
class Wanted:
    """What an address asks of a list: its filters by name (empty: everything) and a page."""

    filters: Mapping[str, str]
    page: int = 1

    def __getitem__(self, name: str) -> str:
        """Return what a filter asks, empty for everything."""
        return self.filters.get(name, "")

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return any(self.filters.values())

    def address(self, **changed: str | int) -> str:
        """Return the query string of this list, some of it changed; what asks nothing is left out."""
        told = {**self.filters, "page": self.page, **changed}
        return "?" + urlencode({name: v for name, v in told.items() if v and (name != "page" or v != 1)})


def read(values: Mapping[str, str], accepted: Accepted) -> Wanted:
    """Return what an address asks; a value that is not accepted asks nothing.

    Parameters
    ----------
    accepted : the filters of the list.
    """
    kept = {name: _kept(values.get(name, "")[:200], among) for name, among in accepted.items()}
    asked = values.get("page", "")
    page = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 1
    return Wanted(kept, max(1, page))


def _kept(text: str, among: Container[str] | None) -> str:
    return text if among is None or text in among else ""


@dataclass(frozen=True)
class Shown(Generic[T]):
    """One page of a list: its lines, how many there are in all, and where it stands."""

    lines: Sequence[T]
    total: int
    page: int
    last: int


def show(lines: Sequence[T], page: int, *, per_page: int = PER_PAGE) -> Shown[T]:
    """Return the page asked for, or the last one."""
    last = max(1, -(-len(lines) // per_page))
    page = min(page, last)
    return Shown(lines[(page - 1) * per_page : page * per_page], len(lines), page, last)
