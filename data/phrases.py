"""Phrases looked for in a sentence, each only where a word that may begin it stands: the same finds, much sooner.

A phrase is a regular expression that follows a space. What it may begin with is read from its own text; where that
cannot be told (`.+`), it is tried at every word. A word is letters and digits, or a mark alone, between two spaces.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, lru_cache

Tried = tuple[tuple[str, Callable[[str, int], re.Match[str] | None]], ...]
KEPT_WORDS = 1 << 15
"""Words of which the phrases they may begin are remembered; the words of a language in use are fewer."""
_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:[:=!]|<[=!])|\{\d*,?\d*\}|.", re.DOTALL)
_LOOKS = ("(?=", "(?!", "(?<=", "(?<!")
_REPEATS = re.compile(r"[?*+]|\{.*\}")
_AT_WILL = re.compile(r"[?*]|\{0?,.*\}|\{0\}")


class Phrases:
    r"""Lists of phrases, by name: which are said in a sentence or begin it, and a sentence with them reworded.

    >>> Phrases({"thanks": [r"merci\b"], "hello": [r"bon(?:jour|soir)\b"]}).said(" bonjour et ") == {"hello"}
    True
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._listed = [(name, pattern) for name, patterns in lists.items() for pattern in patterns]
        self._tried = lru_cache(maxsize=KEPT_WORDS)(self._begun_by)
        self._compiled = cache(_compiled)

    def said(self, sentence: str) -> set[str]:
        """Return the name of each list of which a phrase is said."""
        found = set[str]()
        before, *words = sentence.split(" ")
        place = len(before)
        for word, tried in zip(words, map(self._tried, words), strict=True):
            for name, match in tried:
                if name not in found and match(sentence, place):
                    found.add(name)
            place += len(word) + 1
        return found

    def begin(self, sentence: str) -> set[str]:
        """Return the name of each list of which a phrase begins a sentence, itself begun by a space."""
        word = sentence[1:].partition(" ")[0]
        return {name for name, match in self._tried(word) if match(sentence, 0)}

    def reworded(self, sentence: str, told: Callable[[str, str], str]) -> str:
        """Return a sentence in which each phrase is what `told` makes of the name of its list and of its words."""
        kept, end = list[str](), 0
        before, *words = sentence.split(" ")
        place = len(before)
        for word, tried in zip(words, map(self._tried, words), strict=True):
            for name, match in tried if place >= end else ():
                if found := match(sentence, place):
                    kept += [sentence[end:place], told(name, found[0])]
                    end = found.end()
                    break
            place += len(word) + 1
        return "".join([*kept, sentence[end:]]) if kept else sentence

    @cached_property
    def _index(self) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
        """The numbers of the phrases that a word begins, and of those that its first letters do."""
        whole, starts = dict[str, set[int]](), dict[str, set[int]]()
        for number, (_, pattern) in enumerate(self._listed):
            for start, is_whole in beginnings(pattern):
                (whole if is_whole else starts).setdefault(start, set()).add(number)
        return whole, starts

    @cached_property
    def _sizes(self) -> tuple[int, ...]:
        return tuple(sorted(set(map(len, self._index[1]))))

    def _begun_by(self, word: str) -> Tried:
        whole, starts = self._index
        numbers = set(whole.get(word, ()))
        for size in self._sizes:
            numbers |= starts.get(word[:size], set())
        by_name: dict[str, list[str]] = {}
        for number in sorted(numbers):
            name, pattern = self._listed[number]
            by_name.setdefault(name, []).append(pattern)
        return tuple((name, self._compiled(tuple(patterns)).match) for name, patterns in by_name.items())


def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(" (?:" + "|".join(patterns) + ")")


def beginnings(pattern: str) -> set[tuple[str, bool]]:
    r"""Return what the first word of a phrase may be: (a word, True), or (its first letters, False).

    >>> sorted(beginnings(r"(?:bon|tres )jour\b"))
    [('bonjour', True), ('tres', True)]
    """
    told = set[tuple[str, bool]]()
    parts = _PART.findall(pattern)[::-1]
    ends = _branches(parts, {""}, told)
    if parts:
        raise ValueError(f"a bracket too many in {pattern}")
    return told | {(end, False) for end in ends}


def _branches(parts: list[str], before: set[str], told: set[tuple[str, bool]]) -> set[str]:
    """Read alternatives up to the bracket that closes them; return the unfinished words they may end on."""
    ends, now = set[str](), set(before)
    while parts:
        part = parts.pop()
        if part == ")":
            break
        if part == "|":
            ends, now = ends | now, set(before)
        else:
            now = _after(part, parts, now, told)
    return ends | now


def _after(part: str, parts: list[str], before: set[str], told: set[tuple[str, bool]]) -> set[str]:
    """Return the unfinished words after one part of a pattern; `told` takes in those that are finished."""
    if part == "(?=" and parts[-2:] == [")", " "]:
        del parts[-2:]
        return _letter(" ", before, told)
    if part in _LOOKS:
        _branches(parts, set(), set())
        return before
    if part == r"\b":
        told |= {(word, True) for word in before if word}
        return before & {""}
    if part == "$":
        return before
    now = _branches(parts, before, told) if part in ("(", "(?:") else _letter(part, before, told)
    if not (parts and _REPEATS.fullmatch(parts[-1])):
        return now
    repeat = parts.pop()
    if repeat != "?":
        told |= {(word, False) for word in now}
    return now | before if _AT_WILL.fullmatch(repeat) else now


def _letter(part: str, before: set[str], told: set[tuple[str, bool]]) -> set[str]:
    """Return the unfinished words with one more letter: none after a space, nor after what cannot be listed."""
    if part == r"\d" or (len(part) == 1 and part not in " .^?*+{"):
        return {word + letter for word in before for letter in (string.digits if part == r"\d" else part)}
    told |= {(word, part == " ") for word in before}
    return set()
