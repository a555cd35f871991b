"""A draw by a seed: the same for everybody, whatever the order of the frame, whoever joins it."""

import hashlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.quality.sample.policy import Stay, active, digest_of, draw, mark_of

IDS = st.sets(st.integers(1, 2**63 - 1), max_size=60)
SEEDS = st.integers(0, 2**31 - 1)
SIZES = st.integers(1, 80)


@given(IDS, SEEDS, SIZES, st.randoms(use_true_random=False))
def test_the_order_of_the_frame_never_matters(ids, seed, n, chance):
    shuffled = sorted(ids)
    chance.shuffle(shuffled)
    assert draw(shuffled, seed=seed, n=n) == draw(sorted(ids), seed=seed, n=n)
    assert digest_of(shuffled) == digest_of(sorted(ids))


@given(IDS, SEEDS, SIZES)
def test_a_draw_is_of_the_frame_each_once_and_all_of_it_when_it_is_small(ids, seed, n):
    drawn = draw(ids, seed=seed, n=n)
    assert set(drawn) <= ids
    assert len(drawn) == len(set(drawn)) == min(n, len(ids))


@given(IDS, st.integers(1, 2**63 - 1), SEEDS)
def test_one_more_enrolment_never_reorders_the_others(ids, newcomer, seed):
    before = draw(ids, seed=seed, n=len(ids) + 1)
    after = draw(ids | {newcomer}, seed=seed, n=len(ids) + 1)
    assert [one for one in after if one != newcomer or newcomer in ids] == list(before)


@given(IDS, SEEDS, SIZES)
def test_a_shorter_draw_is_the_beginning_of_a_longer_one(ids, seed, n):
    assert draw(ids, seed=seed, n=n + 1)[:n] == draw(ids, seed=seed, n=n)


def test_the_mark_is_what_anybody_finds_by_hand():
    assert mark_of(7, 42) == hashlib.sha256(b"7|42").hexdigest()
    assert draw([1, 2, 3], seed=7, n=3) == tuple(
        sorted([1, 2, 3], key=lambda one: hashlib.sha256(f"7|{one}".encode()).hexdigest())
    )
    assert draw(range(1, 200), seed=7, n=10) != draw(range(1, 200), seed=8, n=10)


FIRST, LAST = date(2026, 5, 1), date(2026, 6, 15)
APRIL, MAY, JUNE, JULY = date(2026, 4, 10), date(2026, 5, 10), date(2026, 6, 20), date(2026, 7, 1)
STAYS = [
    (Stay(APRIL, JULY, None, "ongoing"), True),
    (Stay(APRIL, APRIL, None, "ongoing"), True),
    (Stay(JUNE, JULY, None, "ongoing"), False),
    (Stay(LAST, JULY, None, "ongoing"), True),
    (Stay(APRIL, JULY, APRIL, "abandoned"), False),
    (Stay(APRIL, JULY, FIRST, "abandoned"), True),
    (Stay(APRIL, APRIL, None, "completed"), False),
    (Stay(APRIL, MAY, None, "completed"), True),
]


@pytest.mark.parametrize(("stay", "there"), STAYS)
def test_an_enrolment_is_in_the_frame_when_it_was_there_on_one_of_the_days(stay, there):
    assert active(stay, FIRST, LAST) is there
