"""The periods whose figures may leave the organisation: whole months, quarters and years that are over. Pure.

Two of them are the same, one inside the other, or have no day in common: figures of free days side by side could be
taken one from the other.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

MONTH, QUARTER, YEAR = LENGTHS = ("month", "quarter", "year")
MONTHS_OF = {MONTH: 1, QUARTER: 3, YEAR: 12}
CODE = re.compile(r"(?P<year>20\d\d)(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")
YEARS_BACK = 3
"""How many years back periods are offered; an older one is still given when it is named."""


@dataclass(frozen=True)
class Period:
    """A whole month, quarter or year: `2026-03`, `2026-Q1`, `2026`; both days included."""

    code: str
    length: str
    first: date
    last: date


def read(code: str) -> Period | None:
    """Return the period of a code, None when it is none.

    >>> read("2026-Q1").last
    datetime.date(2026, 3, 31)
    """
    found = CODE.fullmatch(code)
    if found is None:
        return None
    year, quarter, month = (int(part or 0) for part in found.group("year", "quarter", "month"))
    if month:
        return _period(MONTH, year, month)
    return _period(QUARTER, year, 3 * quarter - 2) if quarter else _period(YEAR, year, 1)


def _period(length: str, year: int, month: int) -> Period:
    """Return the period of a length that begins with a month."""
    until = month + MONTHS_OF[length] - 1
    code = {MONTH: f"{year}-{month:02}", QUARTER: f"{year}-Q{until // 3}", YEAR: str(year)}[length]
    return Period(code, length, date(year, month, 1), date(year, until, calendar.monthrange(year, until)[1]))


def inside(period: Period, shortest: str) -> list[Period]:
    """Return the shorter periods that a period is made of, down to a length, the shortest first.

    >>> [one.code for one in inside(read("2026-Q1"), "month")]
    ['2026-01', '2026-02', '2026-03']
    """
    kept = LENGTHS[LENGTHS.index(shortest) : LENGTHS.index(period.length)]
    starts = range(period.first.month, period.last.month + 1)
    return [
        _period(length, period.first.year, month)
        for length in kept
        for month in starts
        if (month - 1) % MONTHS_OF[length] == 0
    ]


def may_leave(period: Period, shortest: str, *, today: date) -> bool:
    """Whether a period is over, and not shorter than what the organisation tells."""
    return period.last < today and LENGTHS.index(period.length) >= LENGTHS.index(shortest)


def offered(shortest: str, *, today: date) -> list[Period]:
    """Return the periods of the last years that may leave: the years, then the others, the latest first."""
    years = [_period(YEAR, today.year - n, 1) for n in range(YEARS_BACK + 1)]
    found = [one for year in years for one in (year, *inside(year, shortest)) if may_leave(one, shortest, today=today)]
    return sorted(found, key=lambda one: (-LENGTHS.index(one.length), -one.first.toordinal()))
