"""Whatever the records: the future never changes a feature, order never matters, the plain query agrees."""

from functools import cache

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.contracts import TABLES
from features import norms
from features.catalog import catalog
from features.oracle import NAMES, OTHERS, oracle
from features.table import build
from tests.spec.records_in import filled, insert, on, records

SESSIONS = ("S", "T")
AS_OF = 20
days = st.integers(-70, 60)
people = st.integers(1, 6)
shared = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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
            polite=st.booleans(),
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
            question=st.sampled_from(["satisfaction", "confidence", "motivation", "intention"]),
            scale=st.sampled_from(["likert5", "yes_no", "nps", "intent"]),
        ),
        "attendance": some(
            enrolment_id=people,
            day=days,
            starts_at=days,
            slot_id=st.integers(1, 5),
            status=st.sampled_from(["present", "late", "excused", "absent"]),
            minutes=st.none() | st.sampled_from([45.0, 120.0]),
        ),
    }
)
CLOCKS = {"survey_answers": "sent_on"}
"""The day a record becomes known, where it is not called `day`."""
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


@pytest.fixture(autouse=True, scope="module")
def few_are_enough():
    """Sessions of a few learners are compared with earlier ones too: session S is earlier than T."""
    patched = pytest.MonkeyPatch()
    patched.setattr(norms, "ENOUGH", 1)
    yield
    patched.undo()


@cache
def setting(rich):
    return records(**(RICH_SETTING if rich else SETTING))


def base(of=None):
    """A connection that holds the setting, and nothing that an earlier one was given."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; SET threads = 1")
    for name in TABLES:
        con.register("held", setting(of is not None).execute(f"SELECT * FROM {name}").to_arrow_table())
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM held")
        con.unregister("held")
    return con


def put(con, drawn):
    for name, lines in drawn.items():
        insert(con, TABLES[name], *(filled(name, consistent(name, line), number) for number, line in enumerate(lines)))
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
    if name == "attendance":
        return {**line, "starts_at": min(line["starts_at"], line["day"])}
    if name == "posts" and line["enrolment_id"] is None:
        return {**line, "author_role": "mentor"}
    return line


def past(name, line):
    """The record as it was known before the date, or None."""
    line = consistent(name, line)
    if line[CLOCKS.get(name, "day")] >= AS_OF:
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


RICH_SETTING = {
    "sessions": "session_id starts_on ends_on\nS -50 60\nT -41 69",
    "enrolments": """
        who  session  learner_id  registered  started  left  prior_attempts  credits
        1    S        1           -57         -50      -     1               30
        2    S        2           -57         -50      -     -               -
        3    S        3           -57         -50      12    0               60
        4    S        4           20          20       -     -               -
        5    T        2           -57         -41      -     0               30
        6    T        6           -57         -41      -     -               -
    """,
    "assessments": "what session due weight known_on\n1 S -40 20 -57\n2 S 9 30 -57\n3 S 30 50 -57\n4 T 12 100 -57",
    "calendar": "from to session kind\n2 4 S closure\n15 18 T in_company",
}
KINDS = ("login", "resource", "quiz_view", "forum_view", "video", "assignment_view", "grade_view", "resource")
SCALES = {"nps": "nps", "intention": "intent", **dict.fromkeys(("satisfaction", "confidence", "motivation"), "likert5")}
RICH = {
    "activity": [
        {"enrolment_id": who, "day": day, "kind": kind, "resource_id": resource, "count": 1 + who}
        for who in range(1, 7)
        for day in range(who - 49, 14 if who == 2 else 19, who)
        for resource, kind in enumerate(KINDS)
    ],
    "posts": [
        {"enrolment_id": who, "session_id": session, "record_id": post, "parent_id": parent, "day": day,
         "is_question": parent is None, "polite": who == 1, "tone": tone, "intent_to_leave": who == 2}
        for post, (who, session, parent, day, tone) in enumerate(
            [(1, "S", None, 3, 0.1), (2, "S", 1, 4, -0.3), (None, "S", 1, 5, None), (1, "S", 2, 6, 0.7),
             (1, "S", None, 9, 0.2), (5, "T", None, 12, 0.1), (6, "T", 6, 13, 0.3), (1, "S", None, -40, 0.1)], 1)
    ],
    "quiz_results": [
        {"enrolment_id": who, "assessment_id": work, "day": day, "attempt": 1, "score": score,
         "score_known_on": day + 1, "banked": False}
        for who, work, day, score in [(1, 1, -44, 0.5), (2, 1, -41, 0.93), (3, 1, -42, 0.1), (1, 2, 7, 0.1),
                                      (2, 2, 6, 0.45), (5, 4, 10, 0.7)]
    ],
    "survey_answers": [
        {"enrolment_id": who, "survey_id": survey, "sent_on": sent, "answered_on": sent + who, "value": 2 + survey % 2,
         "question": question, "scale": scale}
        for who in (1, 2)
        for survey, sent in ((1, 2), (2, 9), (3, 16))
        for question, scale in SCALES.items()
    ],
    "attendance": [
        {"enrolment_id": who, "day": day, "starts_at": day, "slot_id": day, "minutes": 60.0,
         "status": ("present", "late", "absent", "excused")[(who + day) % 4]}
        for who in range(1, 7)
        for day in range(-38, 19, 3)
    ],
}  # fmt: skip
"""Enough of everything for every feature to have a value on the date."""


def rich(records_of=None):
    """A connection that holds the rich site, or its setting with other records."""
    return put(base(RICH_SETTING), RICH if records_of is None else records_of)


@shared
@given(data=st.data())
def test_records_added_moved_or_changed_at_or_after_the_date_move_nothing(data):
    """Whole sites, of which any records of any table become known later, change, or are joined by others."""
    later = data.draw(RECORDS, label="added")
    names = data.draw(st.sets(st.sampled_from(list(RICH)), min_size=1), label="tables")
    added = {name: [known_later(name, line) for line in later[name]] for name in names}
    same(features(rich({name: [*RICH[name], *added.get(name, [])] for name in RICH})), rich_features())


@shared
@given(data=st.data())
def test_records_that_only_become_known_later_were_never_there(data):
    """Take any of a whole site's records away, and put them back known at or after the date: the same."""
    table = data.draw(st.sampled_from(list(RICH)), label="table")
    taken = data.draw(st.sets(st.sampled_from(range(len(RICH[table]))), min_size=1, max_size=20), label="lines")
    left = [line for number, line in enumerate(RICH[table]) if number not in taken]
    moved = [known_later(table, RICH[table][number]) for number in taken]
    same(features(rich({**RICH, table: left + moved})), features(rich({**RICH, table: left})))


@cache
def rich_features():
    return features(rich())


def known_later(name, line):
    """The same record, known on the date or after it."""
    clock = CLOCKS.get(name, "day")
    moved = {**line, clock: AS_OF + abs(line[clock]) % 30}
    return {**moved, "record_id": 500 + line["record_id"]} if name == "posts" else moved


def test_the_rich_site_gives_every_feature_a_value():
    assert {name for name in catalog() if rich_features()[name].isna().all()} == set()


def test_alone_in_a_batch_and_on_many_dates_the_rich_site_gives_the_same_bits():
    con, dates = rich(), (-8, AS_OF, 33)
    batch = features(con, dates=dates)
    for session in SESSIONS:
        several = features(con, dates=dates, sessions=(session,))
        same(batch[batch["session_id"] == session].reset_index(drop=True), several)
        for date in dates:
            alone = features(con, dates=(date,), sessions=(session,))
            same(several[several["as_of_on"] == str(on(date))].reset_index(drop=True), alone)


SILENCES = [
    name
    for name, known in catalog().items()
    if known.direction == 1 and known.unit == "days" and "closures" in known.words["en"].many
]


@shared
@given(drawn=RECORDS, first=st.integers(-10, 25), days=st.integers(0, 12))
def test_a_closure_never_lengthens_a_silence(drawn, first, days):
    before, con = features(put(base(), drawn), names=SILENCES), put(base(), drawn)
    con.execute("INSERT INTO calendar VALUES ('', ?, ?, 'closure')", [on(first), on(first + days)])
    after = features(con, names=SILENCES)
    assert not (after[SILENCES] > before[SILENCES]).any(axis=None)
    assert len(SILENCES) >= 8


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
    fast, plain = build(con, schedule, names=[*NAMES, *OTHERS]), oracle(con, schedule)
    assert list(fast["enrolment_id"]) == list(plain["enrolment_id"])
    assert list(fast["as_of_on"]) == list(plain["as_of_on"])
    for name in (*NAMES, *OTHERS):
        tolerance = 1e-12 if "decayed" in name else 0.0
        np.testing.assert_allclose(fast[name], plain[name], rtol=tolerance, atol=0, err_msg=name, equal_nan=True)
