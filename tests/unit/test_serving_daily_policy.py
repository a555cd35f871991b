"""Which step of the daily run comes next, and when the server starts one: tables of cases."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from serving import choices
from serving.daily import policy, service
from serving.daily.policy import BUSY, DONE, END, FAILED, RUNNING, STEPS, TAKE, WAITING, Next, Seen

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 6, 15, 7, tzinfo=PARIS)
"""A Monday."""
MINUTE = timedelta(minutes=1)


def seen(**states):
    """Return steps as they are, each begun at its own minute and ended half a minute later."""
    found = {}
    for n, step in enumerate(STEPS):
        if step in states:
            state, _, more = states[step].partition(" ")
            at = NOW - 60 * MINUTE + n * MINUTE
            end = at + (20 * MINUTE if "late" in more else MINUTE / 2)
            found[step] = Seen(
                step, state, attempts=3 if "thrice" in more else 1, started_at=at,
                finished_at=None if state == RUNNING else end,
                lease_until=(NOW + MINUTE if "alive" in more else NOW - MINUTE) if state == RUNNING else None,
                news="news" in more,
            )  # fmt: skip
    return found


ALL = dict.fromkeys(STEPS, DONE)


@pytest.mark.parametrize(
    ("states", "tried", "expected"),
    [
        ({}, (), (TAKE, "import")),
        ({"import": DONE}, (), (TAKE, "actions")),
        ({"import": WAITING}, (), (TAKE, "import")),
        (ALL, (), (END, "")),
        (ALL | {"tidy": FAILED}, (), (TAKE, "tidy")),
        # what failed is done again by another run, and by this one once
        ({"import": FAILED}, (), (TAKE, "import")),
        ({"import": FAILED}, ("import",), (TAKE, "actions")),
        (ALL | {"tidy": FAILED}, ("tidy",), (END, "")),
        # what needs a step that failed is left, the rest is done
        ({"import": DONE, "actions": DONE, "score": FAILED}, ("score",), (TAKE, "notify")),
        ({"import": DONE, "actions": DONE, "score": FAILED, "notify": DONE}, ("score",), (TAKE, "tidy")),
        # a process that is alive has the whole day; one that died has nothing
        ({"import": DONE, "actions": "running alive"}, (), (BUSY, "actions")),
        ({"import": FAILED, "score": "running alive"}, (), (BUSY, "score")),
        ({"import": DONE, "actions": "running dead"}, (), (TAKE, "actions")),
        # news later than its reading make a step be done again, and only those that read it
        (ALL | {"import": "done late news"}, (), (TAKE, "score")),
        (ALL | {"import": "done late"}, (), (END, "")),
        (ALL | {"import": "failed late news"}, ("import",), (TAKE, "score")),
        (ALL | {"score": "done late news"}, (), (TAKE, "alerts")),
        (ALL | {"score": "done late news"}, ("alerts",), (TAKE, "monitor")),
        (ALL | {"import": "done news"}, (), (END, "")),
        (ALL | {"import": "done late news"}, ("score",), (END, "")),
    ],
)  # fmt: skip
def test_the_next_step(states, tried, expected):
    assert policy.next_step(seen(**states), NOW, tried) == Next(*expected)


def test_a_whole_day_is_each_step_once_in_order():
    done, order = {}, []
    while (found := policy.next_step(done, NOW, order)).what == TAKE:
        order.append(found.step)
        done[found.step] = Seen(found.step, DONE, 1, NOW, NOW, news=True)
    assert tuple(order) == STEPS


@pytest.mark.parametrize(
    ("states", "unread", "again", "tried", "expected"),
    [
        (ALL, False, False, (), (END, "")),
        (ALL, False, True, (), (TAKE, "import")),
        (ALL, False, True, ("import",), (END, "")),
        (ALL, True, False, (), (TAKE, "score")),
        (ALL, True, True, ("import",), (TAKE, "score")),
        (ALL | {"import": FAILED}, True, True, ("import",), (TAKE, "score")),
        (ALL | {"import": WAITING}, True, True, (), (TAKE, "import")),
        ({}, True, True, (), (TAKE, "import")),
        (ALL | {"import": "running alive"}, True, True, (), (BUSY, "import")),
        (ALL, True, True, ("import", "score"), (END, "")),
    ],
)
def test_while_a_source_is_quiet_its_import_is_tried_again_and_what_came_back_is_scored(
    states, unread, again, tried, expected
):
    read = policy.while_quiet(seen(**states), NOW, unread=unread, again=again)
    assert policy.next_step(read, NOW, tried) == Next(*expected)


@pytest.mark.parametrize(("ago", "expected"), [(29, False), (30, True), (200, True)])
def test_the_server_leaves_half_an_hour_between_two_lists_of_a_source_that_comes_back(ago, expected):
    done = {step: Seen(step, DONE, 1, NOW - ago * MINUTE, NOW - ago * MINUTE) for step in STEPS}
    read = policy.while_quiet(done, NOW, unread=True, again=False)
    assert policy.due(read, NOW, time(6, 30), "12345") is expected


@pytest.mark.parametrize(
    ("at", "now", "days", "states", "expected"),
    [
        (time(6, 30), NOW, "12345", {}, True),
        (time(7, 0), NOW, "12345", {}, True),
        (time(7, 1), NOW, "12345", {}, False),
        (time(6, 30), NOW - timedelta(days=1), "12345", {}, False),
        (time(6, 30), NOW - timedelta(days=1), "1234567", {}, True),
        (time(6, 30), NOW, "", {}, False),
        # the hour is the one of the clock on the wall, whatever the season
        (time(6, 30), datetime(2026, 3, 30, 6, 30, tzinfo=PARIS), "12345", {}, True),
        (time(6, 30), datetime(2026, 10, 26, 6, 29, tzinfo=PARIS), "12345", {}, False),
        (time(6, 30), NOW, "12345", ALL, False),
        (time(6, 30), NOW, "12345", {"import": DONE, "actions": "running alive"}, False),
        (time(6, 30), NOW, "12345", {"import": DONE, "actions": "running dead"}, True),
        (time(6, 30), NOW, "12345", {"import": DONE, "actions": "running dead thrice"}, True),
        (time(6, 30), NOW, "12345", ALL | {"tidy": FAILED}, True),
        (time(6, 30), NOW, "12345", ALL | {"tidy": "failed late"}, True),
        (time(6, 30), NOW - 30 * MINUTE, "12345", ALL | {"tidy": FAILED}, False),
        (time(6, 30), NOW, "12345", ALL | {"tidy": "failed thrice"}, False),
        (time(6, 30), NOW, "12345", ALL | {"score": "failed thrice", "alerts": WAITING, "monitor": WAITING}, False),
        (time(6, 30), NOW, "12345", ALL | {"import": "done late news"}, True),
    ],
)
def test_when_the_server_starts_a_run(at, now, days, states, expected):
    assert policy.due(seen(**states), now, at, days) is expected


@pytest.mark.parametrize(("step", "n"), [("import", 8), ("alerts", 5), ("tidy", 1)])
def test_from_a_step_to_the_end(step, n):
    assert policy.from_step(step) == STEPS[-n:]


def test_every_step_state_and_failure_has_its_words_and_what_to_do():
    assert list(choices.DAILY_STEPS) == list(STEPS)
    assert list(choices.DAILY_STATES) == [*policy.STATES, policy.LEFT]
    assert set(choices.DAILY_FAILURES) == {*service.FAILURES, "file"}
    assert list(choices.DAILY_REMEDIES) == list(choices.DAILY_FAILURES)
