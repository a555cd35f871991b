"""Tuning: the house's parameters are the first trial, it goes on where it stopped, and twice gives the same."""

import numpy as np
import pytest

from training.model import Boosting, Sample
from training.tuning import HOUSE, tune

pytest.importorskip("optuna", reason="optuna is not installed")


def sample(seed, n=400):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 3))
    label = (random.random(n) < 1 / (1 + np.exp(1 - x[:, 0] - x[:, 1] * x[:, 2]))).astype(float)
    return Sample(x, label, np.full(n, -0.8))


def found(**kwargs):
    return tune(sample(1), sample(2), Boosting((0, 0, 0)), **kwargs)


def test_the_house_s_parameters_come_first_and_nothing_found_is_worse():
    alone, more = found(trials=1), found(trials=8)
    assert dict(alone.parameters) == HOUSE
    assert alone.loss == alone.house_loss == more.house_loss
    assert more.loss <= alone.loss
    assert more.ended + more.pruned == 8
    assert found(trials=8) == more


def test_a_tuning_that_was_stopped_goes_on(tmp_path):
    kept = tmp_path / "trials.db"
    first = found(trials=3, storage=kept)
    assert first.ended == 3
    assert found(trials=3, storage=kept) == first
    after = found(trials=5, storage=kept)
    assert after.ended + after.pruned == 5
    assert after.loss <= first.loss
