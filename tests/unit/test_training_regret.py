"""Regret to the oracle: the truth is found for the right week, sources are taken out whole, and the oracle has none."""

import numpy as np
import pandas as pd
import pytest

from features.catalog import catalog
from training.regret import line, main, true_risk, without


def test_the_truth_is_that_of_the_week_of_the_date_and_nothing_once_gone():
    first = pd.to_datetime(["2025-01-06", "2025-01-13"])
    truth = pd.DataFrame({"enrolment_id": 1, "day": first, "abandon_28d": [0.1, 0.4]})
    on = pd.to_datetime(["2025-01-19", "2025-01-06", "2025-01-20"])
    rows = pd.DataFrame({"enrolment_id": 1, "as_of_on": on})
    assert true_risk(rows, truth) == pytest.approx([0.4, 0.1, np.nan], nan_ok=True)


def test_a_source_is_taken_out_with_what_compares_it():
    every = list(catalog())
    no_posts, no_surveys = without(every, ("posts",)), without(every, ("surveys",))
    assert "posts_30d_percentile" in every
    assert "posts_30d_percentile" not in no_posts
    assert "satisfaction_z" in no_posts
    assert "satisfaction_z" not in no_surveys
    assert set(without(every, ("posts", "surveys"))) == set(no_posts) & set(no_surveys)
    assert not {name for name in no_posts if catalog()[name].family == "community"}
    assert without(every, ()) == tuple(every)


def test_the_oracle_has_no_regret_and_the_reverse_of_it_has_all():
    risk = np.linspace(0, 1, 100)
    label = (risk > 0.85).astype(float)
    best, worst = (line("x", label, score, risk, risk) for score in (risk, -risk))
    assert best.split(" | ")[1:] == ["1.000", "1.000", "1.000", "0.667", "0.000", "0.000 |"]
    assert worst.split(" | ")[-2] == "1.000"


def test_a_home_without_truth_is_refused(tmp_path):
    with pytest.raises(Exception, match="no truth"):
        main([str(tmp_path)])
