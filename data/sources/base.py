"""What a source is: files it reads, columns it needs, and the canonical tables it makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from data.errors import SourceError
from data.identities import Identity
from data.progress import Report, silent
from data.sources.known import Known

if TYPE_CHECKING:
    from data.sources.staging import Staging

TIME_ZONE = "Europe/Paris"


@dataclass(frozen=True)
class RawColumn:
    """One column a source needs: its DuckDB type, and whether a row is damaged without it."""

    name: str
    type: str = "VARCHAR"
    required: bool = True


@dataclass(frozen=True)
class RawTable:
    """One table of a source, its columns and the key by which a repeated row is known."""

    name: str
    columns: tuple[RawColumn, ...]
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One reason not to keep a row: damaged (quarantined) or out of scope; the first that holds wins."""

    reason: str
    condition: str
    column: str = ""
    damaged: bool = True


@dataclass(frozen=True)
class Clock:
    """What the caller knows of time: the export's today when given, and the day it is really."""

    as_of: date | None
    latest: date
    time_zone: str = TIME_ZONE


@dataclass(frozen=True)
class Request:
    """What is asked of a source.

    `place` is a folder, a file or an address; `secret` a token or password, shown nowhere; `spool` a private
    folder for what is fetched, emptied afterwards; `cursor` what the last batch of this source left; `known` what the
    home held before, once the source gathers; `texts` whether the organisation keeps the texts of posts.
    """

    place: str
    clock: Clock
    spool: Path
    options: Mapping[str, str] = field(default_factory=dict)
    secret: str = field(default="", repr=False)
    cursor: Mapping[str, Any] = field(default_factory=dict)
    report: Report = silent
    known: Known = field(default_factory=Known, repr=False)
    texts: bool = False


@dataclass(frozen=True)
class Gathered:
    """The files to read, by raw table, and where the next import goes on from."""

    files: Mapping[str, Path]
    cursor: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Extract:
    """What a source made: one SELECT per canonical table, and who the pseudonyms are.

    `texts` is a SELECT of `post` (the source's identifier) and `text`, empty where no text is at hand; it is run only
    where the organisation keeps them.
    """

    tables: Mapping[str, str]
    identities: Sequence[Identity] = field(default_factory=tuple)
    as_of: date | None = None
    texts: str = ""


class Source(Protocol):
    """A system that records can be read from."""

    @property
    def name(self) -> str:
        """The source's short name, as on the command line and in the manifests."""

    @property
    def system(self) -> str:
        """Whose identifiers are read: every way of reading one system makes the same pseudonyms."""

    @property
    def has_today(self) -> bool:
        """Whether an export has a today; a closed archive has none."""

    @property
    def any_text(self) -> bool:
        """Whether it judges by itself how its files are written: their encoding is not looked at before."""

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return the files that alone determine the batch, by name; none when it is fetched.

        Raises
        ------
        SourceError : a file is missing.
        """

    def gather(self, request: Request) -> Gathered:
        """Find, fetch or read what is asked, as files by raw table."""

    def extract(self, staging: Staging, gathered: Gathered, clock: Clock, report: Report) -> Extract:
        """Load and judge the raw tables in `staging`, and return the canonical ones."""


def integer(name: str, *, required: bool = True) -> RawColumn:
    """Return a whole-number column."""
    return RawColumn(name, "BIGINT", required)


def number(name: str, *, required: bool = True) -> RawColumn:
    """Return a decimal-number column."""
    return RawColumn(name, "DOUBLE", required)


def text(name: str, *, required: bool = True) -> RawColumn:
    """Return a text column."""
    return RawColumn(name, "VARCHAR", required)


def damaged(column: str, reason: str, condition: str) -> Rule:
    """Return a rule that quarantines."""
    return Rule(reason, condition, column)


def out_of_scope(reason: str, condition: str) -> Rule:
    """Return a rule that leaves a sound row aside."""
    return Rule(reason, condition, damaged=False)


def existing_folder(place: str) -> Path:
    """Return a folder that is there.

    Raises
    ------
    SourceError : it is not.
    """
    folder = Path(place).expanduser()
    if not folder.is_dir():
        raise SourceError("not a folder of tables", where=str(folder), accepted="an existing folder")
    return folder
