"""How a risk is said in words; the figure is for the learner's own page only."""

from __future__ import annotations

HIGH, WATCH, CALM = LEVELS = ("high", "watch", "calm")
HIGH_LIFT = 3
WIDE = 0.3


def level(probability: float, *, average: float, alerted: bool) -> str:
    """Return the word of a risk, by comparison with the average of its score run.

    `high`: an alert is open, or the risk is at least three times the average; `watch`: above
    the average; `calm`: below it.
    """
    if alerted or (average > 0 and probability >= HIGH_LIFT * average):
        return HIGH
    if probability > average:
        return WATCH
    return CALM


def in_a_hundred(probability: float) -> int:
    """Return the risk as a count of people in a hundred, never 0 nor 100: no figure is certain."""
    return min(99, max(1, round(100 * probability)))


def sureness(
    model_level: str, *, low: float | None, high: float | None, history_days: int | None, fewest_days: int = 21
) -> str:
    """Return the word of how sure an estimate is.

    `order`: rules measure nothing; `short`: the learner has been followed for less than `fewest_days`; `wide`: the
    bounds are more than thirty points apart; `fair` otherwise; `unknown` where the model tells no bounds.
    """
    if model_level == "rules":
        return "order"
    if history_days is not None and history_days < fewest_days:
        return "short"
    if low is None or high is None:
        return "unknown"
    return "wide" if high - low > WIDE else "fair"
