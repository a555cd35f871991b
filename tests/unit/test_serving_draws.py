"""The lot at the threshold: who may be drawn, that nothing is delayed, lengthened or seen, and that it is fair."""

from datetime import date

import pytest

from serving.alerts.draws import Lot, draw
from serving.alerts.kinds import MODEL_RISK, Signal
from serving.alerts.policy import Candidate, Chosen, Limits, Past, choose

QUEUE, OTHER = ("mentor", 1), ("mentor", 2)
RISK = (Signal(MODEL_RISK, ()),)
ALWAYS = Lot(1.0, "run")
DAY = date(2026, 6, 15)


def alert(number, *, queue=QUEUE, signals=RISK, rank=None, reopens=None):
    return Chosen(Candidate(number, queue, 0.5, learner_id=100 + number), signals, rank or number, reopens)


@pytest.mark.parametrize(
    ("last", "after", "lot", "drawn"),
    [
        (alert(1), alert(2), ALWAYS, True),
        (alert(1), alert(2), Lot(0.0, "run"), False),
        (alert(1, signals=(Signal("declared_intention", ()), *RISK)), alert(2), ALWAYS, False),
        (alert(1), alert(2, signals=(Signal("declared_intention", ()),)), ALWAYS, False),
        (alert(1, signals=(Signal("unanswered_question", ()),)), alert(2), ALWAYS, False),
        (alert(1, signals=(Signal("sudden_silence", (), grave=True),)), alert(2), ALWAYS, False),
        (alert(1, signals=(Signal("sudden_silence", ()),)), alert(2), ALWAYS, True),
        (alert(1, reopens=9), alert(2), ALWAYS, False),
        (alert(1), alert(2, reopens=9), ALWAYS, False),
        (alert(1), alert(2), Lot(1.0, "run", frozenset({1})), False),
        (alert(1), alert(2), Lot(1.0, "run", frozenset({2})), False),
        (alert(1), alert(2, queue=OTHER), ALWAYS, False),
        (alert(1), None, ALWAYS, False),
    ],
    ids=["a pair", "share of nothing", "declared intention", "intention waits", "question", "grave", "silence",
         "reopens", "reopening waits", "drawn lately", "the other lately", "another queue", "nobody waits"],
)  # fmt: skip
def test_who_may_be_drawn(last, after, lot, drawn):
    waiting = {after.candidate.queue: after} if after else {}
    opened, told = draw([last], waiting, lot)
    assert len(opened) == 1
    assert sorted(one.enrolment_id for one in told) == ([1, 2] if drawn else [])
    if drawn:
        assert [one.enrolment_id for one in told if one.first] == [opened[0].candidate.enrolment_id]
        assert {one.learner_id for one in told} == {101, 102}
        assert {one.chance for one in told} == {0.5}
    else:
        assert opened == [last]


def test_only_the_last_of_a_queue_may_give_its_place_and_keeps_its_rank_on_the_list():
    opened = [alert(1, rank=1), alert(2, rank=2), alert(7, queue=OTHER, rank=1)]
    for seed in range(20):
        kept, told = draw(opened, {QUEUE: alert(3, rank=3)}, Lot(1.0, f"run {seed}"))
        assert (kept[0], kept[2]) == (opened[0], opened[2])
        assert kept[1].rank == 2
        assert {one.enrolment_id for one in told} == {2, 3}


def test_the_same_run_and_enrolments_give_the_same_lot_and_lots_are_even():
    swapped = 0
    for seed in range(400):
        lot = Lot(1.0, f"run {seed}")
        kept, told = draw([alert(1)], {QUEUE: alert(2)}, lot)
        assert (kept, told) == draw([alert(1)], {QUEUE: alert(2)}, lot)
        swapped += kept[0].candidate.enrolment_id == 2
    assert 160 < swapped < 240


def test_about_the_share_of_the_alerts_that_open_is_drawn():
    opened = [alert(n) for n in range(1, 6)]
    pairs = sum(bool(draw(opened, {QUEUE: alert(6)}, Lot(0.1, f"run {seed}"))[1]) for seed in range(1000))
    assert 0.08 < pairs / (5 * 1000) < 0.12


def test_the_round_draws_the_last_who_opens_and_the_first_who_waits():
    run = [Candidate(n, QUEUE, 0.9 - n / 100, learner_id=100 + n) for n in range(1, 6)]
    limits = Limits(capacity=2, cooldown_days=14, lift=0.5)
    plain = choose(run, [], as_of=DAY, limits=limits)
    assert plain.drawn == ()
    firsts = set()
    for seed in range(30):
        chosen = choose(run, [], as_of=DAY, limits=limits, lot=Lot(1.0, f"run {seed}"))
        assert {one.enrolment_id for one in chosen.drawn} == {2, 3}
        assert chosen.opened[0] == plain.opened[0]
        assert len(chosen.opened) == 2
        firsts.add(chosen.opened[1].candidate.enrolment_id)
    assert firsts == {2, 3}


def test_a_full_week_draws_nothing_and_a_lot_of_nothing_changes_nothing():
    run = [Candidate(n, QUEUE, 0.9 - n / 100) for n in range(1, 6)]
    limits = Limits(capacity=2, cooldown_days=14, lift=0.5)
    full = [Past(90 + n, QUEUE, DAY, None, n) for n in range(2)]
    assert choose(run, full, as_of=DAY, limits=limits, lot=ALWAYS).drawn == ()
    assert choose(run, [], as_of=DAY, limits=limits, lot=Lot(0.0, "run")) == choose(run, [], as_of=DAY, limits=limits)
