"""What somebody was called is said otherwise in words that people wrote: decisions without a file or a database.

A full name is known either way round, in any case, with or without accents; an e-mail in any case. A part of a name
stands for its learner only in words about them, and only as a name is written: with a capital letter, by itself.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

SHORTEST = 3
"""Letters from which a part of a name may be known by itself; a shorter one only in the full name."""
GAP = r"[\s,]+"
KNOWN_BY = frozenset({"person", "mbox_sha1sum", "openid", "account", "actor_id"})
"""Keys under which a program tells an identifier: by another one, the person would be somebody else."""
ADDRESS = "mbox"
"""The key of an e-mail by which a program may know somebody."""


@dataclass(frozen=True)
class Change:
    """What one attribute of a learner was, and is now; `shared`: others are called so, and only they may tell."""

    attribute: str
    before: str
    after: str
    shared: bool = False

    @cached_property
    def ways(self) -> tuple[str, ...]:
        """Return the full ways in which the former value is written, as it stands first."""
        words = self.before.split()
        if self.attribute == "email" or len(words) < 2:
            return (" ".join(words),)
        turned = [words[place:] + words[:place] for place in range(len(words))]
        return tuple(dict.fromkeys(" ".join(one) for one in (*turned, words[::-1])))

    @property
    def findable(self) -> list[str]:
        """Return the ways that what is said now does not hold: those that can be looked for byte by byte."""
        same = bare(self.before).casefold() == bare(self.after).casefold()
        ways = [way for way in self.ways if same or way.casefold() not in self.after.casefold()]
        cased = (one for way in ways for one in (way, way.upper(), way.lower(), bare(way)))
        return [one for one in dict.fromkeys(cased) if one not in self.after]

    def everywhere(self, text: str) -> str:
        """Return words with the full former value said as it is now."""
        return self._full.sub(lambda found: found["kept"] or self.after, text) if self.before else text

    def of_theirs(self, text: str) -> str:
        """Return words about the learner with the former value, or a part of the name, said as it is now."""
        return self._parts(self.everywhere(text))

    @cached_property
    def _full(self) -> re.Pattern[str]:
        mail = self.attribute == "email"
        ways = sorted(self.ways, key=lambda way: (-len(way), way))
        told = "|".join(GAP.join(map(spelt, way.split())) for way in ways)
        edges = (r"(?<![\w.+-])", r"(?![\w-]|\.\w)") if mail else (r"(?<!\w)(?<!\w-)", r"(?!\w|-\w)")
        kept = _kept(self.before, self.after) if self._holds_it else "(?!)"
        return re.compile(f"(?P<kept>{kept})|{edges[0]}(?:{told}){edges[1]}", re.IGNORECASE)

    @cached_property
    def _holds_it(self) -> bool:
        """Whether what is said now holds what was said: as in a name to which another is added."""
        now = bare(self.after).casefold()
        return any(bare(way).casefold() in now for way in self.ways)

    @cached_property
    def _lone(self) -> dict[str, str]:
        """Return what each part of the former name becomes, by the ways a name is written: `Adam`, `ADAM`."""
        before, after = self.before.split(), self.after.split()
        if self.attribute == "email" or len(before) < 2:
            return {}
        found: dict[str, str] = {}
        for place, word in enumerate(before):
            if word in after or len(word) < SHORTEST or not word[0].isupper():
                continue
            alike = [one for one in after if bare(one).casefold() == bare(word).casefold()]
            new = alike[0] if alike else after[place] if len(before) == len(after) else self.after
            found |= {way: new for one in (word, bare(word)) for way in (one, one.upper(), one.title())}
        return {way: new for way, new in found.items() if way not in after}

    def _parts(self, text: str) -> str:
        if not self._lone:
            return text
        told = "|".join(map(re.escape, sorted(self._lone, key=lambda way: (-len(way), way))))
        whole = "|".join(map(re.escape, (self.after, *self.after.split())))
        pattern = rf"(?<![\w-])(?:(?P<kept>{whole})|(?P<part>{told}))(?!\w|-\w)"
        return re.sub(
            pattern, lambda found: found["kept"] or self._lone[found["part"]], unicodedata.normalize("NFC", text)
        )


@dataclass(frozen=True)
class Words:
    """All that changes at once in how a learner is called; `identifier`: a source knows them by what they were."""

    changes: tuple[Change, ...]
    identifier: bool = False

    @property
    def known_by(self) -> frozenset[str]:
        """Return the keys whose values stay in what programs pushed."""
        return KNOWN_BY | {ADDRESS} if self.identifier else KNOWN_BY

    @property
    def findable(self) -> tuple[str, ...]:
        """Return what may be looked for in files: nothing that somebody else is called too."""
        return tuple(text for one in self.changes if not one.shared for text in one.findable)

    def say(self, value: Any, *, theirs: bool, known_by: Collection[str] = ()) -> Any:
        """Return words, or words in lists and objects, as they are said now.

        Parameters
        ----------
        theirs : the words are about the learner.
        known_by : keys whose values stay.
        """
        if isinstance(value, str):
            return self._text(value, theirs=theirs, known_by=known_by)
        if isinstance(value, list):
            return [self.say(one, theirs=theirs, known_by=known_by) for one in value]
        if not isinstance(value, dict):
            return value
        return {key: one if key in known_by else self.say(one, theirs=theirs, known_by=known_by)
                for key, one in value.items()}  # fmt: skip

    def _text(self, text: str, *, theirs: bool, known_by: Collection[str]) -> str:
        inside = _object(text)
        if inside is not None:
            said = self.say(inside, theirs=theirs, known_by=known_by)
            return text if said == inside else _as_it_was(text, said)
        for one in self.changes:
            if theirs:
                text = one.of_theirs(text)
            elif not one.shared:
                text = one.everywhere(text)
        return text


def _object(text: str) -> Any:
    """Return what a text says as JSON where it is an object or a list, None otherwise."""
    if text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _as_it_was(text: str, said: Any) -> str:
    """Write an object again, its keys in their order, as tight as it was."""
    told = {"separators": (",", ":")} if ", " not in text and '": ' not in text else {}
    return json.dumps(said, ensure_ascii=text.isascii(), **told)  # type: ignore[arg-type]


def _kept(before: str, after: str) -> str:
    """Return what is already said as it is now, and holds the former value: it is not said twice."""
    words = after.split()
    if bare(before).casefold() == bare(after).casefold():
        return rf"(?-i:(?<!\w){GAP.join(map(re.escape, words))}(?!\w))"
    return rf"(?<!\w){GAP.join(map(spelt, words))}(?!\w)"


def spelt(text: str) -> str:
    """Return a pattern of a text whose accents may be missing, or stand apart from their letters."""
    apart = [unicodedata.normalize("NFD", letter) for letter in unicodedata.normalize("NFC", text)]
    ways = [(unicodedata.normalize("NFC", letter), letter, letter[0]) for letter in apart]
    return "".join(f"(?:{'|'.join(map(re.escape, dict.fromkeys(way)))})" for way in ways)


def bare(text: str) -> str:
    """Return a text without its accents.

    >>> bare("Adélaïde")
    'Adelaide'
    """
    apart = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
