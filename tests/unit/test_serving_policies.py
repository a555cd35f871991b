"""Decisions of the server, one row a case."""

from datetime import date

import pytest

from serving.accounts.policy import check_password, check_reach, must_wait
from serving.alerts.policy import Candidate, Limits, Past, choose, queue_of, trend
from serving.learners.policy import in_a_hundred, level
from serving.problems import RefusedError

TODAY = date(2026, 6, 15)
ME, OTHER = ("mentor", 1), ("mentor", 2)
LIMITS = Limits(capacity=2, cooldown_days=14, lift=1.5)


def chosen(risks, past=(), limits=LIMITS):
    run = [Candidate(n, ME if n < 100 else OTHER, risk) for n, risk in risks.items()]
    return [one.candidate.enrolment_id for one in choose(run, past, as_of=TODAY, limits=limits).opened]


CROWD = dict.fromkeys(range(50, 60), 0.01)
CASES = {
    "the greatest risks first, within capacity": ({1: 0.9, 2: 0.8, 3: 0.7} | CROWD, (), [1, 2]),
    "each mentor has a capacity": ({1: 0.9, 2: 0.8, 101: 0.7, 102: 0.6} | CROWD, (), [1, 2, 101, 102]),
    "one has an open alert": ({1: 0.9, 2: 0.8} | CROWD, (Past(1, ME, date(2026, 5, 1), None),), [2]),
    "one rests": ({1: 0.9, 2: 0.8} | CROWD, (Past(1, ME, date(2026, 5, 1), date(2026, 6, 2)),), [2]),
    "one has rested": ({1: 0.9, 2: 0.8} | CROWD, (Past(1, ME, date(2026, 5, 1), date(2026, 6, 1)),), [1, 2]),
    "the week is full": ({1: 0.9, 2: 0.8} | CROWD, tuple(Past(n, ME, date(2026, 6, 9), TODAY) for n in (7, 8)), []),
    "last week does not count": ({1: 0.9} | CROWD, tuple(Past(n, ME, date(2026, 6, 8), TODAY) for n in (7, 8)), [1]),
    "another's week does not count": ({1: 0.9} | CROWD, tuple(Past(n, OTHER, TODAY, None) for n in (7, 8)), [1]),
    "everybody does alike: peace": (dict.fromkeys(range(10), 0.1), (), []),
    "equal risks: by number": ({9: 0.9, 4: 0.9, 6: 0.9} | CROWD, (), [4, 6]),
    "nobody": ({}, (), []),
}


@pytest.mark.parametrize("name", CASES)
def test_which_alerts_open(name):
    risks, past, expected = CASES[name]
    assert chosen(risks, past) == expected


def test_a_learner_without_a_mentor_is_carried_by_the_session():
    assert queue_of(7, "DWEB") == ("mentor", 7)
    assert queue_of(None, "DWEB") == ("session", "DWEB")


@pytest.mark.parametrize(
    ("now", "before", "word"),
    [(0.3, None, "new"), (0.30, 0.20, "up"), (0.20, 0.30, "down"), (0.30, 0.29, ""), (0.03, 0.02, ""), (0.5, 0.5, "")],
)
def test_how_a_risk_moved(now, before, word):
    assert trend(now, before) == word


@pytest.mark.parametrize(
    ("probability", "average", "alerted", "word"),
    [
        (0.01, 0.1, True, "high"),
        (0.31, 0.1, False, "high"),
        (0.75, 0.25, False, "high"),
        (0.29, 0.1, False, "watch"),
        (0.11, 0.1, False, "watch"),
        (0.10, 0.1, False, "calm"),
        (0.00, 0.0, False, "calm"),
    ],
)
def test_a_risk_in_words(probability, average, alerted, word):
    assert level(probability, average=average, alerted=alerted) == word


@pytest.mark.parametrize(("probability", "people"), [(0.0, 1), (0.004, 1), (0.126, 13), (0.999, 99), (1.0, 99)])
def test_no_figure_is_certain(probability, people):
    assert in_a_hundred(probability) == people


@pytest.mark.parametrize(
    ("account", "address", "wait"), [(0, 0, False), (4, 29, False), (5, 0, True), (0, 30, True), (9, 90, True)]
)
def test_who_must_wait_to_sign_in(account, address, wait):
    asked = must_wait(account_failures=account, address_failures=address, account_limit=5, address_limit=30)
    assert asked is wait


@pytest.mark.parametrize(
    ("role", "mentor_id", "unassigned", "accepted"),
    [
        ("mentor", None, False, True),
        ("mentor", "12", False, True),
        ("mentor", None, True, True),
        ("mentor", str(2**63), False, False),
        ("quality", "12", False, False),
        ("admin", None, True, False),
    ],
)
def test_who_may_follow_learners(role, mentor_id, unassigned, accepted):
    if accepted:
        assert check_reach(role=role, mentor_id=mentor_id, unassigned=unassigned) is None
    else:
        with pytest.raises(RefusedError):
            check_reach(role=role, mentor_id=mentor_id, unassigned=unassigned)


def test_a_short_password_is_refused_without_being_repeated():
    with pytest.raises(RefusedError) as refused:
        check_password("azerty-1234")
    assert "azerty" not in refused.value.line()
