"""From raw score to probability: Platt or isotonic, chosen on the tuning fold by cross-fitting in time.

Never fitted nor chosen on the test fold. Both are written as knots in log-odds, read by
`served_model.calibrate`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from training.metrics import Array, log_loss
from training.served_model import calibrate

Calibrator = dict[str, Any]
NEWTON_STEPS = 8
FEWEST_POSITIVES = 20
"""Below this many in a half, isotonic steps are noise: Platt."""


def platt(raw: Array, label: Array) -> Calibrator:
    """Fit a line in log-odds (Platt 1999, with his smoothed targets)."""
    from sklearn.linear_model import LogisticRegression

    positives = float(label.sum())
    high, low = (positives + 1) / (positives + 2), 1 / (len(label) - positives + 2)
    target = np.where(label > 0, high, low)
    x = np.concatenate([raw, raw])[:, None]
    y = np.concatenate([np.ones(len(raw)), np.zeros(len(raw))])
    model = LogisticRegression(C=1e6).fit(x, y, sample_weight=np.concatenate([target, 1 - target]))
    slope, base = max(float(model.coef_[0, 0]), 1e-3), float(model.intercept_[0])
    return {"kind": "platt", "x": [0.0], "y": [base], "slope": slope}


def loss_after_a_line(raw: Array, label: Array) -> float:
    """Return the log-loss once the best line in log-odds was fitted on these same rows (both labels are there).

    Newton's steps from the base rate.
    """
    apart = (raw - raw.mean()) / max(float(raw.std()), 1e-9)
    x = np.column_stack([np.ones(len(raw)), apart])
    weights = np.array([np.log(label.mean() / (1 - label.mean())), 0.0])
    for _ in range(NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(x @ weights, -30.0, 30.0)))
        curve = (x * (chance * (1 - chance))[:, None]).T @ x + 1e-6 * np.eye(2)
        weights += np.linalg.solve(curve, x.T @ (label - chance))
    return log_loss(label, 1 / (1 + np.exp(-np.clip(x @ weights, -30.0, 30.0))))


def isotonic(raw: Array, label: Array) -> Calibrator:
    """Fit isotonic steps, then join their centres by lines in log-odds (centred, Oron and Flournoy 2017)."""
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression().fit(raw, label).predict(raw)
    steps, index = np.unique(fitted, return_inverse=True)
    n = np.bincount(index)
    centre = np.bincount(index, weights=raw) / n
    rate = np.clip((steps * n + 0.5) / (n + 1), 1e-4, 1 - 1e-4)
    odds = np.maximum.accumulate(np.log(rate / (1 - rate))) + 1e-6 * np.arange(len(rate))
    slope = platt(raw, label)["slope"]
    return {"kind": "isotonic", "x": centre.tolist(), "y": odds.tolist(), "slope": slope}


KINDS: dict[str, Callable[[Array, Array], Calibrator]] = {"platt": platt, "isotonic": isotonic}


def choose(raw: Array, label: Array, when: Array) -> tuple[Calibrator, dict[str, float]]:
    """Return the calibrator whose log-loss is best when fitted on one half of time and read on the other.

    Parameters
    ----------
    when : any number that grows with time, one a row; the halves are cut at its median.
    """
    early = when <= np.median(when)
    halves = [(early, ~early), (~early, early)]
    if any(min(label[h].sum(), (1 - label[h]).sum()) < FEWEST_POSITIVES for pair in halves for h in pair):
        return platt(raw, label), {}
    losses = {name: float(np.mean([_loss(fit, raw, label, pair) for pair in halves])) for name, fit in KINDS.items()}
    best = min(losses, key=lambda name: losses[name])
    return KINDS[best](raw, label), losses


def _loss(fit: Callable[[Array, Array], Calibrator], raw: Array, label: Array, pair: tuple[Any, Any]) -> float:
    fitted, read = pair
    return log_loss(label[read], calibrate(fit(raw[fitted], label[fitted]), raw[read]))
