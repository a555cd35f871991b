"""What every request needs, put together once by the factory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from fastapi import Request

from serving.clock import Clock
from serving.database import Database
from serving.language import Languages
from serving.learners.picture import PictureCache
from serving.settings import Settings
from serving.sources import Import

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


T = TypeVar("T")


class Directory(Protocol):
    """Who stands behind a pseudonym; the only door to names."""

    def names(self, ids: Collection[int]) -> dict[int, str]:
        """Return the names known; an unknown pseudonym is left out."""

    def mentors(self) -> dict[int, str]:
        """Return every mentor's name."""


class Words(Protocol):
    """Says a reason in a sentence, or names it."""

    def sentence(self, name: str, value: float | None, previous: float | None = None, lang: str = "fr") -> str:
        """Return the sentence of a feature's value."""

    def label(self, name: str, lang: str = "fr") -> str:
        """Return the feature's short name."""


class Records(Protocol):
    """The learner-record store, as far as the pages read it."""

    def connect(self) -> AbstractContextManager[DuckDBPyConnection]:
        """Open the records: one view per canonical table."""

    def kept(self, key: Hashable, read: Callable[[DuckDBPyConnection], T]) -> T:
        """Return what a read gives, read once for the same key and the same records."""

    def reads(self, purpose: str) -> Callable[[int], bool]:
        """Return what says whether a learner may be read for a purpose, as things stand now."""

    def imports(self) -> list[Import]:
        """Return the committed imports, the latest first."""


@dataclass(frozen=True)
class Site:
    """The server's parts."""

    settings: Settings
    database: Database
    clock: Clock
    languages: Languages
    directory: Directory
    words: Words
    records: Records
    pictures: PictureCache
    cookie_key: bytes
    journal_key: bytes


def site_of(request: Request) -> Site:
    """Return the parts of the server that answers this request."""
    site: Site = request.app.state.site
    return site
