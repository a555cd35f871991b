"""A document of sections, sentences and tables, the same in every language; written as Markdown or as a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from training.words import Said, told

MARKS = re.compile(r"([\\`*_\[\]<>|#&~])")
STYLE = (
    "body{font:16px/1.55 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1b2733}"
    "table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}"
    "td,th{border:1px solid #cfd6dd;padding:.3rem .6rem;text-align:right;font-variant-numeric:tabular-nums}"
    "th:first-child,td:first-child{text-align:left}h2{margin-top:2rem}li{margin:.3rem 0}"
)


@dataclass(frozen=True)
class Table:
    """Columns by the key of their name, and cells."""

    columns: Sequence[Said]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    items: Sequence[Said]


@dataclass(frozen=True)
class Section:
    """A title and what stands under it."""

    title: Said
    body: Sequence[Said | Table | Items]


@dataclass(frozen=True)
class Document:
    """A titled document; `name` is the model's, and stands after the title."""

    title: Said
    name: str
    sections: Sequence[Section]


def as_markdown(document: Document, language: str) -> str:
    """Return the document as Markdown; whatever comes from the records has its marks escaped."""

    def text(value: Any) -> str:
        return _mapped(value, language, lambda raw: MARKS.sub(r"\\\1", " ".join(raw.split())))

    out = [f"# {text(document.title)} – {text(document.name)}"]
    for section in document.sections:
        out += [f"## {text(section.title)}", *(_block(one, text) for one in section.body)]
    return "\n\n".join(out) + "\n"


def _block(one: Said | Table | Items, text: Callable[[Any], str]) -> str:
    if isinstance(one, Said):
        return text(one)
    if isinstance(one, Items):
        return "\n".join(f"- {text(item)}" for item in one.items)
    lines = [one.columns, *one.rows]
    cells = ["| " + " | ".join(text(cell) for cell in line) + " |" for line in lines]
    return "\n".join([cells[0], "|" + "---|" * len(one.columns), *cells[1:]])


def as_page(document: Document, language: str) -> str:
    """Return the document as a page that needs nothing else."""

    def text(value: Any) -> str:
        return escape(_mapped(value, language, lambda raw: raw))

    title = f"{text(document.title)} – {text(document.name)}"
    head = f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    out = [f"{head}<body><h1>{title}</h1>"]
    for section in document.sections:
        out += [f"<h2>{text(section.title)}</h2>", *(_element(one, text) for one in section.body)]
    return "\n".join(out) + "</body></html>\n"


def _element(one: Said | Table | Items, text: Callable[[Any], str]) -> str:
    if isinstance(one, Said):
        return f"<p>{text(one)}</p>"
    if isinstance(one, Items):
        return "<ul>" + "".join(f"<li>{text(item)}</li>" for item in one.items) + "</ul>"
    head = "".join(f"<th>{text(cell)}</th>" for cell in one.columns)
    body = "".join("<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in line) + "</tr>" for line in one.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _mapped(value: Any, language: str, raw: Callable[[str], str]) -> str:
    """A value in words; what is not of our words (a bare text) goes through `raw`, inside a sentence too."""
    if isinstance(value, Said):
        inner = {name: _mapped(one, language, raw) for name, one in value.values.items()}
        return told(Said(value.key, inner), language)
    return raw(told(value, language))
