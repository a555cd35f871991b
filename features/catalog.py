"""The words of every feature, read from `catalog.toml`: unit, window, direction, label, sentence.

A sentence states a fact a mentor can check; it never says that somebody is at risk. It has up to
six forms, chosen by the value as it is shown: `zero`, `one`, `below`, `half`, `many`, and `null` when it
is not defined. `below` is under zero; of a ratio, under 1, and `half` under one half.
"""

from __future__ import annotations

import difflib
import importlib
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from data.errors import FilrougeError

if TYPE_CHECKING:
    from features.asof import Feature

HERE = Path(__file__).parent
LANGUAGES = ("fr", "en")
_NULL = {"fr": "{label}\N{NO-BREAK SPACE}: pas encore de donnée", "en": "{label}: no data yet"}
_EARLIER = {"fr": " (contre {previous} une semaine plus tôt)", "en": " ({previous} a week earlier)"}
_LEAST = {"fr": ("moins de ", "plus de "), "en": ("less than ", "more than ")}
_NEAR_MEAN = 0.25
"""A distance from the mean, in standard deviations, that is not worth a word."""
_ALIKE = 0.1
"""A ratio this close to 1 is no change."""
_WHOLES = ("share", "score", "flag")
"""Units whose 1 is all of it: nothing more can be asked."""
_INTENTION = "-1, 0 or 1"
"""The signed unit whose 0 is a hesitation, not an absence of change."""
_CHOICE = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")


class UnknownFeatureError(FilrougeError):
    """A name is not in the catalogue."""

    exit_code = 2
    http_status = 404


@dataclass(frozen=True)
class Words:
    """One language's words: the label, and the sentence for the value's forms."""

    label: str
    many: str
    one: str
    zero: str
    below: str
    half: str
    null: str


@dataclass(frozen=True)
class Entry:
    """One feature of the catalogue.

    `direction` is 1 when more of it goes with more risk, -1 when less does, 0 when it depends.
    `null` says when the feature is not defined ("" = never). `scope` is "learner" when only the
    learner's own records move it, "session" when those of the rest of the session do too, "course" when those of
    the course's earlier sessions do. `told` is
    false for context that nobody can act on: a model may read it, a reason never says it. `modelled` is false for what
    the rules of alerts read and no model does.
    """

    name: str
    family: str
    unit: str
    window: str
    direction: int
    null: str
    scope: str
    compared: bool
    told: bool
    modelled: bool
    words: Mapping[str, Words]

    @property
    def label(self) -> Mapping[str, str]:
        """The label in each language."""
        return {lang: words.label for lang, words in self.words.items()}

    @property
    def signed(self) -> bool:
        """Whether its sentence tells values under zero apart."""
        return any(words.below != words.many for words in self.words.values())

    @property
    def says_zero(self) -> bool:
        """Whether its sentence has its own words for zero."""
        return any(words.zero != words.many for words in self.words.values())

    def may_worry(self, value: float | None) -> bool:
        """Say whether the value's sentence, by itself, can be a reason for a risk.

        « Hands in 2 days early », « as much activity as before », « no assessment overdue » and « every survey
        answered » cannot, whatever the rest of the session does; nor can what is not defined, or not told.
        """
        if value is None or math.isnan(value) or not self.told:
            return False
        shown = _shown(value, self.unit, "fr")
        if self.unit == "ratio":
            return self.direction * (shown - 1) > _ALIKE
        if self.signed:
            return self.direction * shown > 0 or (shown == 0 and self.unit == _INTENTION)
        if self.direction == 1:
            return shown > (1 if self.unit == "times" else 0)
        return shown < 1 or self.unit not in _WHOLES

    @property
    def sentence(self) -> Mapping[str, str]:
        """The usual sentence's template in each language."""
        return {lang: words.many for lang, words in self.words.items()}


@cache
def catalog() -> Mapping[str, Entry]:
    """Return every feature by name, in the order of the table's columns."""
    read = tomllib.loads((HERE / "catalog.toml").read_text(encoding="utf-8"))
    return MappingProxyType({name: _entry(name, fields) for name, fields in read.items()})


def entry(name: str) -> Entry:
    """Return one feature's entry.

    Raises
    ------
    UnknownFeatureError : no such feature; the nearest names are given.
    """
    if name in catalog():
        return catalog()[name]
    near = difflib.get_close_matches(name, catalog(), n=3)
    accepted = f"did you mean {', '.join(near)}?" if near else "a name from `filrouge features list`"
    raise UnknownFeatureError(f"no feature is called {name}", where="features/catalog.toml", accepted=accepted)


def functions(names: Sequence[str] | None = None) -> dict[str, Feature]:
    """Return the function of each feature asked for, all of them by default, in order."""
    return {name: _function(entry(name)) for name in (catalog() if names is None else names)}


def label(name: str, lang: str = "fr") -> str:
    """Return the feature's short name for people."""
    return entry(name).words[_language(lang)].label


def sentence(name: str, value: float | None, previous: float | None = None, lang: str = "fr") -> str:
    """Return the fact in words, ready to be shown as a reason.

    Parameters
    ----------
    name : a feature.
    value : its value; None or NaN when it is not defined.
    previous : its value a week earlier; said only when it reads differently.
    lang : "fr" or "en".

    Examples
    --------
    >>> sentence("days_since_last_login", 9)
    'aucune connexion depuis 9 jours'
    """
    known, words = entry(name), entry(name).words[_language(lang)]
    if value is None or math.isnan(value):
        return words.null.format(label=words.label[0].lower() + words.label[1:])
    said, shown = number(value, known.unit, lang), _shown(value, known.unit, lang)
    text = _plural(_form(words, shown, known.unit), shown, lang)
    text = text.format(n=said, size=number(abs(value), known.unit, lang))
    if not known.compared or previous is None or math.isnan(previous):
        return text
    before = number(previous, known.unit, lang)
    return text if before == said else text + _EARLIER[lang].format(previous=before)


def number(value: float, unit: str, lang: str = "fr") -> str:
    """Return a value as people write it: « 1,5 », « 35 % », « moins de 1 % », « 8,4 sur 20 »."""
    if unit == "share":
        return _percent(value, lang)
    if unit == "score":
        return f"{_decimals(20 * value, 1, lang)} sur 20" if lang == "fr" else f"{_decimals(100 * value, 0, lang)}%"
    if unit == "score gap":
        points = _shown(value, unit, lang)
        text = "{n} {point|points} sur 20" if lang == "fr" else "{n} {point|points} of 100"
        return _plural(text, points, lang).format(n=_decimals(points, 1, lang))
    return _decimals(value, 1, lang)


def _percent(value: float, lang: str) -> str:
    """Return a share in %; never 0 % for some, nor 100 % for not quite all."""
    some, most = 0 < value < 0.01, 0.99 < value < 1
    bound = _LEAST[lang][0] if some else _LEAST[lang][1] if most else ""
    shown = 0.01 if some else 0.99 if most else value
    return bound + _decimals(100 * shown, 0, lang) + ("\N{NO-BREAK SPACE}%" if lang == "fr" else "%")


def _entry(name: str, fields: Mapping[str, object]) -> Entry:
    words = {lang: _words(fields[lang], lang) for lang in LANGUAGES}  # type: ignore[arg-type]
    return Entry(
        name=name,
        family=str(fields["family"]),
        unit=str(fields["unit"]),
        window=str(fields.get("window", "")),
        direction=int(str(fields["direction"])),
        null=str(fields.get("null", "")),
        scope=str(fields.get("scope", "learner")),
        compared=bool(fields.get("compared", True)),
        told=bool(fields.get("told", True)),
        modelled=bool(fields.get("modelled", True)),
        words=MappingProxyType(words),
    )


def _words(fields: Mapping[str, str], lang: str) -> Words:
    many = fields["many"]
    return Words(
        label=fields["label"],
        many=many,
        one=fields.get("one", many),
        zero=fields.get("zero", many),
        below=fields.get("below", many),
        half=fields.get("half", many),
        null=fields.get("null", _NULL[lang]),
    )


def _function(known: Entry) -> Feature:
    function: Feature = getattr(importlib.import_module(f"features.{known.family}"), known.name)
    return function


def _language(lang: str) -> str:
    if lang in LANGUAGES:
        return lang
    raise FilrougeError("the catalogue does not speak this language", where=lang, accepted=" or ".join(LANGUAGES))


def _shown(value: float, unit: str, lang: str) -> float:
    """Return the value as precisely as its sentence tells it: what reads « 0 » is 0."""
    if unit in ("share", "score", "ratio"):
        return value
    if unit == "standard deviations":
        return 0.0 if abs(value) < _NEAR_MEAN else value
    if unit == "score gap":
        return round((20 if lang == "fr" else 100) * value, 1)
    return round(value, 1)


def _form(words: Words, shown: float, unit: str) -> str:
    if unit == "ratio":
        return _ratio_form(words, shown)
    if shown < 0:
        return words.below
    return words.zero if shown == 0 else words.one if shown == 1 else words.many


def _ratio_form(words: Words, shown: float) -> str:
    if abs(shown - 1) <= _ALIKE:
        return words.one
    return words.many if shown > 1 else words.half if shown < 1 / 2 else words.below


def _plural(template: str, value: float, lang: str) -> str:
    single = abs(value) < 2 if lang == "fr" else abs(value) == 1
    return _CHOICE.sub(lambda match: match[1] if single else match[2], template)


def _decimals(value: float, places: int, lang: str) -> str:
    text = f"{value:,.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    text = "0" if text in ("-0", "") else text.replace("-", "\N{MINUS SIGN}")
    return text.replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",") if lang == "fr" else text
