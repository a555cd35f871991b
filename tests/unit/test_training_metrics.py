"""Figures against scikit-learn's and against numbers worked out by hand."""

import math

import lightgbm
import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from training import metrics
from training.bootstrap import Clusters, interval, intervals
from training.calibration import choose, isotonic, loss_after_a_line, platt
from training.metrics import Ranking
from training.model import STEP, Boosting, Sample, more, rounds
from training.served_model import calibrate


def cases(seed, n=300, ties=False):
    random = np.random.default_rng(seed)
    label = (random.random(n) < 0.2).astype(float)
    score = random.random(n) * 0.6 + label * 0.2
    return label, np.round(score, 1) if ties else score, random.integers(0, 4, n).astype(float)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_areas_are_those_of_scikit_learn(seed, weighted, ties):
    label, score, weight = cases(seed, ties=ties)
    w = weight if weighted else None
    ranking = Ranking.of(label, score)
    assert metrics.roc_auc(ranking, w) == pytest.approx(roc_auc_score(label, score, sample_weight=w))
    assert metrics.pr_auc(ranking, w) == pytest.approx(average_precision_score(label, score, sample_weight=w))
    assert metrics.brier(label, score, w) == pytest.approx(brier_score_loss(label, score, sample_weight=w))


def test_precision_and_recall_at_a_share_by_hand():
    label = np.array([1, 0, 1, 0, 0, 0, 0, 0, 1, 0], dtype=float)
    ranking = Ranking.of(label, np.arange(10, 0, -1).astype(float))
    assert metrics.found_at(ranking, 0.1) == (1.0, pytest.approx(1 / 3))
    assert metrics.found_at(ranking, 0.2) == (0.5, pytest.approx(1 / 3))
    assert metrics.found_at(ranking, 0.3) == (pytest.approx(2 / 3), pytest.approx(2 / 3))


def test_a_cut_inside_a_tie_takes_its_share_whatever_the_order_of_rows():
    label = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], dtype=float)
    for order in (slice(None), slice(None, None, -1)):
        ranking = Ranking.of(label[order], np.ones(10))
        assert metrics.found_at(ranking, 0.5) == (pytest.approx(0.2), pytest.approx(0.5))


def test_calibration_error_by_hand():
    label = np.array([0, 0, 1, 1], dtype=float)
    assert metrics.ece(label, np.array([0.1, 0.1, 0.6, 0.6]), bins=2) == pytest.approx(0.25)
    assert metrics.reliability(label, np.array([0.1, 0.1, 0.6, 0.6]), bins=2) == [(0.1, 0.0, 2), (0.6, 1.0, 2)]


def test_a_figure_that_cannot_be_worked_out_is_nan():
    nobody = Ranking.of(np.zeros(5), np.arange(5.0))
    assert math.isnan(metrics.roc_auc(nobody))
    assert math.isnan(metrics.pr_auc(nobody))
    assert math.isnan(metrics.found_at(nobody, 0.1)[0])


def test_interval_holds_the_figure_and_widens_when_rows_of_a_learner_repeat():
    label, score, _ = cases(1, n=600)
    alone = Clusters.of(np.zeros(600), np.arange(600))
    repeated = Clusters.of(np.zeros(600), np.arange(600) // 30)
    spans = []
    for clusters in (alone, repeated):
        found, draws = intervals(label, {"m": score}, metrics.roc_auc, clusters, replicates=200)
        assert found["m"].low < found["m"].value < found["m"].high
        assert len(draws["m"]) == 200
        spans.append(found["m"].high - found["m"].low)
    assert spans[0] > 0
    assert interval(0.5, np.array([np.nan, 0.4, 0.6])).high < 0.61


def test_sessions_are_drawn_too():
    weights = list(Clusters.of(np.repeat([0, 1, 2], 10), np.arange(30)).weights(replicates=20, seed=0))
    assert any((w[:10] == 0).all() or (w[10:20] == 0).all() or (w[20:] == 0).all() for w in weights)


@pytest.mark.parametrize("fit", [platt, isotonic])
def test_a_calibrator_brings_probabilities_to_the_observed_rates_and_keeps_the_order(fit):
    random = np.random.default_rng(3)
    odds = random.normal(-2, 1, 20_000)
    label = (random.random(20_000) < 1 / (1 + np.exp(-odds))).astype(float)
    raw = 2.5 * odds + 4
    probability = calibrate(fit(raw, label), raw)
    assert metrics.ece(label, probability) < 0.01
    far = np.linspace(-60, 60, 400)
    steps = np.diff(calibrate(fit(raw, label), far))
    assert (steps >= 0).all()
    assert (steps[(far[1:] > -12) & (far[1:] < 12)] > 0).all()


def test_the_calibrator_is_chosen_on_the_other_half_of_time_and_platt_where_there_is_too_little():
    random = np.random.default_rng(4)
    raw = random.uniform(-4, 4, 40_000)
    label = (random.random(40_000) < np.clip(0.25 + 0.3 * raw, 0.02, 0.4)).astype(float)
    chosen, losses = choose(raw, label, np.arange(40_000.0))
    assert set(losses) == {"platt", "isotonic", "beta", "venn_abers"}
    assert chosen["kind"] == min(losses, key=losses.get) != "platt"
    few, none = choose(raw[:100], label[:100], np.arange(100.0))
    assert (few["kind"], none) == ("platt", {})


@pytest.mark.parametrize(("base", "slope"), [(0.0, 1.0), (-3.0, 1.0), (2.0, 0.25), (0.5, 3.0)])
def test_a_loss_after_a_line_is_the_best_line_s_whatever_line_was_drawn_before(base, slope):
    rng = np.random.default_rng(4)
    raw = rng.normal(-2, 1, 4000)
    label = (rng.random(4000) < 1 / (1 + np.exp(-raw))).astype(float)
    best = loss_after_a_line(raw, label)
    assert loss_after_a_line(base + slope * raw, label) == pytest.approx(best, abs=1e-6)
    assert best <= metrics.log_loss(label, 1 / (1 + np.exp(-base - slope * raw)))
    assert best == pytest.approx(metrics.log_loss(label, calibrate(platt(raw, label), raw)), abs=1e-4)


def test_a_base_rate_that_moved_between_terms_does_not_choose_the_rounds():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(2000, 5))
    label = (rng.random(2000) < 1 / (1 + np.exp(2 - x[:, 0] - x[:, 1] * x[:, 2]))).astype(float)
    start = np.full(1000, np.log(label[:1000].mean() / (1 - label[:1000].mean())))
    fit, boosting = Sample(x[:1000], label[:1000], start), Boosting((0,) * 5)
    found, loss = rounds(fit, Sample(x[1000:], label[1000:], start), boosting)
    moved, same = rounds(fit, Sample(x[1000:], label[1000:], start + 1.5), boosting)
    assert (moved, same) == (found, pytest.approx(loss, abs=1e-6))
    assert found >= 10


def test_a_round_that_finds_no_split_does_not_hide_the_next_ones():
    """Small leaves on few rows: some rounds grow nothing, and the trees are then fewer than the rounds."""
    rng = np.random.default_rng(6)
    x, label = rng.normal(size=(150, 3)), (np.arange(150) % 8 == 0).astype(float)
    sample = Sample(x, label, np.full(150, -2.0))
    settings = Boosting((0,) * 3).of_seed(1, 600) | {"min_data_in_leaf": 60}
    booster, score = lightgbm.Booster(settings, sample.dataset(settings)), sample.start.copy()
    for _ in range(4):
        score += more(booster, x, threads=1)
    assert 0 < booster.num_trees() < 4 * STEP
    np.testing.assert_allclose(score, sample.start + booster.predict(x, raw_score=True), atol=1e-12)
