"""From raw score to probability: four calibrators compared on the tuning fold by cross-fitting in time.

Platt, centred isotonic, beta and Venn-ABERS. Never fitted nor chosen on the test fold. All are written as knots in
log-odds, read by `served_model.calibrate`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from training.metrics import Array, log_loss
from training.served_model import calibrate

Calibrator = dict[str, Any]
Half = npt.NDArray[np.bool_]
NEWTON_STEPS = 8
KNOTS = 41
"""Scores at which beta and Venn-ABERS are written down; between two, a line in log-odds."""
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
    odds = _rising(np.log(rate / (1 - rate)))
    return {"kind": "isotonic", "x": centre.tolist(), "y": odds.tolist(), "slope": platt(raw, label)["slope"]}


def beta(raw: Array, label: Array) -> Calibrator:
    """Fit a line in log p and log(1 - p), neither slope negative (Kull, Silva Filho and Flach 2017)."""
    from sklearn.linear_model import LogisticRegression

    x, used = _two_logs(raw), [0, 1]
    model = LogisticRegression(C=1e6).fit(x, label)
    while len(used) > 1 and model.coef_[0].min() < 0:
        used.pop(int(np.argmin(model.coef_[0])))
        model = LogisticRegression(C=1e6).fit(x[:, used], label)
    knots = _spread(raw)
    odds = _two_logs(knots)[:, used] @ np.maximum(model.coef_[0], 1e-3) + float(model.intercept_[0])
    return {"kind": "beta", "x": knots.tolist(), "y": _rising(odds).tolist(), "slope": platt(raw, label)["slope"]}


def venn_abers(raw: Array, label: Array) -> Calibrator:
    """Fit the Venn-ABERS pair at knots and join its single probabilities, p1 / (1 - p0 + p1) (Vovk and Petej 2014)."""
    knots = _spread(raw)
    low, high = venn_abers_pair(raw, label, knots)
    chance = np.clip(high / (1 - low + high), 1e-4, 1 - 1e-4)
    odds = _rising(np.log(chance / (1 - chance)))
    return {"kind": "venn_abers", "x": knots.tolist(), "y": odds.tolist(), "slope": platt(raw, label)["slope"]}


def venn_abers_pair(raw: Array, label: Array, at: Array) -> tuple[Array, Array]:
    """Return (p0, p1): the isotonic rate at each score, were that case not positive, and were it."""
    from sklearn.isotonic import IsotonicRegression

    order = np.argsort(raw, kind="stable")
    x, y = raw[order], label[order]
    pair = np.empty((2, len(at)))
    for supposed in (0, 1):
        for number, score in enumerate(at):
            place = int(np.searchsorted(x, score))
            fitted = IsotonicRegression().fit(np.insert(x, place, score), np.insert(y, place, float(supposed)))
            pair[supposed, number] = fitted.predict([score])[0]
    return pair[0], np.maximum(pair[0], pair[1])


def _two_logs(raw: Array) -> Array:
    """Log p and -log(1 - p), from log-odds."""
    return np.column_stack([-np.logaddexp(0.0, -raw), np.logaddexp(0.0, raw)])


def _spread(raw: Array) -> Array:
    """Return scores spread over the whole range, as many in each gap, the smallest and the greatest among them."""
    return np.unique(np.quantile(raw, np.linspace(0, 1, KNOTS)))


def _rising(odds: Array) -> Array:
    """Return values that never fall, and always rise a little, so that no two learners tie."""
    return np.asarray(np.maximum.accumulate(odds) + 1e-6 * np.arange(len(odds)))


KINDS: dict[str, Callable[[Array, Array], Calibrator]] = {
    "platt": platt, "isotonic": isotonic, "beta": beta, "venn_abers": venn_abers,
}  # fmt: skip


def time_halves(label: Array, when: Array) -> list[tuple[Half, Half]]:
    """Return (fitted, read) pairs of halves of time, cut at the median; none where a half has too few of a label."""
    early = when <= np.median(when)
    halves = [(early, ~early), (~early, early)]
    few = any(min(label[h].sum(), (1 - label[h]).sum()) < FEWEST_POSITIVES for pair in halves for h in pair)
    return [] if few else halves


def choose(raw: Array, label: Array, when: Array) -> tuple[Calibrator, dict[str, float]]:
    """Return the calibrator whose log-loss is best when fitted on one half of time and read on the other.

    Every kind's log-loss is returned beside it, to be kept.

    Parameters
    ----------
    when : any number that grows with time, one a row; the halves are cut at its median.
    """
    halves = time_halves(label, when)
    if not halves:
        return platt(raw, label), {}
    losses = {name: float(np.mean([_loss(fit, raw, label, pair) for pair in halves])) for name, fit in KINDS.items()}
    best = min(losses, key=lambda name: losses[name])
    return KINDS[best](raw, label), losses


def _loss(fit: Callable[[Array, Array], Calibrator], raw: Array, label: Array, pair: tuple[Half, Half]) -> float:
    fitted, read = pair
    return log_loss(label[read], calibrate(fit(raw[fitted], label[fitted]), raw[read]))
