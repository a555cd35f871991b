"""A champion of three inputs for the tests of the server: the model's own code, no MLflow."""

import numpy as np
import pandas as pd

from serving.scoring.champion import Champion
from training import served_model

FEATURES = ["days_since_last_activity", "posts_30d", "mean_score"]
SIGNATURE = dict.fromkeys(FEATURES, "double") | {"course_id": "string"}
LINEAR = {
    "kind": "linear", "features": [*FEATURES, served_model.PAST_RATE], "centre": [4.0, 2.0, 0.6, 0.2],
    "scale": [5.0, 3.0, 0.2, 0.1], "weights": [0.9, -0.4, -0.7, 0.3], "base": -1.5, "limit": 4.0,
    "calibrator": {"kind": "platt", "x": [-1.0], "y": [-1.1], "slope": 0.9},
    "course_past_rate": {"rates": {"AAA": 0.3}, "default": 0.2},
}  # fmt: skip
ROWS = [
    {"days_since_last_activity": 9, "posts_30d": 0, "mean_score": None, "course_id": "AAA"},
    {"days_since_last_activity": 1.5, "posts_30d": 7, "mean_score": 0.8, "course_id": None},
    {"days_since_last_activity": 31, "posts_30d": None, "mean_score": 0.25, "course_id": "unseen"},
]


class Served:
    """What a registered model's own code offers."""

    def __init__(self, spec):
        self.spec = spec

    def predict(self, frame, params):
        return served_model.predict(self.spec, frame, reasons=params["reasons"])

    def score(self, rows, *, reasons=False):
        return served_model.score(self.spec, rows, reasons=reasons)


class Earlier:
    """What a model registered by an earlier version offers: tables only."""

    def __init__(self, spec):
        self.predict = Served(spec).predict


def champion(folder, *, version="3", spec=LINEAR, served=Served):
    """Return a champion whose reference is a file of a folder."""
    reference = folder / "reference.parquet"
    if not reference.exists():
        pd.DataFrame({name: np.arange(3.0) for name in FEATURES}).to_parquet(reference)
    metadata = {"features": FEATURES, "inputs": list(SIGNATURE), "level": "logistic", "horizon_days": 28}
    return Champion("filrouge", version, metadata, reference, served(spec), SIGNATURE)
