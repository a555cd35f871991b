"""The header of a table: found among its first rows, read on one row or two, without case, accents or punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data.errors import SourceError
from data.sources.table_mapping import Mapping as TableMapping
from data.sources.table_values import fold, quoted

LONGEST_SHOWN = 40
SAME_ANSWER = {"", "response", "reponse", "open ended response", "reponse ouverte"}
FRENCH = {
    "nom", "prenom", "courriel", "adresse", "debut", "fin", "jour", "horodateur", "presence", "matin", "heure",
    "entree", "sortie", "motif", "reponse", "apprenant", "stagiaire", "formation", "emargement", "statut", "duree",
}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """The header of a file: the names of its columns, and the rows above."""

    names: tuple[str, ...]
    line: int
    above: tuple[tuple[str, ...], ...] = ()

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.names)

    @property
    def repeated(self) -> str:
        """The condition under which a row is the header again."""
        same = [f"c{n} = {quoted(name)}" for n, name in enumerate(self.names) if name]
        return f"({' AND '.join(same)})" if len(same) > 1 else "false"

    @property
    def french(self) -> bool:
        """Whether its words are French."""
        return any(FRENCH & set(plain_header(name).split()) for name in self.names)

    def find(self, headers: Iterable[str], file: str) -> int | None:
        """Return the first column that has one of some headers; none when there is none.

        Raises
        ------
        SourceError : two columns have it.
        """
        for wanted in headers:
            for same in (
                lambda name, w=wanted: name == w,
                lambda name, w=wanted: bool(name) and plain_header(name) == plain_header(w),
            ):
                found = [n for n, name in enumerate(self.names) if same(name)]
                if len(found) == 1:
                    return found[0]
                if found:
                    raise SourceError(
                        "two columns have the same header", where=f"{file}, {shown(wanted)}",
                        todo="rename one, or give each its own",
                    )  # fmt: skip
        return None


def refuse_values(header: Header, file: str) -> None:
    """Refuse a first row that holds a person's values: no column name is an e-mail.

    Raises
    ------
    SourceError : the file has no line of column names.
    """
    if any(re.search(r"[^@\s]@[^@\s]", name) for name in header.names):
        raise SourceError(
            "the file has no line of column names", where=file,
            accepted="a first line that names the columns, as E-mail, Session, Date", todo="add it and import again",
        )  # fmt: skip


def plain_header(header: str) -> str:
    """Return a header without case, accents or punctuation."""
    return re.sub(r"[^a-z0-9]+", " ", fold(header)).strip()


def shown(header: str) -> str:
    """Return a header short enough for an error; nothing of what looks like a person's."""
    if "@" in header or re.search(r"\d{5}", header):
        return "…"
    return header if len(header) <= LONGEST_SHOWN else header[: LONGEST_SHOWN - 1] + "…"


def read_header(top: Sequence[tuple[int, list[str]]], mapping: TableMapping) -> Header:
    """Return the header row that knows most of the mapping's headers, wherever it is among the first rows."""
    wanted = {plain_header(header) for header in wanted_headers(mapping)} - {""}
    patterns = [q.pattern for f in mapping.fillings for q in f.questions if q.pattern] + [
        f.pattern for f in mapping.fillings if f.pattern
    ]
    above, scores = {plain_header(label) for rule in mapping.rules() for label in rule.above}, []
    for number, (_, row) in enumerate(top):
        known = len({plain_header(cell) for cell in row} & wanted)
        matched = min(1, sum(bool(re.search(pattern, cell)) for cell in row for pattern in patterns if cell))
        # a label that tells of the whole table stands above its header
        labels = len({plain_header(cell) for cell in row} & above) / 4
        scores.append((known + matched / 2 - labels, sum(bool(cell) for cell in row) > 1, -number))
    best = -max(scores)[2] if scores else 0
    return header_at(top, best, mapping.header_rows)


def header_at(top: Sequence[tuple[int, list[str]]], number: int, rows: int = 1) -> Header:
    """Return the header that begins on one of the first rows."""
    line, names = top[number]
    if rows == 2 and number + 1 < len(top):
        line, second = top[number + 1]
        names = _two_rows(names, second)
    return Header(tuple(names), line, tuple(tuple(row) for _, row in top[:number]))


def _two_rows(first: list[str], second: list[str]) -> list[str]:
    """Return one header of two: a question above, its choices below; an empty cell repeats the question."""
    names, current = [], ""
    for above, below in zip(first, second + [""] * (len(first) - len(second)), strict=False):
        current = above or current
        names.append(current if plain_header(below) in SAME_ANSWER else f"{current} {below}".strip())
    return names


def wanted_headers(mapping: TableMapping) -> list[str]:
    """Return the headers that a mapping looks for."""
    told = [header for rule in mapping.rules() for header in (*rule.headers, *rule.join)]
    told += [header for filling in mapping.fillings for question in filling.questions for header in question.headers]
    return told + [header for rule in mapping.leave for header in rule.headers]
