"""Whatever the past, its replay exceeds no capacity, never opens two alerts, and other orders keep to the budget."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from serving.alerts.holding import Carrier, World
from serving.alerts.kinds import Signal
from serving.alerts.policy import WEEK, Candidate, Limits
from serving.replay.policy import Day, riskiest, spend, walk, week_of, without_login

START = date(2026, 1, 5)
QUEUES = [("mentor", 1), ("mentor", 2), ("session", "A")]
GRAVE = Signal("declared_intention", ("last_intention",), grave=True)
SILENCE = Signal("sudden_silence", ("days_since_last_activity",))


seeds = st.integers(0, 2**32)


def past_of(seed):
    """Return some weeks of days: who is on the roster, what is seen of each, what each mentor carries.

    Made inside the tests: a drawn past is too long a text for what Hypothesis tells.
    """
    chance = Random(seed)  # noqa: S311 - nothing secret
    queues = {number: chance.choice(QUEUES) for number in range(chance.randint(1, 14))}
    world = World(carriers={queue: Carrier(capacity=chance.choice([None, 0, 1, 3])) for queue in QUEUES})
    days, on = [], START
    for _ in range(chance.randint(1, 30)):
        roster = [seen(chance, number, queue) for number, queue in queues.items() if chance.random() < 0.95]
        login = {one.enrolment_id: chance.choice([None, chance.uniform(0, 40)]) for one in roster}
        days.append(Day(on, tuple(roster), world, login))
        on += timedelta(days=chance.choice([1, 1, 1, 3]))
    return days


def seen(chance, number, queue):
    signals = chance.choice([(), (), (SILENCE,), (GRAVE,), (GRAVE, SILENCE)])
    return Candidate(number, queue, chance.random(), chance.choice([None, chance.random()]), signals,
                     regular=chance.random() < 0.3, session_id=chance.choice("AB"))  # fmt: skip


limits = st.builds(
    Limits, capacity=st.integers(1, 4), cooldown_days=st.integers(0, 20), lift=st.sampled_from([0.0, 1.0, 1.5])
)


@settings(max_examples=60, deadline=None)
@given(seeds, limits, st.integers(1, 20))
def test_no_seven_days_of_a_replay_hold_more_than_the_capacity(seed, allowed, open_days):
    days = past_of(seed)
    walked = walk(days, limits=allowed, open_days=open_days)
    for one in walked.given:
        own = days[0].world.carriers[one.queue].capacity
        week = [
            other for other in walked.given if other.queue == one.queue and timedelta(0) <= other.on - one.on < WEEK
        ]
        assert len(week) <= (allowed.capacity if own is None else own)


@settings(max_examples=60, deadline=None)
@given(seeds, limits, st.integers(1, 20))
def test_a_replay_never_has_two_open_alerts_of_one_enrolment(seed, allowed, open_days):
    days = past_of(seed)
    for n in (len(days) // 3, len(days) // 2, len(days)):
        past = walk(days[:n], limits=allowed, open_days=open_days).past
        assert all(times == 1 for times in Counter(one.enrolment_id for one in past if one.closed_on is None).values())


@settings(max_examples=60, deadline=None)
@given(seeds, limits)
def test_what_comes_after_a_day_changes_nothing_up_to_it(seed, allowed):
    days = past_of(seed)
    whole = walk(days, limits=allowed).given
    half = walk(days[: len(days) // 2], limits=allowed).given
    assert whole[: len(half)] == half


@settings(max_examples=60, deadline=None)
@given(seeds, limits, st.integers(0, 30), st.sampled_from([riskiest, without_login]))
def test_another_order_never_gives_a_mentor_more_by_any_weeks_end(seed, allowed, rest_days, wish):
    days = past_of(seed)
    mine = walk(days, limits=allowed).given
    other = spend(days, wish, mine, rest_days=rest_days)
    for end in {week_of(day.as_of) for day in days}:
        had, has = (Counter(one.queue for one in found if week_of(one.on) <= end) for found in (mine, other))
        assert all(has[queue] <= had[queue] for queue in QUEUES)
    by = sorted((one.enrolment_id, one.on) for one in other)
    assert all((b - a).days >= rest_days for (who, a), (same, b) in pairwise(by) if who == same)
