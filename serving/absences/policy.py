"""Decisions about absences: which days, and who may stand in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from serving.language import mark
from serving.problems import RefusedError

LONGEST = timedelta(days=366)
Days = tuple[date, date]


def check(first: date, last: date, *, today: date, others: Iterable[Days]) -> None:
    """Accept the days of an absence, both included.

    Parameters
    ----------
    others : the mentor's other absences.

    Raises
    ------
    RefusedError : they end before they begin, are over, too many, or already those of another absence.
    """
    if last < first:
        raise RefusedError(mark("the last day is before the first"), where="until_on")
    if last < today:
        raise RefusedError(mark("these days are over"), where="until_on")
    if last - first > LONGEST:
        raise RefusedError(mark("an absence is a year at most"), where="until_on")
    if any(first <= until and last >= since for since, until in others):
        raise RefusedError(mark("another absence covers some of these days"), where="from_on")


def cut(first: date, *, today: date) -> date | None:
    """Return the last day of an absence that ends now: yesterday; None when it had not begun, and is taken away."""
    return None if first >= today else today - timedelta(days=1)
