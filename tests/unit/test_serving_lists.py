"""Lists of learners, follow-ups, communities, playbooks: what they show, by tables of cases."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.alerts.kinds import KINDS
from serving.community import policy as community
from serving.community.policy import Post
from serving.learners import calendar, lists
from serving.learners.lists import Line, Wanted
from serving.learners.policy import sureness
from serving.playbooks import policy as playbooks
from serving.playbooks.policy import Play
from serving.sessions import policy as sessions

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 6, 15, 8, tzinfo=UTC)
LINES = [
    Line(1, "Zoé Été", "A", 0.5, "high", "open", 20.0),
    Line(2, "Éloi Abîme", "B", 0.2, "watch", "none", 7.0),
    Line(3, "Ève Zut", "A", 0.1, "calm", "none", None),
    Line(4, "Eva Été", "B", 0.3, "watch", "snoozed", 14.0),
]


@pytest.mark.parametrize(
    ("values", "search", "expected"),
    [
        ({}, "", [1, 4, 2, 3]),
        ({"sort": "name"}, "", [2, 4, 3, 1]),
        ({"sort": "silent"}, "", [1, 4, 2, 3]),
        ({"sort": "session"}, "", [1, 3, 4, 2]),
        ({"session": "B"}, "", [4, 2]),
        ({"risk": "watch", "sort": "name"}, "", [2, 4]),
        ({"state": "none"}, "", [2, 3]),
        ({"state": "snoozed"}, "", [4]),
        ({"silent": "14"}, "", [1, 4]),
        ({"session": "A", "risk": "watch"}, "", []),
        ({}, "ete", [1, 4]),
        ({}, "  ÉTÉ eva ", [4]),
        ({"risk": "red", "state": "x", "silent": "3", "sort": "score", "page": "²"}, "", [1, 4, 2, 3]),
    ],
)
def test_a_list_shows_what_its_address_asks(values, search, expected):
    shown = lists.show(LINES, lists.read(values), search=search)
    assert [one.enrolment_id for one in shown.lines] == expected
    assert shown.total == len(expected)


@given(
    st.builds(
        Wanted, st.text(max_size=20), st.sampled_from(["", "high"]), st.sampled_from(["", *lists.STATES]),
        st.sampled_from([0, *lists.SILENCES]), st.sampled_from(lists.SORTS), st.integers(1, 99),
    )
)  # fmt: skip
def test_an_address_says_the_whole_list_and_nothing_else(wanted):
    from urllib.parse import parse_qsl

    assert lists.read(dict(parse_qsl(wanted.address().removeprefix("?"), keep_blank_values=True))) == wanted


@given(st.integers(1, 9), st.integers(0, 40))
def test_pages_put_end_to_end_are_the_list(per_page, n):
    lines = [Line(k, f"L{k}", "A", k / 100, "calm") for k in range(n)]
    last = lists.show(lines, Wanted(), per_page=per_page).last
    pages = [lists.show(lines, Wanted(page=k + 1), per_page=per_page).lines for k in range(last)]
    assert [one.enrolment_id for page in pages for one in page] == list(reversed(range(n)))
    assert lists.show(lines, Wanted(page=last + 5), per_page=per_page).page == last


@pytest.mark.parametrize(
    ("promised", "expected"),
    [
        (None, date(2026, 6, 22)),
        (date(2026, 6, 15), date(2026, 6, 15)),
        (date(2026, 6, 17), date(2026, 6, 17)),
        (date(2026, 6, 20), date(2026, 6, 22)),
        (date(2026, 6, 21), date(2026, 6, 22)),
        (date(2026, 6, 1), date(2026, 6, 22)),
    ],
)
def test_a_follow_up_is_on_the_day_promised_or_in_a_week_never_on_a_weekend(promised, expected):
    assert calendar.day_of(promised, date(2026, 6, 15)) == expected


def test_a_follow_up_is_an_event_that_calendars_read():
    event = calendar.FollowUp("Filrouge : un suivi, à faire; ici", "http://h/" + "é" * 90, date(2026, 6, 22))
    text = calendar.write(event, uid="u", now=NOW, zone=PARIS)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    whole = text.replace("\r\n ", "")
    assert "DTSTART:20260622T070000Z\r\nDTEND:20260622T071500Z\r\n" in whole
    assert "SUMMARY:Filrouge : un suivi\\, à faire\\; ici\r\n" in whole
    assert f"URL:{event.link}\r\n" in whole


@pytest.mark.parametrize(
    ("level", "low", "high", "days", "expected"),
    [
        ("rules", None, None, 3, "order"),
        ("lightgbm", 0.1, 0.2, 9, "short"),
        ("lightgbm", 0.1, 0.2, 21, "fair"),
        ("lightgbm", 0.1, 0.6, 40, "wide"),
        ("lightgbm", None, None, 40, "unknown"),
        ("logistic", 0.1, 0.2, None, "fair"),
    ],
)
def test_how_sure_an_estimate_is_has_a_word(level, low, high, days, expected):
    assert sureness(level, low=low, high=high, history_days=days) == expected


def post(n, hours, *, who=1, question=False, opens=True, answered=None):
    at = NOW - timedelta(hours=hours)
    return Post(n, ("S", n), "help", who, opens, question, at, None if answered is None else at + answered)


HOUR = timedelta(hours=1)
POSTS = [
    post(1, 100, question=True),
    post(2, 200, who=2, question=True, answered=10 * HOUR),
    post(3, 300, who=2, question=True, answered=90 * HOUR),
    post(4, 10, question=True),
    post(5, 50, who=None, question=True),
    post(6, 60, question=True, opens=False),
    post(7, 30 * 24, who=3, question=True),
]


def test_a_question_waits_from_the_oldest_one_and_only_learners_ask():
    assert [(one.post.post_id, one.days) for one in community.waiting(POSTS, NOW)] == [(7, 30), (1, 4), (4, 0)]


def test_members_apart_wrote_nothing_in_the_window():
    assert community.apart([1, 2, 3, 4], POSTS, NOW) == [3, 4]


def test_figures_say_what_they_count_and_a_young_question_is_not_counted():
    found = {one.code: one for one in community.figures([1, 2, 3, 4], POSTS, NOW)}
    told = {code: (one.numerator, one.denominator, one.value) for code, one in found.items()}
    assert told == {
        "answered": (1, 3, 1 / 3),
        "first_answer": (2, 3, 50.0),
        "participation": (2, 4, 0.5),
        "learners_share": (5, 6, 5 / 6),
    }
    assert {one.value for one in community.figures([], [], NOW)} == {None}


def test_every_kind_of_alert_has_a_playbook_in_both_languages():
    for language in ("fr", "en"):
        found = playbooks.defaults(language)
        assert set(found) == set(KINDS)
        assert all(len(one.steps) >= 3 and "score" not in one.message for one in found.values())
    own = {"low_nps": Play("low_nps", "A\n\n B ", "M", own=True)}
    assert playbooks.chosen("low_nps", "fr", own).steps == ["A", "B"]
    assert playbooks.chosen("unknown", "fr", own) == playbooks.defaults("fr")["model_risk"]


@pytest.mark.parametrize(
    ("today", "expected"), [(date(2026, 5, 1), 0), (date(2026, 6, 6), 0.5), (date(2026, 7, 1), 1.0)]
)
def test_a_session_advances_with_its_days(today, expected):
    assert sessions.elapsed(date(2026, 6, 1), date(2026, 6, 11), today) == expected


@pytest.mark.parametrize(
    ("level", "trend", "expected"),
    [("high", "", True), ("high", "down", True), ("watch", "up", True), ("watch", "", False), ("calm", "up", False)],
)
def test_who_sinks(level, trend, expected):
    assert sessions.sinks(level, trend) is expected
