"""When a challenger is trained, how it stands in the shadow, when a person is asked: tables of cases."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving import choices
from serving.challengers import policy
from serving.challengers import words as words_of
from serving.challengers.policy import PATIENCE, Agreement, Shadow, Situation, agreement, ask_now, standing, train_today
from serving.challengers.schemas import DISMISSED, PROMOTED, RECALLED
from serving.daily.commands import COUNTS
from serving.daily.policy import STEPS
from training import promotion

TODAY = date(2026, 6, 15)
ASKED = Situation("asked", TODAY, action="retrain", reasons=("too_old",), trained_on=TODAY - timedelta(days=28))
OTHER = "source_quiet"


@pytest.mark.parametrize(
    ("case", "changed", "expected"),
    [
        ("the watch asks, a month after the last training", {}, "train"),
        ("nothing was ever trained here by what is known", {"trained_on": None}, "train"),
        ("it asks for a calibration", {"action": "recalibrate"}, "train"),
        ("nobody allowed it", {"setting": "off"}, "off"),
        ("a challenger waits for a person", {"waits": True}, "waits"),
        ("what would be trained would serve at once", {"measured": False}, "never_measured"),
        ("a source is quiet: never on an outage", {"reasons": ("ranks_worse", OTHER)}, OTHER),
        ("a source is quiet, and nothing is asked", {"action": "keep", "reasons": (OTHER,)}, OTHER),
        ("nothing can be said yet", {"action": "not_enough_data"}, "not_enough_data"),
        ("the watch did not look that day", {"action": ""}, "not_enough_data"),
        ("the model is kept", {"action": "keep"}, "not_asked"),
        ("to go back down is a person's to do", {"action": "fall_down"}, "not_asked"),
        ("trained the day before the floor is over", {"trained_on": TODAY - timedelta(days=27)}, "too_soon"),
        ("trained today", {"trained_on": TODAY}, "too_soon"),
        ("another floor", {"trained_on": TODAY - timedelta(days=7), "floor_days": 7}, "train"),
        ("off comes first", {"setting": "off", "waits": True, "measured": False}, "off"),
    ],
)
def test_whether_a_challenger_is_trained_today(case, changed, expected):
    assert train_today(replace(ASKED, **changed)) == expected, case


SURE, LOST, UNSURE = (0.001, 0.05), (-0.05, -0.001), (-0.01, 0.05)


@pytest.mark.parametrize(
    ("case", "seen", "expected", "asks"),
    [
        ("its first day", Shadow(1, allowed=True), "waiting", False),
        ("its first day, whatever labels say", Shadow(1, allowed=True, gain=SURE), "waiting", False),
        ("labels take weeks, and the test lets it through", Shadow(2, allowed=True), "not_enough_data", True),
        ("the test does not, and nothing is known yet", Shadow(39, allowed=False), "not_enough_data", False),
        ("it keeps others from being trained", Shadow(PATIENCE, allowed=False), "not_enough_data", True),
        ("labels say better than its test did", Shadow(30, allowed=False, gain=SURE), "better", True),
        ("labels say worse", Shadow(30, allowed=True, gain=LOST), "worse", True),
        ("labels do not tell the two apart", Shadow(30, allowed=False, gain=UNSURE), "no_difference", True),
        ("an interval that touches zero", Shadow(30, allowed=True, gain=(0.0, 0.1)), "no_difference", True),
        ("a person was asked already", Shadow(30, allowed=True, gain=SURE, told=True), "better", False),
    ],
)
def test_how_it_stands_and_whether_a_person_is_asked(case, seen, expected, asks):
    assert (standing(seen), ask_now(seen)) == (expected, asks), case


@pytest.mark.parametrize(
    ("ranks", "first", "expected"),
    [
        ([], 5, (0, 0, 0, 1.0)),
        ([(1, 1), (2, 2), (3, 3)], 2, (2, 0, 0, 1.0)),
        ([(1, 3), (2, 2), (3, 1)], 1, (0, 1, 1, 0.0)),
        ([(1, 1), (2, 3), (3, 2)], 2, (1, 1, 1, 0.5)),
        ([(1, 1), (1, 1), (2, 2), (2, 3), (3, 2)], 2, (3, 1, 1, 0.75)),
    ],
)
def test_who_would_come_in_and_go_out_by_counts(ranks, first, expected):
    found = agreement(ranks, first)
    assert (found.common, found.enter, found.leave, found.share) == expected


@given(st.permutations(range(1, 13)), st.integers(1, 12))
def test_as_many_come_in_as_go_out_of_one_mentors_list(order, first):
    found = agreement(zip(range(1, 13), order, strict=True), first)
    assert found == Agreement(first, found.common, first - found.common, first - found.common)


def test_every_code_has_its_words_and_every_step_its_line():
    assert set(words_of.STANDINGS) == set(policy.STANDINGS)
    words = {promotion.BETTER, promotion.AS_GOOD, promotion.MAY_BE_WORSE, promotion.WORSE, promotion.APART}
    assert set(words_of.GATE_WORDS) == words | {promotion.FIRST}
    assert {f"challenger_{what}" for what in (PROMOTED, DISMISSED, RECALLED)} <= set(choices.FLASHES)
    assert set(COUNTS) == set(STEPS)
