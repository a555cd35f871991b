"""The two files a teacher downloads, told apart by their headers: the Logs report and the grades export."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from data.errors import SourceError
from data.sources.moodle_events import plain
from data.sources.raw import probe

LOG, GRADES = "log", "grades"
LOG_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "time": ("time", "heure", "date"),
    "name": ("user full name", "nom complet de l'utilisateur", "nom complet"),
    "affected": ("affected user", "utilisateur concerné", "utilisateur touché"),
    "context": ("event context", "contexte de l'événement"),
    "component": ("component", "composant"),
    "event": ("event name", "nom de l'événement"),
    "description": ("description",),
    "origin": ("origin", "origine"),
}
"""Columns of the Logs report that are read; the IP address is not."""
GRADES_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "first": ("first name", "prénom"),
    "last": ("last name", "surname", "nom de famille", "nom"),
    "email": ("email address", "adresse de courriel", "courriel"),
    "downloaded": ("last downloaded from this course", "dernier téléchargement depuis ce cours"),
}
FRENCH = frozenset({"heure", "prénom"})
SHARE = re.compile(r"\((?:percentage|pourcentage)\)$")
MARK = re.compile(r"\((?:real|brut|brute|réel|réelle)\)$")
GRADED = frozenset({"quiz", "test", "devoir", "assignment"})
_SESSION = (
    re.compile(r"(?:logs?|journaux|grades|notes)[-_](?P<code>.+?)(?:_\d{8}[-_]\d{4,6})?\.csv", re.I),
    re.compile(r"(?P<code>.+?)[ _-]+(?:notes|grades)(?:[-_ ].*)?\.csv", re.I),
)


@dataclass(frozen=True)
class Report:
    """One file: which of the two it is, where its columns are, and whether its headers are in French."""

    path: Path
    kind: str
    columns: Mapping[str, int]
    header: tuple[str, ...]
    separator: str
    french: bool

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows with their line, from 2; one cut short is yielded as it is.

        Raises
        ------
        SourceError : the file is not a CSV.
        """
        line = 1
        with self.path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter=self.separator)
            try:
                next(reader)
                for line, row in enumerate(reader, 2):
                    if row:
                        yield line, row
            except csv.Error as error:
                raise SourceError(
                    "the file is not a readable CSV", where=f"{self.path.name}, after line {line}",
                    accepted="comma-separated values, quoted with double quotes", todo="download it again",
                ) from error  # fmt: skip

    def value(self, row: list[str], column: str) -> str:
        """Return a value of a row; empty where the file has no such column."""
        place = self.columns.get(column)
        return row[place].strip() if place is not None and place < len(row) else ""

    def session(self, asked: str) -> str:
        """Return the short name of the course, asked for or told by the file's name.

        Raises
        ------
        SourceError : neither tells.
        """
        found = next((match["code"] for shape in _SESSION if (match := shape.fullmatch(self.path.name))), "")
        if not asked and not found:
            raise SourceError(
                "which session the file is of is not told", where=self.path.name,
                accepted="logs-CODE.csv, CODE Notes.csv", todo="say it: --session CODE",
            )  # fmt: skip
        return asked or found


def open_report(path: Path) -> Report:
    """Return a file as the report it is.

    Raises
    ------
    SourceError : it is neither, or cannot be read.
    """
    probe(path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline(1 << 16)
    separator = max(",;\t:", key=first.count)
    header = tuple(next(csv.reader([first], delimiter=separator), ()))
    names = [plain(name) for name in header]
    for kind, wanted in ((LOG, LOG_COLUMNS), (GRADES, GRADES_COLUMNS)):
        columns = {
            column: names.index(known) for column, accepted in wanted.items() for known in accepted if known in names
        }
        needed = {"time", "event", "description"} if kind == LOG else {"first", "last"}
        if needed <= set(columns):
            return Report(path, kind, columns, header, separator, bool(FRENCH & set(names)))
    raise SourceError(
        "neither a Logs report nor a grades export", where=path.name,
        accepted="the columns Heure, Nom de l’événement, Description; or Prénom, Nom de famille; or in English",
        todo="download it as CSV with the site in French or in English",
    )  # fmt: skip


def graded(report: Report) -> dict[int, tuple[str, str]]:
    """Return the assessments of a grades export: column, then title and way, `share` or `mark`.

    A column is named `Test Quiz 1 (Brut)` or `Quiz: Quiz 1 (Real)`; totals and what is neither a quiz nor an
    assignment are not assessments.
    """
    found = {}
    for place, name in enumerate(report.header):
        told = plain(name)
        way = "share" if SHARE.search(told) else "mark" if MARK.search(told) else ""
        if way and re.split(r"[\s:]", told, maxsplit=1)[0] in GRADED:
            found[place] = (titled(name.rsplit("(", 1)[0]), way)
    return found


@lru_cache(maxsize=1 << 10)
def titled(context: str) -> str:
    """Return the title of an element as it is compared: `Test: Quiz 1` and `Test Quiz 1` are one."""
    return plain(re.sub(r"^(\w+)\s*:\s*", r"\1 ", context.strip().replace("\u00a0", " ")))


def number(text: str) -> float | None:
    """Return a number written with a comma or a point, and perhaps a percent sign; None where there is none."""
    told = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "").removesuffix("%").replace(",", ".")
    return float(told) if re.fullmatch(r"-?\d{1,6}(\.\d+)?", told) else None
