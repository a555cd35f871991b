"""Whatever the records: the future never changes a feature, order never matters, the plain query agrees."""

from functools import cache

import duckdb
import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.contracts import TABLES
from features.catalog import catalog
from features.reference import NAMES, reference
from features.table import build
from tests.spec.records_in import filled, insert, on, records

SESSIONS = ("S", "T")
AS_OF = 20
days = st.integers(-70, 60)
people = st.integers(1, 6)
shared = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def some(key=None, **columns):
    unique = (lambda line: line[key]) if key else None
    return st.lists(st.fixed_dictionaries(columns), max_size=8, unique_by=unique)


maybe = st.none() | days
RECORDS = st.fixed_dictionaries(
    {
        "activity": some(
            enrolment_id=people,
            day=days,
            kind=st.sampled_from(["login", "resource", "quiz_view", "forum_view"]),
            resource_id=st.none() | st.integers(1, 4),
            count=st.integers(1, 5),
        ),
        "posts": some(
            "record_id",
            enrolment_id=st.none() | people,
            session_id=st.sampled_from(SESSIONS),
            record_id=st.integers(1, 9),
            parent_id=st.none() | st.integers(1, 9),
            day=days,
            is_question=st.booleans(),
            tone=st.none() | st.sampled_from([-0.3, 0.1, 0.7]),
            intent_to_leave=st.booleans(),
        ),
        "quiz_results": some(
            enrolment_id=people,
            assessment_id=st.integers(1, 4),
            day=days,
            attempt=st.integers(1, 3),
            score=st.none() | st.sampled_from([0.1, 0.45, 0.5, 0.93]),
            score_known_on=days,
            banked=st.booleans(),
        ),
        "survey_answers": some(
            enrolment_id=people,
            survey_id=st.integers(1, 3),
            sent_on=days,
            answered_on=maybe,
            value=st.integers(1, 5),
            question=st.sampled_from(["satisfaction", "confidence", "motivation"]),
            scale=st.sampled_from(["likert5", "yes_no"]),
        ),
    }
)
SETTING = {
    "sessions": "session_id starts_on ends_on\nS 0 83\nT 9 83",
    "enrolments": """
        who  session  learner_id  registered  started  left
        1    S        1           -7          0        -
        2    S        2           -7          0        15
        3    S        3           -2          3        35
        4    S        4           20          20       -
        5    T        2           -7          9        -
        6    T        6           -7          11       -
    """,
    "assessments": "what session due weight known_on\n1 S 5 20 -7\n2 S 19 30 -7\n3 S 40 50 20\n4 T 12 100 25",
    "calendar": "from to session kind\n2 4 S closure\n15 21 T in_company",
}


@cache
def setting():
    return records(**SETTING)


def base():
    """A connection that holds the setting, and nothing that an earlier one was given."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; SET threads = 1")
    for name in TABLES:
        con.register("held", setting().execute(f"SELECT * FROM {name}").to_arrow_table())
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM held")
        con.unregister("held")
    return con


def put(con, drawn):
    for name, lines in drawn.items():
        for number, line in enumerate(lines):
            insert(con, TABLES[name], filled(name, consistent(name, line), number))
    return con


def consistent(name, line):
    """What the contract promises: a score is released after it is handed in, an answer comes after its question."""
    if name == "quiz_results":
        here = 4 if line["enrolment_id"] > 4 else min(line["assessment_id"], 3)
        line = {**line, "assessment_id": here}
        known = None if line["score"] is None else max(line["score_known_on"], line["day"])
        return {**line, "score_known_on": known}
    if name == "survey_answers":
        answered = line["answered_on"]
        answered = None if answered is None else max(answered, line["sent_on"])
        return {**line, "answered_on": answered, "value": None if answered is None else line["value"]}
    if name == "posts" and line["enrolment_id"] is None:
        return {**line, "author_role": "mentor"}
    return line


def past(name, line):
    """The record as it was known before the date, or None."""
    line = consistent(name, line)
    day = line["sent_on"] if name == "survey_answers" else line["day"]
    if day >= AS_OF:
        return None
    for column, emptied in (("score_known_on", ("score", "score_known_on")), ("answered_on", ("answered_on", "value"))):
        if line.get(column) is not None and line[column] >= AS_OF:
            line = {**line, **dict.fromkeys(emptied)}
    return line


def known_before(drawn):
    return {name: [line for given in lines if (line := past(name, given))] for name, lines in drawn.items()}


def features(con, *, dates=(AS_OF,), names=None, sessions=SESSIONS):
    return build(con, {session: [on(day) for day in dates] for session in sessions}, names=names)


def same(left, right):
    pd.testing.assert_frame_equal(left, right, check_exact=True)


@shared
@given(drawn=RECORDS)
def test_what_is_known_at_or_after_the_date_changes_nothing(drawn):
    same(features(put(base(), drawn)), features(put(base(), known_before(drawn))))


@shared
@given(drawn=RECORDS)
def test_nor_when_later_dates_are_asked_for_too(drawn):
    con = put(base(), drawn)
    both = features(con, dates=(AS_OF, 55))
    alone = features(con)
    same(both[both["as_of_on"] == alone["as_of_on"].iloc[0]].reset_index(drop=True), alone)


LATER = [
    "INSERT INTO enrolments BY NAME SELECT * REPLACE (77 AS enrolment_id, DATE '2025-01-26' AS registered_on) "
    "FROM enrolments WHERE enrolment_id = 1",
    "UPDATE enrolments SET outcome = 'abandoned', outcome_known_on = DATE '2025-01-26' WHERE enrolment_id = 1",
    "UPDATE enrolments SET outcome_known_on = DATE '2025-02-20' WHERE enrolment_id = 3",
    "UPDATE assessments SET known_on = DATE '2025-01-27', due_on = DATE '2025-01-07' WHERE assessment_id = 3",
    "INSERT INTO assessments BY NAME SELECT * REPLACE (9 AS assessment_id, DATE '2025-01-26' AS known_on) "
    "FROM assessments WHERE assessment_id = 1",
    "UPDATE assessments SET due_on = DATE '2025-01-08', weight = 5 WHERE known_on >= DATE '2025-01-26'",
    "UPDATE assessments SET due_on = DATE '2025-01-27' WHERE known_on >= DATE '2025-01-26'",
    "UPDATE assessments SET due_on = NULL WHERE known_on >= DATE '2025-01-26'",
]
"""Day 20 is 26 January; assessments 3 and 4 are announced that day or later."""


@shared
@given(drawn=RECORDS, change=st.sampled_from(LATER))
def test_nor_do_later_enrolments_exits_and_announcements(drawn, change):
    con = put(base(), drawn)
    expected = features(con)
    con.execute(change)
    found = features(con)
    same(found[found["enrolment_id"] != 77].reset_index(drop=True), expected)


@shared
@given(drawn=RECORDS, data=st.data())
def test_the_order_of_records_never_matters(drawn, data):
    shuffled = {name: data.draw(st.permutations(lines), label=name) for name, lines in drawn.items()}
    first, second = base(), base()
    for con, lines in ((first, drawn), (second, shuffled)):
        for name in lines:
            for line in lines[name]:
                number = drawn[name].index(line)
                insert(con, TABLES[name], filled(name, consistent(name, line), number))
    same(features(first), features(second))


@shared
@given(drawn=RECORDS)
def test_a_session_alone_or_among_others_gives_the_same_bits(drawn):
    con = put(base(), drawn)
    batch = features(con, dates=(7, AS_OF, 55))
    for session in SESSIONS:
        alone = features(con, dates=(7, AS_OF, 55), sessions=(session,))
        same(batch[batch["session_id"] == session].reset_index(drop=True), alone)


@shared
@given(drawn=RECORDS)
def test_a_learners_own_features_owe_nothing_to_the_others(drawn):
    own = [name for name, entry in catalog().items() if entry.scope == "learner" and not entry.null]
    con = put(base(), drawn)
    whole = features(con, names=own, sessions=("S",))
    con.execute("DELETE FROM enrolments WHERE session_id = 'S' AND enrolment_id <> 1")
    same(features(con, names=own, sessions=("S",)), whole[whole["enrolment_id"] == 1].reset_index(drop=True))


@shared
@given(drawn=RECORDS)
def test_the_plain_query_gives_the_same_numbers(drawn):
    con = put(base(), drawn)
    schedule = {session: [on(day) for day in (1, 8, AS_OF, 21, 50)] for session in SESSIONS}
    fast, plain = build(con, schedule, names=NAMES), reference(con, schedule)
    assert list(fast["enrolment_id"]) == list(plain["enrolment_id"])
    assert list(fast["as_of_on"]) == list(plain["as_of_on"])
    for name in NAMES:
        np.testing.assert_array_equal(fast[name], plain[name], err_msg=name)
