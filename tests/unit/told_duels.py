"""What the tests of promotion share: a duel as it was measured, and a model that says the same of everybody."""

from datetime import UTC, datetime

import numpy as np

from training.bootstrap import Interval
from training.duel import FIGURES, Duel, Terms

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
TERMS = Terms("abandoned_28d", "recorded", 28, measured=True)
NOTHING = Interval(0.0, -0.01, 0.01)
WAS = {"brier": Interval(0.1, 0.09, 0.11), "alerts_per_list": Interval(3.0, 2.9, 3.1)}


def duel(n=1000, n_positive=100, gaps=(), **differences):
    changes = dict.fromkeys(FIGURES, NOTHING) | {k: Interval(*v) for k, v in differences.items()}
    sides = dict.fromkeys(FIGURES, Interval(0.2, 0.1, 0.3)) | WAS
    widths = {name: Interval(*change) for name, change in gaps}
    return Duel(n, n_positive, 3, 200, 0.1, 3, 0, sides, sides, changes, widths, 1.0, 10, 0, 0, {})


SURE_GAIN, SURE_LOSS = (0.02, 0.01, 0.03), (-0.02, -0.03, -0.01)


def flat(probability):
    """A model that says the same of everybody."""
    odds = float(np.log(probability / (1 - probability)))
    line = {"kind": "linear", "weights": [0.0], "centre": [0.0], "scale": [1.0], "limit": 1.0, "base": odds}
    return line | {"features": ["x"], "calibrator": {"x": [0.0], "y": [0.0], "slope": 1.0}}
