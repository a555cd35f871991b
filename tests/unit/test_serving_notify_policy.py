"""What is sent to whom, and when: tables of cases, and what holds of all hours."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.notifications import policy
from serving.notifications.policy import Follower, GraveAlert, Wishes

PARIS = ZoneInfo("Europe/Paris")
USUAL = Wishes()


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("wishes", "hour", "quiet"),
    [
        (Wishes(quiet_from=19, quiet_until=8), 18, False),
        (Wishes(quiet_from=19, quiet_until=8), 19, True),
        (Wishes(quiet_from=19, quiet_until=8), 3, True),
        (Wishes(quiet_from=19, quiet_until=8), 8, False),
        (Wishes(quiet_from=12, quiet_until=14), 13, True),
        (Wishes(quiet_from=12, quiet_until=14), 14, False),
        (Wishes(quiet_from=0, quiet_until=0), 0, False),
    ],
)
def test_an_hour_is_one_of_silence_or_not(wishes, hour, quiet):
    assert policy.is_quiet(hour, wishes) == quiet


@pytest.mark.parametrize(
    ("why", "now", "wishes", "expected"),
    [
        ("in the day: at once", "2026-06-15T10:30", USUAL, "2026-06-15T10:30"),
        ("at night: when the silence ends", "2026-06-15T22:10", USUAL, "2026-06-16T08:00"),
        ("before dawn: the same morning", "2026-06-15T05:10", USUAL, "2026-06-15T08:00"),
        ("on Friday evening: on Monday", "2026-06-19T19:00", USUAL, "2026-06-22T08:00"),
        ("on a public holiday: the day after", "2026-07-14T10:00", USUAL, "2026-07-15T08:00"),
        ("Easter Monday is one", "2026-04-04T10:00", USUAL, "2026-04-07T08:00"),
        ("the account's own days", "2026-06-15T10:00", Wishes(days="24"), "2026-06-16T08:00"),
        ("Sunday workers work on Sunday", "2026-06-21T10:00", Wishes(days="7"), "2026-06-21T10:00"),
        ("no silence: at midnight of the day of work", "2026-06-20T10:00", Wishes(quiet_from=0, quiet_until=0),
         "2026-06-22T00:00"),
        ("the clock goes forward in the night", "2026-03-27T20:00", Wishes(days="1234567"), "2026-03-28T08:00"),
        ("no day at all: never", "2026-06-15T10:00", Wishes(days=""), None),
    ],
)  # fmt: skip
def test_people_are_reached_on_their_days_out_of_their_silence(why, now, wishes, expected):
    assert policy.allowed_from(at(now), wishes) == (at(expected) if expected else None), why


HOURS = st.integers(0, 23)


@given(
    moment=st.datetimes(datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2028-01-01")),
    wishes=st.builds(Wishes, days=st.text("1234567", min_size=1, max_size=7), quiet_from=HOURS, quiet_until=HOURS),
)
def test_whenever_it_is_nobody_is_reached_in_silence_nor_off_work_nor_before_now(moment, wishes):
    now = moment.replace(tzinfo=PARIS)
    due = policy.allowed_from(now, wishes)
    assert due is not None
    assert due >= now
    assert policy.works(due.date(), wishes)
    assert not policy.is_quiet(due.hour, wishes)
    assert policy.allowed_from(due, wishes) == due


def test_a_grave_alert_waits_for_others_and_is_not_sent_to_whom_wants_none():
    assert policy.immediate_due(at("2026-06-15T10:00"), USUAL) == at("2026-06-15T10:00") + policy.JOIN
    assert policy.immediate_due(at("2026-06-15T18:58"), USUAL) == at("2026-06-16T08:00")
    assert policy.immediate_due(at("2026-06-15T10:00"), Wishes(immediate=False)) is None


@pytest.mark.parametrize(
    ("now", "wishes", "expected"),
    [
        ("2026-06-15T07:59", USUAL, None),
        ("2026-06-15T08:00", USUAL, "2026-06-15"),
        ("2026-06-15T15:00", USUAL, "2026-06-15"),
        ("2026-06-15T19:00", USUAL, None),
        ("2026-06-14T09:00", USUAL, None),
        ("2026-07-14T09:00", USUAL, None),
        ("2026-06-15T09:00", Wishes(digest="none"), None),
        ("2026-06-15T09:00", Wishes(digest="weekly"), "2026-W25"),
        ("2026-06-18T09:00", Wishes(digest="weekly"), "2026-W25"),
        ("2026-04-06T09:00", Wishes(digest="weekly"), None),
        ("2026-04-07T09:00", Wishes(digest="weekly"), "2026-W15"),
        ("2027-01-01T09:00", Wishes(digest="weekly"), None),
        ("2027-01-04T09:00", Wishes(digest="weekly"), "2027-W01"),
    ],
)
def test_a_digest_is_due_from_its_hour_on_a_day_of_work(now, wishes, expected):
    assert policy.digest_period(at(now), wishes) == expected


ZINA = Follower(1, follows=frozenset({10}))
DEPUTY = Follower(2, follows=frozenset({10, 11}))
NOBODYS = Follower(3, unassigned=True)
LEAD = Follower(4, courses=("SECO",))
OTHER_LEAD = Follower(5, courses=("DWEB",))


def away(one):
    return Follower(one.account_id, one.follows, one.unassigned, one.courses, away=True)


@pytest.mark.parametrize(
    ("why", "code", "mentor", "followers", "expected"),
    [
        ("the mentor", policy.DECLARED, 10, [ZINA, LEAD], [1]),
        ("an absent mentor is told nothing, the deputy is", policy.DECLARED, 10, [away(ZINA), DEPUTY, LEAD], [2]),
        ("nobody stands in: the lead of the course", policy.DECLARED, 10, [away(ZINA), LEAD, OTHER_LEAD], [4]),
        ("learners without a mentor", policy.DECLARED, None, [ZINA, NOBODYS, LEAD], [3]),
        ("another mentor's", policy.DECLARED, 12, [ZINA, OTHER_LEAD], []),
        ("escalated: the lead alone", policy.ESCALATED, 10, [ZINA, LEAD, OTHER_LEAD], [4]),
        ("the lead is away", policy.ESCALATED, 10, [ZINA, away(LEAD)], []),
    ],
)
def test_a_grave_alert_goes_to_whoever_can_act(why, code, mentor, followers, expected):
    assert policy.recipients(GraveAlert(1, code, "2026-06-15", mentor, "SECO"), followers) == expected, why


@pytest.mark.parametrize(
    ("tries", "asked", "minutes"),
    [(1, None, 1), (2, None, 5), (3, None, 30), (4, None, 120), (5, None, 720), (6, None, None), (0, None, None),
     (1, 600, 10), (3, 60, 30), (1, 10**7, 24 * 60)],
)  # fmt: skip
def test_what_failed_is_tried_again_less_and_less_then_given_up(tries, asked, minutes):
    now = at("2026-06-15T10:00")
    wait = None if asked is None else timedelta(seconds=asked)
    due = policy.next_try(tries, now, retry_after=wait)
    assert due == (None if minutes is None else now + timedelta(minutes=minutes))
