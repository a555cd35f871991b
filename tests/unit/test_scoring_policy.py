"""Which reasons are told, and who comes first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.scoring.policy import MAX_PER_FAMILY, MAX_REASONS, Reason, choose_reasons, on_risky_side, rank_for_mentors

VALUES = {"logins_7d": 1, "views_7d": 2, "streak": 3, "posts_28d": 1, "nps": 4, "days_idle": 34, "days_offline": 34}
FAMILY = {"days_idle": "activity", "days_offline": "activity"} | {
    "logins_7d": "activity",
    "views_7d": "activity",
    "streak": "activity",
    "posts_28d": "posts",
    "nps": "surveys",
}


def reason(feature, contribution):
    return Reason(feature, VALUES[feature], None, contribution)


def chosen(candidates, silent=()):
    kept = choose_reasons(
        candidates,
        family=FAMILY.__getitem__,
        unit=lambda name: "days" if name.startswith("days") else "other",
        speaks=lambda r: r.feature not in silent,
    )
    return [r.feature for r in kept]


@pytest.mark.parametrize(
    ("weights", "silent", "expected"),
    [
        ({}, (), []),
        ({"logins_7d": 0.3, "posts_28d": 0.5}, (), ["posts_28d", "logins_7d"]),
        ({"logins_7d": -0.3, "posts_28d": 0.0, "nps": 0.001}, (), []),
        ({"logins_7d": 0.9, "views_7d": 0.8, "streak": 0.7, "nps": 0.1}, (), ["logins_7d", "views_7d", "nps"]),
        ({"logins_7d": 0.9, "views_7d": 0.8, "streak": 0.7}, ("logins_7d",), ["views_7d", "streak"]),
        ({"days_idle": 0.9, "days_offline": 0.8, "streak": 0.1}, (), ["days_idle", "streak"]),
        ({"days_idle": 0.9, "days_offline": 0.8}, ("days_idle",), ["days_offline"]),
        ({"logins_7d": 0.5, "posts_28d": 0.5}, (), ["logins_7d", "posts_28d"]),
    ],
)
def test_reasons_are_the_heaviest_that_can_be_said(weights, silent, expected):
    assert chosen([reason(name, weight) for name, weight in weights.items()], silent) == expected


@given(st.lists(st.tuples(st.sampled_from(sorted(FAMILY)), st.floats(-2, 2)), unique_by=lambda pair: pair[0]))
def test_reasons_never_exceed_their_limits(pairs):
    kept = chosen([reason(name, weight) for name, weight in pairs])
    assert len(kept) <= MAX_REASONS
    assert all(sum(FAMILY[k] == family for k in kept) <= MAX_PER_FAMILY for family in FAMILY.values())


@pytest.mark.parametrize(
    ("value", "centre", "direction", "expected"),
    [
        (154.7, 3.0, -1, False),
        (1.0, 3.0, -1, True),
        (9.0, 3.0, 1, True),
        (1.0, 3.0, 1, False),
        (3.0, 3.0, 1, False),
        (1.0, 3.0, 0, True),
        (None, 3.0, 1, True),
        (1.0, None, 1, True),
    ],
)
def test_the_reassuring_side_is_never_a_reason(value, centre, direction, expected):
    assert on_risky_side(value, centre, direction) is expected


def test_each_mentor_has_a_list_and_ties_are_stable():
    ranks = rank_for_mentors([0.5, 0.9, 0.5, 0.1, 0.5], [1, 1, 1, None, None], [30, 10, 20, 50, 40])
    assert ranks == [3, 1, 2, 2, 1]


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from([None, 1, 2]), st.integers(0)), unique_by=lambda t: t[2]))
def test_ranks_are_one_to_n_for_each_mentor_and_follow_the_risk(rows):
    ranks = rank_for_mentors([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])
    for mentor in (None, 1, 2):
        mine = sorted((rank, -row[0]) for rank, row in zip(ranks, rows, strict=True) if row[1] == mentor)
        assert [rank for rank, _ in mine] == list(range(1, len(mine) + 1))
        assert [risk for _, risk in mine] == sorted(risk for _, risk in mine)
