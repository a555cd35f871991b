"""Drift: which windows are compared, and what a difference is called."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from data.errors import StoreError
from monitoring.drift import ColumnDrift, column_drift, comparable, distance_of, same_weeks, verdict
from monitoring.report import evidently_distances, shown, write_drift_report
from monitoring.thresholds import Thresholds

LIMITS = Thresholds(min_rows=30, distance=0.3, missing=0.1, drifted_share=0.3)


def column(*, drifted, name="x"):
    return ColumnDrift(name, 0.0, drifted, 0.0, 0.0, None, None)


@pytest.mark.parametrize(
    ("flags", "rows", "expected"),
    [
        ([False] * 10, (100, 100), "stable"),
        ([True] + [False] * 9, (100, 100), "watch"),
        ([True] + [False] * 20, (100, 100), "stable"),
        ([True] * 3 + [False] * 7, (100, 100), "drifted"),
        ([True] * 10, (100, 29), "not_enough_data"),
        ([True] * 10, (29, 100), "not_enough_data"),
        ([], (100, 100), "not_enough_data"),
    ],
)
def test_verdict(flags, rows, expected):
    assert verdict(tuple(column(drifted=flag) for flag in flags), rows, limits=LIMITS) == expected


def test_a_score_that_moved_alone_is_worth_a_look():
    columns = (column(drifted=True, name="probability"), *[column(drifted=False)] * 50)
    assert verdict(columns, (100, 100), limits=LIMITS) == "watch"


@pytest.mark.parametrize(
    ("shift", "missing", "expected"),
    [(0.25, 0.0, False), (0.35, 0.0, True), (-0.35, 0.0, True), (0.0, 0.05, False), (0.0, 0.5, True), (0.0, 1.0, True)],
)
def test_column_is_judged_by_distance_and_by_nulls(shift, missing, expected):
    reference = pd.Series(np.random.default_rng(0).normal(size=400), name="x")
    current = (reference + shift).mask(np.arange(400) % 100 < missing * 100)
    assert column_drift(reference, current, limits=LIMITS).drifted is expected


def test_our_distance_is_evidentlys():
    rng = np.random.default_rng(3)
    before = pd.DataFrame({"a": rng.normal(size=500), "b": rng.poisson(3, 500) * 1.0, "c": rng.normal(5, 1e-5, 500)})
    after = pd.DataFrame({"a": rng.normal(0.4, 2, 90), "b": rng.poisson(5, 90) * 1.0, "c": rng.normal(5, 1e-5, 90)})
    after.loc[::3, "a"] = np.nan
    theirs = evidently_distances(before, after, list("abc"), limits=LIMITS)
    assert {name: distance_of(before[name], after[name]) for name in "abc"} == pytest.approx(theirs)


def test_the_page_draws_the_score_then_what_weighs_then_what_moved():
    columns = tuple(ColumnDrift(f"f{i}", 1.0 - i / 100, False, 0, 0, None, None) for i in range(40))
    score = ColumnDrift("probability", 0.0, False, 0, 0, None, None)
    drawn = shown((*columns, score), {"f39": 2.0, "f38": 1.0, "gone": 9.0})
    assert drawn[:4] == ["probability", "f39", "f38", "f0"]
    assert len(drawn) == 20


def test_same_weeks_compares_like_with_like_only_when_there_is_enough():
    reference = pd.DataFrame({"day_of_course": np.repeat([0, 7, 14], 20)})
    current = pd.DataFrame({"day_of_course": [8, 9]})
    kept, alike = same_weeks(reference, current, min_rows=20)
    assert alike
    assert set(kept["day_of_course"]) == {7}
    kept, alike = same_weeks(reference, current, min_rows=21)
    assert not alike
    assert len(kept) == 60


def test_columns_without_information_are_skipped_with_a_reason():
    reference = pd.DataFrame({"moves": [1.0, 2.0], "fixed": [1.0, 1.0], "empty": [np.nan] * 2, "new_value": [0.0, 0.0]})
    current = pd.DataFrame({"moves": [1.0, 2.0], "fixed": [1.0, 1.0], "empty": [np.nan] * 2, "new_value": [1.0, 1.0]})
    kept, skipped = comparable(reference, current, ["moves", "fixed", "empty", "new_value", "gone"])
    assert kept == ["moves", "new_value"]
    assert skipped == {"fixed": "constant", "empty": "no value in either window", "gone": "absent from one window"}


@pytest.fixture
def scored(tmp_path):
    rng = np.random.default_rng(1)

    def window(n, shift):
        return pd.DataFrame(
            {
                "day_of_course": rng.integers(0, 14, n),
                "probability": rng.beta(2, 8, n),
                "logins_7d": rng.poisson(4 + shift, n).astype(float),
                "posts_28d": rng.poisson(2, n).astype(float),
                "score_last": np.nan,
            }
        )

    window(400, 0).to_parquet(tmp_path / "reference.parquet")
    window(120, 6).to_parquet(tmp_path / "current.parquet")
    run = {"as_of": "2026-06-15", "model": "filrouge 1", "features": ["logins_7d", "posts_28d", "score_last"]}
    (tmp_path / "run.json").write_text(json.dumps(run))
    return tmp_path


def test_report_finds_the_column_that_moved_and_only_that_one(scored, tmp_path):
    report = write_drift_report(scored, tmp_path / "drift")
    assert report.as_of == date(2026, 6, 15)
    assert [c.name for c in report.comparison.columns if c.drifted] == ["logins_7d"]
    assert report.comparison.verdict == "drifted"
    assert report.comparison.skipped == {"score_last": "no value in either window"}
    assert json.loads(report.json.read_text())["n_drifted"] == 1
    assert "<html" in report.html.read_text()[:2000]


def test_without_a_scored_list_the_error_says_what_to_do(tmp_path):
    with pytest.raises(StoreError, match="filrouge score"):
        write_drift_report(tmp_path, tmp_path / "drift")
