"""What rules see, when a source is out, when a session is closed: one row a case."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from features.catalog import catalog, sentence
from serving.alerts import kinds
from serving.alerts.kinds import Frame, Rules, Signal, frame_of, read_rules, regular, signals, working_days
from serving.alerts.outage import is_quiet
from serving.alerts.world import closure, see, shut
from serving.settings import Settings
from tests.api.serving_seed import filled_records, morning

TODAY = date(2026, 6, 15)
FRAME = Frame(TODAY, date(2026, 5, 11), date(2026, 8, 16))
SILENT = {"days_since_last_activity": 9.0, "silence_vs_median_gap": 3.0, "never_active": 0.0}
CASES = {
    "nothing known says nothing": ({}, {}),
    "nulls say nothing": (dict.fromkeys(kinds.FEATURES), {}),
    "never started": ({"never_active": 1.0, "days_since_last_activity": 5.0}, {"never_started": False}),
    "not started yet, but it is early": ({"never_active": 1.0, "days_since_last_activity": 4.0}, {}),
    "silent three times the usual pause": (SILENT, {"sudden_silence": False}),
    "silent, but as usual": (SILENT | {"silence_vs_median_gap": 2.9}, {}),
    "an unusual silence, but short": (SILENT | {"days_since_last_activity": 6.0}, {}),
    "silent for so long that it is not sudden": (SILENT | {"days_since_last_activity": 29.0}, {}),
    "silent, usual pause unknown": (
        SILENT | {"silence_vs_median_gap": None, "days_since_last_activity": 14.0}, {"sudden_silence": False}),
    "silent a little, usual pause unknown": (SILENT | {"silence_vs_median_gap": None}, {}),
    "two assessments missed in a row": ({"last_assessments_missed": 2.0}, {"missed_assessments": False}),
    "one missed": ({"last_assessments_missed": 1.0}, {}),
    "a question of this morning": ({"unanswered_questions": 1.0, "longest_wait_for_answer_days": 1.0}, {}),
    "a question of Saturday": (
        {"unanswered_questions": 1.0, "longest_wait_for_answer_days": 2.0}, {"unanswered_question": False}),
    "a question of last Wednesday": (
        {"unanswered_questions": 1.0, "longest_wait_for_answer_days": 5.0}, {"unanswered_question": True}),
    "a question that nobody waits for any more": (
        {"unanswered_questions": 1.0, "longest_wait_for_answer_days": 40.0}, {"unanswered_question": False}),
    "says they leave": (
        {"last_intention": -1.0, "days_since_last_survey_answer": 3.0}, {"declared_intention": True}),
    "hesitates": ({"last_intention": 0.0, "days_since_last_survey_answer": 3.0}, {}),
    "said so long ago": ({"last_intention": -1.0, "days_since_last_survey_answer": 31.0}, {}),
    "writes about leaving": ({"posts_about_leaving_30d": 1.0}, {"declared_intention": True}),
    "wrote so two weeks ago": (
        {"posts_about_leaving_30d": 1.0, "days_since_last_post_about_leaving": 14.0}, {"declared_intention": True}),
    "wrote so before that": ({"posts_about_leaving_30d": 1.0, "days_since_last_post_about_leaving": 15.0}, {}),
    "would not recommend": ({"last_nps": 3.0, "days_since_last_survey_answer": 3.0}, {"low_nps": False}),
    "half recommends": ({"last_nps": 4.0, "days_since_last_survey_answer": 3.0}, {}),
    "absent twice in a row": ({"last_absences": 2.0}, {"repeated_absence": False}),
    "absent often": ({"last_absences": 0.0, "absences_30d": 3.0}, {"repeated_absence": False}),
    "absent once": ({"last_absences": 1.0, "absences_30d": 2.0}, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_rules_see(name):
    values, expected = CASES[name]
    assert {one.kind: one.grave for one in signals(values, FRAME, Rules())} == expected


@pytest.mark.parametrize("day", [FRAME.started_on - timedelta(days=1), FRAME.planned_end_on + timedelta(days=1)])
def test_nothing_is_seen_before_the_start_or_after_the_end(day):
    frame = Frame(day, FRAME.started_on, FRAME.planned_end_on)
    assert signals({"last_absences": 9.0}, frame, Rules()) == []


def test_every_reason_of_a_rule_is_in_the_catalogue_with_a_sentence():
    worst = dict.fromkeys(kinds.FEATURES, 9.0) | {"last_intention": -1.0, "last_nps": 0.0, "never_active": 0.0}
    told = [one for values in (worst, worst | {"never_active": 1.0}) for one in signals(values, FRAME, Rules())]
    assert {one.kind for one in told} == set(kinds.KINDS) - {"model_risk"}
    for name in {name for one in told for name in one.features}:
        assert catalog()[name].told
        assert sentence(name, worst[name] or 1.0, lang="fr")


def test_every_feature_that_rules_read_is_in_the_catalogue():
    assert set(kinds.FEATURES) <= set(catalog())


def test_the_frame_is_that_of_the_features():
    assert frame_of({"days_since_start": 35.0, "planned_days": 97.0}, TODAY) == FRAME


def test_signals_are_kept_with_their_values_now_and_a_week_before():
    kept = kinds.as_json([Signal("low_nps", ("last_nps",))], {"last_nps": 2.0}, {"last_nps": 8.0})
    reason = {"feature": "last_nps", "value": 2.0, "previous": 8.0, "contribution": 0.0}
    assert kept == [{"kind": "low_nps", "grave": False, "reasons": [reason]}]


SAID = {
    "an answer": ({"last_intention": -1.0, "days_since_last_survey_answer": 3.0}, 3),
    "a post": ({"posts_about_leaving_30d": 1.0, "days_since_last_post_about_leaving": 5.0}, 5),
    "both, the later counts": (
        {"last_intention": -1.0, "days_since_last_survey_answer": 3.0, "posts_about_leaving_30d": 1.0,
         "days_since_last_post_about_leaving": 5.0}, 3),
    "an old post beside an answer": (
        {"last_intention": -1.0, "days_since_last_survey_answer": 9.0, "posts_about_leaving_30d": 1.0,
         "days_since_last_post_about_leaving": 20.0}, 9),
    "a post of which the day is not known": ({"posts_about_leaving_30d": 1.0}, None),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_the_day_somebody_said_so_is_kept_with_the_signal_and_read_back(name):
    values, days = SAID[name]
    (found,) = signals(values, FRAME, Rules())
    assert found.said_on == (None if days is None else TODAY - timedelta(days=days))
    (kept,) = kinds.as_json([found], values, {})
    assert kinds.read_signal(kept) == found


@pytest.mark.parametrize(
    ("silent", "active", "expected"), [(4.0, 3.0, True), (5.0, 9.0, False), (0.0, 2.0, False), (1.0, None, None)]
)
def test_when_activity_is_regular_again(silent, active, expected):
    assert regular({"days_since_last_activity": silent, "active_days_14d": active}, Rules()) is expected


def test_an_organisation_sets_its_own_thresholds():
    assert read_rules(" silence_days=10, low_nps = 4 ,") == Rules(silence_days=10, low_nps=4)
    assert Settings(_env_file=None, alert_rules="absences_in_a_row=1").rules.absences_in_a_row == 1
    for wrong in ("silence=3", "silence_days", "silence_days=-1", "silence_days=x", "silence_days=366"):
        with pytest.raises(ValueError, match="silence_days"):
            read_rules(wrong)


@pytest.mark.parametrize(
    ("first", "last", "week", "closed", "days"),
    [
        (date(2026, 6, 12), date(2026, 6, 15), "12345", (), 1),
        (date(2026, 6, 8), date(2026, 6, 15), "12345", (), 5),
        (date(2026, 6, 8), date(2026, 6, 15), "12345", (date(2026, 6, 10),), 4),
        (date(2026, 6, 8), date(2026, 6, 15), "1", (), 1),
        (date(2026, 6, 15), date(2026, 6, 15), "12345", (), 0),
        (date(2026, 6, 20), date(2026, 6, 15), "12345", (), 0),
    ],
)
def test_working_days(first, last, week, closed, days):
    assert working_days(first, last, week=week, closed=closed) == days


def every(step, n, last=date(2026, 6, 10)):
    return [last - timedelta(days=step * i) for i in range(n)]


QUIET = {
    "nothing at all is no rhythm": ([], date(2026, 6, 15), (), False),
    "too few days to know": (every(1, 4), date(2026, 6, 25), (), False),
    "yesterday": (every(1, 20), date(2026, 6, 11), (), False),
    "two days without, from day to day": (every(1, 20), date(2026, 6, 13), (), False),
    "three days without, from day to day": (every(1, 20), date(2026, 6, 14), (), True),
    "a week without, from week to week": (every(7, 6), date(2026, 6, 17), (), False),
    "eight days without, from week to week": (every(7, 6), date(2026, 6, 18), (), False),
    "three weeks missed, from week to week": (every(7, 6), date(2026, 7, 2), (), True),
    "a weekend, on worked days only": (
        [d for d in every(1, 40, date(2026, 6, 12)) if d.weekday() < 5],
        date(2026, 6, 15),
        (),
        False,
    ),
    "three worked days more": (
        [d for d in every(1, 40, date(2026, 6, 12)) if d.weekday() < 5],
        date(2026, 6, 18),
        (),
        True,
    ),
    "closed meanwhile": (every(1, 20), date(2026, 6, 14), (date(2026, 6, 12), date(2026, 6, 13)), False),
    "what comes on the day is not known yet": ([*every(1, 20), date(2026, 6, 14)], date(2026, 6, 14), (), True),
}


@pytest.mark.parametrize("name", QUIET)
def test_when_a_source_is_quiet(name):
    known, as_of, closed, expected = QUIET[name]
    assert is_quiet(known, as_of, closed=closed) is expected
    assert is_quiet([*reversed(known), *known], as_of, closed=closed) is expected


CALENDAR = [
    ("", date(2026, 7, 14), date(2026, 7, 14), "public_holiday"),
    ("A", date(2026, 7, 13), date(2026, 7, 17), "closure"),
    ("B", date(2026, 7, 13), date(2026, 7, 17), "in_company"),
]


def test_a_session_is_closed_by_its_own_calendar_and_by_that_of_all():
    found = {one: closure(CALENDAR, one, date(2026, 7, 14)) for one in "ABC"}
    assert [(found[one].reason, found[one].until) for one in "ABC"] == [
        ("closure", date(2026, 7, 18)), ("public_holiday", date(2026, 7, 18)), ("public_holiday", date(2026, 7, 15))
    ]  # fmt: skip
    assert closure(CALENDAR, "C", date(2026, 7, 15)) is None
    assert shut(CALENDAR, "B") == {date(2026, 7, 14)}
    assert len(shut(CALENDAR, "A")) == 5


def records(days):
    """Return two sessions of one learner each, active on some days."""
    rows = {"enrolments": [], "activity": []}
    for n, (session, active) in enumerate(days.items()):
        rows["enrolments"].append(
            {"enrolment_id": n, "learner_id": n, "session_id": session, "course_id": "C", "outcome": "ongoing",
             "registered_on": date(2026, 3, 1), "started_on": date(2026, 3, 1), "planned_end_on": date(2026, 9, 1)}
        )  # fmt: skip
        rows["activity"] += [
            {"record_id": 1000 * n + i, "enrolment_id": n, "kind": "view", "count": 1, "occurred_from": morning(day),
             "occurred_to": morning(day), "known_at": morning(day), "known_on": day}
            for i, day in enumerate(active)
        ]  # fmt: skip
    rows["calendar"] = [dict(zip(("session_id", "from_on", "to_on", "kind"), line, strict=True)) for line in CALENDAR]
    return filled_records(rows)


def test_a_session_alone_or_the_whole_site_may_be_quiet():
    daily, stopped = every(1, 30, TODAY - timedelta(days=1)), every(1, 30, TODAY - timedelta(days=9))
    assert all(first > second for first, second in pairwise(daily))
    for active, quiet in (
        ({"A": daily, "B": daily}, set()),
        ({"A": daily, "B": stopped}, {"B"}),
        ({"A": stopped, "B": stopped, "C": []}, {"A", "B", "C"}),
    ):
        with records(active) as con:
            assert see(con, TODAY).quiet == quiet


def test_closures_of_the_day_are_seen_for_the_sessions_under_way():
    with records({"A": [], "B": [], "C": []}) as con:
        seen = see(con, date(2026, 7, 14))
        assert {one: closed.reason for one, closed in seen.closed.items()} == {
            "A": "closure", "B": "public_holiday", "C": "public_holiday"
        }  # fmt: skip
        assert seen.holidays == {date(2026, 7, 14)}
        assert see(con, date(2027, 7, 14)).closed == {}
