"""Activity: records in, features out. As of a day, the day itself is not seen."""

import pytest

from tests.spec.records_in import check, records

TWO = "who\n1\n2"


def test_volume_over_windows_that_end_the_day_before():
    con = records(
        enrolments=TWO,
        activity="""
        who  day  kind   count
        1    5    view   3
        1    34   view   4
        1    54   view   1
        1    61   view   7
        1    67   login  2
        1    68   view   100
        """,
    )
    check(
        con,
        68,
        """
        who  actions_7d  actions_14d  actions_30d  actions_previous_30d  actions_total  actions_30d_vs_previous
        1    9           10           10           4                     17             2.2
        2    0           0            0            0                     0              1
        """,
    )


def test_recency_counts_whole_days_and_starts_with_the_learner():
    con = records(
        enrolments="who started\n1 0\n2 0\n3 6",
        activity="who day kind\n1 3 login\n1 9 view\n2 -4 login\n3 2 login",
    )
    check(
        con,
        10,
        """
        who  days_since_last_activity  days_since_last_login  never_active
        1    1                         7                      0
        2    11                        11                     0
        3    5                         5                      0
        """,
    )


@pytest.mark.parametrize(
    ("closures", "silent"),
    [("from to\n100 110", 12), ("from to\n5 9", 7), ("from to kind\n5 9 closure\n8 10 public_holiday", 6)],
)
def test_closed_days_are_no_silence(closures, silent):
    con = records(enrolments=TWO, activity="who day\n1 2\n2 13", calendar=closures)
    check(con, 14, f"who days_since_last_activity longest_silence_days\n1 {silent} {silent}\n2 1 {silent + 2}")


def test_a_closure_of_all_sessions_and_one_of_another():
    con = records(
        enrolments=TWO,
        activity="who day\n1 2\n2 2",
        calendar="from to session_id kind\n3 4 T closure",
    )
    con.execute("INSERT INTO calendar VALUES ('', DATE '2025-01-12', DATE '2025-01-13', 'in_company')")
    check(con, 10, "who days_since_last_activity\n1 6\n2 6")


def test_regularity():
    con = records(
        enrolments=TWO,
        activity="who day count\n1 1 1\n1 2 1\n1 9 1\n1 10 2\n1 30 1\n1 41 3",
    )
    check(
        con,
        42,
        """
        who  active_days_14d  active_days_30d  active_days_change_14d  active_weeks_of_last_6  longest_silence_days  silence_vs_usual_gap
        1    2                2                2                       4                       20                    0.1429
        2    0                0                0                       0                       43                    -
        """,  # noqa: E501
    )


def test_an_action_weighs_half_as_much_after_14_days():
    con = records(enrolments=TWO, activity="who day count\n1 0 8\n1 14 2\n1 27 3")
    check(con, 28, "who actions_decayed_14d\n1 6.1523\n2 0")


def test_the_week_against_the_learners_own_pace():
    con = records(enrolments=TWO, activity="who day count\n1 -3 90\n1 2 10\n1 9 10\n1 16 10\n1 23 4\n2 2 1")
    check(con, 28, "who actions_7d_vs_usual\n1 0.4545\n2 0.75")


def test_days_before_the_start_are_neither_an_absence_nor_a_past_to_compare_with():
    con = records(
        enrolments="who registered started\n1 -7 0\n2 -7 1",
        activity="who day count\n1 1 1\n2 1 1\n1 8 2\n2 8 2",
    )
    for day, name, value in (
        (14, "actions_7d_vs_usual", 1.5),
        (30, "active_days_30d", 2),
        (42, "active_weeks_of_last_6", 2),
        (42, "weekly_actions_variation", 1.5275),
        (60, "actions_30d_vs_previous", 0.25),
        (60, "actions_30d_vs_previous_percentile", 0.5),
    ):
        check(con, day, f"who {name}\n1 {value}\n2 -")


def test_breadth_counts_a_resource_once():
    con = records(
        enrolments=TWO,
        activity="""
        who  day  kind        resource
        1    0    resource    11
        1    40   resource    11
        1    41   resource    12
        1    41   quiz_view   21
        1    42   forum_view  31
        1    43   resource    13
        """,
    )
    check(
        con,
        43,
        """
        who  resources_opened  new_resources_30d  documents_opened  quizzes_opened  forums_opened
        1    4                 3                  2                 1               1
        2    0                 0                  0                 0               0
        """,
    )


def test_kinds_have_their_own_counts_and_are_null_where_the_session_has_none():
    con = records(
        enrolments=TWO,
        activity="who day kind count\n1 4 resource 2\n1 4 quiz_view 3\n1 5 forum_view 4\n1 30 video 9",
    )
    check(
        con,
        10,
        """
        who  resource_actions_30d  quiz_views_30d  forum_views_30d  video_actions_30d  logins_30d
        1    2                     3               4                -                  -
        2    0                     0               0                -                  -
        """,
    )


def test_counts_over_30_days_say_nothing_of_shorter_windows():
    con = records(
        enrolments=TWO,
        activity="""
        who  day  occurred_from  occurred_to  count
        1    4    -25            4            5
        1    34   5              34           40
        """,
    )
    check(
        con,
        35,
        """
        who  actions_30d  actions_previous_30d  actions_14d  actions_7d  active_days_30d  days_since_last_activity
        1    40           5                     -            -           -                1
        2    0            0                     -            -           -                36
        """,
    )


def test_logins_and_pages_of_work_and_marks():
    con = records(
        enrolments=TWO,
        activity="who day kind count\n1 2 login 1\n1 20 login 2\n1 20 assignment_view 3\n1 21 grade_view 4",
    )
    check(con, 25, "who logins_14d logins_30d assignment_views_30d grade_views_30d\n1 2 3 3 4\n2 0 0 0 0")
