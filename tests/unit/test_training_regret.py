"""Regret to the oracle: the truth is found for the right week, sources are taken out whole, and the oracle has none."""

import numpy as np
import pandas as pd
import pytest

from data.simulator import Plan
from features.catalog import catalog, entry
from training import regret
from training.regret import BEGIN, END, between, figures, main, table, true_risk, without


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
    assert {entry(name).family for name in without(every, ("posts", "surveys", "the rest"))} == {"activity"}


def test_the_oracle_has_no_regret_and_the_reverse_of_it_has_most():
    risk = np.linspace(0, 0.5, 100)
    best, worst = (figures(score, risk) for score in (risk, -risk))
    assert best["regret"] == 0
    assert best["recall at 10 %"] == pytest.approx(risk[-10:].sum() / risk.sum())
    assert best["precision at 10 %"] == pytest.approx(risk[-10:].mean())
    assert best["ROC AUC"] > 0.5 > worst["ROC AUC"]
    assert best["ROC AUC"] + worst["ROC AUC"] == pytest.approx(1)
    assert worst["regret"] > 0.9


def test_an_expected_figure_is_the_mean_of_what_luck_gives():
    random = np.random.default_rng(1)
    risk, score = random.uniform(0, 0.6, 400), random.random(400)
    score += risk
    drawn = [figures(score, (random.random(400) < risk).astype(float))["ROC AUC"] for _ in range(400)]
    assert figures(score, risk)["ROC AUC"] == pytest.approx(np.mean(drawn), abs=0.01)


def test_what_a_source_is_worth_has_the_interval_of_the_sites():
    assert between([0.1, 0.1, 0.1]) == "+0.1000 (+0.1000 to +0.1000)"
    assert between([0.0, 0.2]) == "+0.1000 (-1.1706 to +1.3706)"


def test_the_tables_are_written_between_the_marks(tmp_path, monkeypatch):
    def read(_site):
        names = ["the oracle", *(f"{name}{end}" for name in regret.WITHOUT for end in ("", ", taught the risk"))]
        return {name: figures(np.arange(50.0), np.linspace(0, 0.5, 50)) for name in names}

    monkeypatch.setattr(regret, "read", read)
    page = tmp_path / "page.md"
    page.write_text(f"before {BEGIN} old {END} after", encoding="utf-8")
    main([str(tmp_path / "kept"), str(page)], Plan(sessions=4, learners=40, weeks=12, every_weeks=12), (1, 2))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert "old" not in text
    assert "2 sites of 4 sessions of 40 learners" in text
    assert text.count("| without posts") == 4
    assert table([read(None), read(None)], "told").startswith("told")
