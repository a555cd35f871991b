"""A document of sections, sentences and tables, the same in every language; written as Markdown or as a page."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from training.words import LANGUAGES, Said, say, told

MARKS = re.compile(r"([\\`*_\[\]<>|#&~])")
STYLE = (
    "body{font:16px/1.55 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1b2733;"
    "background:#fff;overflow-wrap:break-word}"
    "table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto;overflow-wrap:normal}"
    "td,th{border:1px solid #cfd6dd;padding:.3rem .6rem;text-align:right;font-variant-numeric:tabular-nums}"
    "th{background:#f3f5f7;vertical-align:bottom;min-width:3.5rem}td{white-space:nowrap;background:#fff}"
    "th:first-child,td:first-child{text-align:left;white-space:normal;min-width:7rem;position:sticky;left:0}"
    "th:nth-child(n+8){min-width:8rem}"
    "h1{line-height:1.25}h2{margin-top:2rem}li{margin:.3rem 0}@media(max-width:40rem){h1{font-size:1.5rem}"
    "table{font-size:.9rem}th:first-child,td:first-child{min-width:5.5rem}}"
)
SWITCH = (
    "nav{margin:0 0 1rem}nav a{margin-right:1rem}figure{margin:1.5rem 0}figure img{max-width:100%;height:auto}"
    "figcaption{color:#4b5a68}#en:not(:target){display:none}body:has(#en:target) #fr{display:none}"
    "@media print{#en:not(:target){display:block}nav{display:none}}"
)
"""French is shown until the English part is asked for; on paper, both are."""
NAMES = {"fr": "Français", "en": "English"}


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

    title, body = _part(document, language)
    return f"{_head(language, title, STYLE)}<body>{body}</body></html>\n"


def as_page_in_all(document: Document, pictures: Mapping[str, bytes]) -> str:
    """Return one page with the document in every language, the first shown until another is asked for by its link.

    Parameters
    ----------
    pictures : PNG images by the last part of their caption's key in `picture`.
    """
    parts = {language: _part(document, language) for language in LANGUAGES}
    title = next(iter(parts.values()))[0]
    links = " ".join(f'<a href="#{one}" lang="{one}" hreflang="{one}">{NAMES[one]}</a>' for one in LANGUAGES)
    shown = [f'<main id="{one}" lang="{one}">{body}</main>' for one, (_, body) in parts.items()]
    drawn = [_figure(name, png) for name, png in pictures.items()]
    body = "\n".join([f"<nav>{links}</nav>", *shown, *drawn])
    return f"{_head(LANGUAGES[0], title, STYLE + SWITCH)}<body>{body}</body></html>\n"


def _figure(name: str, png: bytes) -> str:
    """One picture with its caption in every language."""
    said = {language: escape(say(Said(f"picture.{name}"), language)) for language in LANGUAGES}
    caption = " · ".join(f'<span lang="{language}">{text}</span>' for language, text in said.items())
    image = f'<img alt="{said[LANGUAGES[0]]}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def _head(language: str, title: str, style: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><meta name="viewport"'
        f' content="width=device-width, initial-scale=1"><title>{title}</title><style>{style}</style>'
    )


def _part(document: Document, language: str) -> tuple[str, str]:
    """The title of a document in one language, and what stands in the page's body."""

    def text(value: Any) -> str:
        return escape(_mapped(value, language, lambda raw: raw))

    title = f"{text(document.title)} – {text(document.name)}"
    out = [f"<h1>{title}</h1>"]
    for section in document.sections:
        out += [f"<h2>{text(section.title)}</h2>", *(_element(one, text) for one in section.body)]
    return title, "\n".join(out)


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
