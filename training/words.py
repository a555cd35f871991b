"""The words of the cards, in French and English, beside each other in `words.<language>.toml`; numbers by language."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from data.errors import ModelError

LANGUAGES = ("fr", "en")


@dataclass(frozen=True)
class Said:
    """A sentence by its key, with what it holds; a value that is itself `Said` is put into words too."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@cache
def words(language: str) -> dict[str, str]:
    """Return the sentences of a language by key.

    Raises
    ------
    ModelError : a language without words.
    """
    if language not in LANGUAGES:
        raise ModelError("no such language", where=f"--lang {language}", accepted=", ".join(LANGUAGES))
    text = Path(__file__).with_name(f"words.{language}.toml").read_text(encoding="utf-8")
    return {f"{part}.{key}": said for part, told in tomllib.loads(text).items() for key, said in told.items()}


def say(said: Said, language: str) -> str:
    """Return the sentence in a language."""
    return words(language)[said.key].format(**{name: told(value, language) for name, value in said.values.items()})


def told(value: Any, language: str) -> str:
    """Return any value in a language: a dash where there is none, four significant figures.

    Whole numbers in a list are told by commas, anything else in one by semicolons.
    """
    if isinstance(value, Said):
        return say(value, language)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, float):
        plain = f"{value:.4g}"
        return plain.replace(".", ",") if language == "fr" else plain
    if isinstance(value, list | tuple):
        between = ", " if all(isinstance(one, int) for one in value) else "; "
        return between.join(told(one, language) for one in value) or "–"
    return str(value)
