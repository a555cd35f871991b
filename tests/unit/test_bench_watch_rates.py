"""The exact intervals of the page of the watch, against tables, and what counts as one alarm."""

import pytest

from tests.bench.watch_rates import a_year, count, delays, episodes, every, proportion, share


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (5, 10, 0.1871, 0.8129), (1, 40, 0.0006, 0.1316), (0, 0, 0.0, 1.0)],
)
def test_a_proportion_has_clopper_and_pearsons_interval(found, of, low, high):
    assert proportion(found, of) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(("found", "low", "high"), [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904)])
def test_a_count_has_garwoods_interval(found, low, high):
    assert count(found) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(("alarms", "expected"), [([], 0), ([3], 1), ([3, 4, 5], 1), ([0, 2, 3, 9], 3)])
def test_looks_that_follow_one_another_are_one_alarm(alarms, expected):
    assert episodes(alarms) == expected


def test_rates_in_words():
    assert share(1, 4) == "1 of 4 (1% to 81%)"
    assert share(0, 0) == delays([]) == a_year(3, 0) == "–"
    assert a_year(2, 4.0) == "0.5 (0.1 to 1.8)"
    assert every(0, 36.9) == "none in 37 weeks: rarer than one every 10 weeks"
    assert every(2, 100) == "one every 50 weeks (95 %: 14 to 413)"
    assert delays([21, 7, 14]) == "14, 21"
