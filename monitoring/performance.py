"""How well the scores turned out, from labels whose horizon is over, and what they are worth before. Pure.

Intervals (95 %) draw whole sessions with replacement, for learners of one session are not independent; with fewer than
`FEWEST_SESSIONS`, whole enrolments, and `clusters` says so. A few sessions drawn again differ less from one another
than other sessions would: bounds are moved out as Student's distribution is wider than the normal one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Figure = Callable[[Floats, Floats, Floats], float]
DRAWS, SEED = 300, 11
FEWEST, FEWEST_POSITIVES, FEWEST_SESSIONS = 50, 10, 5
"""Rows, and enrolments of each label, under which no figure is told; sessions under which enrolments are drawn."""
ESTIMATED = ("roc_auc", "pr_auc", "brier")
AS_EXPECTED, WORSE, BETTER, UNKNOWN = OUTCOMES = ("as_expected", "worse", "better", "not_enough_data")
CALIBRATED = (0.8, 1.25)
"""Observed over expected abandonments between which a probability is taken at its word."""


@dataclass(frozen=True)
class Interval:
    """A figure and its interval; null bounds where no draw gave one."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Performance:
    """What matured labels say of one horizon, or the estimate without labels (`n_positive` is then expected).

    `ratio` is observed over expected abandonments; `clusters` what was drawn again: `sessions` or `enrolments`.
    """

    horizon_days: int
    n: int
    n_positive: float
    n_sessions: int
    clusters: str = ""
    figures: Mapping[str, Interval] = field(default_factory=dict)

    @property
    def enough(self) -> bool:
        """Whether figures are told."""
        return bool(self.figures)

    def as_json(self) -> dict[str, Any]:
        """Return plain types only."""
        return asdict(self)


@dataclass(frozen=True)
class Paired:
    """Two scores of the same rows: the figures of each, and challenger less champion; no figure where too few."""

    horizon_days: int
    n: int
    n_positive: float
    n_sessions: int
    champion: Mapping[str, float] = field(default_factory=dict)
    challenger: Mapping[str, float] = field(default_factory=dict)
    differences: Mapping[str, Interval] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return plain types only."""
        return asdict(self)


def roc_auc(label: Floats, score: Floats, weight: Floats) -> float:
    """Return the area under the ROC curve, of labels between 0 and 1 (the chance of being positive); NaN without."""
    order = np.argsort(score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    yes, no = np.cumsum((weight * label)[order])[ends], np.cumsum((weight * (1 - label))[order])[ends]
    if not len(ends) or yes[-1] <= 0 or no[-1] <= 0:
        return float("nan")
    before = np.concatenate([[0.0], no[:-1]])
    return float((np.diff(yes, prepend=0.0) * (before + no) / 2).sum() / (yes[-1] * no[-1]))


def pr_auc(label: Floats, score: Floats, weight: Floats) -> float:
    """Return the average precision; NaN where nobody is positive."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    yes, cases = np.cumsum((weight * label)[order])[ends], np.cumsum(weight[order])[ends]
    if not len(ends) or yes[-1] <= 0:
        return float("nan")
    precision = np.divide(yes, cases, out=np.zeros_like(yes), where=cases > 0)
    return float((np.diff(yes, prepend=0.0) * precision).sum() / yes[-1])


def brier(label: Floats, score: Floats, weight: Floats) -> float:
    """Return the mean square error of probabilities; of uncertain labels, its expectation."""
    error = label * (1 - score) ** 2 + (1 - label) * score**2
    return float((weight * error).sum() / weight.sum())


def ratio(label: Floats, score: Floats, weight: Floats) -> float:
    """Return observed over expected abandonments; NaN where none is expected."""
    expected = float((weight * score).sum())
    return float((weight * label).sum() / expected) if expected > 0 else float("nan")


FIGURES: Mapping[str, Figure] = {"roc_auc": roc_auc, "pr_auc": pr_auc, "brier": brier, "ratio": ratio}
RANKINGS = ("roc_auc", "pr_auc")


def measured(
    rows: pd.DataFrame, *, horizon_days: int, calibrated: bool = True, only: Collection[str] = ()
) -> Performance:
    """Measure scores against their labels; too few rows or labels give counts, no figure.

    Parameters
    ----------
    rows : enrolment_id, session_id, probability, label (1, 0, or NaN: left out).
    calibrated : whether probabilities are of this very horizon; without it, only the ranking is judged.
    only : the figures wanted; none given: all of them.
    """
    rows = rows[rows["label"].notna()]
    label, score = rows["label"].to_numpy(np.float64), rows["probability"].to_numpy(np.float64)
    n_sessions, positive = int(rows["session_id"].nunique()), float(label.sum())
    counts = (horizon_days, len(rows), positive, n_sessions)
    if len(rows) < FEWEST or min(_people(rows, label, 1.0), _people(rows, label, 0.0)) < FEWEST_POSITIVES:
        return Performance(*counts)
    clusters = "sessions" if n_sessions >= FEWEST_SESSIONS else "enrolments"
    keys = rows["session_id" if clusters == "sessions" else "enrolment_id"].to_numpy()
    names = [name for name in (FIGURES if calibrated else RANKINGS) if not only or name in only]
    return Performance(*counts, clusters, {name: _interval(FIGURES[name], label, score, keys) for name in names})


def _people(rows: pd.DataFrame, label: Floats, value: float) -> int:
    """Return the enrolments that ever had a label: one who leaves is in four weekly lists, and is one proof."""
    return int(rows["enrolment_id"][label == value].nunique())


def paired(rows: pd.DataFrame, *, horizon_days: int, calibrated: bool = True) -> Paired:
    """Measure two scores against the same labels; their difference is drawn by whole sessions, both at once.

    Too few rows, labels of a kind or sessions give counts and no figure: with few sessions, an interval that draws
    enrolments would be too narrow to decide between two models.

    Parameters
    ----------
    rows : enrolment_id, session_id, served (the champion's probability), probability (the challenger's), label (NaN:
        left out).
    calibrated : whether probabilities are of this very horizon; without it, only the ranking is judged.
    """
    rows = rows[rows["label"].notna()]
    label = rows["label"].to_numpy(np.float64)
    sides = [rows[name].to_numpy(np.float64) for name in ("served", "probability")]
    n_sessions, positive = int(rows["session_id"].nunique()), float(label.sum())
    counts = (horizon_days, len(rows), positive, n_sessions)
    enough = len(rows) >= FEWEST and min(_people(rows, label, 1.0), _people(rows, label, 0.0)) >= FEWEST_POSITIVES
    if not enough or n_sessions < FEWEST_SESSIONS:
        return Paired(*counts)
    keys, names = rows["session_id"].to_numpy(), ("roc_auc", "pr_auc", *(("brier",) if calibrated else ()))
    each = [{name: FIGURES[name](label, side, np.ones(len(label))) for name in names} for side in sides]
    gaps = {name: _between(_gap(FIGURES[name], label, sides), keys) for name in names}
    return Paired(*counts, each[0], each[1], gaps)


def _gap(figure: Figure, label: Floats, sides: list[Floats]) -> Callable[[Floats], float]:
    return lambda weight: figure(label, sides[1], weight) - figure(label, sides[0], weight)


def _interval(figure: Figure, label: Floats, score: Floats, clusters: NDArray[Any]) -> Interval:
    order = np.argsort(score, kind="stable")  # once for all draws: to sort what is sorted costs little
    label, score, clusters = label[order], score[order], clusters[order]
    found = _between(lambda weight: figure(label, score, weight), clusters)
    if found.low is None or found.high is None:
        return found
    return Interval(found.value, max(found.low, 0.0), found.high if figure is ratio else min(found.high, 1.0))


def _between(figure: Callable[[Floats], float], clusters: NDArray[Any]) -> Interval:
    """Return a figure of row weights, each row once, and its interval by drawing whole clusters."""
    _, at = np.unique(clusters, return_inverse=True)
    n, rng = int(at.max()) + 1, np.random.default_rng(SEED)
    drawn = [figure(w) for w in rng.multinomial(n, np.full(n, 1 / n), size=DRAWS)[:, at].astype(float)]
    there = np.array([one for one in drawn if one == one])
    value = figure(np.ones(len(clusters)))
    if len(there) < DRAWS / 2:
        return Interval(value)
    low, high = (value + wider(n) * (bound - value) for bound in np.quantile(there, [0.025, 0.975]))
    return Interval(value, float(low), float(high))


def wider(clusters: int) -> float:
    """Return by how much bounds drawn from so many clusters are moved out: Student's, one degree of freedom fewer."""
    from scipy.stats import t

    return float(t.ppf(0.975, clusters - 1) / 1.96 * (clusters / (clusters - 1)) ** 0.5) if clusters > 1 else 1.0


def estimated(
    rows: pd.DataFrame,
    *,
    horizon_days: int,
    expected: Mapping[str, Interval] | None = None,
    only: Collection[str] = ESTIMATED,
) -> Performance:
    """Estimate the figures without labels, from the probabilities themselves (Guillory et al., 2021).

    It holds while they are calibrated: when who comes changes, not when the same signs come to mean something else.
    Its interval adds, as independent, how much sessions drawn again differ and how unsure the model's own test was:
    probabilities are no surer than what they were tested on. No bounds where the test has none.

    Parameters
    ----------
    expected : the figures of the model's test, with their intervals.
    only : the figures wanted.
    """
    score, sessions = rows["probability"].to_numpy(np.float64), int(rows["session_id"].nunique())
    counts = (horizon_days, len(rows), float(score.sum()), sessions)
    if len(rows) < FEWEST:
        return Performance(*counts)
    clusters = "sessions" if sessions >= FEWEST_SESSIONS else "enrolments"
    keys = rows["session_id" if clusters == "sessions" else "enrolment_id"].to_numpy()
    drawn = {name: _interval(FIGURES[name], score, score, keys) for name in only}
    told = {name: _as_unsure(one, (expected or {}).get(name)) for name, one in drawn.items()}
    return Performance(*counts, clusters, told)


def _as_unsure(one: Interval, test: Interval | None) -> Interval:
    """Return an estimate whose bounds hold what sessions drawn again and the test's own interval leave open."""
    if test is None or None in (one.low, one.high, test.low, test.high):
        return Interval(one.value)
    below, above = (
        float(np.hypot(own - one.value, tested - test.value))
        for own, tested in ((one.low or 0.0, test.low or 0.0), (one.high or 0.0, test.high or 0.0))
    )
    return Interval(one.value, max(one.value - below, 0.0), min(one.value + above, 1.0))


def lost(guess: Interval | None, expected: Interval | None) -> float | None:
    """Return what an estimate without labels loses beside the model's test, null where it cannot be told from none.

    Told as a ranking is called worse: only when each value is out of the other's interval.
    """
    if guess is None or expected is None or guess.high is None or expected.low is None:
        return None
    sure = guess.value < expected.low and guess.high < expected.value
    return expected.value - guess.value if sure else None


def ranking(found: Performance, expected: Interval | None) -> str:
    """Say how the ranking (ROC AUC) stands beside the interval of the model's test.

    Worse, or better, only when each value is out of the other's interval.
    """
    one = found.figures.get("roc_auc")
    if one is None or one.low is None or one.high is None or expected is None:
        return UNKNOWN
    low = expected.value if expected.low is None else expected.low
    high = expected.value if expected.high is None else expected.high
    if one.value < low and one.high < expected.value:
        return WORSE
    return BETTER if one.value > high and one.low > expected.value else AS_EXPECTED


def calibration(found: Performance) -> str:
    """Say whether observed over expected abandonments leaves `CALIBRATED`, its whole interval outside 1."""
    one = found.figures.get("ratio")
    if one is None or one.low is None or one.high is None:
        return UNKNOWN
    out = not CALIBRATED[0] <= one.value <= CALIBRATED[1]
    return WORSE if out and not one.low <= 1 <= one.high else AS_EXPECTED
