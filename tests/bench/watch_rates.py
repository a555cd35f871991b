"""Rates with their exact intervals (95 %), and how a page tells them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from scipy.stats import beta, chi2

OUT = 0.025
"""On each side."""


def proportion(found: int, of: int) -> tuple[float, float]:
    """Return the interval of a proportion (Clopper and Pearson, 1934); all of it where nothing was looked at."""
    if not of:
        return 0.0, 1.0
    low = float(beta.ppf(OUT, found, of - found + 1)) if found else 0.0
    return low, float(beta.ppf(1 - OUT, found + 1, of - found)) if found < of else 1.0


def count(found: int) -> tuple[float, float]:
    """Return the interval of the mean of a count (Garwood, 1936)."""
    return float(chi2.ppf(OUT, 2 * found) / 2) if found else 0.0, float(chi2.ppf(1 - OUT, 2 * found + 2) / 2)


def episodes(alarms: Sequence[int]) -> int:
    """Return how many times an alarm begins: looks that follow one another are one alarm."""
    told = set(alarms)
    return sum(one - 1 not in told for one in told)


def share(found: int, of: int) -> str:
    """Tell a share and its interval."""
    low, high = proportion(found, of)
    return f"{found} of {of} ({low:.0%} to {high:.0%})" if of else "–"


def a_year(found: int, years: float) -> str:
    """Tell how many alarms begin in a year, and the interval."""
    if not years:
        return "–"
    low, high = count(found)
    return f"{found / years:.1f} ({low / years:.1f} to {high / years:.1f})"


def every(found: int, weeks: float) -> str:
    """Tell how many weeks pass between two alarms, and the interval; at least so many where there was none."""
    low, high = count(found)
    if not found:
        return f"none in {weeks:.0f} weeks: rarer than one every {weeks / high:.0f} weeks"
    return f"one every {weeks / found:.0f} weeks (95 %: {weeks / high:.0f} to {weeks / low:.0f})"


def delays(days: Sequence[int]) -> str:
    """Tell the middle and the longest of some delays."""
    return f"{statistics.median(days):g}, {max(days)}" if days else "–"
