"""The whole file as one tagged PDF (Typst), the same bytes for the same text and day. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from serving.governance.schemas import Piece

HEAD = """#set document(title: "{title}", author: "{author}", date: datetime(year: {day.year}, month: {day.month}, \
day: {day.day}))
#set text(lang: "fr", font: "Libertinus Serif", size: 10.5pt, hyphenate: true)
#set page(paper: "a4", margin: 2cm, numbering: "1 / 1")
#set par(justify: false)
#show table.cell.where(y: 0): strong
#set table(stroke: 0.5pt + luma(160), inset: 4pt)
#show heading.where(level: 1): it => {{ pagebreak(weak: true); it }}
#outline(depth: 1)
"""
TITLE = "Dossier de gouvernance"
SPECIAL = re.compile(r"([\\#$*_`<>@~\[\]])")
MARKDOWN = re.compile(r"\\([\\`*_\[\]<>|#&~])")


def as_pdf(made: Sequence[Piece], *, day: date, organisation: str) -> bytes:
    """Return the pieces one after the other, readable aloud (PDF/UA-1)."""
    import typst

    head = HEAD.format(title=TITLE, author=organisation.replace("\\", "").replace('"', "'"), day=day)
    body = "\n".join(line for one in made for line in as_typst(one.text))
    at = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    written: bytes = typst.compile(
        (head + body).encode(), format="pdf", pdf_standards=["ua-1"], ignore_system_fonts=True, timestamp=at
    )
    return written


def as_typst(markdown: str) -> Iterator[str]:
    """Yield the lines of Typst of a Markdown text: headings, paragraphs, lists and tables, which are all it holds."""
    rows: list[list[str]] = []
    for line in [*markdown.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
            continue
        if rows:
            yield from _table(rows)
            rows = []
        yield _line(line)


def _line(line: str) -> str:
    heading, bullet, step = (re.match(mark, line) for mark in (r"(#+) +(.*)", r"- +(.*)", r"\d+\. +(.*)"))
    if heading:
        return f"{'=' * len(heading.group(1))} {_words(heading.group(2))}"
    if bullet:
        return f"- {_words(bullet.group(1))}"
    return f"+ {_words(step.group(1))}" if step else _words(line)


def _table(rows: list[list[str]]) -> Iterator[str]:
    """Yield a table whose first line is its head; the line of dashes is Markdown's own."""
    lines = [row for row in rows if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    width = max(map(len, lines))
    columns = ", ".join(["auto"] if width == 1 else ["auto", *["1fr"] * (width - 1)] if width > 3 else ["1fr"] * width)
    yield f"#table(columns: ({columns},),"
    head, *body = [[*(f"[{_words(cell)}]" for cell in row), *["[]"] * (width - len(row))] for row in lines]
    yield f"  table.header({', '.join(head)}),"
    yield from (f"  {', '.join(row)}," for row in body)
    yield ")"


def _words(text: str) -> str:
    """Return text with nothing that Typst reads as a mark."""
    plain = MARKDOWN.sub(r"\1", text)
    told = SPECIAL.sub(r"\\\1", plain.replace("`", ""))
    return re.sub(r"^([-+=/])", r"\\\1", told).replace("//", "/\\/")
