"""The past walked day after day with the alerts' own policy, and two plainer ways to spend as many alerts. Pure.

Nobody answers in a replay, so what becomes of an alert is assumed, and said: it closes when its learner is back (as
the daily round closes it), when its learner is off the roster, or after `open_days`, as if a mentor had then dealt with
it and it had changed nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from serving.alerts import policy, sinking
from serving.alerts.holding import Queue, World
from serving.alerts.policy import Candidate, Choice, Limits, Past

OPEN_DAYS = 28
NO_LOGIN_DAYS = 14
BACK, OFF_ROSTER, DEALT_WITH = CLOSINGS = ("back", "off_roster", "dealt_with")
"""Why an alert of a replay closes."""


@dataclass(frozen=True)
class Day:
    """What was known of a day: who is on the roster, and what holds alerts.

    `no_login` has the open days since each one's last login; null or absent: not known.
    """

    as_of: date
    candidates: tuple[Candidate, ...]
    world: World = field(default_factory=World)
    no_login: Mapping[int, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """An alert that a mentor receives: the kinds that speak that day, the first naming it."""

    enrolment_id: int
    queue: Queue
    on: date
    kinds: tuple[str, ...] = ()
    reopened: bool = False


@dataclass
class Walked:
    """What a walk gave: alerts in the order they came, what closed them, what was held, kinds that joined later."""

    given: list[Given] = field(default_factory=list)
    past: list[Past] = field(default_factory=list)
    closed: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    joined: Counter[str] = field(default_factory=Counter)


def walk(days: Iterable[Day], *, limits: Limits, open_days: int = OPEN_DAYS) -> Walked:
    """Return what the daily rounds of some days would have given, in the order of `serving.alerts.rounds.day`."""
    done, told = Walked(), dict[str, date]()
    for day in days:
        _close(done, day, limits, open_days)
        world = replace(day.world, sinking=_sinking(day, limits, told))
        near = timedelta(days=max(limits.cooldown_days, policy.HEARD_DAYS))
        recent = [one for one in done.past if one.closed_on is None or one.closed_on >= day.as_of - near]
        choice = policy.choose(day.candidates, recent, as_of=day.as_of, limits=limits, world=world)
        _keep(choice, day.as_of, done)
    return done


def _close(done: Walked, day: Day, limits: Limits, open_days: int) -> None:
    """Close the alerts whose learner is back or off the roster, and those that have been open for too long."""
    known = {one.enrolment_id: one for one in day.candidates}
    mean = policy.mean_risk(day.candidates)
    for place, past in enumerate(done.past):
        if past.closed_on is not None:
            continue
        who = known.get(past.enrolment_id)
        if who is None:
            why = OFF_ROSTER
        elif policy.is_back(who, past, as_of=day.as_of, limits=limits, mean=mean):
            why = BACK
        elif (day.as_of - (past.reopened_on or past.opened_on)).days >= open_days:
            why = DEALT_WITH
        else:
            continue
        done.closed[why] += 1
        done.past[place] = replace(past, closed_on=day.as_of, final=why == OFF_ROSTER)


def _sinking(day: Day, limits: Limits, told: dict[str, date]) -> frozenset[int]:
    """Return who sinks with a session that its course lead was told of; sessions told that day are written down."""
    known = {name for name, on in told.items() if day.as_of - on <= sinking.SIGNAL_LASTS}
    fresh, low = sinking.sink(day.candidates, known, known, limits=limits, quiet=day.world.quiet)
    told.update(dict.fromkeys(fresh, day.as_of))
    return low


def _keep(choice: Choice, as_of: date, done: Walked) -> None:
    """Write down what a day's choice opened, reopened, joined and held."""
    again = {one.reopens: one for one in choice.opened if one.reopens is not None}
    more = {one.enrolment_id: signals for one, signals in choice.joined}
    for place, past in enumerate(done.past):
        if past.alert_id in again:
            one = again[past.alert_id]
            kinds = frozenset(signal.kind for signal in one.signals)
            done.past[place] = replace(past, closed_on=None, reopened_on=as_of, kinds=kinds,
                                       probability=one.candidate.probability)  # fmt: skip
        elif past.closed_on is None and past.enrolment_id in more:
            fresh = [signal.kind for signal in more[past.enrolment_id]]
            done.past[place] = replace(past, kinds=past.kinds | frozenset(fresh))
            done.joined.update(fresh)
    for one in choice.opened:
        who, told = one.candidate, tuple(signal.kind for signal in one.signals)
        if one.reopens is None:
            done.past.append(Past(who.enrolment_id, who.queue, as_of, None, len(done.past) + 1, None, who.probability,
                                  frozenset(told)))  # fmt: skip
        done.given.append(Given(who.enrolment_id, who.queue, as_of, told, one.reopens is not None))
    done.held.update(one.hold.reason for one in choice.held)


Wish = Callable[[Day], Iterable[tuple[float, Candidate]]]
"""Of a day, who might be alerted, each with how pressing it is: the greatest first."""


def without_login(day: Day) -> Iterable[tuple[float, Candidate]]:
    """Yield those without a login for `NO_LOGIN_DAYS` open days at least, who have just crossed the line first."""
    for one in day.candidates:
        days = day.no_login.get(one.enrolment_id)
        if days is not None and days >= NO_LOGIN_DAYS:
            yield -days, one


def riskiest(day: Day) -> Iterable[tuple[float, Candidate]]:
    """Yield everybody, the greatest risk of the model first."""
    yield from ((one.probability, one) for one in day.candidates)


def spend(days: Iterable[Day], wish: Wish, budget: Iterable[Given], *, rest_days: int) -> list[Given]:
    """Return the alerts of another order at the budget of those given: to each mentor never more, by any week's end.

    What a week leaves unspent, a later one may spend. An enrolment is not alerted again within `rest_days`.
    """
    allowed = Counter((one.queue, week_of(one.on)) for one in budget)
    room, opened_weeks, last = Counter[Queue](), set[date](), dict[int, date]()
    out: list[Given] = []
    for day in days:
        week = week_of(day.as_of)
        if week not in opened_weeks:
            opened_weeks.add(week)
            room.update({queue: n for (queue, when), n in allowed.items() if when == week})
        for _, one in sorted(wish(day), key=lambda pair: (-pair[0], pair[1].enrolment_id)):
            before = last.get(one.enrolment_id)
            if room[one.queue] > 0 and (before is None or (day.as_of - before).days >= rest_days):
                room[one.queue] -= 1
                last[one.enrolment_id] = day.as_of
                out.append(Given(one.enrolment_id, one.queue, day.as_of))
    return out


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())
