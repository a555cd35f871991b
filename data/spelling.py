"""How what a person is called may be written: any case, with or without accents, turned round, escaped in a file.

It stands by itself: `Ada Roy` is not in `Ada Royer`, nor in `Anne-Ada Roy`; `a.roy@x.fr` is not in `lea.roy@x.fr`.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from functools import lru_cache
from html.entities import codepoint2name
from urllib.parse import quote

SPACE = r"(?:[\s,+\xa0]|%20|%2C|=20|&nbsp;|&#160;|\\[nrt]|\\u00a0)+"
"""What may be between two words."""
ESCAPED = r"(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9a-fA-F]{2})"
"""What ends in a letter or a figure and is none of a word's."""
MARKS = "\u0300-\u036f"
BYTES = 0xDC00
"""What a byte that is no UTF-8 becomes, added to it (`surrogateescape`)."""
ALPHABET = re.compile("[a-z0-9]+")


@lru_cache(maxsize=256)
def telling(texts: tuple[str, ...], *, exact: bool = False, inside: bool = False) -> re.Pattern[str] | None:
    """Return what finds some texts, however they are written; None when there is none.

    Parameters
    ----------
    exact : in this case and with these accents alone.
    inside : also where it is a part of something longer.
    """
    ways = sorted({way for text in texts for way in turned(text)}, key=lambda way: (-len(way), way))
    told = [_one(way, exact=exact, inside=inside) for way in ways if way]
    return re.compile("|".join(told), 0 if exact else re.IGNORECASE) if told else None


def turned(text: str) -> tuple[str, ...]:
    """Return a name with its words in each order in which it is said, as it stands first; another text as it stands.

    >>> turned("Ada Roy")
    ('Ada Roy', 'Roy Ada')
    """
    words = text.split()
    if "@" in text or len(words) < 2:
        return (" ".join(words),)
    orders = [words[place:] + words[:place] for place in range(len(words))]
    return tuple(dict.fromkeys(" ".join(one) for one in (*orders, words[::-1])))


def runs(text: str) -> tuple[bytes, ...]:
    """Return the letters and figures in a row that every way of writing a text has, small, the longest first.

    >>> runs("Zoé N'Diaye")
    (b'diaye', b'zo', b'n')
    """
    return tuple(one.encode() for one in sorted(ALPHABET.findall(text.lower()), key=len, reverse=True))


def _one(text: str, *, exact: bool, inside: bool) -> str:
    words = SPACE.join("".join(_letter(one, exact=exact) for one in _letters(word)) for word in text.split())
    return words if inside else f"{_before(text)}(?:{words}){_after(text)}"


def _letters(word: str) -> list[str]:
    return re.findall(f".[{MARKS}]*", unicodedata.normalize("NFC", word), re.DOTALL)


def _letter(letter: str, *, exact: bool) -> str:
    """Return a pattern of one letter, with or without its accent, as text, HTML, JSON, in an address or an e-mail."""
    if letter.isascii() and letter.isalnum():
        return letter
    apart = unicodedata.normalize("NFD", letter)
    cases = {letter} if exact else {letter, letter.lower(), letter.upper(), apart[0]}
    forms = {unicodedata.normalize(form, one) for one in cases for form in ("NFC", "NFD")}
    forms |= {"\u2019"} if letter == "'" else {"'"} if letter == "\u2019" else set()
    told = sorted({way for form in forms for way in _written(form)}, key=lambda way: (-len(way), way))
    return f"(?:{'|'.join(map(re.escape, told))})"


def _written(form: str) -> set[str]:
    """Return the ways of writing a letter in a file."""
    if form.isascii() and form.isalnum():
        return {form}
    percent = quote(form, safe="") if not form.isascii() else f"%{ord(form[0]):02X}"
    told = {form, json.dumps(form)[1:-1], html.escape(form), percent, percent.replace("%", "=")}
    if len(form) == 1:
        number = ord(form)
        told |= {f"&#{number};", f"&#x{number:x};", f"\\u{number:04x}"}
        told |= {f"&{codepoint2name[number]};"} if number in codepoint2name else set()
        told |= {chr(BYTES + number)} if 0x80 <= number < 0x100 else set()
    return told


def _before(text: str) -> str:
    """Return what is not in front of a text that stands by itself."""
    if not text[0].isalnum():
        return ""
    number = text.isdecimal()
    parts = [rf"(?<![^\W_])(?<![{MARKS}])" if number or not text[0].isdecimal() else "(?<![0-9])"]
    parts += [r"(?<![0-9]\.)"] if number else [r"(?<![^\W_][.+_-])"] if "@" in text else []
    parts += [r"(?<![^\W_]-)"] if " " in text else []
    return f"(?:{ESCAPED}|{''.join(parts)})"


def _after(text: str) -> str:
    """Return what does not follow a text that stands by itself."""
    if not text[-1].isalnum():
        return ""
    alone = rf"(?![^\W_])(?![{MARKS}])" if text.isdecimal() or not text[-1].isdecimal() else "(?![0-9])"
    more = r"(?!-[^\W_])(?!\.[^\W_])" if "@" in text else r"(?!-[^\W_])" if " " in text else ""
    return alone + more
