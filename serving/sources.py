"""What the pages read outside the work database: the vault, the records, the catalogue."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, cast

from data.home import Home

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from data.identities import Vault


T = TypeVar("T")
MOST_KEPT = 512
"""Reads kept, the last asked for; each is a learner's weeks, or a session's."""


@dataclass(frozen=True)
class Import:
    """One committed import, for the administration's page."""

    source: str
    imported_at: datetime
    rows_in: int
    rows_kept: int
    rows_quarantined: int


class VaultDirectory:
    """Names, read from the vault; kept in memory for as long as its file does not change."""

    def __init__(self, home: Home) -> None:
        from data.identities import Vault

        self._path = home.identities_database
        self._vault: Vault = Vault(self._path)
        self._kept: dict[str, dict[int, str]] = {}
        self._stamp = 0

    def names(self, ids: Collection[int]) -> dict[int, str]:
        """Return the names known of learners and mentors; an unknown pseudonym is left out."""
        known = self._names("learner") | self._names("mentor")
        return {number: known[number] for number in ids if number in known}

    def mentors(self) -> dict[int, str]:
        """Return every mentor by name."""
        return dict(sorted(self._names("mentor").items(), key=lambda pair: pair[1]))

    def _names(self, kind: str) -> dict[int, str]:
        stamp = self._path.stat().st_mtime_ns if self._path.exists() else 0
        if stamp != self._stamp:
            self._kept, self._stamp = {}, stamp
        if kind not in self._kept:
            found = self._vault.find(kind).items() if stamp else ()
            self._kept[kind] = {number: one.display_name for number, one in found if one.display_name}
        return self._kept[kind]


@dataclass(frozen=True)
class Opened:
    """The records at their versions, and what pages read from them; when the versions change, all of it goes."""

    versions: dict[str, int]
    connection: DuckDBPyConnection
    found: OrderedDict[Hashable, object] = field(default_factory=OrderedDict)


class StoreRecords:
    """The learner-record store, opened for reading when a page needs it.

    The connection is kept for as long as no import is committed and nobody decides who is read: pages share it by
    cursors, and what a page read from it.
    """

    def __init__(self, home: Home) -> None:
        from data.store import RecordStore

        self._home, self._store = home, RecordStore(home)
        self._lock = threading.Lock()
        self._opened: Opened | None = None

    def connect(self) -> DuckDBPyConnection:
        """Open the committed records."""
        return self._now().connection.cursor()

    def kept(self, key: Hashable, read: Callable[[DuckDBPyConnection], T]) -> T:
        """Return what a read of the committed records gives, read once for the same key and the same records.

        Parameters
        ----------
        key : all that the read depends on, besides the records.
        """
        opened = self._now()
        with self._lock:
            if key in opened.found:
                opened.found.move_to_end(key)
                return cast("T", opened.found[key])
        with opened.connection.cursor() as cursor:
            found = read(cursor)
        with self._lock:
            opened.found[key] = found
            while len(opened.found) > MOST_KEPT:
                opened.found.popitem(last=False)
        return found

    def _now(self) -> Opened:
        """Return the records as they are now."""
        with self._lock:
            versions = self._store.versions()
            if self._opened is None or self._opened.versions != versions:
                self._opened = Opened(versions, self._store.connect(versions))
            return self._opened

    def reads(self, purpose: str) -> Callable[[int], bool]:
        """Return what says whether a learner may be read for a purpose, as things stand now."""
        from data.consents import Consents

        return Consents(self._home).access()[purpose].reads

    def imports(self) -> list[Import]:
        """Return the committed imports, the latest first."""
        from data.store import RecordStore

        return [
            Import(
                one.source, datetime.fromisoformat(one.imported_at), one.rows_in, one.rows_kept, one.rows_quarantined
            )
            for one in reversed(RecordStore(self._home).batches())
        ]


class CatalogueWords:
    """Reasons in the catalogue's own sentences."""

    def sentence(self, name: str, value: float | None, previous: float | None = None, lang: str = "fr") -> str:
        """Return the sentence of a feature's value."""
        from features import catalog

        return catalog.sentence(name, value, previous, lang)

    def label(self, name: str, lang: str = "fr") -> str:
        """Return the feature's short name."""
        from features import catalog

        return catalog.label(name, lang)
