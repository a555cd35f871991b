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
from functools import cache, lru_cache
from typing import NamedTuple

from data import lexicon
from data.phrases import KEPT_WORDS, Phrases
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
SHORT = 60
KEPT_SENTENCES = 4096
"""Sentences of at most SHORT characters of which the reading is remembered: people write "merci" often."""

_GLAD, _SAD = "☺", "☹"
_FACES = re.compile(
    f"(?P<glad>[{lexicon.GLAD_FACES}]|(?<![a-z0-9])[:;=]-?[)d]+(?![a-z0-9])|\\^_*\\^|<3)"
    f"|(?P<sad>[{lexicon.SAD_FACES}]|[:=]'?-?\\(+|[:=]-?/(?!/)|:-?\\|)"
)
_MAY_HOLD_FACES = re.compile(r"[:;=^<]['-]{0,2}[)d(/|^_3]")
_NAMED_FACES = re.compile(r":(?P<name>[+-]1|[a-z][a-z0-9_+-]{1,29}):")
_WORD = re.compile(r"[a-z0-9]+")
_PIECE = re.compile(rf"[a-z0-9]+|[.!?;:,\n()\"{_GLAD}{_SAD}]")
_SENTENCE = re.compile(r"([.!?;]+(?: [.!?;]+)*)")
_TELLS = re.compile(f"[a-z0-9{_GLAD}{_SAD}]").search
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
    """What one sentence tells by itself; `values` are those of its words."""

    signs: frozenset[str]
    values: tuple[float, ...]


_IDIOMS = Phrases(lexicon.IDIOMS)
_IRONY = Phrases({"ironie": lexicon.IRONY})
_TURNS_OF_PHRASE = Phrases(lexicon.TURNS_OF_PHRASE)
_TOLD_BY_SAYING = frozenset({"THANKS", "POLITE", "TROUBLE_CANCELLED", "BARE_THANKS"})
_DENIABLE = frozenset({"DISTRESS", "TROUBLE", "LEAVE"})
_COMMAS_COUNT = _DENIABLE | {"LEAVE_CANCELLED"}
_COMMAS_DO_NOT = ("ASKS", "ASKS_LAST", "NOT_ASKING", "TROUBLE_CANCELLED", "THANKS", "POLITE", "GIVING_UP")
_MEANT = Phrases({name: getattr(lexicon, name) for name in sorted(_COMMAS_COUNT)})
_SAID = Phrases({name: getattr(lexicon, name) for name in _COMMAS_DO_NOT})
_FIRST = Phrases({name: getattr(lexicon, name) for name in ("ASKS_FIRST", "BARE_THANKS")})
_DENIED = {name: Phrases({name: getattr(lexicon, f"{name}_DENIED")}) for name in sorted(_DENIABLE)}


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
    signs = frozenset[str]().union(*(sentence.signs for sentence in sentences))
    return Reading(
        n_words=n_words,
        tone=_tone(sentences, n_words),
        is_question="QUESTION" in signs,
        intent_to_leave="LEAVE" in signs,
        distress="DISTRESS" in signs,
        technical_trouble="TROUBLE" in signs and "TROUBLE_CANCELLED" not in signs,
        thanks="THANKS" in signs,
        polite="POLITE" in signs,
    )


def _sentences(plain: str) -> Iterator[_Sentence]:
    """Yield the sentences of a text, hurried spellings and ironic praise already read as what they stand for."""
    if not plain.isascii() or _MAY_HOLD_FACES.search(plain):
        plain = _FACES.sub(_face, plain)
    if plain.count(":") > 1:
        plain = _NAMED_FACES.sub(_face_named, plain)
    pieces = " ".join([_STANDING_FOR.get(piece, piece) for piece in _PIECE.findall(plain)])
    told = _IRONY.reworded(_IDIOMS.reworded(f" ; {pieces} ; ", _in_place), lambda name, _: f" {name}")
    parts = _SENTENCE.split(told)
    for clauses, ending in zip(parts[::2], [*parts[1::2], ""], strict=True):
        if _TELLS(clauses):
            yield (_sentence_again if len(clauses) <= SHORT else _sentence)(clauses, ending)


def _in_place(word: str, turn: str) -> str:
    """Return a word in the place of a turn of phrase, which may have taken the space after it."""
    return f" {word} " if turn.endswith(" ") else f" {word}"


def _face(found: re.Match[str]) -> str:
    return f" {_GLAD} " if found["glad"] else f" {_SAD} "


def _face_named(found: re.Match[str]) -> str:
    return f" {_NAMES.get(found['name'], '')} "


def _sentence(clauses: str, ending: str) -> _Sentence:
    """Return what a sentence tells: its words parted by one space, commas among them, and the marks that end it."""
    words = clauses if clauses.replace(" ", "").isalnum() else f" {' '.join(_WORD.findall(clauses))} "
    meant, said = _meant(clauses), _SAID.said(words) | _FIRST.begin(words)
    signs = meant | (said & _TOLD_BY_SAYING)
    if _asks(said, words, ending):
        signs.add("QUESTION")
    complains = bool(meant & {"DISTRESS", "TROUBLE"}) or ("LEAVE" in meant and "GIVING_UP" in said)
    values = _values_of(clauses, asks="QUESTION" in signs, complains=complains, ironic=" ironie " in words)
    return _Sentence(frozenset(signs), tuple(values))


_sentence_again = lru_cache(maxsize=KEPT_SENTENCES)(_sentence)


def _asks(said: set[str], words: str, ending: str) -> bool:
    """Tell whether a sentence asks something; "Quelle galère !" and "C'est une blague ?" do not."""
    if "NOT_ASKING" in said and "quelqu un" not in words:
        return False
    if "?" in ending or "ASKS" in said:
        return True
    return "!" not in ending and ("ASKS_FIRST" in said or "ASKS_LAST" in said)


def _meant(clauses: str) -> set[str]:
    """Return the signs that a sentence still says without what denies them; "n'abandonnez pas" says none."""
    said = _MEANT.said(clauses)
    if "LEAVE_CANCELLED" in said:
        said -= {"LEAVE", "LEAVE_CANCELLED"}
    for sign in sorted(said):
        left = _DENIED[sign].reworded(clauses, lambda *_: " ")
        if left != clauses and sign not in _MEANT.said(left):
            said.remove(sign)
    return said


def _tone(sentences: list[_Sentence], n_words: int) -> float | None:
    """Return the sum of the words' values, brought into [-1, 1]; thanks that end a request weigh nothing."""
    values, asked = list[float](), False
    for sentence in sentences:
        if not (asked and "BARE_THANKS" in sentence.signs):
            values += sentence.values
        asked = asked or "QUESTION" in sentence.signs
    if not any(values):
        return 0.0 if n_words >= SHORTEST else None
    return round(math.tanh(sum(values) / 2), 3)


def _values_of(clauses: str, *, asks: bool, complains: bool, ironic: bool) -> list[float]:
    """Return the values of a sentence's words, turned by negations; no mild praise in a complaint."""
    pieces = _TURNS_OF_PHRASE.reworded(clauses, _in_place).split()
    told = _weighed(pieces, asks=asks) if any(map(_weighs, pieces)) else []
    if ironic:
        told = [-abs(value) for value in told]
    if complains:
        told = [value for value in told if not 0 < value <= MILD]
        told += [-MILD] if min(told, default=0) >= 0 else []
    return told


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


@lru_cache(maxsize=KEPT_WORDS)
def _weighs(piece: str) -> bool:
    return bool(_value(piece) or _face_value(piece))


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
