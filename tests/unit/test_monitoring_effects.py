"""Did prevention help: two designs worked by hand, what is not said, and who counts as a case."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from monitoring.doubly_robust import chance_of, pulls
from monitoring.e_value import e_value, e_value_of_limit
from monitoring.effects import DEFAULT, Cases, Limits, effect
from monitoring.moments import Followed, Rule, before_after, chosen_cases, drawn_cases
from tests.bench.effects_page import page

NOBODY = Limits(learners=1, events=0)
SMALL = Limits(learners=2, events=1)


def cases(contacted, abandoned, *, learner=None, known=None, drawn=None):
    n = len(contacted)
    return Cases(
        np.arange(n) if learner is None else np.array(learner), np.array(contacted, bool), np.array(abandoned, bool),
        np.zeros((n, 1)) if known is None else np.asarray(known, float),
        None if drawn is None else np.full(n, drawn),
    )  # fmt: skip


def test_intention_to_treat_worked_by_hand():
    """Ten put first, two left; ten others, four left: 0.2 - 0.4, and the usual error of two shares but for n/(n-1)."""
    said = effect(cases([1] * 10 + [0] * 10, [1] * 2 + [0] * 8 + [1] * 4 + [0] * 6, drawn=0.5), limits=SMALL)
    error = math.sqrt(20 / 19 * (0.2 * 0.8 / 10 + 0.4 * 0.6 / 10))
    assert (said.verdict, said.method, said.n, said.n_contacted) == ("estimated", "intention_to_treat", 20, 10)
    assert (said.with_contact, said.without_contact) == pytest.approx((0.2, 0.4))
    assert (said.low, said.high) == pytest.approx((-0.2 - 1.959964 * error, -0.2 + 1.959964 * error))
    assert said.e_value == pytest.approx(2 + math.sqrt(2))
    assert said.e_value_limit == 1.0


def test_a_learner_seen_twice_weighs_once_on_the_error():
    once = cases([1] * 10 + [0] * 10, [1] * 2 + [0] * 8 + [1] * 4 + [0] * 6, drawn=0.5)
    twice = Cases(*(np.concatenate([part, part]) for part in vars(once).values()))
    one, two = effect(once, limits=SMALL), effect(twice, limits=SMALL)
    assert (two.difference, two.low, two.high) == pytest.approx((one.difference, one.low, one.high))
    assert (two.n, two.n_learners) == (40, 20)


def test_unequal_chances_of_the_draw_are_weighed():
    """Of those who had one chance in four, each one put first stands for four."""
    chance = np.repeat([0.25, 0.75], [40, 40])
    contacted = np.array(([1] * 10 + [0] * 30) + ([1] * 30 + [0] * 10), bool)
    abandoned = np.zeros(80, bool)
    abandoned[[0, 1, 10, 11, 12, 13, 14, 15, 70, 71]] = True  # half one: 2/10 and 6/30; half two: 0/30 and 2/10
    said = effect(Cases(np.arange(80), contacted, abandoned, np.zeros((80, 0)), chance), limits=SMALL)
    assert (said.with_contact, said.without_contact) == pytest.approx((0.1, 0.2))
    with pytest.raises(ValueError, match="strictly between"):
        effect(Cases(np.arange(80), contacted, abandoned, np.zeros((80, 0)), np.ones(80)), limits=SMALL)


@pytest.mark.parametrize(
    ("contacted", "abandoned", "drawn", "expected"),
    [
        ([1] * 49 + [0] * 500, [1] * 49 + [0] * 500, 0.5, ("not_enough_data", 1, 64)),
        ([1] * 50 + [0] * 50, [1] * 20 + [0] * 80, 0.5, ("estimated", 0, 0)),
        ([1] * 50 + [0] * 50, [1] * 19 + [0] * 81, 0.5, ("not_enough_data", 0, 1)),
        ([1] * 50 + [0] * 50, [0] * 80 + [1] * 20, 0.5, ("estimated", 0, 0)),
        ([1] * 50 + [0] * 50, [1] * 19 + [0] * 81, None, ("not_enough_data", 0, 1)),
        ([0] * 100, [1] * 20 + [0] * 80, None, ("not_enough_data", 50, 0)),
        ([1] * 100, [1] * 20 + [0] * 80, None, ("not_enough_data", 50, 0)),
        ([], [], None, ("not_enough_data", 50, 20)),
    ],
    ids=["learners", "enough", "events", "none left of the others", "chosen", "nobody", "everybody", "nothing"],
)
def test_what_is_not_said(contacted, abandoned, drawn, expected):
    said = effect(cases(contacted, abandoned, drawn=drawn))
    assert (said.verdict, said.missing_learners, said.missing_events) == expected
    assert math.isnan(said.difference) == (said.verdict != "estimated")


def test_learners_who_do_not_compare_are_not_compared():
    """All the silent are contacted, none of the others: nobody has a like on the other side."""
    silent = np.repeat([1.0, 0.0], 300)
    said = effect(cases(silent, np.tile([1, 0, 0, 0, 0, 0], 100), known=silent[:, None]))
    assert said.verdict == "no_overlap"
    assert said.share_compared < 0.5
    assert math.isnan(said.difference)


def world(seed, n=4000):
    """Return cases where the risk and the contact both follow x; contacts take six points away."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    chance, risk = 1 / (1 + np.exp(-x)), 1 / (1 + np.exp(1.2 - x))
    contacted = rng.random(n) < chance
    abandoned = rng.random(n) < risk - 0.06 * contacted * (risk > 0.06)
    return x[:, None], chance, contacted, abandoned, float(-0.06 * (risk > 0.06).mean())


@pytest.mark.parametrize(
    ("outcome_knows", "propensity_knows", "within"),
    [(True, True, True), (False, True, True), (True, False, True), (False, False, False)],
    ids=["both right", "outcome wrong", "propensity wrong", "both wrong"],
)
def test_one_of_the_two_models_may_be_wrong_and_not_both(outcome_knows, propensity_knows, within):
    errors = []
    for seed in range(8):
        x, chance, contacted, abandoned, true = world(seed)
        propensity = chance if propensity_knows else np.full(len(x), contacted.mean())
        first, second = pulls(
            np.arange(len(x)), contacted, abandoned, x if outcome_knows else np.zeros_like(x), propensity, folds=3
        )
        errors.append(first.mean() - second.mean() - true)
    assert bool(abs(np.mean(errors)) < 0.01) is within, np.mean(errors)


def test_the_order_of_the_cases_never_matters():
    x, _, contacted, abandoned, _ = world(1, 600)
    learner = np.arange(600) // 2
    known = np.column_stack([x, np.where(np.arange(600) % 7 == 0, np.nan, 1.0)])
    given = Cases(learner, contacted, abandoned, known)
    for seed, drawn in ((1, None), (2, None), (3, np.where(learner % 2, 0.5, 0.4))):
        shuffled = np.random.default_rng(seed).permutation(600)
        told = replace(given, drawn=drawn)
        assert repr(effect(told.some(shuffled))) == repr(effect(told))


def test_a_fold_with_one_class_is_told_by_the_share_of_the_others():
    """Only the learner of fold 0 abandoned: its own fold is told 0, never what happened to it."""
    told = chance_of(np.zeros((6, 1)), np.array([1, 0, 0, 0, 0, 0], bool), np.arange(6), folds=2)
    assert told[[0, 2, 4]] == pytest.approx([0, 0, 0])
    assert (told[[1, 3, 5]] > 0).all()


def test_no_model_is_taught_the_learner_it_tells():
    """What happened to a learner changes nothing of what is told of them."""
    x, _, contacted, _, _ = world(2, 400)
    learner = np.arange(400) // 4
    for one in (0, 57):
        other = np.where(learner == one, ~contacted, contacted)
        mine = learner == one
        told, again = (chance_of(x, what, learner, folds=5) for what in (contacted, other))
        assert told[mine] == pytest.approx(again[mine])


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(3.9, 7.26), (0.8, 1.81), (1.0, 1.0), (0.5, 3.41), (2.0, 3.41), (0.0, math.inf), (math.inf, math.inf)],
)
def test_e_value_against_published_figures(ratio, expected):
    """3.9 (7.26) and 0.8 (1.81) are examples of VanderWeele and Ding 2017, with their intervals below."""
    assert round(e_value(ratio), 2) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(1.8, 8.7, 3.0), (0.71, 0.91, 1.43), (0.9, 1.2, 1.0), (1.0, 2.0, 1.0)]
)
def test_e_value_of_the_nearer_end(low, high, expected):
    assert round(e_value_of_limit(low, high), 2) == expected


def test_nothing_is_said_of_a_ratio_that_is_not_known():
    assert math.isnan(e_value(math.nan))
    assert math.isnan(e_value_of_limit(math.nan, 2.0))


DAY = date(2026, 3, 2)


def day(n):
    return pd.Timestamp(DAY) + pd.Timedelta(days=n)


def followed(*, contacts=(), ended=None, outcome="ongoing", draws=(), until=100):
    return Followed(
        alerts=pd.DataFrame({"enrolment_id": [1], "learner_id": [11], "opened_on": [day(0)], "score": [0.3]}),
        contacts=pd.DataFrame({"enrolment_id": [1] * len(contacts), "contacted_on": [day(n) for n in contacts]}),
        enrolments=pd.DataFrame({
            "enrolment_id": [1], "started_on": [day(-70)], "ended_on": [pd.NaT if ended is None else day(ended)],
            "outcome": [outcome],
        }),
        draws=pd.DataFrame(draws, columns=["enrolment_id", "learner_id", "decided_on", "first", "chance"]),
        until=day(until).date(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (False, False)),
        ({"contacts": [0]}, (True, False)),
        ({"contacts": [6]}, (True, False)),
        ({"contacts": [7]}, (False, False)),
        ({"contacts": [-28]}, None),
        ({"contacts": [-29]}, (False, False)),
        ({"contacts": [3, 3, 20]}, (True, False)),
        ({"ended": 6, "outcome": "abandoned"}, None),
        ({"contacts": [2], "ended": 6, "outcome": "abandoned"}, None),
        ({"ended": 7, "outcome": "abandoned"}, (False, True)),
        ({"contacts": [2], "ended": 34, "outcome": "abandoned"}, (True, True)),
        ({"ended": 35, "outcome": "abandoned"}, (False, False)),
        ({"ended": 20, "outcome": "neutral_exit"}, (False, False)),
        ({"ended": 20, "outcome": "completed"}, (False, False)),
        ({"until": 35}, (False, False)),
        ({"until": 34}, None),
        ({"until": 34, "ended": 20, "outcome": "abandoned"}, None),
        ({"outcome": "abandoned"}, None),
        ({"outcome": "completed"}, (False, False)),
        ({"outcome": None}, None),
    ],
    ids=str,
)
def test_who_is_a_case_when_people_choose(given, expected):
    """Seven days to be contacted, then 28 in which to abandon; nobody has to stay to count as contacted."""
    found = chosen_cases(followed(**given), Rule(horizon=28, window=7, rested=28))
    assert [(bool(c), bool(a)) for c, a in zip(found.contacted, found.abandoned, strict=True)] == (
        [] if expected is None else [expected]
    )
    assert found.learner.tolist() == ([] if expected is None else [11])
    assert found.known.tolist() == ([] if expected is None else [[0.3]])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"ended": 0, "outcome": "abandoned"}, (True, True)),
        ({"ended": 27, "outcome": "abandoned"}, (True, True)),
        ({"ended": 28, "outcome": "abandoned"}, (True, False)),
        ({"ended": 5, "outcome": "neutral_exit"}, (True, False)),
        ({"contacts": [-3]}, (True, False)),
        ({"ended": -1, "outcome": "abandoned"}, None),
        ({"outcome": "abandoned"}, None),
        ({"outcome": None}, None),
        ({"until": 28}, (True, False)),
        ({"until": 27}, None),
    ],
    ids=str,
)
def test_a_drawn_case_counts_from_the_draw_on(given, expected):
    found = drawn_cases(followed(draws=[(1, 11, day(0), True, 0.5)], **given), Rule(horizon=28))
    assert [(bool(c), bool(a)) for c, a in zip(found.contacted, found.abandoned, strict=True)] == (
        [] if expected is None else [expected]
    )
    assert found.drawn is not None


def test_nothing_drawn_gives_no_case():
    assert len(drawn_cases(followed(), Rule()).learner) == 0
    assert effect(drawn_cases(followed(), Rule())).missing_learners == DEFAULT.learners


def test_before_and_after_counts_the_weeks_on_either_side_of_the_first_contact():
    """Two start, one leaves after three weeks, contacts begin after six.

    Seven learner-weeks before the first contact (2, 2, 1, 1, 1), one of which ends in an abandonment; none since.
    """
    found = followed(contacts=[0])
    enrolments = pd.DataFrame({
        "enrolment_id": [1, 2], "started_on": [day(-42)] * 2, "ended_on": [pd.NaT, day(-21)],
        "outcome": ["ongoing", "abandoned"],
    })  # fmt: skip
    rule = Rule(horizon=7)
    assert before_after(replace(found, enrolments=enrolments), rule) == pytest.approx(0 - 1 / 7)
    assert math.isnan(before_after(followed(), rule))
    assert math.isnan(before_after(followed(contacts=[-90]), rule))


def test_the_page_tells_misses_as_misses():
    line = {"name": "a", "worlds": 200, "estimated": 200, "true": -0.3, "estimate": -0.3, "bias": 0.0, "naive": 1.1,
            "coverage": 0.95, "helps": 0.3, "harms": 0.0, "before_after": -0.9, "e_value": 3.3,
            "e_value_limit": 2.1}  # fmt: skip
    silent = {"name": "b", "worlds": 200, "estimated": 0, "true": -0.3, "naive": 1.1, "before_after": -0.8}
    many = {**line, "name": "e", "worlds": 2000, "estimated": 2000}
    told = page([line, many, {**line, "name": "c", "bias": 1.2}, {**line, "name": "d", "coverage": 0.92}, silent])
    assert "- a: bias +0.00 (1 point at most), 95.0% covered (93 to 97 %): kept, not proven: 200 worlds leave" in told
    assert "- e: bias +0.00 (1 point at most), 95.0% covered (93 to 97 %): kept." in told
    assert "| 95.0% ± 3.0 |" in told
    assert "| 95.0% ± 1.0 |" in told
    assert "- c: bias +1.20 (1 point at most), 95.0% covered (93 to 97 %): **missed**. Why mentors called" in told
    assert "- d: bias +0.00 (1 point at most), 92.0% covered (93 to 97 %): **missed**." in told
    assert "- b: nothing is said in 200 of 200 worlds" in told
