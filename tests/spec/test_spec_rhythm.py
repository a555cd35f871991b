"""Rhythm: runs, pauses, trends, falls and beginnings. Closed days never lengthen a silence."""

from tests.spec.records_in import check, records

TWO = "who\n1\n2"
BURSTS = "who day\n1 0\n1 3\n1 6\n1 20\n1 23\n1 25"


def test_silence_against_the_median_of_the_learners_own_gaps():
    con = records(enrolments=TWO, activity=BURSTS + "\n2 1\n2 3")
    check(con, 28, "who silence_vs_median_gap\n1 1\n2 -")
    check(con, 34, "who silence_vs_median_gap\n1 3\n2 -")


def test_the_run_without_a_pause_of_more_than_a_week():
    con = records(enrolments=TWO, activity=BURSTS)
    check(con, 28, "who steady_days longest_steady_days\n1 8 8\n2 0 0")
    check(con, 34, "who steady_days longest_steady_days\n1 0 7\n2 0 0")


def test_a_holiday_does_not_end_a_run():
    con = records(enrolments="who\n1", activity=BURSTS, calendar="from to\n8 16")
    check(con, 28, "who steady_days longest_steady_days silence_vs_median_gap\n1 19 19 1")


def test_trend_and_fall_of_the_weeks():
    con = records(
        enrolments=TWO,
        activity="""
        who  day  count
        1    1    2
        1    8    4
        1    15   6
        1    22   8
        1    29   10
        1    36   12
        2    1    10
        2    8    10
        2    15   10
        2    22   10
        2    29   1
        2    36   1
        """,
    )
    check(
        con,
        42,
        """
        who  actions_trend_6w  activity_drop  weeks_since_activity_drop
        1    0.2857            0              -
        2    -0.2939           2.1213         2
        """,
    )
    check(con, 27, "who actions_trend_6w activity_drop\n1 - -\n2 - -")


def test_a_closed_week_is_no_silent_week():
    con = records(
        enrolments="who\n1",
        activity="who day\n1 1\n1 8\n1 15\n1 29\n1 36\n1 43",
        calendar="from to\n21 27",
    )
    check(
        con,
        49,
        "who active_weeks_of_last_6 weekly_actions_variation actions_trend_6w activity_drop\n1 6 0 0 0",
    )


def test_the_beginning():
    con = records(
        enrolments="who\n1\n2\n3\n4",
        activity="who day count\n1 0 2\n1 3 1\n1 9 5\n2 4 1\n4 -2 7",
        calendar="from to\n8 9",
    )
    check(
        con,
        12,
        """
        who  days_to_first_activity  first_week_actions  first_week_active_days
        1    0                       3                   2
        2    4                       1                   1
        3    10                      0                   0
        4    0                       0                   0
        """,
    )
    check(con, 6, "who days_to_first_activity first_week_actions\n1 0 -\n2 4 -\n3 6 -\n4 0 -")


def test_older_actions_weigh_less():
    con = records(enrolments=TWO, activity="who day kind count\n1 0 view 8\n1 10 view 3\n2 0 login 8")
    check(con, 11, "who actions_decayed_5d\n1 5\n2 2")
    check(con, 15, "who logins_decayed_14d\n1 0\n2 4")


def test_kinds_of_things_done():
    con = records(
        enrolments=TWO, activity="who day kind\n1 1 video\n1 40 resource\n1 41 resource\n1 42 quiz_view\n2 42 login"
    )
    check(con, 43, "who kinds_used_30d\n1 2\n2 1")


def test_counts_over_30_days_say_nothing_of_the_rhythm():
    con = records(enrolments="who\n1", activity="who day occurred_from occurred_to count\n1 4 -25 4 5\n1 34 5 34 9")
    check(
        con,
        50,
        """
        who  silence_vs_median_gap  steady_days  actions_trend_6w  activity_drop  first_week_actions  actions_decayed_5d
        1    -                      -            -                 -              -                   -
        """,
    )
