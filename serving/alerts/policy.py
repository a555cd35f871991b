"""Which alerts open, reopen, join or wait, and in what order. Pure: no clock, no database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from serving.alerts.draws import Drawn, Lot, draw
from serving.alerts.holding import Carrier, Case, Hold, Queue, World, goes_to_lead, heard, waits
from serving.alerts.kinds import DECLARED_INTENTION, MODEL_RISK, Signal
from serving.alerts.life import (
    ACKNOWLEDGED,
    CLOSED,
    DISMISSED,
    IN_CONTACT,
    LIVE,
    OPEN,
    OUTCOMES,
    RESOLVED,
    SNOOZED,
    STATES,
    TRANSITIONS,
)

__all__ = [
    "ACKNOWLEDGED",
    "CLOSED",
    "DISMISSED",
    "HEARD_DAYS",
    "IN_CONTACT",
    "LIVE",
    "OPEN",
    "OUTCOMES",
    "RESOLVED",

    "SNOOZED",
    "STATES",
    "TRANSITIONS",
    "WEEK",
    "Candidate",
    "Choice",
    "Chosen",
    "Held",
    "Limits",
    "Past",
    "Queue",

    "begun", "choose",
    "is_back",
    "mean_risk",
    "priority",
    "queue_of",



    "trend",
]  # fmt: skip
WEEK = timedelta(days=7)
ENOUGH_DAYS = 14
"""With two weeks left, everything can still be done; and a silence of two weeks has lost nothing of its urgency."""
SMALLEST = 0.01
WORSE_BY, WORSE_TIMES = 0.1, 1.25
SETTLED_DAYS = 3
HEARD_DAYS = 60
"""For how long a closed alert is remembered to have told what a learner said: longer than any rule listens."""


@dataclass(frozen=True)
class Candidate:
    """An enrolment of a score run.

    Parameters
    ----------
    probability, before : of the run, and of the run a week before, null when there was none.
    signals : what rules saw.
    silent_days : open days since anything was done.
    days_left : before the planned end.
    history_days : since the start.
    regular : whether activity is regular that day.
    """

    enrolment_id: int
    queue: Queue
    probability: float
    before: float | None = None
    signals: tuple[Signal, ...] = ()
    silent_days: float | None = None
    days_left: int | None = None
    history_days: int | None = None
    session_id: str = ""
    learner_id: int = 0
    regular: bool | None = None


@dataclass(frozen=True)
class Past:
    """An alert already opened; `final` when its learner has left, `kinds` and `probability` those it had."""

    enrolment_id: int
    queue: Queue
    opened_on: date
    closed_on: date | None
    alert_id: int = 0
    reopened_on: date | None = None
    probability: float = 1.0
    kinds: frozenset[str] = frozenset()
    final: bool = False


@dataclass(frozen=True)
class Limits:
    """What the organisation set.

    Parameters
    ----------
    capacity : new alerts of each queue in seven days.
    cooldown_days : during which a closed alert is not followed by another.
    lift : over the run's average, from which the model's risk alone is an alert.
    days : of the week worked, 1 for Monday; empty: all of them.
    fewest_days : of history, under which the model is not believed.
    """

    capacity: int
    cooldown_days: int
    lift: float
    days: str = ""
    fewest_days: int = 0


@dataclass(frozen=True)
class Chosen:
    """An alert that opens, or reopens: what it is about, its place in its queue, and who is told."""

    candidate: Candidate
    signals: tuple[Signal, ...] = ()
    rank: int = 1
    reopens: int | None = None
    to_lead: bool = False


@dataclass(frozen=True)
class Held:
    """An alert that would have opened, and why it does not."""

    candidate: Candidate
    kind: str
    hold: Hold


@dataclass(frozen=True)
class Choice:
    """What a round decides: alerts that open or reopen (by queue, the most pressing first), held, joined; lots."""

    opened: list[Chosen]
    held: list[Held]
    joined: list[tuple[Candidate, tuple[Signal, ...]]]
    drawn: tuple[Drawn, ...] = ()


def queue_of(mentor_id: int | None, session_id: str) -> Queue:
    """Return who carries an enrolment's alerts: its mentor, or its session when it has none."""
    return ("session", session_id) if mentor_id is None else ("mentor", mentor_id)


def priority(
    risk: float, *, before: float | None = None, silent_days: float | None = None, days_left: int | None = None
) -> float:
    """Return how pressing it is that somebody looks: risk x what can still be done x change since last week.

    - what can still be done: the share of two weeks that is left before the planned end (1 with two weeks or more,
      never under one day's), halved for each two weeks of silence after the first two: a learner silent for months
      comes after one who has just turned;
    - change: the square root of the risk over that of a week before, between 1/2 and 2; 1 where it is not known.
    """
    left = 1.0 if days_left is None else min(max(days_left, 1), ENOUGH_DAYS) / ENOUGH_DAYS
    stale = max(0.0, (silent_days or 0.0) - ENOUGH_DAYS) / ENOUGH_DAYS
    ratio = 1.0 if before is None else max(risk, SMALLEST) / max(before, SMALLEST)
    change = min(max(ratio**0.5, 0.5), 2.0)
    return float(risk * left * 0.5**stale * change)


def choose(
    candidates: Iterable[Candidate], past: Iterable[Past], *, as_of: date, limits: Limits, world: World | None = None,
    only: frozenset[int] | None = None, lot: Lot | None = None,
) -> Choice:  # fmt: skip
    """Return the enrolments for which an alert opens, reopens, is joined or is held.

    - What a learner said once (an intention to leave) is heard once: said before the closing of an alert that told it,
      it speaks no more; said after, it may reopen that alert.
    - The model's risk speaks from `lift` times the run's average; a rule that is not grave, from the average and
      unless the risk is falling (the model does not contradict it); a grave one, whatever the model says.
    - At most `capacity` alerts of a queue open or reopen in any seven days: the grave first, then by `priority`, ties
      settled by the enrolment's number; the threshold follows.
    - An enrolment has one open alert at most: new kinds join it. Closed, it rests for the cool-down, within which
      that alert reopens when things get worse; a run older than the closing opens nothing.
    - Held are those that would have opened within the capacity, had nothing held them.

    Parameters
    ----------
    world : what holds alerts that day, and what each queue can carry; nothing by default.
    only : look at these enrolments alone, the others being there for the run's average.
    lot : draws who comes first at the threshold; None, the default: nothing is drawn.
    """
    everyone, history, known = list(candidates), list(past), world or World()
    mean = mean_risk(everyone)
    lines = []
    closed = _by_enrolment(one for one in history if one.closed_on is not None)
    for one in everyone:
        if only is not None and one.enrolment_id not in only:
            continue
        said = _case(one, limits, mean, closed.get(one.enrolment_id, []))
        case, hold = heard(said, known, as_of=as_of, fewest_days=limits.fewest_days)
        lines.append((_order(one, case, limits, mean), one, said, case, hold))
    turns = _Turns(history, as_of, limits, known)
    for _, one, said, case, hold in sorted(lines, key=lambda line: line[0]):
        if said.signals:
            turns.look(one, said, case, hold)
    opened, drawn = draw(turns.opened, turns.waiting, lot) if lot else (turns.opened, ())
    joined = _joined([(one, case) for _, one, _, case, _ in lines], history, as_of)
    return Choice(opened, turns.held, joined, drawn)


def _joined(
    lines: list[tuple[Candidate, Case]], history: list[Past], as_of: date
) -> list[tuple[Candidate, tuple[Signal, ...]]]:
    lives = {one.enrolment_id: one for one in history if one.closed_on is None and one.opened_on <= as_of}
    found = [
        (one, _new(case.signals, lives[one.enrolment_id].kinds)) for one, case in lines if one.enrolment_id in lives
    ]
    return sorted(((one, new) for one, new in found if new), key=lambda pair: pair[0].enrolment_id)


class _Turns:
    """Gives each its turn, in order, within what each queue can carry."""

    def __init__(self, history: list[Past], as_of: date, limits: Limits, world: World) -> None:
        self._history = _by_enrolment(history)
        self._as_of, self._limits, self._world = as_of, limits, world
        self._used = begun(history, as_of)
        self._would: Counter[Queue] = Counter()
        self._place: Counter[Queue] = Counter()
        self._seen: set[int] = set()
        self.opened: list[Chosen] = []
        self.held: list[Held] = []
        self.waiting: dict[Queue, Chosen] = {}

    def look(self, one: Candidate, said: Case, case: Case, hold: Hold | None) -> None:
        """Open, reopen or hold the alert of one enrolment, or leave it alone."""
        own = self._history.get(one.enrolment_id, [])
        resting = [p for p in own if _rests(p, self._as_of, self._limits.cooldown_days)]
        reopens = max(resting, key=lambda p: (p.closed_on or date.max, p.alert_id)) if resting else None
        if one.enrolment_id in self._seen or any(p.closed_on is None for p in resting):
            return
        if reopens is not None and not _worse(one, case if not hold else said, reopens, self._as_of):
            return
        self._seen.add(one.enrolment_id)
        queue = reopens.queue if reopens else one.queue
        case = replace(case, queue=queue)
        hold = hold or waits(case, self._world, as_of=self._as_of, days=self._limits.days)
        capacity = self._world.carriers.get(queue, Carrier()).capacity
        room = (self._limits.capacity if capacity is None else capacity) - self._used[queue]
        self._place[queue] += 1
        if hold and room > self._would[queue]:
            self._would[queue] += 1
            self.held.append(Held(one, said.signals[0].kind, hold))
        elif not hold:
            reopened = reopens.alert_id if reopens else None
            lead = goes_to_lead(case, self._world)
            chosen = Chosen(one, case.signals, self._place[queue], reopened, lead)
            if room > 0:
                self._used[queue] += 1
                self.opened.append(chosen)
            else:
                self.waiting.setdefault(queue, chosen)


def _by_enrolment(history: Iterable[Past]) -> dict[int, list[Past]]:
    found: dict[int, list[Past]] = {}
    for one in history:
        found.setdefault(one.enrolment_id, []).append(one)
    return found


def _case(one: Candidate, limits: Limits, mean: float, closed: Iterable[Past]) -> Case:
    """Return what speaks for an enrolment, in the order of the kinds."""
    agrees = one.probability >= mean and trend(one.probability, one.before) != "down"
    new = [signal for signal in one.signals if not any(_heard(signal, past) for past in closed)]
    said = [signal for signal in new if signal.grave or agrees or not _trusted(one, limits)]
    risky = [Signal(MODEL_RISK, ())] if one.probability >= limits.lift * mean else []
    return Case(one.enrolment_id, one.learner_id, one.session_id, one.queue, (*said, *risky), one.history_days)


def _trusted(one: Candidate, limits: Limits) -> bool:
    return one.history_days is None or one.history_days >= limits.fewest_days


def _order(one: Candidate, case: Case, limits: Limits, mean: float) -> tuple[bool, float, int]:
    risk = one.probability if _trusted(one, limits) else mean
    pressing = priority(risk, before=one.before, silent_days=one.silent_days, days_left=one.days_left)
    return not case.grave, -pressing, one.enrolment_id


def _heard(signal: Signal, past: Past) -> bool:
    """Whether a closed alert has told this already: it was said before somebody closed it."""
    told = signal.said_on is not None and past.closed_on is not None and signal.kind in past.kinds
    return told and signal.said_on <= past.closed_on  # type: ignore[operator]


def _new(signals: tuple[Signal, ...], known: frozenset[str]) -> tuple[Signal, ...]:
    return tuple(one for one in signals if one.kind not in known)


def begun(history: Iterable[Past], as_of: date) -> Counter[Queue]:
    """Return how many alerts each queue has opened or reopened within a week of a day."""
    return Counter(one.queue for one in history for day in _days(one) if abs(day - as_of) < WEEK)


def _days(one: Past) -> list[date]:
    return [one.opened_on, *([one.reopened_on] if one.reopened_on else [])]


def _rests(one: Past, as_of: date, cooldown_days: int) -> bool:
    return one.closed_on is None or as_of < one.closed_on + timedelta(days=cooldown_days)


def _worse(one: Candidate, case: Case, past: Past, as_of: date) -> bool:
    """Whether a closed alert reopens: something grave and new, or a risk that rose well above what it was.

    Never for a learner who left, on a run that is not later than the closing, or twice in a week.
    """
    if past.final or past.closed_on is None or as_of <= past.closed_on:
        return False
    if past.reopened_on is not None and as_of - past.reopened_on < WEEK:
        return False
    again = any(signal.grave and signal.said_on and signal.said_on > past.closed_on for signal in case.signals)
    grave = again or any(signal.grave for signal in _new(case.signals, past.kinds))
    risen = one.probability >= max(WORSE_TIMES * past.probability, past.probability + WORSE_BY)
    return grave or (risen and any(signal.kind == MODEL_RISK for signal in case.signals))


def is_back(one: Candidate, past: Past, *, as_of: date, limits: Limits, mean: float) -> bool:
    """Whether an alert may close by itself: its learner is regular again, and nothing speaks any more.

    Never for a declared intention, which somebody must hear; nor within three days of its opening.
    """
    since = max(_days(past))
    if one.regular is not True or DECLARED_INTENTION in past.kinds or (as_of - since).days < SETTLED_DAYS:
        return False
    return not one.signals and one.probability < limits.lift * mean


def mean_risk(candidates: Iterable[Candidate]) -> float:
    """Return the average risk of a run, 0 for nobody."""
    return _mean([one.probability for one in candidates])


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def trend(now: float, before: float | None) -> str:
    """Return how a risk moved in a week: `new`, `up`, `down` or `` when it hardly did.

    It moved when it was multiplied or divided by 1.25 at least, and by two points.
    """
    if before is None:
        return "new"
    if abs(now - before) < 0.02 or max(now, before) < 1.25 * min(now, before):
        return ""
    return "up" if now > before else "down"
