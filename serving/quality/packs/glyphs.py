"""What the PDF's own fonts can draw: they are those that come with Typst, so that every machine draws the same."""

from __future__ import annotations

import re
import unicodedata

MISSING = "▯"
"""Drawn in place of a character that no font of the PDF has."""
LONGEST_WORD = 24
BREAK = "\u200b"
"""A place where a line may end."""
RANGES = (
    (0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x2FF), (0x384, 0x38A), (0x38E, 0x3A1), (0x3A3, 0x3FF), (0x400, 0x482),
    (0x48A, 0x4FF), (0x531, 0x556), (0x561, 0x586), (0x5D0, 0x5EA), (0x60C, 0x60C), (0x61B, 0x61B), (0x61F, 0x61F),
    (0x621, 0x63A), (0x640, 0x64A), (0x660, 0x669), (0x67E, 0x67E), (0x686, 0x686), (0x698, 0x698), (0x6A4, 0x6A4),
    (0x6A9, 0x6A9), (0x6AF, 0x6AF), (0x6CC, 0x6CC), (0x6F0, 0x6F9), (0x10D0, 0x10F6), (0x1E00, 0x1EFF),
    (0x2010, 0x2027), (0x202F, 0x203A), (0x20A0, 0x20BF), (0x2100, 0x211E), (0x2122, 0x2122), (0x2190, 0x21FF),
    (0x2200, 0x22FF), (0x25A0, 0x25FF),
)  # fmt: skip
"""Code points that the fonts have: Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, Georgian; signs."""
LONG = re.compile(rf"[^ {BREAK}]{{{LONGEST_WORD + 1},}}")
"""What no line may end within for sure: a space that does not break and a hyphen before a figure are within it."""
NARROW_SPACES = "\u00a0\u202f"
PIECE = re.compile(rf"[^-{NARROW_SPACES}]{{0,{LONGEST_WORD - 1}}}[-{NARROW_SPACES}]|.{{1,{LONGEST_WORD}}}")
"""As much of a long word as one line holds, up to a hyphen or a space that does not break where there is one."""
CLOSING, OPENING = "!?/:;,.)}\\]»”’›،؛؟", "({\\[¡¿«“‘‹„‚‛‟"
GLUED = re.compile(rf" +(?=[{CLOSING}])|(?<=[{OPENING}]) +")
"""Spaces at which no line ends all the same (Unicode's annex 14, rules 13 to 15)."""


def drawn(text: str) -> str:
    """Return a text as the PDF can draw it: composed, without controls, a long word broken where a line may end.

    >>> drawn("Zoé 漢")
    'Zoé ▯'
    """
    shown = "".join(_drawn(sign) for sign in unicodedata.normalize("NFC", text))
    return LONG.sub(_broken, GLUED.sub("\u00a0", shown))


def _drawn(sign: str) -> str:
    """Return a sign, nothing for a mark that has no letter of its own, or what stands for it."""
    if any(low <= ord(sign) <= high for low, high in RANGES):
        return sign
    if sign.isspace():
        return " "
    return "" if unicodedata.category(sign) in {"Mn", "Me", "Mc", "Cf", "Cc", "Cs", "Sk"} else MISSING


def _broken(match: re.Match[str]) -> str:
    return BREAK.join(PIECE.findall(match[0]))
