"""Drift: which windows are compared, what the yardstick is, and what a difference is called."""

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from data.errors import StoreError
from monitoring.distances import coded, distances, medians, spreads
from monitoring.drift import ColumnDrift, by_course, comparable, compare, verdict
from monitoring.noise import adjusted
from monitoring.report import evidently_distances, shown, write_drift_report
from monitoring.thresholds import Thresholds
from monitoring.windows import Closures, alike, sample

LIMITS = Thresholds(draws=60)
NAMES = ["probability", "logins_7d", "posts_28d"]


def column(*, drifted, name="x"):
    return ColumnDrift(name, 0.0, drifted, 0.0, 0.0, None, None)


@pytest.mark.parametrize(
    ("flags", "rows", "expected"),
    [
        ([False] * 10, (100, 0), "stable"),
        ([True] + [False] * 9, (100, 0), "watch"),
        ([True] + [False] * 99, (100, 0), "stable"),
        ([True] * 3 + [False] * 7, (100, 0), "drifted"),
        ([True] * 10, (29, 0), "not_enough_data"),
        ([False] * 10, (100, 100), "stable"),
        ([False] * 10, (100, 101), "not_enough_data"),
        ([], (100, 0), "not_enough_data"),
    ],
)
def test_verdict(flags, rows, expected):
    assert verdict(tuple(column(drifted=flag) for flag in flags), rows, limits=LIMITS) == expected


def test_a_score_that_moved_alone_is_worth_a_look():
    columns = (column(drifted=True, name="probability"), *[column(drifted=False)] * 50)
    assert verdict(columns, (100, 0), limits=LIMITS) == "watch"


def test_our_distance_is_evidentlys():
    rng = np.random.default_rng(3)
    before = pd.DataFrame({"a": rng.normal(size=500), "b": rng.poisson(3, 500) * 1.0, "c": rng.normal(5, 1e-5, 500)})
    after = pd.DataFrame({"a": rng.normal(0.4, 2, 90), "b": rng.poisson(5, 90) * 1.0, "c": rng.normal(5, 1e-5, 90)})
    after.loc[::3, "a"] = np.nan
    data = coded(before, after, list("abc"))
    first, second = data.counts(data.reference), data.counts(data.current)
    ours = distances(first, second, data.grid, spreads(first, data.grid))
    theirs = evidently_distances(before, after, list("abc"), limits=LIMITS)
    assert dict(zip("abc", ours, strict=True)) == pytest.approx(theirs, rel=0.03, abs=1e-3)
    assert medians(second, data.grid)[1] == after["b"].quantile(0.5, interpolation="lower")


def test_the_page_draws_the_score_then_what_weighs_then_what_moved():
    columns = tuple(ColumnDrift(f"f{i}", 1.0 - i / 100, False, 0, 0, None, None) for i in range(40))
    score = ColumnDrift("probability", 0.0, False, 0, 0, None, None)
    drawn = shown((*columns, score), {"f39": 2.0, "f38": 1.0, "gone": 9.0})
    assert drawn[:4] == ["probability", "f39", "f38", "f0"]
    assert len(drawn) == 20


def window(sessions, weeks, *, n=30, shift=0.0, seed=1, course="C", noise=0.0):
    """Learners whose logins fall with the week, so that windows of other weeks differ greatly."""
    rng, parts = np.random.default_rng(seed), []
    for session in sessions:
        own = rng.normal(0, noise)
        for week in weeks:
            logins = rng.poisson(np.exp(2.0 - 0.2 * week + own + shift), n).astype(float)
            parts.append(pd.DataFrame({
                "session_id": session, "course_id": course, "day_of_course": 7 * week + 1,
                "probability": rng.beta(2, 8, n), "logins_7d": logins,
                "posts_28d": rng.poisson(2, n).astype(float), "score_last": np.nan,
            }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def sessions(n, first="s"):
    return [f"{first}{i}" for i in range(n)]


def moved(result):
    return sorted(c.name for c in result.columns if c.drifted)


def test_a_late_week_is_compared_with_late_weeks_only():
    """What falls with the course is no drift, however different the reference's other weeks are."""
    result = compare(window(sessions(8), range(1, 13)), window(["now"], [12], n=60, seed=2), NAMES, limits=LIMITS)
    assert (result.verdict, moved(result)) == ("stable", [])
    assert (result.n_current, result.n_reference, result.n_sessions) == (60, 8 * 30, 8)


@pytest.mark.parametrize(
    ("shift", "noise", "expected"),
    [(0.0, 0.0, []), (0.7, 0.0, ["logins_7d"]), (-0.7, 0.0, ["logins_7d"]), (0.7, 0.7, [])],
    ids=["same", "up", "down", "sessions differ as much from one another"],
)
def test_the_yardstick_is_how_much_sessions_differ(shift, noise, expected):
    before = window(sessions(9), range(1, 6), noise=noise)
    result = compare(before, window(["now"], [3], n=60, shift=shift, seed=5), NAMES, limits=LIMITS)
    assert moved(result) == expected


def test_nulls_are_judged_apart_from_values():
    before, now = window(sessions(8), [2]), window(["now"], [2], n=60, seed=4)
    now.loc[::2, "posts_28d"] = np.nan
    posts = next(c for c in compare(before, now, NAMES, limits=LIMITS).columns if c.name == "posts_28d")
    assert posts.missing_drifted
    assert posts.drifted
    assert posts.missing_current == pytest.approx(0.5)


def test_what_hardly_any_earlier_session_has_is_no_yardstick():
    """Values of one session alone say nothing of what is usual between sessions."""
    before, now = window(sessions(8), [2]), window(["now"], [2], n=60, shift=0.7, seed=4)
    before.loc[before["session_id"] != "s3", "logins_7d"] = np.nan
    now.loc[now.index % 8 > 0, "logins_7d"] = np.nan
    logins = next(c for c in compare(before, now, NAMES, limits=LIMITS).columns if c.name == "logins_7d")
    assert (logins.drifted, logins.chance, logins.usual) == (False, None, None)


@pytest.mark.parametrize(
    ("of_course", "expected"), [(6, (True, 6)), (5, (False, 9)), (0, (False, 4))], ids=["enough", "few", "none"]
)
def test_earlier_sessions_of_the_same_course_where_there_are_enough(of_course, expected):
    parts = [window(sessions(of_course, "own"), [2])] if of_course else []
    before = pd.concat([*parts, window(sessions(4, "other"), [2], course="D")])
    found = alike(before, window(["now"], [2]), limits=LIMITS)
    assert (found.groups[0].of_course, len(found.groups[0].earlier)) == expected
    assert found.new_courses == (() if of_course else ("C",))


def test_rows_without_anything_alike_are_counted_and_a_session_never_meets_itself():
    before = pd.concat([window(sessions(4), [2]), window(["now"], [2])], ignore_index=True)
    found = alike(before, window(["now"], [2, 9]), limits=LIMITS)
    assert [group.week for group in found.groups] == [2]
    assert "now" not in found.groups[0].earlier
    assert found.n_unlike == 30


@pytest.mark.parametrize(
    ("closed", "weeks"),
    [
        ([], 0),
        ([date(2026, 1, 1)], 0),
        ([date(2025, 12, 22) + timedelta(days=n) for n in range(7)], 1),
        ([date(2025, 12, 22) + timedelta(days=n) for n in range(14)], 2),
        ([date(2025, 12, 8) + timedelta(days=n) for n in range(7)], 0),
        ([date(2026, 1, 12) + timedelta(days=n) for n in range(7)], 0),
    ],
    ids=["none", "a public holiday", "a week", "a fortnight", "before the 28 days", "after the list"],
)
def test_working_weeks_closed_before_a_list_are_counted(closed, weeks):
    """The list is of 12 January 2026: day 99 of a session that started on 5 October."""
    row = pd.DataFrame({"session_id": ["s", "unknown"], "day_of_course": [99, 99]})
    assert Closures(frozenset(closed), {"s": date(2025, 10, 5)}).weeks(row).tolist() == [weeks, 0]


def test_a_list_back_from_a_closure_meets_sessions_that_had_one_too():
    """Five sessions lived the fortnight in their fourth week, four in another: the list has its own in the fourth."""
    fortnight = frozenset(date(2025, 12, 22) + timedelta(days=n) for n in range(14))
    start = date(2025, 12, 8)
    starts = {**dict.fromkeys(sessions(5), start), **dict.fromkeys(sessions(4, "o"), start - timedelta(days=200))}
    before = window([*sessions(5), *sessions(4, "o")], [4])
    closures = Closures(fortnight, {**starts, "now": start})
    found = alike(before, window(["now"], [4]), limits=LIMITS, closures=closures)
    assert sorted(found.groups[0].earlier) == sessions(5)
    few = replace(LIMITS, min_sessions=6)
    assert (
        compare(before, window(["now"], [4], n=60), NAMES, limits=few, closures=closures).verdict == "not_enough_data"
    )


def test_the_sample_has_the_mix_of_weeks_of_the_list():
    before = window(sessions(5), range(1, 9))
    now = pd.concat([window(["a"], [2], n=30), window(["b"], [7], n=10)], ignore_index=True)
    like = sample(before, alike(before, now, limits=LIMITS), rows=400)
    assert (like["day_of_course"] // 7).value_counts().to_dict() == {2: 300, 7: 100}


def test_each_course_is_told_apart_when_it_has_enough_learners():
    before = pd.concat([window(sessions(6, c), [2, 3], course=c, seed=ord(c)) for c in "CD"], ignore_index=True)
    now = pd.concat([
        window(["now"], [2], n=60, shift=1.2, seed=3), window(["then"], [2], n=60, course="D", seed=4),
        window(["few"], [2], n=14, course="E", seed=4),
    ], ignore_index=True)  # fmt: skip
    apart = by_course(before, now, NAMES, limits=LIMITS)
    assert {name: moved(one) for name, one in apart.items()} == {"C": ["logins_7d"], "D": []}


def test_a_reference_that_names_no_session_cannot_be_compared_with():
    before = window(sessions(6), [2]).drop(columns=["session_id", "course_id"])
    assert compare(before, window(["now"], [2], n=60), NAMES, limits=LIMITS).verdict == "not_enough_data"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.02, 0.04, 0.04, 0.02]),
        ([0.5], [0.5]),
        ([0.9, float("nan"), 0.9], [0.9, float("nan"), 0.9]),
        ([], []),
    ],
)
def test_chances_are_adjusted_as_benjamini_and_hochberg_do(given, expected):
    assert adjusted(np.array(given)).tolist() == pytest.approx(expected, nan_ok=True)


def test_columns_without_information_are_skipped_with_a_reason():
    rows = 200
    moves = [float(i % 7) for i in range(rows)]
    one = [0.0] * (rows - 2) + [1.0, 2.0]
    reference = pd.DataFrame(
        {"moves": moves, "fixed": 1.0, "empty": np.nan, "new_value": 0.0, "rare": one, "comes": one}
    )
    current = reference.assign(new_value=1.0, comes=[0.0] * 100 + [1.0] * 100)
    kept, skipped = comparable(reference, current, [*reference, "gone"])
    assert kept == ["moves", "new_value", "comes"]
    assert skipped == {
        "fixed": "constant", "empty": "no value in either window", "rare": "rare", "gone": "absent from one window",
    }  # fmt: skip


@pytest.fixture
def scored(tmp_path):
    window(sessions(6), [1, 2]).to_parquet(tmp_path / "reference.parquet")
    window(["now"], [2], n=120, shift=1.0, seed=9).to_parquet(tmp_path / "current.parquet")
    run = {"as_of": "2026-06-15", "model": "filrouge 1", "features": ["logins_7d", "posts_28d", "score_last"]}
    (tmp_path / "run.json").write_text(json.dumps(run))
    return tmp_path


def test_report_finds_the_column_that_moved_and_only_that_one(scored, tmp_path):
    report = write_drift_report(scored, tmp_path / "drift")
    assert report.as_of == date(2026, 6, 15)
    assert moved(report.comparison) == ["logins_7d"]
    assert report.comparison.verdict == "drifted"
    assert report.comparison.skipped == {"score_last": "no value in either window"}
    told = json.loads(report.json.read_text())
    assert (told["n_drifted"], list(told["courses"])) == (1, ["C"])
    assert "<html" in report.html.read_text()[:2000]


def test_without_a_scored_list_the_error_says_what_to_do(tmp_path):
    with pytest.raises(StoreError, match="filrouge score"):
        write_drift_report(tmp_path, tmp_path / "drift")
