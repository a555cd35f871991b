"""A source's rhythm: what is a pause, a drip, an outage."""

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest

from data.rhythm import FRESH, QUIET, SLOW, UNKNOWN, freshness

MONDAY = datetime.combine(date(2026, 6, 1), time())
WORKED = range(9, 18)


def platform(weeks=8, *, until=MONDAY, chance=1.0, days=range(5), hours=WORKED, count=5, closed=(), seed=1):
    """Records of the weeks before an instant, on worked days and hours, each hour with a chance."""
    rng, found = np.random.default_rng(seed), {}
    for n in range(weeks * 7 * 24):
        hour = until - timedelta(hours=n + 1)
        if hour.weekday() in days and hour.hour in hours and hour.date() not in closed and rng.random() < chance:
            found[hour] = count
    return found


def at(days, hour=0):
    return MONDAY + timedelta(days=days, hours=hour)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(0, 9), FRESH),
        (at(0, 10), FRESH),
        (at(0, 18), QUIET),
        (at(1), QUIET),
    ],
    ids=["after the weekend", "an hour late", "a worked day without a record", "the morning after"],
)
def test_an_hourly_source_on_worked_days(now, expected):
    assert freshness(platform(), now).state == expected


def test_nights_weekends_and_closures_are_no_silence():
    august = {date(2026, 6, 1) + timedelta(days=n) for n in range(21)}
    counts = platform()
    assert freshness(counts, at(21, 9), closed=august).state == FRESH
    assert freshness(counts, at(21, 9)).state == QUIET
    assert freshness(counts, at(23, 0), closed=august).state == QUIET


def test_a_source_that_comes_once_a_week_may_miss_one():
    weekly = {at(-7 * n, 8): 200 for n in range(1, 9)}
    assert freshness(weekly, at(-1)).state == FRESH
    assert freshness(weekly, at(3)).state == FRESH
    assert freshness(weekly, at(14, 12)).state == QUIET


@pytest.mark.parametrize(
    "counts",
    [{}, platform(1), {at(-n, 9): 3 for n in (1, 2, 20, 40)}],
    ids=["nothing", "a week of history", "four days with records"],
)
def test_too_little_history_says_so(counts):
    assert freshness(counts, at(30)).state == UNKNOWN


def test_a_source_with_pauses_of_its_own_is_given_longer():
    """The longest silence of the window is no outage, however unlikely its hours make it."""
    holed = {hour: n for hour, n in platform().items() if not at(-28) <= hour < at(-25)}
    assert freshness(holed, at(3, 9)).state == FRESH
    assert freshness(holed, at(8, 9)).state == QUIET
    assert freshness(platform(), at(3, 9)).state == QUIET


@pytest.mark.parametrize(
    ("left", "people", "expected"),
    [(5, 1.0, FRESH), (2, 1.0, FRESH), (1, 1.0, SLOW), (1, 0.3, FRESH)],
    ids=["as usual", "less than half", "a fifth", "a fifth, of a third of the people"],
)
def test_a_drip_is_told_of_a_source_that_still_speaks(left, people, expected):
    counts = {hour: (left if hour >= at(-7) else n) for hour, n in platform().items()}
    assert freshness(counts, at(0), people=people).state == expected


def test_a_week_with_a_closed_day_says_nothing_of_a_drip():
    counts = {hour: (1 if hour >= at(-7) else n) for hour, n in platform().items()}
    assert freshness(counts, at(0), closed=[date(2026, 5, 25)]).state == FRESH


def test_what_comes_later_changes_nothing():
    counts = platform()
    after = {at(0, hour): 5 for hour in WORKED}
    assert freshness(counts | after, at(0, 9)) == freshness(counts, at(0, 9))


def test_a_source_that_is_well_is_seldom_called_quiet():
    """Irregular hours, a year of them: the stated chance is not exceeded by much."""
    year = platform(52, until=at(0), chance=0.35, seed=7)
    looks = [freshness(year, at(-7 * 40 + n, 6)).state for n in range(280)]
    assert looks.count(QUIET) <= 2
