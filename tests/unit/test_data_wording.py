"""What somebody was called is said as it is now: in full anywhere, in part only in words about them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.wording import Change, Words

NAME = Change("display_name", "Adélaïde Imaginaire", "Adélaïde Réelle")
MAIL = Change("email", "ada@example.org", "adelaide@example.org")
WORDS = Words((NAME, MAIL))


@pytest.mark.parametrize(
    ("before", "after", "text", "elsewhere", "theirs"),
    [
        ("Ada Zed", "Ada Noor", "Ada Zed, ada zed, ZED ADA", "Ada Noor, Ada Noor, Ada Noor", None),
        ("Ada Zed", "Ada Noor", "Zed, Ada; Ada  Zed; Ada\nZed", "Ada Noor; Ada Noor; Ada Noor", None),
        ("Ada Zed", "Ada Noor", "Ada Zedine", "Ada Zedine", None),
        (
            "Ada Zed",
            "Ada Noor",
            "Anne-Ada Zed; Ada Zed-Roy; -Ada Zed",
            "Anne-Ada Zed; Ada Zed-Roy; -Ada Noor",
            "Anne-Ada Noor; Ada Zed-Roy; -Ada Noor",
        ),
        ("Ada Zed", "Ada Noor", "Ada came with Zed", "Ada came with Zed", "Ada came with Noor"),
        ("Ada Zed", "Ada Noor", "ZED and Zed's dog", "ZED and Zed's dog", "Noor and Noor's dog"),
        ("Ada Zed", "Ada Noor", "Zed-Petit, zed", "Zed-Petit, zed", "Zed-Petit, zed"),
        ("Li Wu", "Lia Wu", "Li Wu; Li", "Lia Wu; Li", "Lia Wu; Li"),
        ("Eva des Prés", "Eva Dupont Roux", "elle a des soucis", "elle a des soucis", "elle a des soucis"),
        ("Eva Petit", "Eva Roux", "un petit souci, Petit", "un petit souci, Petit", "un petit souci, Roux"),
        ("Eva Petit", "Eva Petit-Roux", "Eva Petit, Eva Petit-Roux", "Eva Petit-Roux, Eva Petit-Roux", None),
        ("Eva Petit", "Eva Petit-Roux", "Petit et Petit-Roux", "Petit et Petit-Roux", "Petit-Roux et Petit-Roux"),
        ("Eva Petit", "Marie Eva Petit", "Eva Petit; Marie Eva Petit", "Marie Eva Petit; Marie Eva Petit", None),
        ("Petit Eva", "Eva Petit", "Petit Eva et Eva Petit", "Eva Petit et Eva Petit", None),
        ("Helene Roy", "Hélène Roy", "Helene Roy, Hélène Roy", "Hélène Roy, Hélène Roy", None),
        ("Helene Roy", "Hélène Roy", "Helene est venue", "Helene est venue", "Hélène est venue"),
        ("Eva Marie Petit", "Eva Petit", "Petit Eva Marie", "Eva Petit", None),
        ("Adélaïde Zed", "Ada Zed", "Ade\u0301lai\u0308de Zed, ADELAIDE ZED", "Ada Zed, Ada Zed", None),
        ("Eva O'Neil", "Eva Roux", "chez Eva O'Neil, l'O'Neil", "chez Eva Roux, l'O'Neil", "chez Eva Roux, l'Roux"),
    ],
)
def test_a_name_is_said_as_it_is_now(before: str, after: str, text: str, elsewhere: str, theirs: str | None) -> None:
    words = Words((Change("display_name", before, after),))
    assert words.say(text, theirs=False) == elsewhere
    assert words.say(text, theirs=True) == (elsewhere if theirs is None else theirs)
    for whose in (True, False):
        once = words.say(text, theirs=whose)
        assert words.say(once, theirs=whose) == once, "said again, it changes nothing"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("to ADA@example.org.", "to adelaide@example.org."),
        ("<ada@example.org>", "<adelaide@example.org>"),
        ("nada@example.org, ada@example.org.uk", "nada@example.org, ada@example.org.uk"),
        ('{"who": "Ad\\u00e9la\\u00efde Imaginaire"}', '{"who": "Ad\\u00e9la\\u00efde R\\u00e9elle"}'),
        ('{"mbox":"mailto:ada@example.org","account":{"name":"ada@example.org"}}',
         '{"mbox":"mailto:adelaide@example.org","account":{"name":"ada@example.org"}}'),
    ],
)  # fmt: skip
def test_an_email_and_an_object_are_said_as_they_are_now(text: str, said: str) -> None:
    assert WORDS.say(text, theirs=False, known_by=WORDS.known_by) == said


def test_an_address_by_which_a_source_knows_the_learner_stays_in_what_it_pushed() -> None:
    words = Words((MAIL,), identifier=True)
    told = {"mbox": "mailto:ada@example.org", "name": "ada@example.org"}
    assert words.say(told, theirs=False, known_by=words.known_by) == told | {"name": "adelaide@example.org"}


def test_what_somebody_else_has_too_is_only_changed_in_words_about_the_learner() -> None:
    words = Words((Change("display_name", "Eva Petit", "Eva Roux", shared=True),))
    assert words.say(["Eva Petit", 3], theirs=False) == ["Eva Petit", 3]
    assert words.say(["Eva Petit", 3], theirs=True) == ["Eva Roux", 3]
    assert words.findable == ()


@pytest.mark.parametrize(
    ("before", "after", "there", "absent"),
    [
        ("Eva Petit", "Eva Roux", {"Eva Petit", "Petit Eva", "EVA PETIT"}, {"Eva Roux"}),
        ("Eva Petit", "Eva Petit-Roux", {"Petit Eva"}, {"Eva Petit"}),
        ("eva petit", "Eva Petit", {"eva petit", "EVA PETIT"}, {"Eva Petit"}),
        ("Adélaïde Zed", "Ada Zed", {"Adelaide Zed"}, set()),
    ],
)
def test_what_is_looked_for_in_files_is_not_in_what_is_said_now(
    before: str, after: str, there: set[str], absent: set[str]
) -> None:
    found = set(Change("display_name", before, after).findable)
    assert there <= found
    assert not absent & found


PART = st.text("aAéEzZ-'", min_size=1, max_size=6).filter(lambda text: text.strip("-'"))


@given(st.lists(PART, min_size=2, max_size=3), st.lists(PART, min_size=1, max_size=3), st.booleans())
def test_a_full_name_never_stays_unless_what_is_said_now_holds_it(
    before: list[str], after: list[str], theirs: bool
) -> None:
    change = Change("display_name", " ".join(before), " ".join(after))
    said = Words((change,)).say(f"met {change.before} today", theirs=theirs)
    assert change.before not in said or change.before in change.after
