"""What holds of the reading of any text at all."""

from __future__ import annotations

import csv
import re
from dataclasses import asdict
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from data import lexicon, tone
from data.phrases import Phrases
from data.plain_text import LONGEST, own_words

TABLES = Path(__file__).parents[1] / "unit"


def sentences() -> list[str]:
    """Return sentences of the tables without markup, which cannot be shouted or decorated."""
    read = list[str]()
    for name in ("fr", "en"):
        with (TABLES / f"tone_sentences_{name}.csv").open(encoding="utf-8", newline="") as file:
            read += [row["sentence"] for row in csv.DictReader(file)]
    return [sentence for sentence in read if sentence.isprintable() and not set(sentence) & set("<>[]`\\&_:;/@^")]


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=300)
TRAPS = st.lists(
    st.one_of(
        st.sampled_from([
            "\x00", "\ud800", "\u202e", "\u0301", "\u0489", "\ufdfa", "😀", "👩‍👩‍👧", "م", "ש", "ß", "İ", "ﬁ",
            "<", ">", "<pre>", "</pre>", "<blockquote>", "</blockquote>", "[quote]", "[/quote]", "```", "`",
            "&lt;", "&#0;", "&#xD800;", "« ", " »", '"', "\n> ", "\n--\n", "\r", "https://a.b/", ":cry:", ":(",
            "?", "!", "…", ", ", " ", "ne ", "pas ", "plus ", "mais ", "merci ", "super ", "je ", "suis ",
            "perdu ", "arrêter ", "c ", "g ",
        ]),
        ANYTHING,
    ),
    max_size=40,
).map("".join)  # fmt: skip
MARKS = st.sampled_from(["\u0300", "\u0301", "\u0323", "\u0336", "\u0489", "\u20d0", "\ufe20"])
PLAIN = st.text(st.sampled_from("abcdefghij éè,.!?'\n"), max_size=80)


@given(st.one_of(ANYTHING, TRAPS))
@settings(max_examples=200, deadline=None)
def test_any_text_has_a_reading_within_bounds_and_always_the_same(text: str) -> None:
    found = tone.read(text)
    assert found == tone.read(text)
    assert 0 <= found.n_words <= LONGEST
    assert found.tone is None or -1 <= found.tone <= 1
    assert all(isinstance(value, bool) for name, value in asdict(found).items() if name not in ("n_words", "tone"))


@given(st.lists(st.sampled_from(sentences()), min_size=1, max_size=3).map("\n".join))
@settings(max_examples=60, deadline=None)
def test_capitals_never_matter(text: str) -> None:
    assert tone.read(text.upper()) == tone.read(text)


@given(st.sampled_from(sentences()), st.lists(MARKS, min_size=1, max_size=30).map("".join))
@settings(max_examples=60, deadline=None)
def test_marks_piled_on_letters_never_matter(sentence: str, pile: str) -> None:
    assert tone.read("".join(letter + pile * letter.isalpha() for letter in sentence)) == tone.read(sentence)


@given(
    st.sampled_from(sentences()),
    PLAIN,
    st.sampled_from([
        "<blockquote>{}</blockquote>", "<aside class='quote'><p>{}</p></aside>", "[quote=\"a, post:1\"]{}[/quote]",
        "<pre>{}</pre>", "```{}```", "[code]{}[/code]",
    ]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_what_another_wrote_never_matters(sentence: str, another: str, wrapping: str) -> None:
    assert tone.read(f"{wrapping.format(another)}\n{sentence}") == tone.read(sentence)


@given(st.sampled_from(sentences()), PLAIN)
@settings(max_examples=60, deadline=None)
def test_quoted_lines_and_signatures_never_matter(sentence: str, another: str) -> None:
    quoted = "\n".join(f"> {line}" for line in another.split("\n"))
    assert tone.read(f"{quoted}\n{sentence}\n-- \n{another}") == tone.read(sentence)


@given(st.sampled_from(sentences()), st.text(st.sampled_from("abc \n"), max_size=50))
@settings(max_examples=8, deadline=None)
def test_what_comes_after_the_cut_never_matters(sentence: str, rest: str) -> None:
    start = (sentence + "\n") * (LONGEST // (len(sentence) + 1) + 1)
    assert tone.read(start + rest) == tone.read(start)
    assert len(own_words(start + rest)) <= LONGEST


LISTS = ("LEAVE", "DISTRESS", "TROUBLE", "THANKS", "POLITE", "ASKS", "ASKS_FIRST", "LEAVE_DENIED", "IRONY")
WORDS = sorted({word for name in LISTS for told in getattr(lexicon, name) for word in re.findall(r"[a-z]+|,", told)})


@given(
    st.sampled_from(LISTS),
    st.lists(st.one_of(st.sampled_from(WORDS), st.text("abcdefghij0", min_size=1, max_size=6)), max_size=12),
    st.sampled_from(sentences()),
)
@settings(max_examples=300, deadline=None)
def test_a_phrase_is_found_where_one_plain_pattern_finds_it(name: str, words: list[str], sentence: str) -> None:
    told = f" . {' '.join([*words, *re.findall('[a-z]+|,', own_words(sentence)), *words])} "
    plain = re.compile(" (?:" + "|".join(getattr(lexicon, name)) + ")")
    phrases = Phrases({name: getattr(lexicon, name)})
    assert bool(phrases.said(told)) == bool(plain.search(told))
    assert bool(phrases.begin(told[2:])) == bool(plain.match(told[2:]))
    assert phrases.reworded(told, lambda *_: " x") == plain.sub(" x", told)
