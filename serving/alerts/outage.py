"""Whether a source has gone quiet: nothing known of anybody for longer than its rhythm explains. Pure.

An outage is not disengagement: what rests on a source that is quiet is held. The rhythm is the watch's own
(`data/rhythm.py`), here by the day: a whole session, or the whole site, without one record.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time

from data.rhythm import QUIET, freshness


def is_quiet(known: Collection[date], as_of: date, *, closed: Collection[date] = ()) -> bool:
    """Whether the time since the last day with a record is longer than the weekdays of eight weeks explain.

    Never where fewer than five days with records are known, or less than two weeks: there is no rhythm to compare with.

    Parameters
    ----------
    known : days on which at least one record became known, of the whole session or of the whole site.
    """
    counts = {_midnight(day): 1 for day in known}
    return freshness(counts, _midnight(as_of), closed=closed).state == QUIET


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
