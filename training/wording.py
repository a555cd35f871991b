"""What the card and the report say in words: levels, exits, records, and why a level serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LEVELS = {
    "rules": "rules",
    "peers": "comparison with peers",
    "logistic": "logistic regression",
    "lightgbm": "gradient boosting (LightGBM)",
}
OUTCOMES = {
    "recorded": ("recorded exit", "recorded exits"),
    "silence": ("read from silence", "read from silence"),
    "undated": ("without a date", "without a date"),
    "neutral": ("neutral exit or transfer", "neutral exits or transfers"),
}
"""Each way of leaving, of one learner and of several."""


def level(name: str) -> str:
    """Return a level's name in plain words."""
    return LEVELS.get(name, name)


def outcomes(counts: Mapping[str, int]) -> str:
    """Return how many enrolments were abandoned each way; a way nobody left by is not told, recorded exits apart."""
    told = [
        f"{counts[kind]} {words[counts[kind] != 1]}"
        for kind, words in OUTCOMES.items()
        if kind == "recorded" or counts.get(kind)
    ]
    return f"{', '.join(told)}, of {counts['enrolments']} enrolments"


def records(versions: Mapping[str, int]) -> str:
    """Return which records were read."""
    told = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return f"Records as of table versions: {told or 'none'}."


def why_it_serves(result: Mapping[str, Any]) -> str:
    """Return the sentence that says which level serves, and what it beat or what failed to beat it."""
    if not result.get("measured", True):
        return "What serves: rules, because nothing could be measured yet and they need no history."
    steps: Sequence[Mapping[str, Any]] = result["ladder"]
    mine = next(step for step in steps if step["level"] == result["level"])
    failed = [level(step["level"]) for step in steps if step["against"] == result["level"] and not step["passed"]]
    gain = mine["gain"]
    reason = (
        f"its PR-AUC on later sessions beats that of {level(mine['against'])} by {gain['value']:.4f}"
        f" (95 % interval {gain['low']:.4f} to {gain['high']:.4f})"
        if gain
        else "it is the lowest level of the ladder"
    )
    above = f"; {_and(failed)} did not beat it by an interval above zero" if failed else ""
    return f"What serves: {level(result['level'])}, because {reason}{above}."


def _and(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
