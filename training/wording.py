"""The plain names of levels, for one-line summaries and pictures, which are in English."""

from __future__ import annotations

LEVELS = {
    "rules": "rules",
    "peers": "comparison with peers",
    "logistic": "logistic regression",
    "lightgbm": "gradient boosting (LightGBM)",
}


def level(name: str) -> str:
    """Return a level's name in plain words."""
    return LEVELS.get(name, name)
