"""Figures of matured labels and their intervals; estimates without labels, where calibration holds."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from monitoring.performance import (
    AS_EXPECTED,
    BETTER,
    UNKNOWN,
    WORSE,
    Interval,
    Performance,
    brier,
    calibration,
    estimated,
    lost,
    measured,
    paired,
    pr_auc,
    ranking,
    roc_auc,
    wider,
)


def rows(n=2000, *, sessions=20, shift=0.0, tells=1.0, seed=1):
    """Scores that are calibrated where `tells` is 1."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(-1.5 + shift, 1.0, n)
    chance = 1 / (1 + np.exp(-logit))
    label = rng.random(n) < 1 / (1 + np.exp(-(tells * logit + (tells - 1) * 1.5)))
    names = [f"s{i % sessions}" for i in range(n)]
    course = np.where(np.arange(n) % 4, "A", "B")
    return pd.DataFrame({"enrolment_id": np.arange(n), "session_id": names, "course_id": course,
                         "probability": np.round(chance, 2), "label": label.astype(float)})  # fmt: skip


def test_figures_are_scikit_learns_with_ties_and_weights():
    frame = rows(500)
    label, score = frame["label"].to_numpy(), frame["probability"].to_numpy()
    weight = np.random.default_rng(2).integers(0, 4, 500).astype(float)
    for ours, theirs in ((roc_auc, roc_auc_score), (pr_auc, average_precision_score), (brier, brier_score_loss)):
        assert ours(label, score, weight) == pytest.approx(theirs(label, score, sample_weight=weight))


@pytest.mark.parametrize("shift", [-0.7, 0.0, 0.7])
def test_the_estimate_without_labels_holds_under_covariate_shift(shift):
    frame = rows(20_000, shift=shift)
    guess, truth = estimated(frame, horizon_days=28), measured(frame, horizon_days=28)
    for name, within in (("roc_auc", 0.02), ("brier", 0.01), ("pr_auc", 0.03)):
        assert guess.figures[name].value == pytest.approx(truth.figures[name].value, abs=within)


def test_the_estimate_is_wrong_when_the_same_signs_mean_less():
    """Its assumption is told on the page: this is what it cannot see."""
    frame = rows(20_000, tells=0.3)
    guess, truth = estimated(frame, horizon_days=28), measured(frame, horizon_days=28)
    assert guess.figures["roc_auc"].value - truth.figures["roc_auc"].value > 0.1


def test_intervals_draw_whole_sessions():
    """Twenty sessions that all say the same count as one word each, not as their learners."""
    frame = rows(2000)
    copies = pd.concat([frame.assign(enrolment_id=frame["enrolment_id"] + 10_000 * n) for n in range(4)])
    one, four = (measured(f, horizon_days=28).figures["roc_auc"] for f in (frame, copies))
    assert (four.low, four.high) == pytest.approx((one.low, one.high), abs=1e-9)
    assert measured(rows(400, sessions=4), horizon_days=28).clusters == "enrolments"


@pytest.mark.parametrize(
    "frame",
    [rows(49), rows(400).assign(label=0.0), rows(400).assign(label=np.nan), rows(0)],
    ids=["few rows", "nobody left", "no label yet", "nothing"],
)
def test_too_little_gives_counts_and_no_figure(frame):
    found = measured(frame, horizon_days=28)
    assert not found.enough
    assert ranking(found, Interval(0.8, 0.7, 0.9)) == calibration(found) == UNKNOWN


def test_one_who_leaves_is_one_proof_however_many_lists_held_them():
    """Nine leavers on four weekly lists each are nine."""
    frame = rows(400).assign(label=0.0)
    frame.loc[frame.index < 36, ["label", "enrolment_id"]] = [[1.0, n // 4] for n in range(36)]
    assert not measured(frame, horizon_days=28).enough
    frame.loc[36, "label"] = 1.0
    assert measured(frame, horizon_days=28).enough


@pytest.mark.parametrize(("clusters", "factor"), [(1, 1.0), (5, 1.58), (10, 1.22), (1000, 1.0)])
def test_few_sessions_widen_an_interval_as_students_distribution_does(clusters, factor):
    assert wider(clusters) == pytest.approx(factor, abs=0.01)


def test_bounds_are_moved_out_by_that_much(monkeypatch):
    told = [measured(rows(800, sessions=5), horizon_days=28).figures["roc_auc"]]
    monkeypatch.setattr("monitoring.performance.wider", lambda _: 1.0)
    told.append(measured(rows(800, sessions=5), horizon_days=28).figures["roc_auc"])
    moved, drawn = told
    assert moved.value - moved.low == pytest.approx(wider(5) * (drawn.value - drawn.low))
    assert moved.high - moved.value == pytest.approx(wider(5) * (drawn.high - drawn.value))


def test_the_estimate_is_no_surer_than_the_test_and_has_no_bounds_without():
    frame = rows(2000)
    alone = estimated(frame, horizon_days=28).figures["roc_auc"]
    assert (alone.low, alone.high) == (None, None)
    test = {"roc_auc": Interval(0.8, 0.7, 0.85), "pr_auc": Interval(0.3)}
    found = estimated(frame, horizon_days=28, expected=test).figures
    assert found["roc_auc"].value == alone.value
    assert found["roc_auc"].value - found["roc_auc"].low > 0.1
    assert found["roc_auc"].high - found["roc_auc"].value > 0.05
    assert found["pr_auc"].low is None


def performance(**figures):
    return Performance(28, 500, 60, 12, "sessions", {name: Interval(*one) for name, one in figures.items()})


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((0.80, 0.75, 0.85), AS_EXPECTED),
        ((0.68, 0.60, 0.82), AS_EXPECTED),
        ((0.68, 0.60, 0.76), WORSE),
        ((0.72, 0.68, 0.76), AS_EXPECTED),
        ((0.95, 0.91, 0.98), BETTER),
        ((0.95, None, None), UNKNOWN),
    ],
)
def test_a_ranking_is_worse_when_each_is_out_of_the_others_interval(found, expected):
    assert ranking(performance(roc_auc=found), Interval(0.8, 0.7, 0.9)) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [((1.0, 0.8, 1.2), AS_EXPECTED), ((1.4, 1.1, 1.8), WORSE), ((1.4, 0.9, 1.9), AS_EXPECTED),
     ((1.1, 1.05, 1.2), AS_EXPECTED), ((0.5, 0.3, 0.7), WORSE)],
)  # fmt: skip
def test_probabilities_are_off_beyond_a_quarter_and_beyond_chance(found, expected):
    assert calibration(performance(ratio=found)) == expected


def test_a_horizon_of_its_own_only_ranks():
    assert set(measured(rows(), horizon_days=14, calibrated=False).figures) == {"roc_auc", "pr_auc"}


def pair(*, noise=0.0, served_noise=0.0, sessions=20, n=2000):
    """Both scores of the same rows: the true chance, blurred."""
    frame, rng = rows(n, sessions=sessions), np.random.default_rng(3)
    blur = {name: np.clip(frame["probability"] + s * rng.normal(size=n), 0, 1) for name, s in (
        ("probability", noise), ("served", served_noise))}  # fmt: skip
    return frame.assign(**blur)


@pytest.mark.parametrize(
    ("noise", "served_noise", "sign"), [(0.0, 0.4, 1), (0.4, 0.0, -1), (0.0, 0.0, 0)], ids=["better", "worse", "same"]
)
def test_two_scores_of_the_same_rows_are_told_apart_by_a_paired_interval(noise, served_noise, sign):
    found = paired(pair(noise=noise, served_noise=served_noise), horizon_days=28)
    gap = found.differences["roc_auc"]
    assert gap.value == pytest.approx(found.challenger["roc_auc"] - found.champion["roc_auc"])
    assert (gap.low > 0, gap.high < 0) == (sign > 0, sign < 0)
    if not sign:
        assert (gap.low, gap.value, gap.high) == (0.0, 0.0, 0.0), "the draws are the same on both sides"
    turned = pair(noise=noise, served_noise=served_noise).rename(
        columns={"probability": "served", "served": "probability"}
    )
    back = paired(turned, horizon_days=28).differences["roc_auc"]
    assert (back.low, back.high) == pytest.approx((-gap.high, -gap.low))


@pytest.mark.parametrize(
    ("frame", "counts"),
    [
        (pair(sessions=4), (2000, 4)),
        (pair(n=49), (49, 20)),
        (pair().assign(label=0.0), (2000, 20)),
        (pair().assign(label=np.nan), (0, 0)),
    ],
    ids=["few sessions", "few rows", "nobody left", "no label yet"],
)
def test_too_little_to_tell_two_models_apart_gives_counts_alone(frame, counts):
    found = paired(frame, horizon_days=28)
    assert ((found.n, found.n_sessions), found.differences) == (counts, {})


def test_of_a_horizon_that_is_not_the_models_own_only_the_ranking_is_judged():
    assert set(paired(pair(), horizon_days=14, calibrated=False).differences) == {"roc_auc", "pr_auc"}


@pytest.mark.parametrize(
    ("guess", "test", "expected"),
    [
        (Interval(0.70, 0.66, 0.74), Interval(0.80, 0.77, 0.83), 0.10),
        (Interval(0.70, 0.58, 0.82), Interval(0.80, 0.77, 0.83), None),
        (Interval(0.70, 0.66, 0.74), Interval(0.80, 0.69, 0.83), None),
        (Interval(0.70), Interval(0.80, 0.77, 0.83), None),
        (Interval(0.70, 0.66, 0.74), Interval(0.80), None),
        (None, Interval(0.80), None),
        (Interval(0.70, 0.66, 0.74), None, None),
        (Interval(0.85, 0.82, 0.88), Interval(0.80, 0.77, 0.83), None),
    ],
    ids=[
        "surely less",
        "too unsure",
        "the test too unsure",
        "no bounds",
        "no bounds of the test",
        "no estimate",
        "no test",
        "more",
    ],
)
def test_an_estimate_says_that_ranking_was_lost_once_each_value_is_out_of_the_others_interval(guess, test, expected):
    assert lost(guess, test) == (expected if expected is None else pytest.approx(expected))
