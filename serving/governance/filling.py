"""Fills a template: what is known takes its place, what is not says who must fill it in. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

PLACE = re.compile(r"\{\{(\w+)(?:\|([^{}]*))?\}\}")
LEFT = "à compléter"


def fill(template: str, facts: Mapping[str, str | None]) -> str:
    """Return a template filled in; `{{name|who}}` becomes the fact, or « [à compléter par who] » where it is not known.

    A fact of several lines takes the place of its own line.

    Raises
    ------
    KeyError : the template names a fact that nobody gathers, or leaves to nobody one that is not known.

    >>> fill("De {{organisation}}, à {{contact|l'organisme}}.", {"organisation": "Centre A", "contact": None})
    "De Centre A, à [à compléter par l'organisme]."
    """

    def told(found: re.Match[str]) -> str:
        name, who = found.group(1), found.group(2)
        fact = facts[name] if name in facts or not who else None
        if fact:
            return fact
        if not who:
            raise KeyError(name)
        return f"[{LEFT} par {who}]"

    return PLACE.sub(told, template)


def left(text: str) -> int:
    """Return how many times a filled text says that somebody must fill it in."""
    return text.count(f"[{LEFT} par") + len(re.findall(rf"\| {LEFT} (?=\|)", text))


def table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a Markdown table, cells on one line; a word where there is no row."""
    if not rows:
        return "Aucun à ce jour."
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in line) + " |" for line in lines
    )
