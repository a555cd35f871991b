"""One learner's weeks, read from small tables of records."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from serving.language import Speech
from serving.learners.picture import PictureCache, Rule, specification
from serving.learners.timeline import Span, read
from tests.api.serving_seed import filled_records

START = date(2026, 5, 11)
SPAN = Span(1, "S", START, date(2026, 6, 1), "Europe/Paris")
FR = Speech("fr", ZoneInfo("Europe/Paris"))


def at(day, hour=9):
    return datetime(2026, day[0], day[1], hour, tzinfo=UTC)


def activity(enrolment_id, day, count, *, to=None, known=None):
    start = at(day)
    return {"record_id": hash((enrolment_id, day, count)), "enrolment_id": enrolment_id, "kind": "view", "count": count,
            "occurred_from": start, "occurred_to": at(to) if to else start, "known_at": start,
            "known_on": known or start.date()}  # fmt: skip


def weeks(**tables):
    people = [{"enrolment_id": n, "session_id": "S"} for n in (1, 2, 3)]
    with filled_records({"enrolments": people} | tables) as con:
        return read(con, SPAN)


def test_a_silent_learner_has_every_week_at_zero():
    assert [(w.number, w.starts_on, w.actions, w.typical) for w in weeks()] == [
        (1, START, 0, 0),
        (2, date(2026, 5, 18), 0, 0),
        (3, date(2026, 5, 25), 0, 0),
        (4, date(2026, 6, 1), 0, 0),
    ]


def test_actions_are_beside_the_middle_of_those_still_there():
    rows = [activity(1, (5, 12), 4), activity(2, (5, 12), 10), activity(3, (5, 17), 6), activity(2, (5, 19), 8)]
    found = weeks(activity=rows)
    assert [(w.actions, w.typical) for w in found[:2]] == [(4, 6), (0, 0)]


def test_who_has_left_is_no_longer_in_the_middle():
    people = [
        {"enrolment_id": 1, "session_id": "S"},
        {"enrolment_id": 2, "session_id": "S", "ended_on": date(2026, 5, 20)},
    ]
    rows = [activity(1, (5, 26), 8)]
    with filled_records({"enrolments": people, "activity": rows}) as con:
        assert [w.typical for w in read(con, SPAN)] == [0, 0, 8, 0]


def test_a_counted_window_is_spread_over_its_weeks():
    assert [w.actions for w in weeks(activity=[activity(1, (5, 11), 30, to=(6, 1))])] == [7.5] * 4


def test_what_was_known_later_is_not_drawn():
    assert [w.actions for w in weeks(activity=[activity(1, (5, 12), 4, known=date(2026, 6, 2))])] == [0] * 4


def test_posts_work_surveys_and_absences_fall_in_their_week():
    known = {"known_at": at((5, 20)), "known_on": date(2026, 5, 20)}
    asked = {"enrolment_id": 1, "survey_id": 8, "sent_on": date(2026, 5, 13), "answered_on": None, "known_on": START}
    marked = {"enrolment_id": 1, "banked": False, "score_known_on": date(2026, 5, 20), **known}
    found = weeks(
        posts=[{"enrolment_id": n, "occurred_at": at((5, 12)), **known} for n in (1, 2)],
        quiz_results=[
            marked | {"submitted_at": at((5, 19)), "score": 0.5},
            marked | {"submitted_at": at((5, 20)), "score": 0.9, "score_known_on": date(2026, 7, 1)},
            marked | {"submitted_at": at((5, 12)), "score": 1.0, "banked": True},
        ],
        survey_answers=[asked | {"question": question} for question in ("nps", "confidence")],
        attendance=[{"enrolment_id": 1, "starts_at": at((5, 26)), "status": s, **known} for s in ("absent", "present")],
    )
    assert [(w.posts, w.asked, w.answered) for w in found] == [(1, 1, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0)]
    assert [(w.handed_in, w.score) for w in found] == [(0, None), (2, 0.5), (0, None), (0, None)]
    assert [w.absences for w in found] == [0, 0, 1, 0]


@pytest.mark.parametrize(
    ("until", "n_weeks"),
    [
        (date(2026, 5, 11), 1),
        (date(2026, 5, 17), 1),
        (date(2026, 5, 18), 2),
        (date(2030, 1, 1), 60),
        (START.replace(month=4), 1),
    ],
)
def test_weeks_begin_with_the_learner_and_end_somewhere(until, n_weeks):
    assert Span(1, "S", START, until, "UTC").n_weeks == n_weeks


def test_the_picture_says_the_same_words_as_the_page_and_is_drawn_once():
    found, rules = weeks(activity=[activity(1, (5, 12), 4)]), [Rule(date(2026, 5, 25), "Alerte")]
    assert "Médiane de la session" in str(specification(found, rules, FR))
    pictures = PictureCache(size=1)
    first = pictures.draw(found, rules, FR)
    assert pictures.draw(found, list(rules), FR) is first
    assert b"semaine de la formation" in first
    assert pictures.draw(found, [], FR) is not first
    assert pictures.draw(found, rules, FR) is not first
