"""Figures by course and by group of learners, and of the hold-out: who is counted, and of whom nothing is said."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.groups import FEWEST_PEOPLE, by_group, too_few
from monitoring.holdout import Lot, held_out
from monitoring.performance import FEWEST
from serving.alerts.draws import EVEN

DAY = date(2026, 3, 2)


def rows(n, *, left=0.3, repeat=1, seed=1, **told):
    """Return `n` learners, some of whom left, on `repeat` lists each; scores that rank them somewhat."""
    rng = np.random.default_rng(seed)
    label = (np.arange(n) < left * n).astype(float)
    score = np.clip(0.2 + 0.2 * label + rng.normal(0, 0.1, n), 0.01, 0.99)
    one = pd.DataFrame({"enrolment_id": np.arange(n), "learner_id": 1000 + np.arange(n), "label": label,
                        "session_id": [f"s{i % 8}" for i in range(n)], "course_id": "A", "probability": score,
                        "contacted": False, "as_of": DAY, **told})  # fmt: skip
    return pd.concat([one.assign(as_of=DAY + timedelta(days=k)) for k in range(repeat)], ignore_index=True)


@pytest.mark.parametrize(
    ("people", "hidden"),
    [
        ({"a": 50, "b": 5}, ""),
        ({"a": 50, "b": 4}, "ab"),
        ({"a": 50, "b": 4, "c": 20}, "bc"),
        ({"a": 50, "b": 4, "c": 3, "d": 20}, "bc"),
        ({"a": 50, "b": 1, "c": 2, "d": 20}, "bcd"),
        ({"a": 4}, "a"),
        ({}, ""),
    ],
)
def test_a_small_group_is_not_told_and_nobody_can_subtract_their_way_back(people, hidden):
    assert too_few(people) == set(hidden)


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 40), max_size=6))
def test_what_is_hidden_together_is_never_a_few_people_unless_all_is(people):
    hidden = too_few(people)
    assert {name for name, n in people.items() if n < FEWEST_PEOPLE} <= hidden
    if hidden and len(hidden) < len(people):
        assert sum(people[name] for name in hidden) >= FEWEST_PEOPLE
        assert len(hidden) > 1


def told(frame, column="course_id"):
    return {name: one.as_json() for name, one in by_group(frame, column, horizon_days=28).items()}


def test_a_group_has_its_figures_and_counts_its_people_once():
    found = told(rows(60, repeat=2))["A"]
    assert (found["n"], found["people"], found["hidden"], found["n_positive"]) == (120, 60, False, 36.0)
    assert {"roc_auc", "pr_auc", "brier", "ratio"} == set(found["figures"])
    assert found["figures"]["roc_auc"]["low"] < found["figures"]["roc_auc"]["value"]


@pytest.mark.parametrize(
    "frame",
    [
        rows(20),
        rows(60, left=0.05, repeat=4),
        rows(8, left=0.5, repeat=30),
        rows(60, left=0.0),
        rows(60, learner_id=1000 + np.where(np.arange(60) < 18, np.arange(60) % 4, np.arange(60))),
        rows(60, learner_id=1000 + np.where(np.arange(60) < 18, np.arange(60), 18 + np.arange(60) % 4)),
    ],
    ids=[
        "few rows",
        "three people left, on many days",
        "four people on each side",
        "nobody left",
        "four people left eighteen trainings",
        "four people stayed in forty-two",
    ],
)
def test_without_enough_people_on_either_side_a_group_has_no_figure_and_how_many_left_is_not_told(frame):
    found = told(frame)["A"]
    assert (found["figures"], found["n_positive"], found["hidden"]) == ({}, None, False)
    assert found["people"] == frame["learner_id"].nunique()


def test_a_hidden_group_tells_nothing_and_what_is_not_known_is_no_group():
    frame = pd.concat([rows(60), rows(3, course_id="B"), rows(30, course_id="C"), rows(5, course_id=None)])
    found = told(frame)
    assert list(found) == ["A", "B", "C"]
    assert [name for name, one in found.items() if one["hidden"]] == ["B", "C"]
    assert found["B"] == {"hidden": True, "people": None, "n": None, "n_positive": None, "figures": {}}


def lots(n, *, days=1, on=True, seed=2):
    """Return what fair lots said of `n` enrolments, a pair at a time."""
    rng = np.random.default_rng(seed)
    first = rng.random(n // 2) < EVEN
    pairs = np.column_stack([first, ~first]).reshape(-1)
    return Lot(on, pd.DataFrame({"enrolment_id": np.arange(n), "decided_on": DAY, "first": pairs}))


def test_only_those_whom_the_lot_left_and_nobody_called_are_the_hold_out():
    lot, frame = lots(400), rows(400, repeat=3)
    second = lot.draws.loc[~lot.draws["first"], "enrolment_id"].to_numpy()
    frame.loc[frame["enrolment_id"].isin(second[:20]), "contacted"] = True
    found = held_out(frame, lot, horizon_days=28)
    assert (found.second, found.over, found.contacted, found.found.n) == (200, 200, 20, 180)
    assert found.found.figures["roc_auc"].value > 0.7
    mine = frame[(frame["as_of"] == DAY) & frame["enrolment_id"].isin(second[20:])]["probability"]
    assert (found.low, found.high) == (mine.min(), mine.max())


def test_labels_not_over_are_not_measured_and_a_lot_that_stopped_still_counts():
    lot, frame = lots(400, on=False), rows(400)
    frame.loc[:199, "label"] = np.nan
    found = held_out(frame, lot, horizon_days=28)
    assert (found.on, found.second, found.over) == (False, 200, 100)


@pytest.mark.parametrize(("n", "enough"), [(2 * FEWEST - 2, False), (4 * FEWEST, True)])
def test_below_the_size_of_every_measure_there_is_no_figure(n, enough):
    found = held_out(rows(n), lots(n), horizon_days=28)
    assert found.found.enough is enough
    assert (found.low is not None) is enough
    assert found.as_json()["n"] == n // 2


def test_no_lot_is_told_apart_from_a_lot_that_drew_nobody_yet():
    empty = Lot(False, lots(0).draws)
    assert held_out(rows(100), None, horizon_days=28) is None
    assert held_out(rows(100), empty, horizon_days=28) is None
    assert held_out(rows(100), Lot(True, empty.draws), horizon_days=28).second == 0


def test_the_hold_out_is_right_where_those_mentors_left_alone_are_not():
    """Mentors call whoever they fear for, and calling keeps them: those left alone then look safer."""
    rng = np.random.default_rng(3)
    n = 6000
    frame = rows(n)
    frame["probability"] = rng.uniform(0.2, 0.4, n)
    worry = rng.normal(0, 1, n)
    risk = 1 / (1 + np.exp(-(np.log(frame["probability"] / (1 - frame["probability"])) + worry)))
    lot = lots(n)
    first = lot.draws["first"].to_numpy()
    frame["label"] = (rng.random(n) < risk).astype(float)
    frame["contacted"] = first & (worry > 0)
    frame.loc[frame["contacted"] & (rng.random(n) < 0.5), "label"] = 0.0
    fair = held_out(frame, lot, horizon_days=28).found.figures["ratio"]
    chosen = by_group(frame[~frame["contacted"]], "course_id", horizon_days=28)["A"].found.figures["ratio"]
    truth = risk.sum() / frame["probability"].sum()
    assert fair.low <= truth <= fair.high
    assert chosen.high < truth
