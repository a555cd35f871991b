"""Intervals that know rows are not independent: a learner's dates hang together, and a session's learners."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.metrics import Array, Ranking

Measure = Callable[[Ranking, Array | None], float]
REPLICATES = 200


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def above_zero(self) -> bool:
        """Whether the whole interval is above zero."""
        return self.low > 0


@dataclass(frozen=True)
class Clusters:
    """Number of each row's session and learner, from zero."""

    session: npt.NDArray[np.intp]
    learner: npt.NDArray[np.intp]

    @classmethod
    def of(cls, session: object, learner: object) -> Clusters:
        """Number any two columns of identifiers."""
        numbered = [np.unique(np.asarray(ids), return_inverse=True)[1] for ids in (session, learner)]
        return cls(*numbered)

    def weights(self, *, replicates: int, seed: int) -> Iterator[Array]:
        """Yield row weights: a session's draw times a learner's draw (the pigeonhole bootstrap, Owen 2007).

        With a single session only learners are drawn.
        """
        random = np.random.default_rng(seed)
        sessions, learners = int(self.session.max()) + 1, int(self.learner.max()) + 1
        for _ in range(replicates):
            by_learner = np.bincount(random.integers(0, learners, learners), minlength=learners)
            by_session = np.bincount(random.integers(0, sessions, sessions), minlength=sessions)
            yield (by_learner[self.learner] * by_session[self.session]).astype(np.float64)


def intervals(
    label: Array,
    scores: dict[str, Array],
    measure: Measure,
    clusters: Clusters,
    *,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> tuple[dict[str, Interval], dict[str, Array]]:
    """Return each score's interval and its replicates, drawn alike so that differences are paired."""
    rankings = {name: Ranking.of(label, score) for name, score in scores.items()}
    draws: dict[str, list[float]] = {name: [] for name in scores}
    for weight in clusters.weights(replicates=replicates, seed=seed):
        for name, ranking in rankings.items():
            draws[name].append(measure(ranking, weight))
    arrays = {name: np.asarray(values) for name, values in draws.items()}
    return {name: interval(measure(rankings[name], None), arrays[name]) for name in scores}, arrays


def interval(value: float, draws: Array) -> Interval:
    """Return the percentile interval of replicates; NaN draws (a label missing) are left out."""
    kept = draws[~np.isnan(draws)]
    low, high = np.percentile(kept, [2.5, 97.5]) if len(kept) else (float("nan"), float("nan"))
    return Interval(value, float(low), float(high))
