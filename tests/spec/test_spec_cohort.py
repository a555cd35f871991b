"""Position within the session, the same day, among those registered before it."""

from tests.spec.records_in import check, records

FOUR = "who\n1\n2\n3\n4"


def test_percentile_counts_ties_half():
    con = records(enrolments=FOUR, activity="who day count\n1 5 9\n2 5 3\n3 5 3")
    check(con, 10, "who actions_30d_percentile\n1 0.875\n2 0.5\n3 0.5\n4 0.125")


def test_z_is_the_distance_from_the_mean_in_standard_deviations():
    con = records(enrolments="who\n1\n2", activity="who day count\n1 5 9")
    check(con, 10, "who actions_30d_z days_since_last_activity_z\n1 1 -1\n2 -1 1")


def test_when_all_are_alike_nobody_is_apart():
    con = records(enrolments="who\n1\n2", activity="who day\n1 5\n2 5")
    check(con, 10, "who actions_30d_z actions_30d_percentile\n1 0 0.5\n2 0 0.5")


def test_the_cohort_is_who_is_here_and_was_registered_before():
    con = records(
        enrolments="who registered started left\n1 -7 0 -\n2 -7 0 6\n3 -7 0 -\n4 10 10 -",
        activity="who day count\n1 5 1\n2 5 9\n3 5 2\n4 9 5",
    )
    check(con, 10, "who actions_30d_percentile\n1 0.25\n3 0.75\n4 -")
    check(con, 11, "who actions_30d_percentile\n1 0.1667\n3 0.5\n4 0.8333")


def test_another_session_is_another_cohort():
    con = records(
        sessions="session_id ends_on\nS 83\nT 83",
        enrolments="who session\n1 S\n2 S\n3 T",
        activity="who day count\n1 5 1\n2 5 2\n3 5 50",
    )
    check(con, 10, "who actions_30d_percentile\n1 0.25\n2 0.75")


def test_what_the_session_follows_and_the_learner_has_not_opened():
    con = records(
        enrolments="who\n1\n2\n3\n4\n5",
        activity="""
        who  day  kind      resource
        1    1    resource  11
        2    2    resource  11
        1    1    resource  12
        3    3    resource  13
        4    4    resource  13
        5    9    resource  12
        """,
    )
    check(
        con,
        9,
        """
        who  common_resources_share  common_resources_missing
        1    0.5                     1
        2    0.5                     1
        3    0.5                     1
        4    0.5                     1
        5    0                       2
        """,
    )
    check(con, 10, "who common_resources_missing\n1 1\n2 2\n3 2\n4 2\n5 2")


def test_scores_against_the_same_assessment_and_the_order_of_handing_in():
    con = records(
        enrolments="who\n1\n2\n3\n4",
        assessments="what due\n1 10\n2 20",
        quiz_results="""
        who  what  day  score  marked
        1    1     8    0.9    12
        2    1     9    0.5    12
        3    1     10   0.4    12
        1    2     18   0.7    22
        2    2     19   0.5    22
        """,
    )
    check(
        con,
        23,
        """
        who  score_vs_session  last_score_vs_session  submission_rank  mean_score_percentile  assessments_handed_in_z
        1    0.2               0.1                    0                0.8333                 0.9045
        2    -0.1              -0.1                   0.25             0.5                    0.9045
        3    -0.2              -0.2                   0.5              0.1667                 -0.3015
        4    -                 -                      -                -                      -1.5076
        """,
    )


def test_departures_known_so_far():
    con = records(enrolments="who left\n1 -\n2 5\n3 -3\n4 40")
    check(con, 6, "who session_left_share\n1 0.3333\n4 0.3333")


WORK = {
    "assessments": "what due weight\n1 10 20\n2 20 30",
    "quiz_results": """
    who  what  day  score  marked
    1    1     8    0.9    12
    2    1     9    0.5    12
    3    1     10   0.4    12
    1    2     18   0.7    22
    2    2     19   0.5    22
    """,
}


def test_ranks_within_the_same_assessment():
    check(
        records(enrolments=FOUR, **WORK),
        23,
        """
        who  last_submission_rank  score_rank  last_score_rank
        1    0                     0.7917      0.75
        2    0.25                  0.375       0.25
        3    0.5                   0.1667      0.1667
        4    -                     -           -
        """,
    )


def test_marks_and_scores_against_the_sessions_mean():
    check(
        records(enrolments=FOUR, **WORK),
        23,
        """
        who  mean_score_z  weight_handed_in_z  marks_earned_z  weight_handed_in_percentile  marks_earned_percentile
        1    1.3728        0.9428              1.3892          0.75                         0.875
        2    -0.3922       0.9428              0.4631          0.75                         0.625
        3    -0.9806       -0.4714             -0.6615         0.375                        0.375
        4    -             -1.4142             -1.1908         0.125                        0.125
        """,
    )


def test_percentile_and_z_come_in_pairs():
    con = records(enrolments="who\n1\n2", activity="who day kind resource count\n1 25 resource 7 9\n1 26 resource 8 1")
    check(
        con,
        31,
        """
        who  actions_total_z  actions_total_percentile  active_days_30d_z  active_days_30d_percentile  days_since_last_activity_percentile
        1    1                0.75                      1                  0.75                        0.25
        2    -1               0.25                      -1                 0.25                        0.75
        """,  # noqa: E501
    )
    check(
        con,
        31,
        """
        who  resources_opened_z  resources_opened_percentile  new_resources_30d_z  new_resources_30d_percentile  actions_14d_percentile
        1    1                   0.75                         1                    0.75                          0.75
        2    -1                  0.25                         -1                   0.25                          0.25
        """,  # noqa: E501
    )


def test_resources_that_the_session_has_long_followed():
    con = records(
        enrolments="who\n1\n2\n3\n4\n5",
        activity="who day kind resource\n1 1 resource 11\n2 2 resource 11\n1 1 resource 12\n5 20 resource 12",
    )
    check(
        con,
        30,
        """
        who  overdue_resources  common_resources_missing
        1    0                  0
        2    0                  1
        3    1                  2
        4    1                  2
        5    1                  1
        """,
    )


def test_posts_among_the_session():
    con = records(enrolments="who\n1\n2", posts="who day\n1 3\n1 4")
    check(con, 9, "who posts_30d_percentile\n1 0.75\n2 0.25")
