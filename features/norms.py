"""How the earlier sessions of the same course stood on the same day of the course.

For a session seen on day k of the course, the reference is every session of that course that began before it, in
the last three years, as it was known before its own day k. That day lies before the date, since the session began
earlier: nothing that comes after the date is ever read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import duckdb
import numpy as np

from features import activity, peers, quizzes, roster
from features.asof import AsOf, Feature, Norm, Norms, Values, ratio
from features.chunks import chunks
from features.rollup import Records
from features.schedule import Schedule

ENOUGH = 20
"""Learners of earlier sessions below which there is nothing to compare with."""
YEARS_BACK = 3 * 365
"""Days before a session's start after which an earlier session is another course."""

Day: TypeAlias = tuple[str, int]
"""A session on a day."""
_STARTS = """
SELECT e.session_id, any_value(e.course_id ORDER BY e.enrolment_id) AS course_id,
       coalesce(any_value(s.starts_on), min(e.started_on)) - DATE '1970-01-01' AS starts,
       max(e.planned_end_on) - DATE '1970-01-01' AS ends
FROM enrolments e LEFT JOIN sessions s USING (session_id) GROUP BY e.session_id ORDER BY starts, e.session_id
"""


@dataclass(frozen=True)
class _Session:
    """One session: its course and its days as numbers."""

    name: str
    course: str
    starts: int
    ends: int


def log_actions_30d(a: AsOf) -> Values:
    """Actions of the last 30 days, on a logarithmic scale."""
    return np.log1p(a.of(activity.actions_30d))


def log_resources_opened(a: AsOf) -> Values:
    """Distinct resources opened so far, on a logarithmic scale."""
    return np.log1p(a.of(activity.resources_opened))


def left_share(a: AsOf) -> Values:
    """Share of the session known to have left, the same for all of it."""
    return ratio(peers.left(a), peers.expected(a))


BASES: tuple[Feature, ...] = (
    log_actions_30d, activity.active_days_30d, log_resources_opened, quizzes.share_handed_in, quizzes.mean_score,
    left_share,
)  # fmt: skip
"""What is compared with earlier sessions."""


def z(a: AsOf, base: Feature) -> Values:
    """Return the distance from the earlier sessions' mean in their standard deviations; NaN without enough of them."""
    size, mean, spread = _norm(a, base)
    gap = a.of(base) - mean
    away = np.divide(gap, spread, out=np.zeros(a.shape), where=spread > 1e-9)
    return np.where((size >= ENOUGH) & ~np.isnan(gap), away, np.nan)


def above(a: AsOf, base: Feature) -> Values:
    """Return the value less the earlier sessions' mean; NaN without enough learners in them."""
    size, mean, _ = _norm(a, base)
    return np.where(size >= ENOUGH, a.of(base) - mean, np.nan)


def _norm(a: AsOf, base: Feature) -> tuple[Values, Values, Values]:
    number = BASES.index(base)
    size, mean, spread = a.norms(number)
    return size, mean, spread


def read(con: duckdb.DuckDBPyConnection, schedule: Schedule) -> Norms:
    """Return the norms of every scheduled session and date that has an earlier session, base by base.

    Parameters
    ----------
    con : a connection with one table or view per canonical table.
    schedule : session id -> as-of dates.
    """
    references = dict(_references(con, schedule))
    days: dict[str, set[int]] = defaultdict(set)
    for found in references.values():
        for session, day in found:
            days[session].add(day)
    summaries = _summaries(con, {session: sorted(days[session]) for session in sorted(days)})
    return {
        asked: tuple(
            _merged([summaries[day][number] for day in found if day in summaries]) for number in range(len(BASES))
        )
        for asked, found in references.items()
    }


def _references(con: duckdb.DuckDBPyConnection, schedule: Schedule) -> Iterator[tuple[Day, list[Day]]]:
    """Yield each scheduled session and date with the earlier sessions on the same day of the course, oldest first."""
    sessions = [_Session(*row) for row in con.execute(_STARTS).fetchall()]
    known = {session.name: session for session in sessions}
    courses: dict[str, list[_Session]] = defaultdict(list)
    for session in sessions:
        courses[session.course].append(session)
    for name, dates in schedule.items():
        if name not in known:
            continue
        mine = known[name]
        earlier = [s for s in courses[mine.course] if mine.starts - YEARS_BACK <= s.starts < mine.starts]
        for date in dates:
            k = roster.day_number(date) - mine.starts
            found = [(s.name, s.starts + k) for s in earlier if 0 <= k <= s.ends - s.starts]
            if found:
                yield (name, roster.day_number(date)), found


def _summaries(con: duckdb.DuckDBPyConnection, days: Mapping[str, list[int]]) -> dict[Day, list[Norm]]:
    """Return size, mean and sum of squared distances of each base, for each session and day."""
    schedule = {session: [roster.day_of(number) for number in numbers] for session, numbers in days.items()}
    people = roster.read(con, schedule)
    last = np.array([days[session][-1] for session in people.sessions], np.int64)
    records = Records(con, people, last[people.session])
    out: dict[Day, list[Norm]] = {}
    for view in chunks(con, records, people, schedule):
        out |= _of_view(view)
        view.forget()
    return out


def _of_view(view: AsOf) -> dict[Day, list[Norm]]:
    members, out = peers.cohort(view), defaultdict(list)
    edges = [*np.flatnonzero(np.diff(view.session, prepend=-1)), len(view.session)]
    for base in BASES:
        values = view.of(base)
        for slot in range(view.shape[0]):
            for first, end in pairwise(edges):
                found = values[slot, first:end][members[slot, first:end]]
                day = view.people.sessions[view.people.session[first]], int(view.dates[slot, first])
                out[day].append(_summary(found[~np.isnan(found)]))
    return dict(out)


def _summary(values: Values) -> Norm:
    if not len(values):
        return 0, 0.0, 0.0
    mean = float(values.mean())
    return len(values), mean, float(((values - mean) ** 2).sum())


def _merged(parts: list[Norm]) -> Norm:
    """Return size, mean and standard deviation of several sessions together."""
    size, mean, apart = 0, 0.0, 0.0
    for n, its_mean, its_apart in parts:
        if n:
            gap, total = its_mean - mean, size + n
            mean += gap * n / total
            apart += its_apart + gap**2 * size * n / total
            size = total
    return size, mean, (apart / size) ** 0.5 if size else 0.0
