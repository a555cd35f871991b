"""Whatever the runs and the closings: capacity is never exceeded, never two open alerts, rest is kept."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from serving.alerts.policy import WEEK, Candidate, Limits, Past, choose, trend

START = date(2026, 1, 5)
ROUNDING = 1e-9
queues = st.sampled_from([("mentor", 1), ("mentor", 2), ("session", "DWEB")])
limits = st.builds(
    Limits, capacity=st.integers(1, 4), cooldown_days=st.integers(0, 30), lift=st.sampled_from([0.0, 0.5, 1.0, 1.5])
)
risks = st.floats(0, 1, allow_nan=False)
days = st.lists(st.integers(0, 40), min_size=1, max_size=8)


@st.composite
def rosters(draw):
    n = draw(st.integers(1, 14))
    return {number: draw(queues) for number in range(n)}


@st.composite
def histories(draw):
    """Return alerts as a year of runs leaves them: in any order, some closed, each run with its own risks."""
    roster, allowed = draw(rosters()), draw(limits)
    past: list[Past] = []
    for offset in draw(days):
        as_of = START + timedelta(days=offset)
        run = [Candidate(number, queue, draw(risks)) for number, queue in roster.items()]
        chosen = choose(run, past, as_of=as_of, limits=allowed)
        past += [Past(one.enrolment_id, one.queue, as_of, None) for one in chosen]
        past = [
            replace(one, closed_on=max(one.opened_on, as_of)) if one.closed_on is None and draw(st.booleans()) else one
            for one in past
        ]
    return past, allowed


@given(histories())
def test_no_seven_days_ever_hold_more_than_the_capacity(lived):
    past, allowed = lived
    for one in past:
        week = [other for other in past if timedelta(0) <= other.opened_on - one.opened_on < WEEK]
        assert max(Counter(other.queue for other in week).values()) <= allowed.capacity


@given(histories())
def test_an_enrolment_never_has_two_open_alerts_and_rests_after_one(lived):
    past, allowed = lived
    for number in {one.enrolment_id for one in past}:
        own = [one for one in past if one.enrolment_id == number]
        assert sum(one.closed_on is None for one in own) <= 1
        for closed in (one for one in own if one.closed_on):
            after = [one for one in own if one is not closed and one.opened_on >= closed.closed_on]
            assert all((one.opened_on - closed.closed_on).days >= allowed.cooldown_days for one in after)


@given(rosters(), limits, st.data())
def test_those_chosen_are_the_greatest_risks_that_may_be(roster, allowed, data):
    run = [Candidate(number, queue, data.draw(risks)) for number, queue in roster.items()]
    chosen = choose(run, [], as_of=START, limits=allowed)
    floor = allowed.lift * sum(one.probability for one in run) / len(run)
    assert all(one.probability >= floor * (1 - ROUNDING) for one in chosen)
    for left in set(run) - set(chosen):
        above = [one for one in chosen if one.queue == left.queue and one.probability >= left.probability]
        assert left.probability < floor * (1 + ROUNDING) or len(above) == allowed.capacity


@given(rosters(), limits, st.data())
def test_the_order_of_the_rows_never_matters(roster, allowed, data):
    run = [Candidate(number, queue, data.draw(risks)) for number, queue in roster.items()]
    shuffled = data.draw(st.permutations(run))
    assert choose(run, [], as_of=START, limits=allowed) == choose(shuffled, [], as_of=START, limits=allowed)


@given(risks, risks)
def test_a_trend_is_the_mirror_of_its_contrary(now, before):
    mirror = {"up": "down", "down": "up", "": ""}
    assert trend(now, before) == mirror[trend(before, now)]
    assert trend(now, None) == "new"
