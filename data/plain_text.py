"""The author's own words of a post: without markup, another's words, code, links nor signature.

A post is cut before it is read, so that one message of ten megabytes costs no more than a long one.
"""

from __future__ import annotations

import html
import re
import unicodedata

LONGEST_MARKED_UP = 100_000
"""Characters of a post that are looked at, markup included; what follows is not read."""
LONGEST = 20_000
"""Characters of the author's words that are read, some ten pages; what follows is not read."""
QUOTED = '"'
"""What stands for words between quotation marks: another's, an error message or a title."""

_ANOTHERS = re.compile(
    r"<(?P<shut>/?)(?P<tag>blockquote|aside|pre|code|script|style)\b[^<>]*>"
    r"|\[(?P<ends>/?)(?P<mark>quote|code)\b[^\[\]]*\]|(?P<fence>```)",
    re.IGNORECASE,
)
_NEW_LINES = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6]|p|div|li)\b[^<>]*>", re.IGNORECASE)
_TAGS = re.compile(r"<[/!?a-z@:#][^<>]*>", re.IGNORECASE)
_LINES_OF_ANOTHER = re.compile(
    r"^[ \t]*>[^\n]*|^(?:Le|On) [^\n]{5,200} (?:a écrit|wrote)[ \xa0]?:[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_SIGNATURE = re.compile(
    r"^(?:-- ?|_{5,}|-{3,} ?(?:message d.origine|original message|message transféré) ?-{3,})\s*$"
    r"|^(?:envoyé de(?:puis)? mon|sent from my)\b",
    re.IGNORECASE | re.MULTILINE,
)
_LINKS = re.compile(
    r"(?:\bhttps?://|\bwww\.|\b[\w-]{1,60}(?:\.[\w-]{1,60}){1,9}/|\b[\w-]{1,200}\.(?:php|html?)\b)"
    r"[^\s<>]*[^\s<>?!.,;:)]"
    r"|\b[\w.+-]{1,64}@[\w.-]{1,250}\b",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[<>&\[`]")
_MARKED_UP = ("crit", "wrote")
_SIGNED = ("nvoy", "ent from", "\n--", "\n__")
_LINKED = ("/", "@", "`", "www.", ".php", ".htm")
_QUOTED = ('"', "«", "“")
"""What a text must hold for the longer patterns to be worth a look; words are sooner found than patterns."""
_INLINE_CODE = re.compile(r"`[^`\n]{1,300}`")
_QUOTES = re.compile(r'«[^«»]{12,600}»|“[^“”]{12,600}”|"[^"\n]{12,300}"')
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0e\ufe0f\ufeff]")
_LATIN_MARKS = re.compile(r"[\u0300-\u036f]+")
_BEYOND_LATIN = re.compile(r"[\u0483-\U0010ffff]")
_LIGATURES = str.maketrans({
    "œ": "oe", "æ": "ae", "’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "…": ".", "\u00a0": " ", "\u202f": " ",
    "\u2009": " ", "–": "-", "—": "-", "“": '"', "”": '"', "«": '"', "»": '"', "\u2028": "\n", "\x85": "\n",
})  # fmt: skip
_LIGATURE = re.compile(f"[{''.join(map(chr, _LIGATURES))}]")


def own_words(text: str) -> str:
    """Return the author's own words in small letters, without accents.

    >>> own_words("<blockquote>Je pense arrêter</blockquote><p>Courage Léa !</p>").strip()
    'courage lea !'
    """
    told = text[:LONGEST_MARKED_UP].replace("\r\n", "\n").replace("\r", "\n")
    if _MARKS.search(told) or _holds(told, _MARKED_UP):
        told = _NEW_LINES.sub("\n", _without_anothers(told))
        told = _LINES_OF_ANOTHER.sub("", html.unescape(_TAGS.sub(" ", told)))
    told = _CONTROLS.sub("", told)
    if told.startswith(("--", "__")) or _holds(told, _SIGNED):
        told = _SIGNATURE.split(told, maxsplit=1)[0]
    told = told[:LONGEST]
    if _holds(told, _LINKED):
        told = _LINKS.sub(" ", _INLINE_CODE.sub(" ", told))
    if _holds(told, _QUOTED):
        told = _QUOTES.sub(f" {QUOTED} ", told)
    return small_letters(told)


def _holds(text: str, marks: tuple[str, ...]) -> bool:
    return any(map(text.__contains__, marks))


def small_letters(text: str) -> str:
    """Return a text in small letters, without accents nor any other mark put on a letter."""
    if _LIGATURE.search(text):
        text = text.translate(_LIGATURES)
    text = text.lower()
    if text.isascii():
        return text
    text = _LATIN_MARKS.sub("", text)  # piles of marks first: putting them in order takes the square of their number
    if _BEYOND_LATIN.search(text):
        text = _without_marks(unicodedata.normalize("NFKD", _without_marks(text)))
    return _LATIN_MARKS.sub("", unicodedata.normalize("NFKD", text))


def _without_marks(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter) not in ("Mn", "Me"))


def _without_anothers(text: str) -> str:
    """Return a text without quoted messages nor code; a mark that is never closed hides nothing."""
    kept, inside, start = [], list[str](), 0
    for mark in _ANOTHERS.finditer(text):
        name = (mark["tag"] or mark["mark"] or "```").lower()
        shuts = bool(mark["shut"] or mark["ends"] or (mark["fence"] and inside[-1:] == ["```"]))
        if not shuts:
            if not inside:
                kept.append(text[start : mark.start()])
                start = mark.end()
            inside.append(name)
        elif inside and inside[-1] == name:
            inside.pop()
            start = start if inside else mark.end()
    return "\n".join([*kept, text[start:]])
