"""Which alerts come first, join, reopen or wait: one row a case."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from serving.alerts.holding import Carrier, Closed, Refusals, World
from serving.alerts.kinds import Signal
from serving.alerts.policy import (
    Candidate,
    Limits,
    Past,
    choose,
    is_back,
    priority,
)
from serving.alerts.sinking import Sunk, sinkers, together

MONDAY, SATURDAY = date(2026, 6, 15), date(2026, 6, 13)
ME = ("mentor", 1)
LIMITS = Limits(capacity=5, cooldown_days=14, lift=1.5, days="12345", fewest_days=14)
LEAVING = Signal("declared_intention", ("last_intention",), grave=True)
POSTED = Signal("declared_intention", ("posts_about_leaving_30d",), grave=True)
QUESTION = Signal("unanswered_question", ("unanswered_questions",))
SILENCE = Signal("sudden_silence", ("days_since_last_activity",))
ABSENCE = Signal("repeated_absence", ("last_absences",))
MISSED = Signal("missed_assessments", ("assessments_missed_in_a_row",))
CROWD = [Candidate(n, ("mentor", 9), 0.1, session_id="B") for n in range(50, 60)]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"risk": 0.4}, 0.4),
        ({"risk": 0.4, "days_left": 14}, 0.4),
        ({"risk": 0.4, "days_left": 7}, 0.2),
        ({"risk": 0.4, "days_left": 0}, 0.4 / 14),
        ({"risk": 0.4, "silent_days": 14}, 0.4),
        ({"risk": 0.4, "silent_days": 28}, 0.2),
        ({"risk": 0.4, "silent_days": 56}, 0.05),
        ({"risk": 0.4, "before": 0.4}, 0.4),
        ({"risk": 0.4, "before": 0.1}, 0.8),
        ({"risk": 0.4, "before": 0.001}, 0.8),
        ({"risk": 0.1, "before": 0.9}, 0.05),
        ({"risk": 0.0, "before": 0.0}, 0.0),
    ],
)
def test_how_pressing_a_learner_is(told, expected):
    assert priority(**told) == pytest.approx(expected)


def test_one_who_has_just_turned_comes_before_one_silent_for_months():
    turned, silent = Candidate(1, ME, 0.45, 0.09, silent_days=11), Candidate(2, ME, 0.96, 0.96, silent_days=60)
    assert opened([silent, turned]) == [1, 2]


SAID_ON = MONDAY - timedelta(days=20)
HEARD = Past(1, ME, SAID_ON + timedelta(days=1), SAID_ON + timedelta(days=4), 7, kinds=frozenset({LEAVING.kind}))
TOLD_AGAIN = {
    "said before the alert that told it was closed: heard": (SAID_ON, HEARD, []),
    "said on the day it was closed: heard": (HEARD.closed_on, HEARD, []),
    "said since, long after the closing": (HEARD.closed_on + timedelta(days=1), HEARD, [None]),
    "the closed alert told something else": (SAID_ON, replace(HEARD, kinds=frozenset({"model_risk"})), [None]),
    "when it was said is not known": (None, HEARD, [None]),
    "said again while the learner rests: the alert reopens": (
        MONDAY - timedelta(days=2), replace(HEARD, closed_on=MONDAY - timedelta(days=5)), [7]),
    "said before, while the learner rests": (
        MONDAY - timedelta(days=6), replace(HEARD, closed_on=MONDAY - timedelta(days=5)), []),
    "said again by somebody who left": (
        MONDAY - timedelta(days=2), replace(HEARD, closed_on=MONDAY - timedelta(days=5), final=True), []),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD_AGAIN)
def test_what_a_learner_said_once_is_heard_once(name):
    said_on, past, expected = TOLD_AGAIN[name]
    one = Candidate(1, ME, 0.0, signals=(replace(LEAVING, said_on=said_on),))
    found = choose([one, *CROWD], [past], as_of=MONDAY, limits=LIMITS)
    assert [each.reopens for each in found.opened] == expected


def told(one):
    return choose([one, *CROWD], [], as_of=MONDAY, limits=LIMITS)


def opened(run, past=(), world=None, as_of=MONDAY):
    return [
        one.candidate.enrolment_id
        for one in choose([*run, *CROWD], past, as_of=as_of, limits=LIMITS, world=world).opened
    ]


@pytest.mark.parametrize(
    ("probability", "before", "signals", "kinds"),
    [
        (0.5, None, (), ["model_risk"]),
        (0.5, None, (SILENCE,), ["sudden_silence", "model_risk"]),
        (0.11, None, (SILENCE,), ["sudden_silence"]),
        (0.11, 0.2, (SILENCE,), None),
        (0.05, None, (SILENCE,), None),
        (0.01, 0.9, (LEAVING,), ["declared_intention"]),
        (0.11, None, (), None),
    ],
)
def test_a_rule_speaks_where_the_model_does_not_contradict_it_and_a_grave_one_always(
    probability, before, signals, kinds
):
    found = told(Candidate(1, ME, probability, before, signals)).opened
    assert [[signal.kind for signal in one.signals] for one in found] == ([kinds] if kinds else [])


def test_the_grave_come_first_but_within_the_capacity():
    run = [Candidate(n, ME, 0.9) for n in range(1, 5)] + [Candidate(n, ME, 0.0, None, (LEAVING,)) for n in (7, 8, 9)]
    assert opened(run) == [7, 8, 9, 1, 2]
    assert opened(run, world=World(carriers={ME: Carrier(capacity=2)})) == [7, 8]
    assert opened(run, world=World(carriers={ME: Carrier(capacity=0)})) == []


TOMORROW = MONDAY + timedelta(days=1)
RISK, GRAVE = (
    Candidate(1, ME, 0.9, session_id="A", learner_id=7),
    Candidate(1, ME, 0.0, None, (LEAVING,), session_id="A"),
)
AWAY, STOOD_IN = Carrier(back_on=TOMORROW), Carrier(back_on=TOMORROW, deputy=True)
HELD = {
    "nothing holds": (RISK, World(), None),
    "closure": (RISK, World({"A": Closed("closure", TOMORROW)}), ("closure", TOMORROW)),
    "closure, even for what is grave": (GRAVE, World({"A": Closed("closure", TOMORROW)}), ("closure", TOMORROW)),
    "holiday": (RISK, World({"A": Closed("public_holiday", TOMORROW)}), ("public_holiday", TOMORROW)),
    "another session is closed": (RISK, World({"B": Closed("closure", TOMORROW)}), None),
    "in company": (RISK, World({"A": Closed("in_company", TOMORROW)}), ("in_company", TOMORROW)),
    "in company, grave": (GRAVE, World({"A": Closed("in_company", TOMORROW)}), None),
    "mentor away": (RISK, World(carriers={ME: AWAY}), ("mentor_away", TOMORROW)),
    "mentor away, deputy": (RISK, World(carriers={ME: STOOD_IN}), None),
    "mentor away, grave": (GRAVE, World(carriers={ME: AWAY}), None),
    "a day the mentor does not work": (RISK, World(carriers={ME: Carrier(days="23")}), ("day_off", TOMORROW)),
    "a day off, grave": (GRAVE, World(carriers={ME: Carrier(days="23")}), None),
    "source quiet": (RISK, World(quiet=frozenset({"A"})), ("source_quiet", None)),
    "source quiet, a question still speaks": (replace(RISK, signals=(QUESTION,)), World(quiet=frozenset({"A"})), None),
    "source quiet, silence does not": (
        replace(RISK, signals=(SILENCE,)), World(quiet=frozenset({"A"})), ("source_quiet", None)),
    "the community is quiet, a question does not speak": (
        replace(RISK, probability=0.11, signals=(QUESTION,)), World(mute=frozenset({"posts"})), ("source_quiet", None)),
    "the community is quiet, silence still speaks": (
        replace(RISK, probability=0.11, signals=(SILENCE,)), World(mute=frozenset({"posts"})), None),
    "no mark comes, a mark missed does not speak": (
        replace(RISK, probability=0.11, signals=(MISSED,)), World(mute=frozenset({"quiz_results"})),
        ("source_quiet", None)),
    "no mark comes, a question still speaks": (
        replace(RISK, signals=(QUESTION,)), World(mute=frozenset({"quiz_results"})), None),
    "objected": (RISK, World(refusals={"alerts": Refusals(frozenset({7}))}), ("objected", None)),
    "somebody else objected": (RISK, World(refusals={"alerts": Refusals(frozenset({8}))}), None),
    "nobody agreed to be read in the community": (
        replace(RISK, probability=0.0, signals=(POSTED,)), World(refusals={"community": Refusals(others=True)}),
        ("objected", None)),
    "an answer to a survey needs no community": (
        replace(RISK, probability=0.0, signals=(LEAVING,)), World(refusals={"community": Refusals(others=True)}), None),
    "little history": (replace(RISK, history_days=10), World(), ("little_history", MONDAY + timedelta(days=4))),
    "little history, a rule speaks": (replace(RISK, history_days=10, signals=(ABSENCE,)), World(), None),
    "the session sinks": (RISK, World(sinking=frozenset({1})), ("session_signal", None)),
    "the session sinks, grave": (GRAVE, World(sinking=frozenset({1})), None),
}  # fmt: skip


@pytest.mark.parametrize("name", HELD)
def test_what_is_held_and_why(name):
    one, world, expected = HELD[name]
    found = choose([one, *CROWD], [], as_of=MONDAY, limits=LIMITS, world=world)
    assert [(held.hold.reason, held.hold.until) for held in found.held] == ([expected] if expected else [])
    assert len(found.opened) == (0 if expected else 1)


def test_saturday_waits_for_monday_and_for_nobody_when_grave():
    found = choose([RISK, *CROWD], [], as_of=SATURDAY, limits=LIMITS)
    assert [(one.hold.reason, one.hold.until) for one in found.held] == [("day_off", MONDAY)]
    assert opened([GRAVE], as_of=SATURDAY) == [1]


def test_a_grave_alert_of_a_mentor_away_goes_to_the_course_lead_too():
    for carrier, lead in ((AWAY, True), (STOOD_IN, False), (Carrier(), False)):
        (one,) = choose([GRAVE, *CROWD], [], as_of=MONDAY, limits=LIMITS, world=World(carriers={ME: carrier})).opened
        assert one.to_lead is lead


def test_no_more_are_held_than_would_have_opened():
    run = [Candidate(n, ME, 0.9, session_id="A") for n in range(1, 9)]
    past = [Past(20, ME, MONDAY - timedelta(days=2), None)]
    world = World({"A": Closed("closure", TOMORROW)})
    found = choose([*run, *CROWD], past, as_of=MONDAY, limits=LIMITS, world=world)
    assert [one.candidate.enrolment_id for one in found.held] == [1, 2, 3, 4]


def test_new_kinds_join_the_open_alert_and_what_it_has_does_not():
    past = [Past(1, ME, MONDAY - timedelta(days=9), None, kinds=frozenset({"model_risk", "sudden_silence"}))]
    one = Candidate(1, ME, 0.9, None, (LEAVING, SILENCE))
    found = choose([one, *CROWD], past, as_of=MONDAY, limits=LIMITS)
    assert [(who.enrolment_id, new) for who, new in found.joined] == [(1, (LEAVING,))]
    assert found.opened == []


CLOSED_ON = MONDAY - timedelta(days=5)
CLOSED = Past(1, ME, CLOSED_ON - timedelta(days=5), CLOSED_ON, 4, None, 0.4, frozenset({"model_risk"}))
REOPENED = {
    "no worse": (0.45, (), CLOSED, []),
    "much worse": (0.6, (), CLOSED, [4]),
    "something grave and new": (0.1, (LEAVING,), CLOSED, [4]),
    "the same grave thing": (0.1, (LEAVING,), replace(CLOSED, kinds=frozenset({"declared_intention"})), []),
    "the learner has left": (0.9, (LEAVING,), replace(CLOSED, final=True), []),
    "closed today": (0.9, (LEAVING,), replace(CLOSED, closed_on=MONDAY), []),
    "reopened this week already": (0.9, (), replace(CLOSED, reopened_on=MONDAY - timedelta(days=6)), []),
    "after the cool-down it is a new one": (0.9, (), replace(CLOSED, closed_on=MONDAY - timedelta(days=14)), [None]),
}


@pytest.mark.parametrize("name", REOPENED)
def test_within_the_cool_down_an_alert_reopens_only_when_it_gets_worse(name):
    probability, signals, past, expected = REOPENED[name]
    found = choose([Candidate(1, ME, probability, None, signals), *CROWD], [past], as_of=MONDAY, limits=LIMITS)
    assert [one.reopens for one in found.opened] == expected


BACK = Candidate(1, ME, 0.05, regular=True)
LIVE = Past(1, ME, MONDAY - timedelta(days=3), None, kinds=frozenset({"model_risk"}))


@pytest.mark.parametrize(
    ("one", "past", "back"),
    [
        (BACK, LIVE, True),
        (replace(BACK, regular=False), LIVE, False),
        (replace(BACK, regular=None), LIVE, False),
        (replace(BACK, probability=0.2), LIVE, False),
        (replace(BACK, signals=(ABSENCE,)), LIVE, False),
        (BACK, replace(LIVE, opened_on=MONDAY - timedelta(days=2)), False),
        (BACK, replace(LIVE, reopened_on=MONDAY - timedelta(days=1)), False),
        (BACK, replace(LIVE, kinds=frozenset({"declared_intention"})), False),
    ],
)
def test_an_alert_closes_by_itself_only_when_its_learner_is_back(one, past, back):
    assert is_back(one, past, as_of=MONDAY, limits=LIMITS, mean=0.1) is back


@pytest.mark.parametrize(
    ("sinking", "followed", "sank"), [(5, 15, True), (5, 16, False), (4, 4, False), (20, 60, True), (0, 0, False)]
)
def test_a_third_of_a_session_and_five_learners_sink_together(sinking, followed, sank):
    assert together(Sunk(tuple(range(sinking)), followed)) is sank


def test_who_sinks_turned_within_two_weeks():
    run = [
        Candidate(1, ME, 0.9, 0.2, session_id="A"),
        Candidate(2, ME, 0.9, 0.9, session_id="A"),
        Candidate(3, ME, 0.05, 0.01, session_id="A"),
        Candidate(4, ME, 0.05, 0.05, (SILENCE,), silent_days=9, session_id="A"),
        Candidate(5, ME, 0.05, 0.05, (SILENCE,), silent_days=20, session_id="A"),
        Candidate(6, ME, 0.9, None, session_id="A"),
        *CROWD,
    ]
    assert sinkers(run, limits=LIMITS) == {"A": Sunk((1, 4), 6), "B": Sunk((), 10)}
