"""Surveys: questions sent, answers and silence in, features out."""

from tests.spec.records_in import check, records

TWO = "who\n1\n2"
SURVEYS = "survey opens_on\n1 5\n2 25\n3 50"
ANSWERS = """
who  survey  question      scale    sent  answered  value
1    1       satisfaction  likert5  5     7         4
1    1       nps           nps      5     7         9
1    2       satisfaction  likert5  25    26        2
1    2       intent        intent   25    26        -1
1    3       satisfaction  likert5  50    -         -
2    1       satisfaction  likert5  5     -         -
2    2       satisfaction  likert5  25    -         -
2    3       satisfaction  likert5  50    -         -
"""


def test_silence_is_counted():
    con = records(enrolments=TWO, surveys=SURVEYS, survey_answers=ANSWERS)
    check(
        con,
        51,
        """
        who  surveys_sent  surveys_unanswered  last_surveys_unanswered  survey_answer_share  days_since_last_survey_answer  survey_answer_delay_days
        1    3             1                   1                        0.6667               25                             1.5
        2    3             3                   3                        0                    52                             -
        """,  # noqa: E501
    )


def test_an_answer_is_silence_until_the_day_it_came():
    con = records(enrolments=TWO, surveys=SURVEYS, survey_answers=ANSWERS)
    check(con, 5, "who surveys_sent surveys_unanswered\n1 - -\n2 - -")
    check(con, 7, "who surveys_sent surveys_unanswered last_satisfaction\n1 1 1 -\n2 1 1 -")
    check(con, 8, "who surveys_sent surveys_unanswered last_satisfaction\n1 1 0 4\n2 1 1 -")


def test_the_last_word_and_its_change():
    con = records(enrolments=TWO, surveys=SURVEYS, survey_answers=ANSWERS)
    check(con, 26, "who last_satisfaction satisfaction_change last_nps last_intention\n1 4 - 9 -\n2 - - - -")
    check(con, 27, "who last_satisfaction satisfaction_change last_nps last_intention\n1 2 -2 9 -1\n2 - - - -")


def test_a_learner_who_was_not_asked_is_not_silent():
    con = records(enrolments=TWO, surveys=SURVEYS, survey_answers="who survey sent answered\n1 1 5 -")
    check(con, 9, "who surveys_sent surveys_unanswered survey_answer_share\n1 1 1 0\n2 0 - -")


def test_only_a_five_point_scale_says_satisfaction_and_the_first_motivation_stays():
    con = records(
        enrolments="who\n1\n2",
        surveys=SURVEYS,
        survey_answers="""
        who  survey  question      scale    sent  answered  value
        1    1       motivation    likert5  5     6         4
        1    2       motivation    likert5  25    26        2
        1    2       satisfaction  yes_no   25    26        1
        1    2       confidence    number   25    26        90
        2    1       satisfaction  likert5  5     7         3
        2    2       motivation    choice   25    26        9
        2    3       motivation    likert5  50    51        5
        """,
    )
    wanted = "who first_motivation last_satisfaction last_confidence satisfaction_z"
    check(con, 30, f"{wanted}\n1 4 - - -\n2 - 3 - 0")
    check(con, 52, "who first_motivation\n1 4\n2 5")


def test_silence_after_answering():
    con = records(enrolments=TWO, surveys=SURVEYS, survey_answers=ANSWERS)
    check(con, 30, "who surveys_unanswered_after_answering\n1 0\n2 -")
    check(con, 51, "who surveys_unanswered_after_answering\n1 1\n2 -")


def test_confidence_recommendation_and_intention_move():
    con = records(
        enrolments="who\n1",
        surveys=SURVEYS,
        survey_answers="""
        who  survey  question    scale    sent  answered  value
        1    1       confidence  likert5  5     6         4
        1    1       nps         nps      5     6         9
        1    1       intent      intent   5     6         1
        1    2       confidence  likert5  25    26        2
        1    2       nps         nps      25    26        5
        1    2       intent      intent   25    26        0
        """,
    )
    check(con, 27, "who last_confidence confidence_change nps_change intention_change\n1 2 -2 -4 -1")
