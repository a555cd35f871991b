"""Several horizons: the same snapshots with other labels, and a longer one never less likely."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.home import Home
from data.imports import EXAMPLE, import_folder
from training.horizons import table, train_horizons
from training.ladder import Options
from training.served_model import hold_apart, predict_horizons

chances = st.lists(st.floats(0, 1), min_size=3, max_size=3)


@given(chances, st.sampled_from([14, 28, 56]))
def test_a_longer_horizon_is_never_less_likely_and_the_anchor_does_not_move(values, anchor):
    said = {days: np.array([p]) for days, p in zip((14, 28, 56), values, strict=True)}
    held = hold_apart(said, anchor=anchor)
    assert held[14] <= held[28] <= held[56]
    assert held[anchor] == said[anchor]
    assert hold_apart(held, anchor=anchor) == held
    if values == sorted(values):
        assert held == said


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("horizons")).prepare()
    import_folder(home, "moodle", EXAMPLE, as_of=date(2026, 6, 15))
    return home, train_horizons(home, options=Options(seeds=(1,), levels=("rules", "logistic")))


def test_one_call_trains_and_measures_each_on_the_same_rows(made):
    home, horizons = made
    figures = [horizons.measured[days]["held"] for days in ("14", "28", "56")]
    assert len({one["n"] for one in figures}) == 1
    rates = [one["base_rate"] for one in figures]
    assert rates == sorted(set(rates))
    assert all(one["roc_auc"] > 0.6 for one in figures)
    assert horizons.measured["28"]["held"] == horizons.measured["28"]["apart"]
    assert horizons.moved["28"] == 0
    assert (home.reports / "horizons" / "horizons.json").exists()
    assert table(horizons).count("\n") == 4


def test_what_serves_says_the_three_in_order(made):
    _, horizons = made
    names = {name for spec in horizons.specs.values() for name in spec["features"]}
    random = np.random.default_rng(0)
    frame = pd.DataFrame({name: random.normal(size=50) * 5 for name in names}).assign(course_id="a course")
    said = predict_horizons(horizons.specs, frame, anchor="28")
    assert list(said.columns) == ["probability_14d", "probability_28d", "probability_56d"]
    assert (said["probability_14d"] <= said["probability_28d"]).all()
    assert (said["probability_28d"] <= said["probability_56d"]).all()
