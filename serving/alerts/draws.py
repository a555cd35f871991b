"""Which alerts near the threshold come first by lot, so that the effect of a contact can be measured. Pure.

Off unless the organisation decided it. A queue's round then may draw one pair: the last that opens, and the first that
waits for want of room. Their risks are the nearest there are, and one of the two waits in any case; the lot says which.
Nothing grave, no declared intention and no question left unanswered is ever drawn, so that none is delayed; nothing
opens that the queue has no room for.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from serving.alerts.kinds import DECLARED_INTENTION, UNANSWERED_QUESTION

if TYPE_CHECKING:
    from serving.alerts.holding import Queue
    from serving.alerts.policy import Chosen

EVEN = 0.5
"""The chance that each of a pair has of coming first."""
MUST_NOT_WAIT = frozenset({DECLARED_INTENTION, UNANSWERED_QUESTION})
LASTS_DAYS = 28
"""For how long somebody who was drawn is not drawn again: what followed would count twice."""


@dataclass(frozen=True)
class Lot:
    """The lot of a round.

    Parameters
    ----------
    share : of the alerts that open, about so many are drawn (0: none).
    seed : the run's key: the same run and the same enrolments give the same lot.
    recent : enrolments drawn not long ago.
    """

    share: float
    seed: str
    recent: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Drawn:
    """What the lot said of one enrolment: whether it came first, and the chance it had to."""

    enrolment_id: int
    learner_id: int
    first: bool
    chance: float = EVEN


def draw(opened: Iterable[Chosen], waiting: Mapping[Queue, Chosen], lot: Lot) -> tuple[list[Chosen], tuple[Drawn, ...]]:
    """Return the alerts that open, as many for each queue as before, and what was drawn.

    A queue that opens n alerts is drawn with a chance of n times the share: over many rounds, one alert in so many.

    Parameters
    ----------
    opened : alerts that open or reopen, in order.
    waiting : the first of each queue that only the want of room keeps from opening.
    """
    kept, drawn = list(opened), list[Drawn]()
    counts = Counter(one.candidate.queue for one in kept if one.reopens is None)
    for queue in sorted(waiting, key=str):
        mine = [place for place, one in enumerate(kept) if one.candidate.queue == queue]
        if not mine or not _may(kept[mine[-1]], lot) or not _may(waiting[queue], lot):
            continue
        last, after = kept[mine[-1]], waiting[queue]
        pair = (last.candidate.enrolment_id, after.candidate.enrolment_id)
        if _luck(lot, "share", pair) >= lot.share * counts[queue]:
            continue
        swapped = _luck(lot, "order", pair) < EVEN
        if swapped:
            kept[mine[-1]] = replace(after, rank=last.rank)
        drawn += [_told(last, first=not swapped), _told(after, first=swapped)]
    return kept, tuple(drawn)


def _may(one: Chosen, lot: Lot) -> bool:
    """Whether an alert may be drawn: new, not grave, of no kind that must not wait, and not drawn lately."""
    waits = not any(signal.grave or signal.kind in MUST_NOT_WAIT for signal in one.signals)
    return one.reopens is None and waits and one.candidate.enrolment_id not in lot.recent


def _told(one: Chosen, *, first: bool) -> Drawn:
    return Drawn(one.candidate.enrolment_id, one.candidate.learner_id, first)


def _luck(lot: Lot, what: str, pair: tuple[int, int]) -> float:
    """Return a number in [0, 1) that the run, the question and the two enrolments alone decide."""
    told = hashlib.sha256(f"{lot.seed}:{what}:{pair[0]}:{pair[1]}".encode()).digest()
    return int.from_bytes(told[:8], "big") / 2**64
