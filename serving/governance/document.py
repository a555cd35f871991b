"""The pieces of the file, in order, and what each is called. Pure but for its own templates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from serving.governance.facts import facts
from serving.governance.filling import fill, left
from serving.governance.schemas import Known, Piece
from serving.language import Speech

FOLDER = Path(__file__).parent / "templates"
PIECES = (
    "notice-apprenants", "aipd", "registre-des-risques", "controle-humain", "instructions-controle-humain", "annexe-iv",
    "variables",
)  # fmt: skip
CARDS = {"carte-du-modele": "card.fr.md", "feuille-de-donnees": "data_sheet.fr.md"}
"""Pieces that training wrote, taken as they are."""
SUMMARY = "sommaire"


@cache
def template(name: str) -> str:
    """Return the text of a template."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def pieces(known: Known, speech: Speech) -> tuple[Piece, ...]:
    """Return the whole file, its summary first; the same knowledge gives the same text."""
    told = facts(known, speech)
    weak = known.cards.get("faiblesses")
    told |= {"faiblesses": weak or None}
    made = [_piece(name, fill(template(name), told)) for name in PIECES]
    made += [_piece(name, known.cards[name]) for name in CARDS if name in known.cards]
    missing = [name for name in CARDS if name not in known.cards]
    return (_summary(told, made, missing), *made)


def _piece(name: str, text: str) -> Piece:
    return Piece(name, text.splitlines()[0].removeprefix("# "), text)


def _summary(told: Mapping[str, str | None], made: list[Piece], missing: list[str]) -> Piece:
    lines = [f"- {one.title} (`{one.name}.md`)\u00a0: {_state(left(one.text))}" for one in made]
    lines += [f"- {name}\u00a0: aucun entraînement ne l’a écrite" for name in missing]
    counted = str(sum(left(one.text) for one in made))
    text = fill(template(SUMMARY), {**told, "pieces": "\n".join(lines), "n_a_completer": counted})
    return _piece(SUMMARY, text)


def _state(n: int) -> str:
    return "rempli" if n == 0 else f"{n} à compléter"
