"""Levels 1 to 3: rules, distance from peers, logistic regression. Each is a whole system with reasons.

All three are additive, so that their reasons are exact; their raw score is in log-odds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.calibration import platt
from training.metrics import Array

STRENGTHS = (0.002, 0.02)
"""Inverse ridge penalties tried on the tuning fold."""
LIMIT = 4.0
"""Distances are held at this many scales, so that one odd value cannot decide alone."""


@dataclass(frozen=True)
class Rule:
    """Points given where a feature passes a threshold."""

    feature: str
    op: str
    threshold: float
    points: float


RULES = (
    Rule("days_since_last_login", ">=", 7, 1),
    Rule("days_since_last_login", ">=", 14, 1),
    Rule("days_since_last_activity", ">=", 10, 1),
    Rule("days_since_last_activity", ">=", 28, 1),
    Rule("never_active", ">=", 1, 2),
    Rule("last_assessments_missed", ">=", 1, 1),
    Rule("last_assessments_missed", ">=", 2, 1),
    Rule("unanswered_questions", ">=", 1, 1),
    Rule("posts_in_difficulty_30d", ">=", 1, 1),
    Rule("posts_about_leaving_30d", ">=", 1, 2),
    Rule("last_surveys_unanswered", ">=", 2, 1),
    Rule("last_intention", "<=", 0, 1),
    Rule("last_intention", "<=", -1, 2),
)
"""What a mentor would notice unaided: silence, work not handed in, a question left alone, words of leaving."""

PEERS = {"_percentile": (0.5, 0.29), "_z": (0.0, 1.0), "_vs_session": (0.0, 0.2)}
"""Endings of the features that place a learner among the session the same day: their centre and scale."""


def points(features: Sequence[str], *, table: Sequence[Rule] = RULES) -> dict[str, Any]:
    """Return the rules whose feature the site has, one log-odd a point, from none."""
    return {
        "kind": "points",
        "rules": [
            {"column": list(features).index(r.feature), "op": r.op, "threshold": r.threshold, "points": r.points}
            for r in table
            if r.feature in features
        ],
        "slope": 1.0,
        "base": 0.0,
    }


def rules(features: Sequence[str], x: Array, label: Array, *, table: Sequence[Rule] = RULES) -> dict[str, Any]:
    """Return level 1: points of the rules whose feature the site has, turned into log-odds on the training rows."""
    spec = points(features, table=table)
    return spec | _slope_and_base(spec, x, label)


def peers(features: Sequence[str], x: Array, label: Array, *, signs: Mapping[str, int]) -> dict[str, Any]:
    """Return level 2: the mean distance from the session the same day, signed so that more is riskier.

    Parameters
    ----------
    signs : the features that are such distances, and the catalogue's direction of each.
    """
    used = sum(name in signs for name in features)
    weights = [signs.get(name, 0) / max(used, 1) for name in features]
    places = [next((place for end, place in PEERS.items() if name.endswith(end)), (0.0, 1.0)) for name in features]
    spec: dict[str, Any] = {
        "kind": "linear",
        "centre": [centre for centre, _ in places],
        "scale": [scale for _, scale in places],
        "weights": weights,
        "limit": LIMIT,
        "base": 0.0,
    }
    found = _slope_and_base(spec, x, label)
    return spec | {"weights": [w * found["slope"] for w in weights], "base": found["base"]}


def logistic(x: Array, label: Array, *, strength: float, weight: Array | None = None) -> dict[str, Any]:
    """Return level 3: a ridge logistic regression on the same features.

    Null goes to the training median, scales are the training quartiles', far values are
    held at `LIMIT` scales: a session unlike the others cannot carry a score away.
    """
    from sklearn.linear_model import LogisticRegression

    centre, scale = _centre_and_scale(x)
    distance = np.clip((np.where(np.isnan(x), centre, x) - centre) / scale, -LIMIT, LIMIT)
    model = LogisticRegression(C=strength, max_iter=500, tol=1e-4).fit(distance, label, sample_weight=weight)
    return {
        "kind": "linear",
        "centre": centre.tolist(),
        "scale": scale.tolist(),
        "weights": model.coef_[0].tolist(),
        "limit": LIMIT,
        "base": float(model.intercept_[0]),
    }


def _centre_and_scale(x: Array) -> tuple[Array, Array]:
    """Medians and quartile spreads, the standard deviation where the quartiles meet, 1 where nothing varies."""
    some = ~np.isnan(x).all(axis=0)
    centre, spread, deviation = (np.zeros(x.shape[1]) for _ in range(3))
    centre[some] = np.nanmedian(x[:, some], axis=0)
    low, high = np.nanpercentile(x[:, some], [25, 75], axis=0)
    spread[some], deviation[some] = (high - low) / 1.349, np.nanstd(x[:, some], axis=0)
    scale = np.where(spread > 1e-9, np.maximum(spread, deviation / 4), deviation)
    return centre, np.where(scale > 1e-9, scale, 1.0)


def _slope_and_base(spec: dict[str, Any], x: Array, label: Array) -> dict[str, float]:
    from training.served_model import raw_scores

    line = platt(raw_scores(spec, x), label)
    return {"slope": line["slope"], "base": line["y"][0]}
