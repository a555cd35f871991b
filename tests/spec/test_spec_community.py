"""Community: posts in, features out."""

from tests.spec.records_in import check, records

THREE = "who\n1\n2\n3"
TALK = """
who  post  answers  day  is_question  n_words
1    101   -        3    yes          12
2    102   101      5    no           6
-    103   102      6    no           9
1    104   102      7    no           3
1    105   -        20   yes          30
1    106   105      21   no           5
2    107   -        40   no           8
"""


def test_posts_replies_and_silence():
    check(
        records(enrolments=THREE, posts=TALK),
        41,
        """
        who  posts_30d  posts_total  posts_change_30d  days_since_last_post  threads_opened  replies_given_30d  words_per_post
        1    2          4            0                 20                    2               1                  12.5
        2    1          2            0                 1                     1               0                  7
        3    0          0            0                 42                    0               0                  -
        """,  # noqa: E501
    )


def test_questions_wait_until_somebody_else_answers():
    con = records(enrolments=THREE, posts=TALK)
    check(con, 5, "who questions_30d unanswered_questions days_to_first_answer\n1 1 1 -\n2 0 0 -\n3 0 0 -")
    check(con, 6, "who questions_30d unanswered_questions days_to_first_answer\n1 1 0 2\n2 0 0 -\n3 0 0 -")
    check(con, 41, "who questions_30d unanswered_questions days_to_first_answer\n1 1 1 2\n2 0 0 -\n3 0 0 -")


def test_the_place_in_the_network_counts_learners_met_either_way():
    check(
        records(enrolments=THREE, posts=TALK),
        30,
        "who exchange_partners replies_received_30d\n1 1 1\n2 1 2\n3 0 0",
    )


def test_a_learner_answered_is_met_once_both_posts_are_known():
    con = records(enrolments=THREE, posts="who post answers day\n1 101 102 4\n2 102 - 9")
    check(con, 9, "who exchange_partners replies_given_30d\n1 0 1\n2 0 0\n3 0 0")
    check(con, 10, "who exchange_partners replies_given_30d\n1 1 1\n2 1 0\n3 0 0")


def test_tone_and_what_is_said():
    con = records(
        enrolments="who\n1\n2",
        posts="""
        who  day  tone  intent_to_leave  distress  technical_trouble
        1    2    0.5   no               no        yes
        1    35   -0.2  yes              no        no
        1    36   -     no               yes       no
        1    37   -0.4  yes              no        no
        """,
    )
    check(
        con,
        40,
        """
        who  tone_30d  tone_change_30d  posts_about_leaving_30d  posts_in_difficulty_30d  posts_on_technical_trouble_30d
        1    -0.3      -0.8             2                        1                        0
        2    -         -                0                        0                        0
        """,
    )


def test_a_session_without_a_community_says_nothing():
    check(records(enrolments="who\n1", posts="who day\n1 9"), 9, "who posts_total days_since_last_post\n1 - -")


def test_asking_back_in_a_thread_is_no_question_left_alone():
    con = records(
        enrolments="who\n1",
        posts="""
        who  post  answers  day  is_question
        1    101   -        3    yes
        -    102   101      4    yes
        1    103   102      5    yes
        1    104   -        6    yes
        """,
    )
    check(con, 8, "who unanswered_questions questions_30d days_to_first_answer\n1 1 3 1")
