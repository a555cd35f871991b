"""The learner among the others of the session, the same day, with only what was known before it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.asof import AsOf, Values
from features.rollup import Table

Ints = NDArray[np.int64]


def cohort(a: AsOf) -> NDArray[np.bool_]:
    """Say who counts among the others: in the roster, and registered before the day."""
    return np.asarray(a.roster & (a.people.registered < a.dates))


def expected(a: AsOf) -> Values:
    """Return how many learners the session has had so far: those who left count, not those who never began."""
    return session_sum(a, a.once(_begun))


def left(a: AsOf) -> Values:
    """Return how many learners of the session were known to have abandoned."""
    return session_sum(a, a.once(_begun) & a.people.abandoned & (a.people.outcome_known < a.dates))


def _begun(a: AsOf) -> NDArray[np.bool_]:
    people = a.people
    here = (people.registered < a.dates) & (people.started <= a.dates)
    return np.asarray(here & ~((people.outcome_known < people.started) & (people.outcome_known < a.dates)))


def session_sum(a: AsOf, counted: NDArray[np.bool_]) -> Values:
    """Return, for each learner, how many of the session are counted."""
    starts = np.flatnonzero(np.diff(a.session, prepend=-1))
    return np.asarray(np.add.reduceat(counted.astype(np.int64), starts, axis=1)[:, a.session], np.float64)


def percentile(a: AsOf, values: Values) -> Values:
    """Return the share of the cohort below, ties counted half; NaN outside the cohort and for NaN."""
    taken = np.flatnonzero(a.once(cohort) & ~np.isnan(values))
    group, value = a.once(_groups_of)[taken], values.ravel()[taken]
    order = np.argsort(value)
    order = order[np.argsort(group[order], kind="stable")]
    out = np.full(values.size, np.nan)
    out[taken[order]] = _ranks(group[order], value[order])
    return out.reshape(a.shape)


def _groups_of(a: AsOf) -> NDArray[np.integer]:
    """Return a number for each session on each date, line by line; short ones are sorted in less time."""
    sessions = int(a.session.max(initial=0)) + 1
    group = (np.arange(a.shape[0])[:, None] * sessions + a.session).ravel()
    return group.astype(np.uint16) if sessions * a.shape[0] <= np.iinfo(np.uint16).max else group


def _ranks(session: NDArray[np.integer], value: Values) -> Values:
    """Return mid-ranks ÷ size within each session; both arrays are sorted by session then value."""
    new_session = _begins(session)
    first, size = _groups(new_session)
    lowest, ties = _groups(new_session | _begins(value))
    mine = np.searchsorted(first, lowest, side="right") - 1
    return np.repeat((lowest - first[mine] + ties / 2) / size[mine], ties)


def _begins(value: NDArray[Any]) -> NDArray[np.bool_]:
    new = np.ones(len(value), np.bool_)
    np.not_equal(value[1:], value[:-1], out=new[1:])
    return new


def _groups(starts: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return where each group starts and how long it is."""
    edges = np.flatnonzero(starts)
    return edges, np.diff(edges, append=len(starts))


def z(a: AsOf, values: Values) -> Values:
    """Return the distance from the cohort's mean in its standard deviations; 0 when all are alike."""
    taken = np.flatnonzero(a.once(cohort) & ~np.isnan(values))
    group, value = a.once(_groups_of)[taken], values.ravel()[taken]
    size = np.maximum(np.bincount(group, minlength=1), 1)
    gap = value - (np.bincount(group, value, len(size)) / size)[group]
    spread = np.sqrt(np.bincount(group, gap**2, len(size)) / size)[group]
    out = np.full(values.size, np.nan)
    out[taken] = np.divide(gap, spread, out=np.zeros(len(taken)), where=spread > 1e-9)
    return out.reshape(a.shape)


def common_resources(a: AsOf, share: float, earlier: int) -> tuple[Values, Values, Values, Values]:
    """Return how many resources opened by this share of the cohort the learner opened, and how many there are.

    Then the same of those that were common `earlier` days before the date already; the learner's own openings
    count up to the date.
    """
    members, out = a.once(cohort), np.zeros((4, *a.shape))
    sizes = session_sum(a, members)[:, np.flatnonzero(np.diff(a.session, prepend=-1))]
    events, home = a.openings(int(earlier))
    edges = np.searchsorted(home, np.arange(sizes.shape[1] + 1))
    for number, slot in ((0, "slot"), (2, "later")):
        openers = _openers(members, events["row"], events["resource"], events[slot], len(home))
        common = openers >= np.maximum(share * sizes[:, home], 1)
        before = np.pad(np.cumsum(common, axis=1), ((0, 0), (1, 0)))
        out[number] = _opened(common, events, a.shape[1])
        out[number + 1] = (before[:, edges[1:]] - before[:, edges[:-1]])[:, a.session]
    return out[0], out[1], out[2], out[3]


def _openers(members: NDArray[np.bool_], row: Ints, resource: Ints, slot: Ints, resources: int) -> Ints:
    """Return how many of the cohort have opened each resource on each date: (dates, resources).

    Each learner is in the cohort from one date up to another: an opening counts from the first date that knows of it
    and of its learner, up to the learner's last. One that would begin after that counts and stops at once.
    """
    times = len(members)
    leave = members.any(axis=0) * (times - members[::-1].argmax(axis=0))
    begin, size = np.maximum(slot, members.argmax(axis=0)[row]), (times + 1) * resources
    change = np.bincount(begin * resources + resource, minlength=size)
    gone = np.flatnonzero((leave < times)[row])
    end = np.maximum(begin[gone], leave[row[gone]])
    change -= np.bincount(end * resources + resource[gone], minlength=size)
    return np.cumsum(change.reshape(times + 1, resources), axis=0)[:times]


def _opened(common: NDArray[np.bool_], events: Table, people: int) -> Ints:
    """Return how many of the resources common on each date each learner had opened: (dates, learners).

    An opening counts from the first date that knows of it, if the resource is common then; after that, it counts more
    or less each time the resource becomes common or is so no more. What is never common is left out first.
    """
    ever = np.flatnonzero(np.take(common.any(axis=0), events["resource"]))
    row, resource, slot = (events[name][ever] for name in ("row", "resource", "slot"))
    now = np.flatnonzero(np.take(common, slot * common.shape[1] + resource))
    change = np.bincount(slot[now] * people + row[now], minlength=len(common) * people).astype(np.float64)
    turns: NDArray[np.int8] = np.asarray(np.diff(common.astype(np.int8), axis=0), np.int8)
    times = np.abs(turns).sum(axis=0)[resource]
    for turn in range(int(times.max(initial=0))):
        mine = np.flatnonzero(times > turn)
        when = _nth_turn(turns, turn)[resource[mine]]
        mine, when = mine[when > slot[mine]], when[when > slot[mine]]
        way = turns[when - 1, resource[mine]]
        change += np.bincount(when * people + row[mine], way, len(change))
    return np.cumsum(change.reshape(len(common), people), axis=0).astype(np.int64)


def _nth_turn(turns: NDArray[np.int8], nth: int) -> Ints:
    """Return the date of each resource's turn of this rank, from 0; 0 when it has fewer."""
    here = (turns != 0) & (np.cumsum(turns != 0, axis=0) == nth + 1)
    return np.asarray(here.any(axis=0) * (here.argmax(axis=0) + 1), np.int64)


def score_gaps(a: AsOf) -> tuple[Values, Values, Values, Values]:
    """Return how scores lie among the session's on the same assessment: mean and last gap, mean and last rank.

    A gap is the score less the session's mean; a rank is the share of the session below, ties counted half. The
    last is that of the score released last.
    """
    out = np.full((4, *a.shape), np.nan)
    for slot, events in a.events("best"):
        row, assessment, col = events["row"], events["assessment_id"], events["col"]
        best = np.flatnonzero((np.diff(row, append=-1) != 0) | (np.diff(assessment, append=-1) != 0))
        row, col, score = row[best], col[best], events["best"][best].astype(np.float64)
        code = np.unique(assessment[best], return_inverse=True)[1]
        gap = score - (np.bincount(code, score) / np.maximum(np.bincount(code), 1))[code]
        order, rank = np.lexsort((score, code)), np.empty(len(score))
        rank[order] = _ranks(code[order], score[order])
        times, by_day = np.bincount(row, minlength=a.shape[1]), np.lexsort((code, col, row))
        for number, value in ((0, gap), (2, rank)):
            np.divide(np.bincount(row, value, a.shape[1]), times, out=out[number, slot], where=times > 0)
            out[number + 1, slot, row[by_day]] = value[by_day]
    return out[0], out[1], out[2], out[3]


def next_deadline(a: AsOf) -> tuple[Values, Values]:
    """Return the days to the next announced deadline, and whether it is handed in already; NaN when none is left."""
    days, done = np.full(a.shape, np.nan), np.full(a.shape, np.nan)
    for slot, (wait, assessment) in enumerate(a.next_deadlines()):
        days[slot] = wait
        done[slot] = np.where(np.isnan(wait), np.nan, 0)
        for _, events in a.events("handed", slot):
            mine = events["assessment_id"] == assessment[events["row"]]
            done[slot, events["row"][mine]] = 1
    return days, np.where(np.isnan(days), np.nan, done)


def last_deadline(a: AsOf) -> Values:
    """Return the days from the session's last announced deadline to the eve of the date; NaN before the first."""
    out = np.full(a.shape, np.nan)
    for slot, deadlines in a.deadlines():
        past = deadlines["wait"] < 0
        latest = np.full(int(a.session.max(initial=0)) + 1, -np.inf)
        np.maximum.at(latest, deadlines["place"][past], deadlines["wait"][past])
        out[slot] = (-1 - latest)[a.session]
    return np.where(np.isinf(out), np.nan, out)


def due_soon(a: AsOf, days: float) -> tuple[Values, Values]:
    """Return how many assessments due within `days` days are not handed in, and their weight in hundredths."""
    count, weight = np.zeros(a.shape), np.zeros(a.shape)
    sessions = int(a.session.max(initial=0)) + 1
    for slot, deadlines in a.deadlines():
        ahead = np.flatnonzero((deadlines["wait"] >= 0) & (deadlines["wait"] < days))
        ahead = ahead[np.argsort(deadlines["assessment_id"][ahead])]
        ids, home, marks = (deadlines[name][ahead] for name in ("assessment_id", "place", "weight"))
        count[slot] = np.bincount(home, minlength=sessions)[a.session]
        weight[slot] = np.bincount(home, marks, sessions)[a.session]
        for _, events in a.events("handed", slot):
            done = np.isin(events["assessment_id"], ids)
            row, place = events["row"][done], np.searchsorted(ids, events["assessment_id"][done])
            count[slot] -= np.bincount(row, minlength=a.shape[1])
            weight[slot] -= np.bincount(row, marks[place], a.shape[1])
    return count, weight


def longest_wait(a: AsOf) -> Values:
    """Return the open days that the oldest question still unanswered has waited; 0 when none waits."""
    out = np.zeros(a.shape)
    for slot, row, waited in a.waits("questions"):
        np.maximum.at(out[slot], row, waited)
    return out
