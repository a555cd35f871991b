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


def test_when_somebody_last_wrote_about_leaving():
    con = records(
        enrolments="who\n1\n2",
        posts="""
        who  day  intent_to_leave
        1    4    yes
        1    9    yes
        1    20   no
        2    5    no
        """,
    )
    check(con, 9, "who days_since_last_post_about_leaving\n1 5\n2 10")
    check(con, 21, "who days_since_last_post_about_leaving\n1 12\n2 22")


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


def test_the_place_in_the_reply_network():
    check(
        records(enrolments=THREE, posts=TALK),
        41,
        """
        who  learners_answered  learners_answering  two_way_share  connected_share  isolated
        1    1                  1                   1              0.5              0
        2    1                  1                   1              0.5              0
        3    0                  0                   -              0                1
        """,
    )


def test_nobody_is_apart_while_nobody_answers_anybody():
    con = records(enrolments="who\n1\n2", posts="who day\n1 3\n1 4")
    check(con, 9, "who isolated connected_share two_way_share\n1 - - -\n2 - - -")


def test_an_answer_given_and_not_returned_is_one_way():
    con = records(enrolments=THREE, posts="who post answers day\n1 101 - 4\n2 102 101 5\n3 103 101 6\n1 104 102 7")
    check(
        con,
        7,
        """
        who  learners_answered  learners_answering  two_way_share
        1    0                  2                   0
        2    1                  0                   0
        3    1                  0                   0
        """,
    )
    check(con, 8, "who two_way_share\n1 0.5\n2 1\n3 0")


def test_how_long_a_question_waits_and_who_answers_first():
    con = records(
        enrolments="who\n1\n2",
        posts="""
        who  post  answers  day  is_question  author_role
        1    201   -        3    yes          learner
        -    202   201      4    no           mentor
        2    203   201      8    no           learner
        1    204   -        9    yes          learner
        """,
        calendar="from to\n10 12",
    )
    wanted = "who longest_wait_for_answer_days days_to_first_staff_answer days_to_first_peer_answer"
    check(con, 4, f"{wanted}\n1 1 - -\n2 0 - -")
    check(con, 5, f"{wanted}\n1 0 1 -\n2 0 - -")
    check(con, 20, f"{wanted}\n1 8 1 5\n2 0 - -")


def test_how_posts_are_written():
    con = records(
        enrolments="who\n1\n2",
        posts="""
        who  day  is_question  polite  intent_to_leave
        1    2    yes          yes     no
        1    20   no           no      no
        1    48   no           yes     yes
        1    49   no           no      yes
        """,
    )
    check(
        con,
        50,
        """
        who  question_share  polite_share  leaving_posts_change_30d  posts_decayed_14d
        1    0.25            0.5           2                         2.2872
        2    -               -             0                         0
        """,
    )
