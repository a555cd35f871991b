"""The past replayed, on made days: what opens, closes and counts, one row a case; and nothing of the future seen."""

from datetime import date, timedelta

import pytest

from serving.alerts.holding import Carrier, Closed, Refusals, World
from serving.alerts.kinds import Rules, Signal
from serving.alerts.policy import Candidate, Limits
from serving.replay import figures, page, policy, service
from serving.replay.figures import Fate, Frame
from serving.replay.policy import Day, Given, spend, walk
from serving.replay.repository import read_days, read_fates, unseen_by
from serving.scoring.champion import Unseen
from tests.api.serving_seed import filled_records, morning

MONDAY = date(2026, 3, 2)
ME, OTHER = ("mentor", 1), ("mentor", 2)
LIMITS = Limits(capacity=2, cooldown_days=14, lift=1.5)
SILENCE = Signal("sudden_silence", ("days_since_last_activity",))
GRAVE = Signal("declared_intention", ("last_intention",), grave=True)


def someone(number, risk=0.5, signals=(), **more):
    return Candidate(number, more.pop("queue", ME), risk, signals=tuple(signals), **more)


def crowd():
    return [someone(n, 0.01) for n in range(50, 60)]


def past(*rosters, every=1, **more):
    """Return days, one for each list of candidates."""
    return [Day(MONDAY + timedelta(days=every * n), (*found, *crowd()), **more) for n, found in enumerate(rosters)]


def told(walked):
    return [((one.on - MONDAY).days, one.enrolment_id, one.kinds, one.reopened) for one in walked.given]


RISK = ("model_risk",)
WALKS = {
    "a risk opens an alert once": (past(*[[someone(1)]] * 5), [(0, 1, RISK, False)], {}),
    "who is back has it closed, and rests": (
        past([someone(1)], *[[someone(1, 0.01, regular=True)]] * 3, *[[someone(1)]] * 3),
        [(0, 1, RISK, False)], {"back": 1}),
    "a closed alert reopens for something grave and new": (
        past([someone(1)], *[[someone(1, 0.01, regular=True)]] * 3, [someone(1, 0.5, [GRAVE])]),
        [(0, 1, RISK, False), (4, 1, ("declared_intention", "model_risk"), True)], {"back": 1}),
    "off the roster, it is closed": (past([someone(1)], []), [(0, 1, RISK, False)], {"off_roster": 1}),
    "nobody acts: closed after four weeks, again two weeks later": (
        past(*[[someone(1)]] * 8, every=7), [(0, 1, RISK, False), (42, 1, RISK, False)], {"dealt_with": 1}),
    "a new kind joins and opens nothing": (
        past([someone(1)], [someone(1, 0.5, [SILENCE])]), [(0, 1, RISK, False)], {}),
    "no more than the capacity in seven days": (
        past(*[[someone(1), someone(2), someone(3)]] * 8),
        [(0, 1, RISK, False), (0, 2, RISK, False), (7, 3, RISK, False)], {}),
    "a mentor who carries nothing receives nothing": (
        past([someone(1)], world=World(carriers={ME: Carrier(capacity=0)})), [], {}),
    "a closed session is left alone": (
        past([someone(1, session_id="A")], world=World(closed={"A": Closed("closure", MONDAY)})), [], {}),
    "who objected is left alone": (
        past([someone(1, learner_id=9)], world=World(refusals={"alerts": Refusals(frozenset({9}))})), [], {}),
}  # fmt: skip


@pytest.mark.parametrize("name", WALKS)
def test_what_a_walk_gives(name):
    days, expected, closed = WALKS[name]
    walked = walk(days, limits=LIMITS)
    assert told(walked) == expected
    assert dict(walked.closed) == closed


def test_a_session_that_sinks_together_is_told_once_and_holds_its_alerts_for_two_weeks():
    sinking = [someone(n, 0.5, [SILENCE], silent_days=9.0, session_id="A", queue=OTHER) for n in range(6)]
    days = past(*[sinking] * 4, every=7)
    walked = walk(days, limits=LIMITS)
    assert walked.held["session_signal"] > 0
    assert not [one for one in walked.given if one.queue == OTHER]


def test_another_order_spends_no_more_than_was_given_and_saves_what_a_week_leaves():
    days = past(*[[someone(1), someone(2), someone(3, queue=OTHER)]] * 15)
    given = [Given(8, ME, MONDAY), Given(9, ME, MONDAY + timedelta(days=7)), Given(9, OTHER, MONDAY)]
    found = spend(days, policy.riskiest, given, rest_days=42)
    assert [((one.on - MONDAY).days, one.enrolment_id) for one in found] == [(0, 1), (0, 3), (7, 2)]
    late = [Day(day.as_of, day.candidates, no_login={1: 13.0 + n}) for n, day in enumerate(days)]
    assert [((one.on - MONDAY).days, one.enrolment_id) for one in spend(late, policy.without_login, given, rest_days=9)
            ] == [(1, 1), (10, 1)]  # fmt: skip
    assert spend(days, policy.riskiest, [], rest_days=1) == []


def day(n):
    return MONDAY + timedelta(days=n)


RIGHT = {
    "leaves the same day": (0, True), "leaves on the last of 28 days": (27, True), "leaves after": (28, False),
    "had gone already": (-1, False), "never leaves": (None, False),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_when_an_alert_is_right(name):
    left, expected = RIGHT[name]
    fate = Fate(1, None if left is None else day(left))
    assert figures.right_within(Given(1, ME, MONDAY), fate, 28, day(100)) is expected
    over = figures.right_within(Given(1, ME, MONDAY), Fate(1), 28, day(26))
    assert over is None, "nobody can say yet"


def frame(fates, n=40):
    who = [someone(one.enrolment_id) for one in fates]
    return Frame([Day(day(k), tuple(who)) for k in range(n)], {one.enrolment_id: one for one in fates}, day(200))


def test_what_alerts_were_worth():
    fates = [
        Fate(1, day(20), recorded=True), Fate(2, day(20)), Fate(3, day(3)), Fate(4, completed=True),
        Fate(5, completed=True), Fate(6),
    ]  # fmt: skip
    given = [
        Given(1, ME, day(6), ("declared_intention",)), Given(2, ME, day(7), ("model_risk",)),
        Given(3, ME, day(9), ("sudden_silence", "model_risk")), Given(4, ME, day(9), ("sudden_silence",)),
        Given(1, ME, day(15), ("model_risk",), reopened=True),
    ]  # fmt: skip
    found = figures.figures(given, frame(fates), figures.draws(6))
    shares = {name: (one["found"], one["n"]) for name, one in found["shares"].items()}
    assert shares == {
        "precision_28d": (3, 5), "precision_56d": (3, 5), "already_gone": (1, 5), "abandoned_ahead": (1, 3),
        "recorded_ahead": (1, 1), "completers_alerted": (1, 2),
    }  # fmt: skip
    assert found["lead_days"] == {"n": 2, "q1": 13.25, "median": 13.5, "q3": 13.75}
    week = found["per_mentor_and_week"]
    assert (week["n"], week["mean"], week["max"], week["weeks_with"]) == (6, 5 / 6, 3, {"0": 3, "1": 2, "3": 1})
    kinds = {one["kind"]: (one["n"], one["names"], one["alone"], one["within_28d"]["found"])
             for one in figures.by_kind(given, frame(fates)) if one["n"]}  # fmt: skip
    assert kinds == {"declared_intention": (1, 1, 1, 1), "sudden_silence": (2, 2, 1, 0), "model_risk": (3, 2, 2, 2)}


def test_orders_are_told_apart_only_where_the_interval_excludes_zero():
    fates = [Fate(n, day(30) if n < 10 else None, completed=n >= 10) for n in range(20)]
    good, bad = [Given(n, ME, day(5)) for n in range(10)], [Given(n, ME, day(5)) for n in range(10, 20)]
    weights = figures.draws(20)
    told_apart = figures.compared(good, bad, frame(fates), weights)
    assert {told_apart[name]["verdict"] for name in ("precision_28d", "abandoned_ahead", "completers_alerted")} == {
        "better"
    }
    assert figures.compared(bad, good, frame(fates), weights)["completers_alerted"]["verdict"] == "worse"
    assert {one["verdict"] for one in figures.compared(good, good, frame(fates), weights).values()} == {
        "not told apart"
    }


@pytest.mark.parametrize(
    ("found", "n", "low", "high"),
    [(0, 0, None, None), (0, 10, 0, 0.3085), (10, 10, 0.6915, 1), (5, 10, 0.1871, 0.8129)],
)
def test_an_exact_interval(found, n, low, high):
    expected = (low, high) if low is None else pytest.approx((low, high), abs=1e-4)
    assert figures.exact_interval(found, n) == expected


class Constant:
    """A model that says of everybody how many days they have been silent, over a hundred."""

    def predict(self, frame):
        return {"probability": frame["days_since_last_activity"].fillna(0).clip(0, 90) / 100}


INPUTS = ("days_since_last_activity",)


def test_a_session_is_given_the_latest_model_that_never_saw_it():
    models = [Unseen(None, (), day(0), day(-1)), Unseen(None, (), day(30), day(29))]
    assert [unseen_by(models, day(n)) for n in (-1, 0, 29, 30)] == [None, models[0], models[0], models[1]]
    anybody = [Unseen(None, ())]
    assert unseen_by(anybody, day(-999)) is anybody[0], "what learnt nothing may look at any session"


def records(*later):
    """Return two learners of a session, one who stops after three weeks; and what is only known later."""
    rows = {
        "sessions": [{"session_id": "A", "course_id": "C", "starts_on": MONDAY, "ends_on": day(90)}],
        "enrolments": [
            {"enrolment_id": n, "learner_id": n, "session_id": "A", "course_id": "C", "mentor_id": 1,
             "outcome": "ongoing", "registered_on": MONDAY, "started_on": MONDAY, "planned_end_on": day(90)}
            for n in (1, 2)
        ],
        "activity": [act(n, 2 * k) for n in (1, 2) for k in range(40) if n == 1 or k < 10],
    }  # fmt: skip
    rows["activity"] += later
    return filled_records(rows)


def act(number, at, known=None):
    known = day(at if known is None else known)
    return {"record_id": 1000 * number + at, "enrolment_id": number, "kind": "login", "count": 1,
            "occurred_from": morning(day(at)), "occurred_to": morning(day(at)), "known_at": morning(known),
            "known_on": known}  # fmt: skip


def days_of(con, until=60):
    chosen = {"A": Unseen(Constant(), INPUTS, MONDAY, day(-1))}
    return read_days(con, chosen, first=MONDAY, last=day(until), week="12345", rules=Rules())


def test_the_days_are_those_worked_with_what_was_known_of_each():
    with records() as con:
        found = days_of(con)
    assert {one.as_of.isoweekday() for one in found} == {1, 2, 3, 4, 5}
    last = {one.enrolment_id: one for one in found[-1].candidates}
    assert (last[1].queue, last[1].signals, last[2].days_left) == (("mentor", 1), (), 30)
    assert last[2].probability > last[2].before > last[1].probability
    silent = [one.as_of for one in found for who in one.candidates if who.enrolment_id == 2 and who.signals]
    assert silent[0] > day(18)
    assert found[-1].no_login[2] == 42


def test_what_becomes_known_later_changes_nothing_before():
    with records() as con:
        before = days_of(con)
    with records(act(2, 30), act(2, 25, known=44), act(1, 59)) as con:
        after = days_of(con)
    assert [one for one in before if one.as_of <= day(30)] == [one for one in after if one.as_of <= day(30)]
    assert before != after


def test_how_enrolments_end_by_either_definition():
    with records() as con:
        silence, recorded = (
            read_fates(con, definition, day(95), silence_days=10) for definition in ("recorded_or_silence", "recorded")
        )
    assert silence[2] == Fate(2, date(2026, 4, 3)), "ten working days after the last activity"
    assert (silence[1].completed, recorded[2].completed, recorded[2].abandoned_on) == (True, True, None)


def test_the_whole_in_words_says_what_is_not_better():
    with records() as con:
        days, fates = days_of(con, 89), read_fates(con, "recorded_or_silence", day(95), silence_days=10)
    known = service.Past(days, fates, day(95), {"model": "m", "definition": "d", "sessions": 1, "sessions_left_out": 0})
    result = service.judged(known, service.Asked(LIMITS))
    assert result["product"]["n_alerts"] >= 1
    words = page.terminal(result)
    assert "not told apart" in words
    assert "Assumed" in page.markdown([{"site": "made", **result}])
