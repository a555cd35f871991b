"""A post or a comment turned into numbers, offline; the text itself goes no further.

Tone is the polarity of the words (tonalité), never an emotion of a person. Lexicon and rules are by hand,
French and English together, with negation and strength; the same text gives the same numbers for a VERSION.

Words of illness (depression, burn-out, hospital…) are in no list, feed neither a flag nor the tone: they are
health data, which there is no ground to read (RGPD, article 9).
"""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from data import lexicon

VERSION = "2"
NEGATORS = frozenset(lexicon.NEGATORS.split())
NEGATION_OPENERS = frozenset(lexicon.NEGATION_OPENERS.split())
CONTRACTED_NEGATIONS = frozenset(lexicon.CONTRACTED_NEGATIONS.split())
STRENGTHENERS = frozenset(lexicon.STRENGTHENERS.split())
SHORTEST = 4
"""Words below which a text with no word of the lexicon is too short to tell."""
REACH = 4
"""Words after a negation that it turns round."""

_TAGS = re.compile(r"<[^>]{0,2000}>")
_LINKS = re.compile(
    r"(?:\bhttps?://|\bwww\.|\b[\w-]{1,60}(?:\.[\w-]{1,60}){1,9}/|\b[\w-]{1,200}\.(?:php|html?)\b)"
    r"[^\s<>]*[^\s<>?!.,;:)]",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z0-9]+")
_WORD_OR_COMMA = re.compile(r"[a-z0-9]+|,")
_PIECE = re.compile(r"[a-z0-9]+|[.!?;:,…\n()]")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "ʼ": "'", "`": "'", "\u00a0": " "})


@dataclass(frozen=True)
class Reading:
    """What a text tells, in numbers.

    `tone` runs from -1 to 1 and is None when the text is too short to tell.
    """

    n_words: int
    tone: float | None
    is_question: bool
    intent_to_leave: bool
    distress: bool
    technical_trouble: bool
    thanks: bool


def read(text: str) -> Reading:
    """Return the reading of a text, plain or HTML.

    >>> read("Merci beaucoup, c'est très clair !").thanks
    True
    >>> read("Je crois que je vais laisser tomber…").intent_to_leave
    True
    """
    plain = normalise(text)
    parts = re.split(r"[.!?;…\n]+", plain)
    told = [sentence for sentence in (" ".join(_WORD.findall(part)) for part in parts) if sentence]
    n_words = sum(len(sentence.split()) for sentence in told)
    return Reading(
        n_words=n_words,
        tone=_tone(plain, n_words),
        is_question="?" in plain or any(_says(sentence, lexicon.ASKS) for sentence in told),
        intent_to_leave=any(_means_to_leave(" ".join(_WORD_OR_COMMA.findall(part))) for part in parts),
        distress=any(_says(_without(sentence, lexicon.DISTRESS_DENIED), lexicon.DISTRESS) for sentence in told),
        technical_trouble=any(_says(_without(sentence, lexicon.TROUBLE_DENIED), lexicon.TROUBLE) for sentence in told),
        thanks=any(_says(sentence, lexicon.THANKS) for sentence in told),
    )


def normalise(text: str) -> str:
    """Return a text in small letters, without accents, tags, entities or links."""
    plain = _LINKS.sub(" ", html.unescape(_TAGS.sub(" ", text))).translate(_LIGATURES).lower()
    return "".join(mark for mark in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(mark))


def _says(sentence: str, patterns: tuple[str, ...]) -> bool:
    return any(_compiled(pattern).search(sentence) for pattern in patterns)


def _means_to_leave(sentence: str) -> bool:
    """Tell whether a sentence, with its commas, says that its author may stop; "n'abandonnez pas" does not."""
    if _says(sentence, lexicon.LEAVE_CANCELLED):
        return False
    return _says(_without(sentence, lexicon.LEAVE_DENIED), lexicon.LEAVE)


def _without(sentence: str, patterns: tuple[str, ...]) -> str:
    """Return a sentence without what denies."""
    for pattern in patterns:
        sentence = _compiled(pattern).sub(" ", sentence)
    return sentence


def _tone(plain: str, n_words: int) -> float | None:
    """Return the sum of the words' values, turned by negations, brought into [-1, 1]."""
    values = list(_values(_PIECE.findall(plain)))
    if not values:
        return 0.0 if n_words >= SHORTEST else None
    return round(math.tanh(sum(values) / 2), 3)


def _values(pieces: list[str]) -> Iterator[float]:
    """Yield the value of each word that has one, in its context."""
    turned = 0
    for position, word in enumerate(pieces):
        if not word.isalnum():
            turned = 0
            continue
        if _negates(pieces, position):
            turned = REACH
            continue
        value = _value(word)
        if value:
            strength = 1.4 if position and pieces[position - 1] in STRENGTHENERS else 1.0
            denied = turned > 0 or _denied_after(pieces, position)
            yield value * strength * (-0.7 if denied else 1.0)
        turned -= 1


def _negates(pieces: list[str], position: int) -> bool:
    """Tell whether a word turns what follows; "plus" does only after "ne"."""
    word = pieces[position]
    if word in NEGATORS:
        return True
    if word == "t" and position:
        return pieces[position - 1] in CONTRACTED_NEGATIONS
    return word == "plus" and bool(NEGATION_OPENERS & set(pieces[max(0, position - 4) : position]))


def _denied_after(pieces: list[str], position: int) -> bool:
    """Tell whether a verb is denied by the word just after it: "je comprends pas", "ne comprends plus rien"."""
    after = pieces[position + 1 : position + 2]
    return bool(after) and (after[0] in ("pas", "rien", "jamais") or _negates(pieces, position + 1))


@cache
def _value(word: str) -> float:
    """Return a word's value in the lexicon, 0 when it has none."""
    for words, value in _lexicon():
        if word in words[0] or any(word.startswith(stem) for stem in words[1]):
            return value
    return 0.0


@cache
def _lexicon() -> tuple[tuple[tuple[frozenset[str], tuple[str, ...]], float], ...]:
    lists = ((lexicon.STRONG_BAD, -1.0), (lexicon.BAD, -0.6), (lexicon.STRONG_GOOD, 1.0), (lexicon.GOOD, 0.6))
    return tuple((_entries(words), value) for words, value in lists)


def _entries(words: str) -> tuple[frozenset[str], tuple[str, ...]]:
    listed = words.split()
    return (
        frozenset(word for word in listed if not word.endswith("*")),
        tuple(word[:-1] for word in listed if word.endswith("*")),
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
