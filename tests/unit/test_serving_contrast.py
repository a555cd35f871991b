"""The colours of the sheet: WCAG 2.2 AA, worked out from the file itself."""

import re
from pathlib import Path

import pytest

SHEET = (Path(__file__).parents[2] / "serving" / "static" / "filrouge.css").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", SHEET)) | {"white": "#ffffff", "line-of-fields": "#8f8777"}
TEXTS = [
    *[(text, ground) for text in ("ink", "soft", "thread-dark", "good", "watch") for ground in ("paper", "sheet")],
    ("white", "thread"),
    ("white", "thread-dark"),
    ("thread-dark", "wash"),
    ("good", "good-wash"),
    ("watch", "watch-wash"),
]


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(COLOURS[one]), luminance(COLOURS[other])), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_words_are_told_from_their_ground(text, ground):
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize(("mark", "ground"), [("thread", "paper"), ("thread", "sheet"), ("line-of-fields", "white")])
def test_lines_that_mean_something_are_seen(mark, ground):
    assert contrast(mark, ground) >= 3


def test_the_sheet_hides_no_focus_and_asks_for_no_file():
    assert ":focus-visible" in SHEET
    assert not re.search(r"outline:\s*none", SHEET)
    assert not re.search(r"url\(|@import|https?:", SHEET)
