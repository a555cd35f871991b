"""Whether a source has gone quiet: nothing known of anybody for longer than usual. Pure.

An outage is not disengagement: what rests on a source that is quiet is held. Simple on purpose: a whole session, or
the whole site, without one record; monitoring looks closer.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from itertools import pairwise

WINDOW = timedelta(days=56)
FEWEST_DAYS = 5
SHORTEST = 2


def is_quiet(known: Collection[date], as_of: date, *, closed: Collection[date] = ()) -> bool:
    """Whether the time since the last record known is longer than any pause of the eight weeks before it.

    Counted in open days, and never quiet before three of them; where fewer than five days with records are known,
    there is no rhythm to compare with.

    Parameters
    ----------
    known : days on which at least one record became known, of the whole session or of the whole site.
    """
    days = sorted(day for day in set(known) if day < as_of)
    if not days:
        return False
    last = days[-1]
    recent = [day for day in days if day >= last - WINDOW]
    if len(recent) < FEWEST_DAYS:
        return False
    shut = set(closed)
    usual = max(_between(first, second, shut) for first, second in pairwise(recent))
    return _between(last, as_of, shut) > max(usual, SHORTEST)


def _between(first: date, last: date, closed: Collection[date]) -> int:
    """Return how many open days lie between two days, both left out."""
    return sum(first + timedelta(days=n) not in closed for n in range(1, (last - first).days))
