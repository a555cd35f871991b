"""Quizzes and assignments: deadlines, attempts and marks in, features out."""

from tests.spec.records_in import check, records

THREE = "who\n1\n2\n3"
PLAN = "what due weight\n1 10 20\n2 20 30\n3 40 50"
WORK = """
who  what  day  score  marked
1    1     9    0.8    16
1    2     22   0.4    29
2    1     10   0.6    17
3    1     30   -      -
"""


def test_due_handed_in_missed():
    con = records(enrolments=THREE, assessments=PLAN, quiz_results=WORK)
    check(
        con,
        11,
        """
        who  assessments_due  assessments_handed_in  assessments_missed  last_assessments_missed  share_handed_in  weight_missed
        1    1                1                      0                   0                        1                0
        2    1                1                      0                   0                        1                0
        3    1                0                      1                   1                        0                20
        """,  # noqa: E501
    )
    check(
        con,
        31,
        """
        who  assessments_due  assessments_handed_in  assessments_missed  last_assessments_missed  share_handed_in  weight_handed_in_share  weight_handed_in
        1    2                2                      0                   0                        1                1                       50
        2    2                1                      1                   1                        0.5              0.4                     20
        3    2                1                      1                   1                        0.5              0.4                     20
        """,  # noqa: E501
    )


def test_what_nobody_hands_in_is_missed_by_nobody_until_somebody_does():
    con = records(enrolments=THREE, assessments=PLAN, quiz_results=WORK)
    check(con, 22, "who assessments_due assessments_missed\n1 1 0\n2 1 0\n3 1 1")
    check(con, 23, "who assessments_due assessments_missed\n1 2 0\n2 2 1\n3 2 2")


def test_a_late_comer_is_not_expected_at_what_was_due_before():
    con = records(enrolments="who started\n1 0\n2 15", assessments=PLAN, quiz_results=WORK)
    check(con, 25, "who assessments_due assessments_missed share_handed_in\n1 2 0 1\n2 1 1 0")


def test_an_assessment_counts_once_announced():
    con = records(enrolments="who\n1\n2", assessments="what due known_on\n1 10 30", quiz_results="who what day\n1 1 9")
    check(con, 30, "who assessments_due assessments_handed_in\n1 - -\n2 - -")
    check(con, 31, "who assessments_due assessments_missed\n1 1 0\n2 1 1")


def test_lateness_and_its_trend():
    con = records(enrolments=THREE, assessments=PLAN, quiz_results=WORK)
    check(
        con,
        31,
        """
        who  late_submissions  mean_lateness_days  last_lateness_days  lateness_trend_days  days_since_last_submission  submissions_30d
        1    1                 0.5                 2                   3                    9                           2
        2    0                 0                   0                   -                    21                          1
        3    1                 20                  20                  -                    1                           1
        """,  # noqa: E501
    )


def test_half_past_midnight_in_paris_is_the_day_after_the_deadline():
    con = records(
        enrolments="who\n1\n2",
        assessments="what due\n1 10",
        quiz_results="who what day at\n1 1 11 10@23:30\n2 1 10 10@22:30",
    )
    check(con, 12, "who late_submissions last_lateness_days\n1 1 1\n2 0 0")


def test_scores_count_from_the_day_they_are_released():
    con = records(enrolments=THREE, assessments=PLAN, quiz_results=WORK)
    check(con, 16, "who mean_score last_score\n1 - -\n2 - -\n3 - -")
    check(
        con,
        30,
        """
        who  mean_score  last_score  score_trend  scores_below_half  marks_earned  marks_earned_share
        1    0.6         0.4         -0.4         1                  28            0.56
        2    0.6         0.6         -            0                  12            0.24
        3    -           -           -            0                  0             0
        """,
    )


def test_the_best_attempt_counts():
    con = records(
        enrolments="who\n1",
        assessments="what due weight\n1 10 20",
        quiz_results="""
        who  what  day  attempt  score  marked  auto_submitted
        1    1     5    1        0.3    5       yes
        1    1     7    2        0.9    7       no
        1    1     9    3        0.5    9       no
        """,
    )
    for day, score, below in ((6, 0.3, 1), (8, 0.9, 0), (10, 0.9, 0)):
        check(con, day, f"who mean_score last_score scores_below_half\n1 {score} {score} {below}")
    check(con, 10, "who attempts_30d attempts_per_assessment interrupted_attempts assessments_handed_in\n1 3 3 1 1")


def test_the_next_deadline():
    con = records(enrolments=THREE, assessments=PLAN, quiz_results=WORK + "1 3 24 - -\n")
    check(con, 0, "who days_to_next_deadline next_assessment_handed_in\n1 10 0\n2 10 0\n3 10 0")
    check(con, 20, "who days_to_next_deadline next_assessment_handed_in\n1 0 0\n2 0 0\n3 0 0")
    check(
        con,
        30,
        """
        who  days_to_next_deadline  next_assessment_handed_in  days_since_last_deadline
        1    10                     1                          8
        2    10                     0                          8
        3    10                     0                          8
        """,
    )
    check(con, 41, "who days_to_next_deadline next_assessment_handed_in\n1 - -\n2 - -\n3 - -")


def test_a_result_carried_over_is_handed_in_but_neither_early_nor_a_proof_that_the_session_hands_in():
    con = records(enrolments="who\n1\n2", assessments="what due\n1 10", quiz_results="who what day banked\n1 1 -40 yes")
    check(con, 20, "who banked_results assessments_handed_in assessments_due last_lateness_days\n1 1 1 0 -\n2 0 0 0 -")


def test_the_lateness_of_a_carried_over_result_waits_for_a_true_attempt():
    con = records(
        enrolments="who\n1", assessments="what due\n1 10", quiz_results="who what day banked\n1 1 4 yes\n1 1 30 no"
    )
    check(con, 30, "who late_submissions mean_lateness_days\n1 0 -")
    check(con, 31, "who late_submissions mean_lateness_days\n1 1 20")


def test_a_session_without_assessments_says_nothing():
    check(records(enrolments="who\n1"), 20, "who assessments_due assessments_missed mean_score\n1 - - -")


def test_the_last_moment_is_the_eve_of_the_deadline():
    con = records(
        enrolments=THREE, assessments="what due\n1 10\n2 20", quiz_results="who what day\n1 1 5\n1 2 19\n2 1 12"
    )
    check(con, 21, "who last_minute_share\n1 0.5\n2 1\n3 -")


def test_the_last_score_against_the_best():
    con = records(enrolments=THREE, assessments=PLAN, quiz_results=WORK)
    check(con, 17, "who last_score_vs_own_best\n1 0\n2 -\n3 -")
    check(con, 30, "who last_score_vs_own_best\n1 -0.4\n2 0\n3 -")


def test_what_is_due_soon_and_not_handed_in():
    con = records(enrolments=THREE, assessments=PLAN, quiz_results=WORK + "1 3 24 - -\n")
    check(con, 26, "who due_soon_not_handed_in weight_due_30d\n1 0 0\n2 0 50\n3 0 50")
    check(con, 30, "who due_soon_not_handed_in weight_due_30d\n1 0 0\n2 1 50\n3 1 50")
    check(con, 5, "who due_soon_not_handed_in weight_due_30d\n1 1 50\n2 1 50\n3 1 50")
    check(con, 41, "who due_soon_not_handed_in weight_due_30d\n1 0 0\n2 0 0\n3 0 0")


def test_the_week_of_the_last_deadline():
    con = records(
        enrolments="who started\n1 0\n2 0\n3 6",
        assessments="what due\n1 10\n2 30",
        activity="who day count\n1 3 9\n1 4 3\n1 10 2\n3 9 4",
    )
    check(con, 10, "who actions_before_last_deadline\n1 -\n2 -\n3 -")
    check(
        con,
        12,
        """
        who  actions_before_last_deadline  deadline_week_vs_usual
        1    5                             0.6545
        2    0                             1
        3    -                             -
        """,
    )


def test_the_pace_against_the_time_gone_by():
    con = records(
        enrolments="who ends\n1 100\n2 100",
        assessments="what due known_on\n1 10 -7\n2 20 -7\n3 60 -7\n4 - -7\n5 90 55",
        quiz_results="who what day\n1 1 9\n1 2 18\n1 3 40\n2 1 10",
    )
    check(con, 50, "who pace_vs_elapsed\n1 0.25\n2 -0.25")
    check(con, 56, "who pace_vs_elapsed\n1 0.04\n2 -0.36")
