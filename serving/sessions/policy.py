"""How far a session is, and who sinks in it. Pure."""

from __future__ import annotations

from datetime import date

HIGH = "high"


def elapsed(starts_on: date, ends_on: date, today: date) -> float:
    """Return the share of a session's days that has passed, in [0, 1]."""
    days = (ends_on - starts_on).days
    return min(1.0, max(0.0, (today - starts_on).days / days)) if days > 0 else float(today >= ends_on)


def sinks(level: str, trend: str) -> bool:
    """Whether a learner is shown among those who sink: a high risk, or one above nothing that rises."""
    return level == HIGH or (trend == "up" and level != "calm")
