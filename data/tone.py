"""A post or a comment turned into numbers, offline; the text itself goes no further.

Tone is the polarity of the words (tonalité), never an emotion of a person. Lexicon and rules are by hand,
French and English together, with negation, strength and the plainest irony; the same text gives the same numbers
for a VERSION. Only the author's own words are read, and only the first ten pages or so (plain_text.py).

Words of illness (depression, burn-out, hospital…) are in no list, feed neither a flag nor the tone: they are
health data, which there is no ground to read (RGPD, article 9).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from data import lexicon
from data.plain_text import own_words

VERSION = "4"
NEGATORS = frozenset(lexicon.NEGATORS.split())
NEGATION_OPENERS = frozenset(lexicon.NEGATION_OPENERS.split())
CONTRACTED_NEGATIONS = frozenset(lexicon.CONTRACTED_NEGATIONS.split())
STRENGTHENERS = frozenset(lexicon.STRENGTHENERS.split())
VERBS = frozenset(lexicon.VERBS.split())
TURNS = frozenset(lexicon.TURNS.split())
SHORTEST = 4
"""Words below which a text with no word of the lexicon is too short to tell."""
REACH = 4
"""Words after a negation that it turns round."""
MILD = 0.6
"""Value of a word that is neither strong nor neutral, of a face, and of a phrase that tells of trouble or giving up."""

_GLAD, _SAD = "☺", "☹"
_FACES = re.compile(
    f"(?P<glad>[{lexicon.GLAD_FACES}]|(?<![a-z0-9])[:;=]-?[)d]+(?![a-z0-9])|\\^_*\\^|<3)"
    f"|(?P<sad>[{lexicon.SAD_FACES}]|[:=]'?-?\\(+|[:=]-?/(?!/)|:-?\\|)"
)
_MAY_HOLD_FACES = re.compile(r"[:;=^<]")
_NAMED_FACES = re.compile(r":(?P<name>[+-]1|[a-z][a-z0-9_+-]{1,29}):")
_WORD = re.compile(r"[a-z0-9]+")
_PIECE = re.compile(rf"[a-z0-9]+|[.!?;:,\n()\"{_GLAD}{_SAD}]")
_SENTENCE = re.compile(r"([.!?;]+(?: [.!?;]+)*)")
_STANDING_FOR = lexicon.SPELLINGS | {"\n": ";", "(": ",", ")": ","}
_NAMES = dict.fromkeys(lexicon.GLAD_NAMES.split(), _GLAD) | dict.fromkeys(lexicon.SAD_NAMES.split(), _SAD)


@dataclass(frozen=True)
class Reading:
    """What a text tells, in numbers.

    `n_words` counts the author's own words in Latin letters. `tone` runs from -1 to 1 and is None when the text is
    too short to tell. `is_question`: asks the readers something. `intent_to_leave`: says that they may stop the
    course, or have, whatever the reason, a job that starts included. `distress`: says that they are in difficulty
    beyond one exercise. `technical_trouble`: says that a tool does not work; an exercise's own code is no tool.
    `thanks`: thanks somebody, even in advance. `polite`: greets, says please, apologises or takes leave.
    """

    n_words: int
    tone: float | None
    is_question: bool
    intent_to_leave: bool
    distress: bool
    technical_trouble: bool
    thanks: bool
    polite: bool


class _Sentence(NamedTuple):
    """A sentence, its words parted by one space, a space before and after; in `clauses` commas are words."""

    clauses: str
    words: str
    ending: str


def read(text: str) -> Reading:
    """Return the reading of a text, plain or HTML.

    >>> read("Merci beaucoup, c'est très clair !").thanks
    True
    >>> read("Je crois que je vais laisser tomber…").intent_to_leave
    True
    """
    plain = own_words(text)
    n_words = len(_WORD.findall(plain))
    sentences = list(_sentences(plain))
    asking = [_asks(sentence) for sentence in sentences]
    distress = [_says_and_means("DISTRESS", told.clauses) for told in sentences]
    trouble = [_says_and_means("TROUBLE", told.clauses) for told in sentences]
    leaving = [_means_to_leave(told.clauses) for told in sentences]
    giving_up = [leaves and _says("GIVING_UP", told.words) for leaves, told in zip(leaving, sentences, strict=True)]
    complaints = [any(told) for told in zip(distress, trouble, giving_up, strict=True)]
    return Reading(
        n_words=n_words,
        tone=_tone(sentences, asking, complaints, n_words),
        is_question=any(asking),
        intent_to_leave=any(leaving),
        distress=any(distress),
        technical_trouble=any(trouble) and not any(_says("TROUBLE_CANCELLED", told.words) for told in sentences),
        thanks=any(_says("THANKS", told.words) for told in sentences),
        polite=any(_says("POLITE", told.words) for told in sentences),
    )


def _sentences(plain: str) -> Iterator[_Sentence]:
    """Yield the sentences of a text, hurried spellings and ironic praise already read as what they stand for."""
    if not plain.isascii() or _MAY_HOLD_FACES.search(plain):
        plain = _NAMED_FACES.sub(_face_named, _FACES.sub(_face, plain))
    pieces = " ".join([_STANDING_FOR.get(piece, piece) for piece in _PIECE.findall(plain)])
    told = _rewritten("IDIOMS", f" ; {pieces} ; ")
    told = _pattern("IRONY").sub(" ironie", told)
    parts = _SENTENCE.split(told)
    for clauses, ending in zip(parts[::2], [*parts[1::2], ""], strict=True):
        words = " ".join(_WORD.findall(clauses))
        if words or _GLAD in clauses or _SAD in clauses:
            yield _Sentence(clauses, f" {words} ", ending)


def _face(found: re.Match[str]) -> str:
    return f" {_GLAD} " if found["glad"] else f" {_SAD} "


def _face_named(found: re.Match[str]) -> str:
    return f" {_NAMES.get(found['name'], '')} "


def _asks(sentence: _Sentence) -> bool:
    """Tell whether a sentence asks something; "Quelle galère !" and "C'est une blague ?" do not."""
    if _says("NOT_ASKING", sentence.words) and "quelqu un" not in sentence.words:
        return False
    if "?" in sentence.ending or _says("ASKS", sentence.words):
        return True
    return "!" not in sentence.ending and (
        _pattern("ASKS_FIRST").match(sentence.words) is not None or _says("ASKS_LAST", sentence.words)
    )


def _means_to_leave(clauses: str) -> bool:
    """Tell whether a sentence, with its commas, says that its author may stop; "n'abandonnez pas" does not."""
    return _says_and_means("LEAVE", clauses) and not _says("LEAVE_CANCELLED", clauses)


def _says_and_means(sign: str, clauses: str) -> bool:
    """Tell whether a sentence says a sign, and still does without what denies it."""
    return _says(sign, clauses) and _says(sign, _pattern(f"{sign}_DENIED").sub(" ", clauses))


def _says(sign: str, sentence: str) -> bool:
    return _pattern(sign).search(sentence) is not None


def _tone(sentences: list[_Sentence], asking: list[bool], complaints: list[bool], n_words: int) -> float | None:
    """Return the sum of the words' values, turned by negations, brought into [-1, 1]."""
    values = list[float]()
    for position, (sentence, asks, complains) in enumerate(zip(sentences, asking, complaints, strict=True)):
        if any(asking[:position]) and _pattern("BARE_THANKS").match(sentence.words):
            continue
        told = _weighed(_rewritten("TURNS_OF_PHRASE", sentence.clauses).split(), asks=asks)
        if " ironie " in sentence.words:
            told = [-abs(value) for value in told]
        if complains:
            told = [value for value in told if not 0 < value <= MILD]
            told += [-MILD] if min(told, default=0) >= 0 else []
        values += told
    if not any(values):
        return 0.0 if n_words >= SHORTEST else None
    return round(math.tanh(sum(values) / 2), 3)


def _weighed(pieces: list[str], *, asks: bool) -> list[float]:
    """Return the values of a sentence's words: half of them before "mais", none of a mild praise that is asked for."""
    values = list[float]()
    for word, value in _values(pieces):
        if word in TURNS:
            values = [before / 2 for before in values]
        elif not (asks and 0 < value <= MILD):
            values.append(value)
    return values


def _values(pieces: list[str]) -> Iterator[tuple[str, float]]:
    """Yield each word that has a value, with it, in its context, and each turn of the sentence."""
    turned = 0
    for position, word in enumerate(pieces):
        if word in TURNS or not word.isalnum():
            turned = 0
            yield word, _face_value(word)
        elif _negates(pieces, position):
            turned = REACH
        else:
            value = 0.0 if word in STRENGTHENERS and _strengthens(pieces, position) else _value(word)
            if value:
                strength = 1.4 if position and pieces[position - 1] in STRENGTHENERS else 1.0
                denied = turned > 0 or _denied_after(pieces, position)
                yield word, value * strength * (-0.7 if denied else 1.0)
            turned -= 1


def _face_value(piece: str) -> float:
    return {_GLAD: MILD, _SAD: -MILD}.get(piece, 0.0)


def _strengthens(pieces: list[str], position: int) -> bool:
    """Tell whether a word only makes the next one stronger: "super" in "super sympa", "trop" in "trop bien"."""
    after = pieces[position + 1 : position + 2]
    return bool(after) and _value(after[0]) != 0


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
    after = pieces[position + 1 : position + 3]
    if not after or pieces[position] not in VERBS:
        return False
    if after[0] == "plus":
        return after[-1] in ("plus", "rien", "du", "le", "la", "les", "l", "ce", "cette", "comment", ",") or _negates(
            pieces, position + 1
        )
    return after[0] in ("pas", "rien", "jamais")


@cache
def _value(word: str) -> float:
    """Return a word's value in the lexicon, 0 when it has none."""
    for words, value in _lexicon():
        if word in words[0] or word.startswith(words[1]):
            return value
    return 0.0


@cache
def _lexicon() -> tuple[tuple[tuple[frozenset[str], tuple[str, ...]], float], ...]:
    lists = ((lexicon.STRONG_BAD, -1.0), (lexicon.BAD, -MILD), (lexicon.STRONG_GOOD, 1.0), (lexicon.GOOD, MILD))
    return tuple((_entries(words), value) for words, value in lists)


def _entries(words: str) -> tuple[frozenset[str], tuple[str, ...]]:
    listed = words.split()
    return (
        frozenset(word for word in listed if not word.endswith("*")),
        tuple(word[:-1] for word in listed if word.endswith("*")),
    )


@cache
def _pattern(sign: str) -> re.Pattern[str]:
    """Return one pattern for a list of the lexicon; it begins at a space, which is quick to look for."""
    return re.compile(" (?:" + "|".join(getattr(lexicon, sign)) + ")")


@cache
def _rewriting(turns: str) -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    """Return one pattern for all the turns of a list, then each word they stand for with the pattern of its turns."""
    listed: dict[str, tuple[str, ...]] = getattr(lexicon, turns)
    each = tuple((word, re.compile(" (?:" + "|".join(patterns) + ")")) for word, patterns in listed.items())
    return re.compile(" (?:" + "|".join("|".join(patterns) for patterns in listed.values()) + ")"), each


def _rewritten(turns: str, sentence: str) -> str:
    """Return a sentence with the turns of a list read as the words they stand for."""
    pattern, each = _rewriting(turns)

    def told(found: re.Match[str]) -> str:
        word = next(word for word, turn in each if turn.match(found.string, found.start()))
        return f" {word} " if found[0].endswith(" ") else f" {word}"

    return pattern.sub(told, sentence)
