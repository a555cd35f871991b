"""The grid's day columns, as SQL."""

from __future__ import annotations

NEVER = 2**40
"""Column of what has not happened."""
LEAD = 61
"""Days kept apart before the session's start; what is earlier falls into column 0."""
TEN_THOUSANDTHS = 10_000
"""Scores, tones and marks are carried as whole ten-thousandths, so that sums are exact in any order."""
HUNDREDTHS = 100
"""Weights and survey answers are carried as whole hundredths."""


def col(day: str, rows: str = "r") -> str:
    """Return the SQL of a day's column; `rows` is the alias of `filrouge_rows`."""
    return f"greatest({day} - {rows}.origin + {LEAD}, 0)"
