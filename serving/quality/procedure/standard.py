"""The standard that an organisation is audited on, read from a versioned file shipped with the code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from data.errors import FilrougeError

SHIPPED = Path(__file__).parent / "qualiopi.toml"
MINOR, MAJOR = LEVELS = ("minor", "major")


class StandardError(FilrougeError):
    """A file that describes a standard is not as it should be."""

    exit_code = 2


@dataclass(frozen=True)
class Indicator:
    """One indicator: what is asked, how a gap is graded, the proofs expected; `own`: the organisation's exact words."""

    number: str
    title: str
    asked: str
    levels: tuple[str, ...]
    proofs: tuple[str, ...]
    own: str = ""


@dataclass(frozen=True)
class Standard:
    """One version of a standard in one language, its indicators in the order of their numbers."""

    code: str
    name: str
    version: str
    dated_on: date
    indicators: tuple[Indicator, ...]

    def indicator(self, number: str) -> Indicator | None:
        """Return one indicator, None when the standard does not hold it."""
        return next((one for one in self.indicators if one.number == number), None)


@cache
def shipped(language: str) -> Standard:
    """Return the standard shipped, in French or in English."""
    return read(tomllib.loads(SHIPPED.read_text(encoding="utf-8")), language)


def read(told: Mapping[str, Any], language: str) -> Standard:
    """Return a standard from what its file says.

    Raises
    ------
    StandardError : a key is missing, unknown or of another type, an indicator comes twice or not in order.
    """
    _keys(told, {"code": str, "name_fr": str, "name_en": str, "version": str, "dated_on": date, "indicators": list}, "")
    found = [_indicator(one, n, language) for n, one in enumerate(told["indicators"], 1)]
    numbers = [int(one.number) for one in found]
    if not found or numbers != sorted(set(numbers)):
        raise StandardError(
            "the indicators are not in order", where="indicators", accepted="each number once, in order"
        )
    return Standard(told["code"], told[f"name_{language}"], told["version"], told["dated_on"], tuple(found))


def _indicator(told: Mapping[str, Any], place: int, language: str) -> Indicator:
    where = f"indicators[{place}]"
    texts = {f"{name}_{one}": str for name in ("title", "asked") for one in ("fr", "en")}
    _keys(told, {"number": str, **texts, "levels": list, "proofs_fr": list, "proofs_en": list}, where)
    if not told["number"].isdecimal():
        raise StandardError("an indicator has no number", where=f"{where}.number", accepted='a number in quotes: "12"')
    if not told["levels"] or not set(told["levels"]) <= set(LEVELS):
        raise StandardError("a level is not known", where=f"{where}.levels", accepted=", ".join(LEVELS))
    proofs = told[f"proofs_{language}"]
    if not proofs or len(told["proofs_fr"]) != len(told["proofs_en"]):
        raise StandardError(
            "the proofs are not told in both languages", where=f"{where}.proofs", accepted="as many each"
        )
    return Indicator(told["number"], told[f"title_{language}"], told[f"asked_{language}"], tuple(told["levels"]),
                     tuple(proofs))  # fmt: skip


def _keys(told: Mapping[str, Any], wanted: Mapping[str, type], where: str) -> None:
    """Refuse a table whose keys are not those wanted, each of its type, and no text empty."""
    wrong = sorted(set(wanted) ^ set(told))
    wrong = wrong or [name for name, kind in wanted.items() if not isinstance(told[name], kind) or told[name] == ""]
    if wrong:
        place = ".".join(filter(None, (where, wrong[0])))
        raise StandardError("a key is missing, unknown or empty", where=place, accepted=", ".join(wanted))


def with_own_words(standard: Standard, own: Mapping[str, str]) -> Standard:
    """Return the standard with the organisation's exact words, by indicator."""
    kept = {one.name: getattr(standard, one.name) for one in fields(standard) if one.name != "indicators"}
    told = tuple(
        Indicator(one.number, one.title, one.asked, one.levels, one.proofs, own.get(one.number, ""))
        for one in standard.indicators
    )
    return Standard(**kept, indicators=told)
