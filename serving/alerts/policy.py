"""Which alerts open, and what may become of them. Pure: no clock, no database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from serving.problems import ChangedError, RefusedError

OPEN, ACKNOWLEDGED, IN_CONTACT, RESOLVED, DISMISSED = STATES = (
    "open",
    "acknowledged",
    "in_contact",
    "resolved",
    "dismissed",
)
CLOSED = (RESOLVED, DISMISSED)
TRANSITIONS: dict[str, tuple[str, ...]] = {
    OPEN: (ACKNOWLEDGED, IN_CONTACT, RESOLVED, DISMISSED),
    ACKNOWLEDGED: (IN_CONTACT, RESOLVED, DISMISSED),
    IN_CONTACT: (RESOLVED, DISMISSED),
    RESOLVED: (),
    DISMISSED: (),
}
OUTCOMES: dict[str, tuple[str, ...]] = {
    RESOLVED: ("back_on_track", "plan_agreed", "left_for_job", "abandoned", "unreachable"),
    DISMISSED: ("false_alarm", "already_known", "other"),
}
WEEK = timedelta(days=7)

Queue = tuple[str, int | str]
"""Who carries an alert: ("mentor", id), or ("session", id) for learners given to no mentor."""


@dataclass(frozen=True)
class Candidate:
    """An enrolment of a score run."""

    enrolment_id: int
    queue: Queue
    probability: float


@dataclass(frozen=True)
class Past:
    """An alert already opened."""

    enrolment_id: int
    queue: Queue
    opened_on: date
    closed_on: date | None


@dataclass(frozen=True)
class Limits:
    """What the organisation set: capacity of each queue in seven days, cool-down, lift over the average."""

    capacity: int
    cooldown_days: int
    lift: float


def queue_of(mentor_id: int | None, session_id: str) -> Queue:
    """Return who carries an enrolment's alerts: its mentor, or its session when it has none."""
    return ("session", session_id) if mentor_id is None else ("mentor", mentor_id)


def choose(candidates: Iterable[Candidate], past: Iterable[Past], *, as_of: date, limits: Limits) -> list[Candidate]:
    """Return the enrolments for which an alert opens, the greatest risk first.

    At most `capacity` alerts of a queue open in any seven days; an enrolment has one open
    alert at most; after closing, it rests for the cool-down, and a run older than the closing
    opens nothing for it; a risk below `lift` times the run's average opens nothing. Ties are
    settled by the enrolment's number.
    """
    everyone, history = list(candidates), list(past)
    floor = limits.lift * _mean([one.probability for one in everyone])
    resting = {one.enrolment_id for one in history if _rests(one, as_of, limits.cooldown_days)}
    used = Counter(one.queue for one in history if abs(one.opened_on - as_of) < WEEK)
    chosen = []
    for one in sorted(everyone, key=lambda one: (-one.probability, one.enrolment_id)):
        if one.enrolment_id in resting or one.probability < floor or used[one.queue] >= limits.capacity:
            continue
        used[one.queue] += 1
        resting.add(one.enrolment_id)
        chosen.append(one)
    return chosen


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _rests(one: Past, as_of: date, cooldown_days: int) -> bool:
    return one.closed_on is None or as_of < one.closed_on + timedelta(days=cooldown_days)


def check_transition(state: str, to: str, outcome: str | None) -> None:
    """Accept a step of an alert's life.

    Raises
    ------
    ChangedError : the alert cannot go there from where it is.
    RefusedError : the outcome or the reason is missing, or not one of those known.
    """
    if to not in TRANSITIONS[state]:
        accepted = ", ".join(TRANSITIONS[state]) or "nothing: it is closed"
        raise ChangedError(f"an alert that is {state} cannot become {to}", where="to", accepted=accepted)
    accepted_outcomes = OUTCOMES.get(to, ())
    if accepted_outcomes and outcome not in accepted_outcomes:
        raise RefusedError("how it ended must be said", where="outcome", accepted=", ".join(accepted_outcomes))
    if not accepted_outcomes and outcome:
        raise RefusedError("only a closed alert has an outcome", where="outcome", accepted="nothing")


def trend(now: float, before: float | None) -> str:
    """Return how a risk moved in a week: `new`, `up`, `down` or `` when it hardly did.

    It moved when it was multiplied or divided by 1.25 at least, and by two points.
    """
    if before is None:
        return "new"
    if abs(now - before) < 0.02 or max(now, before) < 1.25 * min(now, before):
        return ""
    return "up" if now > before else "down"
