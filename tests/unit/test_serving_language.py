"""French is whole; words, dates and figures read as people write them."""

import re
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from data import rhythm
from monitoring import drift, freshness
from monitoring import verdict as watched
from serving import choices
from serving.accounts.schemas import NewAccount
from serving.actions import policy as actions
from serving.actions.schemas import NewAction
from serving.alerts import holding, kinds, life
from serving.alerts import policy as alerts
from serving.language import LOCALES, Speech, choose
from serving.pages import within_a_sentence
from serving.quality.repository import REGISTER_EVENTS
from training import gate

SERVING = Path(__file__).parents[2] / "serving"
FR = Speech("fr", ZoneInfo("Europe/Paris"))
EN = Speech("en", ZoneInfo("Europe/Paris"))


@cache
def used():
    """Return every message of the templates and of the code, with where it is."""
    found = {}
    for path in sorted(SERVING.rglob("*")):
        method = {".html": "jinja2.ext:babel_extract", ".py": "python"}.get(path.suffix)
        if method is None:
            continue
        keywords = (
            {"_": None, "gettext": None, "ngettext": (1, 2)} if path.suffix == ".html" else {"mark": None, "say": None}
        )
        with path.open("rb") as file:
            for line, message, _, _ in extract(method, file, keywords=keywords):
                key = message if isinstance(message, str) else tuple(part for part in message if part)[:2]
                found.setdefault(key, f"{path.name}:{line}")
    return found


@cache
def french():
    with (LOCALES / "fr" / "LC_MESSAGES" / "filrouge.po").open("rb") as file:
        return {m.id if isinstance(m.id, str) else tuple(m.id): m for m in read_po(file) if m.id}


def test_every_message_used_has_its_french_and_none_is_left_over():
    assert len(used()) > 200
    assert {key: place for key, place in used().items() if key not in french()} == {}
    assert set(french()) - set(used()) == set()


def test_every_french_message_keeps_the_values_of_the_english_one():
    for key, message in french().items():
        strings = [message.string] if isinstance(message.string, str) else list(message.string)
        assert all(strings), key
        ids = [key] if isinstance(key, str) else list(key)
        names = [set(re.findall(r"%\((\w+)\)", text)) for text in (ids[-1], strings[-1])]
        assert names[0] == names[1], key
        assert not message.fuzzy
        assert not [text for text in (*ids, *strings) if re.search(r"%(?!\(\w+\)[sd])", text)]


def test_french_typography_spaces_its_high_marks_and_never_breaks_a_line_before_them():
    for message in french().values():
        for text in [message.string] if isinstance(message.string, str) else message.string:
            assert not re.search(r"[\w)][;:!?](\s|$)|'| [;:!?»]|« ", text), text


def test_no_template_writes_the_marks_of_one_language():
    for path in sorted((SERVING / "templates").glob("*.html")):
        assert not re.search(r"[})\w] [:;?!](?= |$)|\| lower", path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (choices.STATES, alerts.STATES),
        (choices.OUTCOMES, [code for codes in alerts.OUTCOMES.values() for code in codes]),
        (choices.ALERT_KINDS, kinds.KINDS),
        (choices.HOLDS, holding.REASONS),
        (choices.MOTIVES, life.MOTIVES),
        (choices.KINDS, actions.KINDS),
        (choices.CHANNELS, actions.CHANNELS),
        (choices.RESULTS, actions.RESULTS),
        (choices.NEXT_STEPS, actions.NEXT_STEPS),
        (choices.VERDICTS, drift.VERDICTS),
        (choices.WATCH_ACTIONS, watched.ACTIONS),
        (choices.WATCH_TODO, watched.ACTIONS),
        (choices.WATCH_REASONS, watched.REASONS),
        (choices.FRESHNESS, rhythm.STATES),
        (choices.RECORD_KINDS, freshness.KINDS),
        (choices.MODEL_LEVELS, gate.LADDER),
        (choices.ROLES, NewAccount.model_fields["role"].annotation.__args__),
        (choices.KINDS, NewAction.model_fields["kind"].annotation.__args__),
        (choices.CHANNELS, NewAction.model_fields["channel"].annotation.__args__),
        (choices.RESULTS, NewAction.model_fields["result"].annotation.__args__),
        (choices.NEXT_STEPS, NewAction.model_fields["next_step"].annotation.__args__),
    ],
)
def test_every_choice_has_its_words_and_every_word_its_choice(words, codes):
    assert list(words) == list(codes)


def test_every_step_of_an_alert_has_its_words_in_the_register():
    steps_told = {f"alert_{step}" for step in (*life.STEPS, life.JOINED, life.UNDONE)} | {"alert_opened"}
    older = {"signals_joined"}  # `alert_joined`, in journals of before
    assert steps_told | older | {"action_recorded", "alert_erased", "alert_expired"} == set(REGISTER_EVENTS)
    assert set(REGISTER_EVENTS) == set(choices.EVENTS)
    assert {*life.STEPS, life.UNDONE} <= set(choices.FLASHES)


def test_dates_hours_and_figures_are_written_as_people_do():
    assert FR.day(date(2026, 6, 15)) == "15 juin 2026"
    assert EN.day(date(2026, 6, 15)) == "June 15, 2026"
    assert FR.short_day(date(2026, 6, 15)) == "lun. 15 juin"
    assert FR.weekday(date(2026, 6, 15)) == "lundi 15 juin"
    assert FR.day(date(2026, 6, 1), "full") == "lundi 1er juin 2026"
    assert FR.short_day(date(2026, 6, 1)) == "lun. 1er juin"
    assert FR.day(date(2026, 6, 21)) == "21 juin 2026"
    assert FR.instant(datetime(2026, 6, 1, 5, 30, tzinfo=UTC)) == "1er juin 2026, 07:30"
    assert EN.day(date(2026, 6, 1), "d MMM y") == "1 Jun 2026"
    assert FR.instant(datetime(2026, 6, 15, 5, 30, tzinfo=UTC)) == "15 juin 2026, 07:30"
    assert FR.figure(0.8124) == "0,812"
    assert FR.number(1234.0) == "1\u202f234"
    assert FR.percent(0.6) == "60\xa0%"


@pytest.mark.parametrize(
    ("alone", "within"),
    [
        ("SMS", "SMS"),
        ("Appel", "appel"),
        ("À regarder", "à regarder"),
        ("A plan was agreed", "a plan was agreed"),
        ("", ""),
    ],
)
def test_words_inside_a_sentence_keep_their_acronyms(alone, within):
    assert within_a_sentence(alone) == within


@pytest.mark.parametrize(
    ("query", "cookie", "account", "browser", "expected"),
    [
        (None, None, None, "", "fr"),
        (None, None, None, "en-GB,en;q=0.9", "en"),
        (None, None, None, "de,nl;q=0.8", "fr"),
        (None, None, "fr", "en", "fr"),
        (None, "en", "fr", "fr", "en"),
        ("fr", "en", "en", "en", "fr"),
        ("xx", "zz", "qq", ",;", "fr"),
    ],
)
def test_the_language_is_the_first_wish_that_is_spoken(query, cookie, account, browser, expected):
    cookies = {"filrouge_lang": cookie} if cookie else {}
    asked = {"lang": query} if query else {}
    assert choose(asked, cookies, account, {"accept-language": browser}, "fr") == expected
