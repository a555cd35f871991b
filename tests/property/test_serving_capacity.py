"""Whatever the runs, the closings and the days: capacity is never exceeded, never two open alerts, rest is kept."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from serving.alerts.draws import Lot
from serving.alerts.holding import Carrier, World
from serving.alerts.kinds import Signal
from serving.alerts.policy import WEEK, Candidate, Limits, Past, choose, priority, trend

START = date(2026, 1, 5)
ROUNDING = 1e-9
QUEUES = [("mentor", 1), ("mentor", 2), ("session", "DWEB")]
GRAVE = Signal("declared_intention", ("last_intention",), grave=True)
SILENCE = Signal("sudden_silence", ("days_since_last_activity",))
queues = st.sampled_from(QUEUES)
limits = st.builds(
    Limits,
    capacity=st.integers(1, 4),
    cooldown_days=st.integers(0, 30),
    lift=st.sampled_from([0.0, 0.5, 1.0, 1.5]),
    days=st.sampled_from(["", "12345"]),
)
risks = st.floats(0, 1, allow_nan=False)
signals = st.sampled_from([(), (SILENCE,), (GRAVE,), (GRAVE, SILENCE)])
days = st.lists(st.integers(0, 40), min_size=1, max_size=8)


@st.composite
def rosters(draw):
    n = draw(st.integers(1, 14))
    return {number: draw(queues) for number in range(n)}


@st.composite
def runs(draw, roster):
    """Return one run over a roster: its own risks, and what rules see."""
    return [
        Candidate(
            number, queue, draw(risks), draw(st.none() | risks), draw(signals), draw(st.none() | st.floats(0, 90)),
            draw(st.none() | st.integers(0, 90)), session_id="A",
        )
        for number, queue in roster.items()
    ]  # fmt: skip


@st.composite
def worlds(draw):
    carriers = {queue: draw(st.builds(Carrier, capacity=st.none() | st.integers(0, 3))) for queue in QUEUES}
    quiet = frozenset({"A"}) if draw(st.booleans()) else frozenset()
    return World(carriers=carriers, quiet=quiet)


def made_up(chance, roster):
    """Return a run as `runs` does, from a generator of random numbers: many runs are drawn at little cost."""
    return [
        Candidate(
            number, queue, chance.random(), chance.choice([None, chance.random()]),
            chance.choice([(), (SILENCE,), (GRAVE,), (GRAVE, SILENCE)]), chance.uniform(0, 90),
            chance.randrange(90), session_id="A",
        )
        for number, queue in roster.items()
    ]  # fmt: skip


@st.composite
def histories(draw):
    """Return alerts as a year of runs leaves them: in any order, some closed, some reopened."""
    roster, allowed, world = draw(rosters()), draw(limits), draw(worlds())
    chance = Random(draw(st.integers(0, 2**32)))  # noqa: S311 - nothing secret
    past: list[Past] = []
    for offset in draw(days):
        as_of = START + timedelta(days=offset)
        chosen = choose(made_up(chance, roster), past, as_of=as_of, limits=allowed, world=world)
        past = [lived(one, chosen, as_of) for one in past]
        for one in (fresh for fresh in chosen.opened if fresh.reopens is None):
            who, kinds = one.candidate, frozenset(signal.kind for signal in one.signals)
            past.append(Past(who.enrolment_id, who.queue, as_of, None, len(past) + 1, None, who.probability, kinds))
        check_open(past)
        past = [
            replace(one, closed_on=max(one.opened_on, as_of))
            if one.closed_on is None and chance.random() < 0.5
            else one
            for one in past
        ]
    return past, allowed, world


def lived(past, chosen, as_of):
    """Return an alert after a round: reopened when the round says so."""
    again = [one for one in chosen.opened if one.reopens == past.alert_id]
    return replace(past, closed_on=None, reopened_on=as_of) if again else past


def check_open(past):
    open_now = Counter(one.enrolment_id for one in past if one.closed_on is None)
    assert all(n == 1 for n in open_now.values())


@given(histories())
def test_no_seven_days_ever_hold_more_than_the_capacity(lived_through):
    past, allowed, world = lived_through
    begun = [(one.queue, day) for one in past for day in (one.opened_on, one.reopened_on) if day]
    for _, day in begun:
        week = Counter(queue for queue, other in begun if timedelta(0) <= other - day < WEEK)
        for queue, n in week.items():
            own = world.carriers[queue].capacity
            assert n <= (allowed.capacity if own is None else own)


@given(histories())
def test_an_enrolment_never_has_two_open_alerts_and_rests_after_one(lived_through):
    past, allowed, _ = lived_through
    for number in {one.enrolment_id for one in past}:
        own = [one for one in past if one.enrolment_id == number]
        assert sum(one.closed_on is None for one in own) <= 1
        for closed in (one for one in own if one.closed_on and one.reopened_on is None):
            after = [one for one in own if one is not closed and one.opened_on >= closed.closed_on]
            assert all((one.opened_on - closed.closed_on).days >= allowed.cooldown_days for one in after)


@given(rosters(), limits, st.data())
def test_those_chosen_are_the_most_pressing_that_may_be_the_grave_first(roster, allowed, data):
    run = data.draw(runs(roster))
    chosen = choose(run, [], as_of=START, limits=allowed).opened
    picked = {one.candidate.enrolment_id for one in chosen}
    floor = allowed.lift * sum(one.probability for one in run) / len(run)
    for one in run:
        speaks = GRAVE in one.signals or one.probability >= floor * (1 + ROUNDING)
        if one.enrolment_id in picked or not speaks:
            continue
        above = [other.candidate for other in chosen if other.candidate.queue == one.queue]
        assert len(above) == allowed.capacity
        assert all(order(other) <= order(one) for other in above)


def order(one):
    pressing = priority(one.probability, before=one.before, silent_days=one.silent_days, days_left=one.days_left)
    return GRAVE not in one.signals, -pressing, one.enrolment_id


@given(rosters(), limits, worlds(), st.data())
def test_the_order_of_the_rows_never_matters(roster, allowed, world, data):
    run = data.draw(runs(roster))
    shuffled = data.draw(st.permutations(run))
    assert choose(run, [], as_of=START, limits=allowed, world=world) == choose(
        shuffled, [], as_of=START, limits=allowed, world=world
    )


@given(rosters(), limits, st.data())
def test_while_a_source_is_quiet_nothing_that_rests_on_it_opens(roster, allowed, data):
    run = data.draw(runs(roster))
    quiet = choose(run, [], as_of=START, limits=allowed, world=World(quiet=frozenset({"A"})))
    assert all(one.signals == (GRAVE,) for one in quiet.opened)
    assert not {one.candidate.enrolment_id for one in quiet.held} & {one.candidate.enrolment_id for one in quiet.opened}
    assert {one.hold.reason for one in quiet.held} <= {"source_quiet"}


@given(rosters(), limits, worlds(), st.sampled_from([0.1, 0.5, 1.0]), st.text(max_size=5), st.data())
def test_a_lot_opens_as_many_alerts_of_each_queue_and_delays_nothing_grave(roster, allowed, world, share, seed, data):
    run = data.draw(runs(roster))
    plain = choose(run, [], as_of=START, limits=allowed, world=world)
    drawn = choose(run, [], as_of=START, limits=allowed, world=world, lot=Lot(share, seed))
    before, after = ({one.candidate.enrolment_id: one for one in found.opened} for found in (plain, drawn))
    assert Counter(one.candidate.queue for one in before.values()) == Counter(
        one.candidate.queue for one in after.values()
    )
    assert {n for n, one in before.items() if GRAVE in one.signals} <= set(after)
    assert set(before) ^ set(after) <= {one.enrolment_id for one in drawn.drawn}
    assert (drawn.held, drawn.joined) == (plain.held, plain.joined)
    assert [one.rank for one in plain.opened] == [one.rank for one in drawn.opened]
    firsts = Counter(one.first for one in drawn.drawn)
    assert firsts[True] == firsts[False]


@given(risks, risks, st.floats(0, 200), st.integers(0, 200))
def test_more_risk_a_fresher_silence_and_more_time_never_press_less(risk, before, silent, left):
    base = priority(risk, before=before, silent_days=silent, days_left=left)
    assert base <= priority(min(1, risk + 0.1), before=before, silent_days=silent, days_left=left) * (1 + ROUNDING)
    assert base >= priority(risk, before=before, silent_days=silent + 7, days_left=left)
    assert base <= priority(risk, before=before, silent_days=silent, days_left=left + 1)


@given(risks, risks)
def test_a_trend_is_the_mirror_of_its_contrary(now, before):
    mirror = {"up": "down", "down": "up", "": ""}
    assert trend(now, before) == mirror[trend(before, now)]
    assert trend(now, None) == "new"
