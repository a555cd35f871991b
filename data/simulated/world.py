"""The hidden truth of simulated learners, lived week by week: presence, contacts, day and cause of departure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from data.privacy import Pseudonymiser
from data.simulated.columns import Array, chance, day_number
from data.simulated.hazard import CAUSES, EFFECT, FADING, JOB, Rates, faded, rates
from data.simulated.plan import Part, Plan
from data.simulated.states import States, draw_states

FIRST_CONTACT_WEEK = 2
"""Mentors contact nobody before: too little was seen."""
NEVER = -1
"""Weeks since a contact, for those who had none."""
COMES_BACK = 0.6
"""What a contact adds to the log-odds of presence, fading as its effect does."""


@dataclass(frozen=True)
class World:
    """The hidden truth of a part, one line a learner (and one column a week or a day).

    `since` counts the weeks since the last contact, the week's own apart; `eligible`, `propensity` and `contacted`
    say who could be contacted on the first day of each week, with what chance, and who was. `patience` and `choice`
    are each learner's luck: they leave when their rates add up to their patience. `left` is the day of departure
    counted from the start, the length of the session if none.
    """

    plan: Plan
    part: Part
    enrolment: Array
    index: Array
    session: Array
    starts: Array
    states: States
    rates: Rates
    present: Array
    since: Array
    eligible: Array
    propensity: Array
    contacted: Array
    patience: Array
    choice: Array
    left: Array
    cause: Array

    @property
    def length(self) -> int:
        """Days of a session."""
        return 7 * self.plan.weeks

    @property
    def engagement(self) -> Array:
        """The hidden engagement, a line a learner and a column a week."""
        return self.states.engagement

    @property
    def leaves(self) -> Array:
        """Whether each learner leaves before the end."""
        return self.left < self.length

    @property
    def fading(self) -> Array:
        """Share of the last contact's effect that is left each week, the week's own contact included."""
        return faded(np.where(self.contacted, 0, self.since))

    @property
    def lived(self) -> Array:
        """Rates of leaving as lived, with the contacts there were."""
        lowered: Array = self.rates.every - self.plan.contact_strength * self.fading * self.rates.reach
        return lowered

    @property
    def last_day(self) -> int:
        """The last day seen, as a number."""
        return day_number(self.plan.last_on)

    def weeks_of(self, days: Array) -> Array:
        """Return the week of each day counted from the start."""
        week: Array = np.minimum(days // 7, self.plan.weeks - 1)
        return week

    def there(self, rows: Array, days: Array) -> Array:
        """Tell which (learner, day) pairs are before the learner's departure and the session's end."""
        here: Array = (days < self.left[rows]) & (days < self.length)
        return here

    def known(self, days: Array) -> Array:
        """Tell which days, as numbers, are seen on the last day: the same records whatever the last day is."""
        before: Array = np.asarray(days) <= self.last_day
        return before


def make_world(plan: Plan, part: Part, pseudonymiser: Pseudonymiser) -> World:
    """Return the world of one part: the same plan, part and key give the same one."""
    rng = part.stream(plan.seed, "world")
    states = draw_states(part.size, plan.weeks, rng)
    tells: Array = np.ones(plan.weeks)
    times: Array = np.ones(plan.weeks)
    if plan.shift:
        week_starts = day_number(plan.start_of(part.session)) + 7 * np.arange(plan.weeks)
        after = plan.shift.strength * (week_starts >= day_number(plan.shift.from_on))
        if plan.shift.kind == "people":
            states = replace(states, engagement=states.engagement - after)
        elif plan.shift.kind == "rate":
            times = 1 + after
        else:
            tells = 1 - after
    return _live(plan, part, states, rates(states, tells).times(times), _numbers(part, pseudonymiser))


def _numbers(part: Part, pseudonymiser: Pseudonymiser) -> Array:
    """Return the pseudonyms of a part's enrolments."""
    told = (source_of(part.session, part.first + row) for row in range(part.size))
    return np.array([pseudonymiser.one("enrolment", source_id) for source_id in told], np.int64)


def source_of(session: int, index: int) -> str:
    """Return the source's own identifier of an enrolment."""
    return f"{session}:{index}"


def _live(plan: Plan, part: Part, states: States, rates_: Rates, numbers: Array) -> World:
    """Live the weeks one after the other: who may be contacted depends on what was seen before."""
    n, weeks, luck = part.size, plan.weeks, part.stream(plan.seed, "luck")
    patience, choice = luck.exponential(1, n), luck.random(n)
    drawn, coming = luck.random((n, weeks)), luck.random((n, 7 * weeks))
    odds = _presence(plan, part, states)
    present = np.zeros((n, 7 * weeks), bool)
    since, contacted = np.full((n, weeks), NEVER), np.zeros((n, weeks), bool)
    eligible, propensity = np.zeros((n, weeks), bool), np.zeros((n, weeks))
    added, last = np.zeros(n), np.full(n, NEVER)
    for week in range(weeks):
        since[:, week] = last
        eligible[:, week] = (added < patience) & ((last < 0) | (last >= len(FADING))) & (week >= FIRST_CONTACT_WEEK)
        propensity[:, week] = eligible[:, week] * _propensity(plan, present[:, max(0, 7 * week - 14) : 7 * week])
        contacted[:, week] = drawn[:, week] < propensity[:, week]
        last = np.where(contacted[:, week], 0, last)
        left = faded(last)
        added = added + rates_.every[:, week] - plan.contact_strength * left * rates_.reach[:, week]
        days = slice(7 * week, 7 * week + 7)
        present[:, days] = coming[:, days] < chance(odds[:, days] + COMES_BACK * left[:, None])
        last = np.where(last < 0, NEVER, last + 1)
    gone, cause = _departures(plan, rates_, faded(np.where(contacted, 0, since)), patience, choice)
    start = day_number(plan.start_of(part.session))
    return World(
        plan=plan, part=part, enrolment=numbers, index=part.first + np.arange(n), session=np.full(n, part.session),
        starts=np.full(n, start), states=states, rates=rates_, present=present & (np.arange(7 * weeks) < gone[:, None]),
        since=since, eligible=eligible, propensity=propensity, contacted=contacted,
        patience=patience, choice=choice, left=gone, cause=cause,
    )  # fmt: skip


def _propensity(plan: Plan, seen: Array) -> Array | float:
    """Return the chance of a contact: the same for all, or growing as the last two weeks were empty."""
    if plan.actions == "random":
        return plan.contact_rate
    if plan.actions == "at_risk":
        empty = 1 - np.minimum(seen.sum(axis=1), 7) / 7
        chosen: Array = np.clip(plan.contact_rate * (0.4 + 5 * empty**2), 0, 0.9)
        return chosen
    return 0.0


def _presence(plan: Plan, part: Part, states: States) -> Array:
    """Return the log-odds of being seen each day: engaged, rested, by habit; less on weekends and when closed."""
    days = np.arange(7 * plan.weeks)
    dates = day_number(plan.start_of(part.session)) + days
    closed = np.zeros(len(days), bool)
    for first, last in closures(plan):
        closed |= (dates >= day_number(first)) & (dates <= day_number(last))
    weekend = (dates + 3) % 7 >= 5  # 1 January 1970 was a Thursday
    usual = -0.95 - 0.8 * weekend - 1.5 * closed
    week = 1.25 * states.engagement - 0.4 * states.overload
    odds: Array = usual + np.repeat(week, 7, axis=1) + 0.4 * states.habit[:, None]
    return odds


def closures(plan: Plan) -> list[tuple[date, date]]:
    """Return the days closed each winter of the plan, first and last included."""
    first, last = plan.first_on, plan.world.last_on
    winters = [(date(year, 12, 24), date(year + 1, 1, 1)) for year in range(first.year - 1, last.year + 1)]
    return [(start, end) for start, end in winters if end >= first and start <= last]


def _departures(plan: Plan, rates_: Rates, fading: Array, patience: Array, choice: Array) -> tuple[Array, Array]:
    """Return the day each learner is no longer there (the length when they stay) and why (null when they stay)."""
    total = np.cumsum(rates_.every - plan.contact_strength * fading * rates_.reach, axis=1)
    leaves = total[:, -1] > patience
    week = np.argmax(total > patience[:, None], axis=1)
    rows, length = np.arange(len(patience)), 7 * plan.weeks
    before = np.where(week > 0, total[rows, week - 1], 0.0)
    through = (patience - before) / (total[rows, week] - before)
    day = np.minimum(7 * week + 1 + np.floor(7 * np.clip(through, 0, 0.999)).astype(int), length - 1)
    cause = _cause(plan, rates_.by_cause[rows, week], fading[rows, week], choice)
    cause[~leaves] = None
    return np.where(leaves, day, length), cause


def _cause(plan: Plan, by_cause: Array, fading: Array, choice: Array) -> Array:
    """Return the cause that a learner's luck falls on, the job first, each weighing its own rate."""
    names = sorted(CAUSES, key=lambda name: name != JOB)
    order = [list(CAUSES).index(name) for name in names]
    kept = 1 - plan.contact_strength * fading[:, None] * np.array([EFFECT[name] for name in names])
    share = np.cumsum(by_cause[:, order] * kept, axis=1)
    at = (share <= choice[:, None] * share[:, -1:]).sum(axis=1)
    found: Array = np.array(names, object)[np.minimum(at, len(names) - 1)]
    return found
