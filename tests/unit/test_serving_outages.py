"""When administrators are told of a source that is quiet, and of its return: a table of mornings."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving import choices
from serving.language import Speech
from serving.notifications import sources
from serving.watch.outages import policy
from serving.watch.outages.policy import STEADY, Outage, Seen, tell
from serving.watch.outages.service import brought_since

DAY = date(2026, 6, 15)
STATE = {"f": "fresh", "q": "quiet", "s": "slow", "?": "not_enough_data"}


def mornings(**kinds):
    """Return what is said each morning, from the states of each kind, a letter a morning; a blank: it is not there."""
    known, told = (), []
    for n in range(max(map(len, kinds.values()))):
        seen = [Seen(kind, STATE[letters[n]], DAY) for kind, letters in kinds.items() if letters[n : n + 1].strip()]
        found = tell(known, seen, DAY + timedelta(days=n))
        known = found.kept
        told.append({word: " ".join(names) for word, names in found.words.items()})
    return [one or None for one in told], known


def said(**told):
    return told


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ("f", [None]),
        ("?", [None]),
        ("q", [said(quiet="a")]),
        ("s", [said(slow="a")]),
        ("ff", [None, None]),
        ("fqqqq", [None, said(quiet="a"), None, None, None]),
        ("qqf", [said(quiet="a"), None, said(back="a")]),
        ("qfff", [said(quiet="a"), said(back="a"), None, None]),
        ("sqsf", [said(slow="a"), None, None, said(back="a")]),
        ("q?q f", [said(quiet="a"), None, None, None, said(back="a")]),
        ("qf?", [said(quiet="a"), said(back="a"), None]),
        # it comes and goes: told once more, then only when it has come for a week
        ("qfqfq", [said(quiet="a"), said(back="a"), said(again="a"), None, None]),
        ("qfqfffffff", [said(quiet="a"), said(back="a"), said(again="a"), *[None] * 7]),
        ("qfqffffffff", [said(quiet="a"), said(back="a"), said(again="a"), *[None] * 7, said(back="a")]),
        ("qfqffffqffffffff", [said(quiet="a"), said(back="a"), said(again="a"), *[None] * 12, said(back="a")]),
        # a week well, and the next outage is another one
        ("qffffffffq", [said(quiet="a"), said(back="a"), *[None] * 7, said(quiet="a")]),
        ("qfffffffq", [said(quiet="a"), said(back="a"), *[None] * 6, said(again="a")]),
    ],
)  # fmt: skip
def test_one_kind_morning_after_morning(states, words):
    assert mornings(a=states)[0] == words


def test_several_kinds_are_one_message_and_each_goes_its_own_way():
    told, known = mornings(a="qqf", b="fqf", c="fsf", d="qqq")
    assert told == [{"quiet": "a d"}, {"quiet": "b", "slow": "c"}, {"back": "a b c"}]
    assert [(one.kind, one.phase) for one in known if one.back_on is None] == [("d", policy.OUT)]


def test_the_same_watch_read_again_and_an_earlier_one_say_nothing():
    first = tell((), [Seen("a", "quiet", DAY)], DAY)
    again = tell(first.kept, [Seen("a", "quiet", DAY)], DAY)
    assert (again.words, again.kept) == ({}, first.kept)
    earlier = tell(first.kept, [Seen("a", "fresh", DAY)], DAY - timedelta(days=1))
    assert (earlier.words, earlier.kept) == ({}, first.kept)


def test_a_source_that_is_back_the_same_day_is_told():
    first = tell((), [Seen("a", "quiet", DAY)], DAY)
    assert tell(first.kept, [Seen("a", "fresh", DAY)], DAY).words == {"back": ("a",)}


@given(st.text("fqs?", max_size=60))
def test_however_a_source_flaps_few_words_are_said_and_the_last_is_never_that_it_is_back_while_it_is_not(states):
    if not states:
        return
    told, known = mornings(a=states)
    days = [(n, word) for n, words in enumerate(told) for word in words or ()]
    for (n, before), (m, word) in pairwise(days):
        assert (before == "back") != (word == "back"), "quiet and back alternate"
        if before == "again":
            assert m - n >= STEADY.days, "what comes and goes is left alone"
    silent = [one for one in known if one.back_on is None]
    if silent:
        assert days[-1][1] != "back"


def test_only_what_is_quiet_and_not_back_makes_a_list_be_scored_again():
    def row(kind, **told):
        return Outage(**{"kind": kind, "phase": "out", "state": "quiet", "last_on": DAY, "found_on": DAY,
                         "seen_on": DAY, **told})  # fmt: skip

    known = [row("a"), row("b", state="slow"), row("c", phase="back", back_on=DAY), row("d", phase="unsteady")]
    assert policy.out(known) == {"a", "d"}


@dataclass
class Count:
    new: int = 0
    changed: int = 0


@dataclass
class Batch:
    tables: dict
    versions: dict


@pytest.mark.parametrize(
    ("batch", "there"),
    [
        (Batch({"posts": Count(new=1)}, {"posts": 8}), True),
        (Batch({"posts": Count(changed=1)}, {"posts": 8}), True),
        (Batch({"posts": Count(new=1)}, {"posts": 7}), False),
        (Batch({"posts": Count()}, {"posts": 8}), False),
        (Batch({"activity": Count(new=1)}, {"posts": 7, "activity": 9}), False),
    ],
    ids=["later", "later, changed", "already read", "nothing new", "of another kind"],
)
def test_what_a_list_has_not_read_of_a_kind(batch, there):
    assert bool(brought_since([batch], {"posts": 7, "activity": 3}, {"posts"})) is there


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("word", policy.WORDS)
def test_every_word_has_a_line_that_names_the_kind_and_leads_somewhere(language, word):
    from zoneinfo import ZoneInfo

    body = '{"told": {"%s": ["posts"]}, "since": {"posts": "2026-06-10"}}' % word  # noqa: UP031
    words = sources.compose(body, Speech(language, ZoneInfo("Europe/Paris")), public_url="https://f.example.org")
    text, address = words.lines[0]
    assert ("community" in text) is (language == "en")
    assert address == "https://f.example.org/admin"
    assert ("10" in text) is (word in ("quiet", "again"))
    assert set(choices.RECORD_KINDS) >= {"posts"}
