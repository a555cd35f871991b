"""Decisions about declared backups: until when a copy may hold somebody who is erased."""

from __future__ import annotations

from datetime import date, timedelta

LONGEST_DAYS = 3650


def until(erased_on: date, keep_days: int) -> date:
    """Return the last day on which a backup made the day somebody was erased is kept.

    >>> until(date(2026, 6, 15), 30).isoformat()
    '2026-07-15'
    """
    return erased_on + timedelta(days=keep_days)
