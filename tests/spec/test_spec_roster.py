"""Who has a line in the table."""

import pytest

from tests.spec.records_in import check, on, records, table

PEOPLE = """
who  registered  started  ends  left
1    -7          0        83    -
2    -7          0        83    20
3    10          12       83    -
4    -7          0        30    -
"""


@pytest.mark.parametrize(
    ("day", "who"),
    [
        (-1, []),
        (0, [1, 2, 4]),
        (11, [1, 2, 4]),
        (12, [1, 2, 3, 4]),
        (20, [1, 2, 3, 4]),
        (21, [1, 3, 4]),
        (30, [1, 3, 4]),
        (31, [1, 3]),
        (84, []),
    ],
)
def test_expected_from_the_first_day_to_the_planned_end_or_the_known_exit(day, who):
    assert list(table(records(enrolments=PEOPLE), day, ["never_active"])["enrolment_id"]) == who


def test_a_silent_learner_and_one_without_any_record_stay():
    con = records(enrolments="who\n1\n2", activity="who day\n1 -3")
    check(con, 40, "who days_since_last_activity never_active\n1 41 0\n2 41 1")


def test_nobody_and_nothing_scheduled_give_an_empty_table_with_its_columns():
    con = records(enrolments="who\n1")
    assert list(table(con, 0, ["actions_30d"], schedule={"S": []}).columns)[-1] == "actions_30d"
    assert table(con, 0, None, schedule={"elsewhere": [on(0)]}).shape == (0, 7 + len(table(con, 0, None).columns) - 7)


def test_lines_come_by_session_then_date_then_enrolment():
    con = records(enrolments="who session\n3 S\n1 S\n2 T", sessions="session_id ends_on\nS 83\nT 83")
    found = table(con, 0, ["never_active"], schedule={"T": [on(9)], "S": [on(8), on(2), on(8)]})
    lines = list(zip(found["session_id"], found["day_of_course"], found["enrolment_id"], strict=True))
    assert lines == [("T", 9, 2), ("S", 2, 1), ("S", 2, 3), ("S", 8, 1), ("S", 8, 3)]


def test_the_learners_own_clock_and_load():
    con = records(
        sessions="session_id ends_on\nS 83\nT 83",
        enrolments="""
        who  learner_id  session  registered  started  ends  left  prior_attempts  credits
        1    1           S        -7          0        100   -     2               60
        2    2           S        5           10       60    -     -               -
        3    2           T        -7          0        83    40    0               30
        """,
    )
    check(
        con,
        20,
        """
        who days_since_start share_of_course_elapsed days_late_to_start days_registered_ahead prior_attempts credits_studied parallel_enrolments
        1   20               0.2                     0                  7                     2              60              0
        2   10               0.2                     10                 5                     -              -               1
        """,  # noqa: E501
    )
    check(con, 41, "who parallel_enrolments\n1 0\n2 0")


def test_what_the_learner_does_and_leaves_elsewhere():
    con = records(
        sessions="session_id ends_on\nS 83\nT 83",
        enrolments="who learner_id session left\n1 1 S -\n2 2 S -\n3 2 T 15",
        activity="who day count\n2 10 1\n3 12 3\n3 20 50",
    )
    wanted = "who actions_elsewhere_30d share_of_actions_here_30d sessions_left_elsewhere"
    check(con, 15, f"{wanted}\n1 0 - 0\n2 3 0.25 0")
    check(con, 16, f"{wanted}\n1 0 - 0\n2 3 0.25 1")
    check(con, 42, f"{wanted}\n1 0 - 0\n2 53 0 1")


def test_the_planned_duration():
    check(records(enrolments="who ends\n1 100\n2 83"), 9, "who planned_days\n1 100\n2 83")
