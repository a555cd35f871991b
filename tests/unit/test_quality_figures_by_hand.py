"""The key figures on small records counted by hand: who, what, and the figure that follows."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from serving.quality.figures.community import of_community, points
from serving.quality.figures.inputs import Alerted, Answer, Enrolment, Invited, Material, Post, Sent
from serving.quality.figures.prevention import Hours, contact_instant, of_prevention
from serving.quality.figures.training import of_surveys, of_training

PARIS = ZoneInfo("Europe/Paris")
START, TODAY = date(2026, 1, 5), date(2026, 6, 15)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def day(n):
    return START + timedelta(days=n)


def enrolled(number, outcome="ongoing", left=None, *, days=100, start=0, passed=None):
    left_on = None if left is None else day(left)
    return Enrolment(number, "S", day(start), day(start + days), outcome, left_on, passed)


def told(values):
    return {one.code: (one.numerator, one.denominator, dict(one.left_out)) for one in values}


PEOPLE = [
    enrolled(1, "completed", 100, passed=True),
    enrolled(2, "completed", 100, passed=True),
    enrolled(3, "completed", 50, passed=False),
    enrolled(4, "abandoned", 30),
    enrolled(5, "abandoned", 31),
    enrolled(6, "abandoned", None),
    enrolled(7, "neutral_exit", 10),
    enrolled(8, "transferred", 10),
    enrolled(9),
    enrolled(10, start=150),
    enrolled(11, "completed", 40, days=40, passed=True),
]
APART = {"neutral": 1, "moved": 1}
TRAINING = [
    ("abandonment", 3, 9, APART),
    ("retention_30", 6, 7, {**APART, "undated": 1, "not_yet": 1}),
    ("retention_60", 4, 6, {**APART, "undated": 1, "not_yet": 1, "shorter": 1}),
    ("retention_90", 4, 6, {**APART, "undated": 1, "not_yet": 1, "shorter": 1}),
    ("completion", 4, 7, {**APART, "unknown": 2}),
    ("success", 3, 4, {"no_result": 7}),
]


@pytest.mark.parametrize(("code", "numerator", "denominator", "left_out"), TRAINING)
def test_training(code, numerator, denominator, left_out):
    """Left on the 30th day: not there any more at 30 days. Left on the 31st: still there at 30, gone at 60."""
    assert told(of_training(PEOPLE, TODAY))[code] == (numerator, denominator, left_out)


def test_the_end_of_a_retention_must_be_over():
    """Started on 16 May, 30 days are over on 15 June, of which nothing is known yet on 15 June."""
    value = {one.code: one for one in of_training([Enrolment(1, "S", date(2026, 5, 16), date(2026, 9, 1))], TODAY)}
    assert value["retention_30"].value is None
    value = {one.code: one for one in of_training([Enrolment(1, "S", date(2026, 5, 15), date(2026, 9, 1))], TODAY)}
    assert value["retention_30"].value == 1


def test_surveys():
    sent = [Sent(1, "S", True), Sent(1, "S", False), Sent(2, "S", True), Sent(3, "S", True, still_open=True)]
    marks = [10, 9, 9, 8, 7, 6, 0]
    answers = [Answer(n, "S", "nps", mark) for n, mark in enumerate(marks)]
    answers += [Answer(9, "S", "nps", None), Answer(1, "S", "nps", None)]
    answers += [Answer(n, "S", "satisfaction", mark) for n, mark in ((1, 5), (1, 4), (2, 3), (3, 1))]
    values = {one.code: one for one in of_surveys(sent, answers)}
    assert told(values.values()) == {
        "survey_return": (2, 3, {"still_open": 1}),
        "nps": (1, 7, {"silent": 1}),
        "lsat": (2, 4, {}),
    }
    assert values["nps"].value == pytest.approx(100 / 7)
    assert (values["nps"].parts, values["survey_return"].heads, values["lsat"].heads) == ((3, 2, 2), 2, 3)


def post(number, hours, **said):
    return Post("S", number, NOON + timedelta(hours=hours), **said)


MEMBERS = [Invited(n, "S", joined=n < 5) for n in range(1, 7)] + [Invited(7, "S", joined=True, read=False)]
POSTS = [
    post(1, 0, opens=True, is_question=True, words=12, answered_at=NOON + timedelta(hours=3)),
    post(None, 3, words=60),
    post(2, 4, words=39, answers=1),
    post(1, 5, words=40, answers=2, reactions=3),
    post(3, 6, opens=True, is_question=True, answered_at=NOON + timedelta(hours=55)),
    post(2, 7, opens=True, is_question=True),
    post(1, 300, opens=True, is_question=True),
    post(6, 8, words=5),
]


def test_community():
    """Six may be read, four joined; 1 and 2 replied to each other; 4 wrote nothing; 6 wrote and is no member."""
    values = {one.code: one for one in of_community(MEMBERS, POSTS, NOON + timedelta(hours=310))}
    unread = {"unread": 1}
    assert told(values.values()) == {
        "adhesion": (4, 6, unread),
        "participation": (3, 4, unread),
        "engagement": (12 + 1 + 2 + 1.5, 4, unread),
        "response": (1, 3, {"too_young": 1}),
        "first_reply": (2, 3, {"unanswered": 1, "too_young": 1}),
        "learner_content": (7, 8, unread),
        "connections": (1, 6, unread),
        "isolates": (2, 4, unread),
    }
    assert values["first_reply"].value == pytest.approx((3 + 49) / 2)


def test_pairs_are_within_a_session():
    """Two sessions of two members each: two possible pairs in all, not six."""
    members = [Invited(n, "A" if n < 3 else "B", joined=True) for n in range(1, 5)]
    values = {one.code: one for one in of_community(members, [post(1, 0, answers=2)], NOON)}
    assert (values["connections"].numerator, values["connections"].denominator) == (1, 2)
    assert values["isolates"].numerator == 2


@pytest.mark.parametrize(
    ("said", "worth"),
    [({"opens": True}, 3), ({"words": 40}, 2), ({"words": 39}, 1), ({"opens": True, "words": 90, "reactions": 2}, 4)],
)
def test_a_post_is_worth(said, worth):
    assert points(post(1, 0, **said)) == worth


HOURS = Hours(PARIS, closed=frozenset({date(2026, 5, 25)}))


def paris(text):
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [
        ("2026-06-15T10:00", "2026-06-15T11:30", 1.5),
        ("2026-06-15T16:00", "2026-06-16T10:00", 2),
        ("2026-06-12T16:30", "2026-06-15T09:30", 1),
        ("2026-05-22T16:00", "2026-05-26T10:00", 2),
        ("2026-06-13T08:00", "2026-06-14T20:00", 0),
        ("2026-06-15T05:00", "2026-06-15T23:00", 8),
        ("2026-06-16T10:00", "2026-06-15T10:00", 0),
    ],
)
def test_working_hours(first, last, hours):
    assert HOURS.between(paris(first), paris(last)) == pytest.approx(hours)


def test_a_contact_written_down_later_took_place_at_noon():
    recorded = paris("2026-06-16T09:00")
    assert contact_instant(date(2026, 6, 16), recorded, PARIS) == recorded
    assert contact_instant(date(2026, 6, 15), recorded, PARIS) == paris("2026-06-15T12:00")


def alert(number, **said):
    return Alerted(number, "S", paris("2026-05-04T09:00"), date(2026, 5, 4), **said)


CLOSED = date(2026, 5, 20)
PREVENTION = [
    (alert(1, closed_on=CLOSED, closed_by="person", outcome="abandoned"), True),
    (alert(2, closed_on=CLOSED, closed_by="person", abandoned_on=date(2026, 6, 1)), True),
    (alert(3, closed_on=CLOSED, closed_by="person", abandoned_on=date(2026, 6, 2)), False),
    (alert(4, closed_on=CLOSED, closed_by="person", useful=True), True),
    (alert(5, closed_on=CLOSED, closed_by="person", useful=False, outcome="false_alarm"), False),
    (alert(6, closed_on=CLOSED, closed_by="system", outcome="back_on_track"), None),
]


def test_prevention():
    """Contacted one, then three working hours after: two hours at the median. One closed by itself is left out."""
    late = Alerted(9, "S", paris("2026-06-10T09:00"), date(2026, 6, 10), closed_on=TODAY, closed_by="person")
    opened = [alert(1, contact_at=paris("2026-05-04T10:00")), alert(2, contact_at=paris("2026-05-04T12:00")), alert(3)]
    closed = [one for one, _ in PREVENTION]
    values = {one.code: one for one in of_prevention(opened, [*closed, late], HOURS, TODAY)}
    assert told(values.values()) == {
        "contact_delay": (2, 3, {"no_contact": 1}),
        "alert_precision": (3, 5, {"by_itself": 1, "not_yet": 1}),
    }
    assert values["contact_delay"].value == 2


def test_nothing_to_count_is_no_figure():
    empty = Material()
    found = [*of_training(empty.enrolments, TODAY), *of_surveys(empty.sent, empty.answers),
             *of_community(empty.invited, empty.posts, NOON), *of_prevention((), (), HOURS, TODAY)]  # fmt: skip
    assert [one.value for one in found] == [None] * 19
