"""Figures of one ranking and one set of probabilities, all able to take case weights (the bootstrap's).

Ties are never broken by row order: a cut inside a tie takes its share of the tie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
ECE_BINS = 10
"""Equal-mass bins of the expected calibration error."""


@dataclass(frozen=True)
class Ranking:
    """Labels and weights sorted by falling score; `ends` are the last rows of each tie."""

    order: npt.NDArray[np.intp]
    ends: npt.NDArray[np.intp]
    label: Array

    @classmethod
    def of(cls, label: Array, score: Array) -> Ranking:
        """Sort once, measure many times."""
        order = np.argsort(-score, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(score[order]) != 0), len(score) - 1)
        return cls(order, ends, label[order])

    def cumulated(self, weight: Array | None = None) -> tuple[Array, Array]:
        """Return (true positives, cases) taken down to the end of each tie."""
        w = np.ones(len(self.label)) if weight is None else weight[self.order]
        return np.cumsum(w * self.label)[self.ends], np.cumsum(w)[self.ends]


def roc_auc(ranking: Ranking, weight: Array | None = None) -> float:
    """Return the area under the ROC curve; NaN where one label is missing."""
    positives, cases = ranking.cumulated(weight)
    negatives = cases - positives
    if positives[-1] <= 0 or negatives[-1] <= 0:
        return float("nan")
    x, y = np.append(0.0, negatives), np.append(0.0, positives)
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2) / (positives[-1] * negatives[-1]))


def pr_auc(ranking: Ranking, weight: Array | None = None) -> float:
    """Return the average precision (step-wise, as scikit-learn's); NaN where nobody is positive."""
    positives, cases = ranking.cumulated(weight)
    if positives[-1] <= 0:
        return float("nan")
    precision = np.divide(positives, cases, out=np.zeros_like(cases), where=cases > 0)
    return float(np.sum(np.diff(np.append(0.0, positives)) * precision) / positives[-1])


def found_at(ranking: Ranking, share: float, weight: Array | None = None) -> tuple[float, float]:
    """Return (precision, recall) among the top share of cases."""
    positives, cases = ranking.cumulated(weight)
    taken = share * cases[-1]
    if taken <= 0 or positives[-1] <= 0:
        return float("nan"), float("nan")
    found = float(np.interp(taken, np.append(0.0, cases), np.append(0.0, positives)))
    return found / float(taken), found / float(positives[-1])


def brier(label: Array, probability: Array, weight: Array | None = None) -> float:
    """Return the mean squared error of the probabilities (Brier 1950)."""
    return float(np.average((probability - label) ** 2, weights=weight))


def log_loss(label: Array, probability: Array) -> float:
    """Return the mean negative log-likelihood."""
    p = np.clip(probability, 1e-12, 1 - 1e-12)
    return float(-np.mean(label * np.log(p) + (1 - label) * np.log(1 - p)))


def reliability(label: Array, probability: Array, bins: int = ECE_BINS) -> list[tuple[float, float, int]]:
    """Return (mean probability, observed rate, n) of equal-mass bins, lowest first."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return [(float(probability[part].mean()), float(label[part].mean()), len(part)) for part in parts]


def ece(label: Array, probability: Array, bins: int = ECE_BINS) -> float:
    """Return the expected calibration error over equal-mass bins, in [0, 1]."""
    parts = reliability(label, probability, bins)
    return sum(n * abs(mean - rate) for mean, rate, n in parts) / max(sum(n for *_, n in parts), 1)
