"""French public holidays (Code du travail, art. L3133-1), computed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
AFTER_EASTER = (1, 39, 50)
"""Easter Monday, Ascension, Whit Monday, in days after Easter."""


def easter(year: int) -> date:
    """Return Easter Sunday of a year (Gregorian computus, Meeus).

    >>> easter(2026)
    datetime.date(2026, 4, 5)
    """
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    ell = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + ell - 7 * ((a + 11 * h + 22 * ell) // 451) + 114, 31)
    return date(year, month, day + 1)


def public_holidays(first: date, last: date) -> Iterator[date]:
    """Yield the public holidays from one day to another, both included, in order."""
    for year in range(first.year, last.year + 1):
        days = [date(year, month, day) for month, day in FIXED]
        days += [easter(year) + timedelta(days=after) for after in AFTER_EASTER]
        yield from (day for day in sorted(set(days)) if first <= day <= last)
