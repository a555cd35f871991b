"""Against the course's earlier sessions on the same day of the course, known before that day of theirs."""

import pytest

from tests.spec.records_in import check, records

SESSIONS = "session_id starts_on ends_on\nR -100 -17\nS 0 83"
NOW = "1 S -7 0 83 -\n2 S -7 0 83 -"


def earlier(size=20, session="R", start=-100):
    """So many learners of an earlier session, 101 and on, and one who left on its third day."""
    stayed = [f"{101 + i} {session} {start - 7} {start} {start + 83} -" for i in range(size)]
    return "\n".join([*stayed, f"100 {session} {start - 7} {start} {start + 83} {start + 2}"])


def enrolments(**who):
    """The two learners of the session, and those of the earlier one."""
    return f"who session registered started ends left\n{NOW}\n{earlier(**who)}"


def half(line, then=""):
    """One record each for the first ten learners of the earlier session, another for the last ten."""
    last = [then.format(who) for who in range(111, 121)] if then else []
    return "\n".join([line.format(who) for who in range(101, 111)] + last)


def test_activity_and_resources_against_earlier_sessions():
    con = records(
        sessions=SESSIONS,
        enrolments=enrolments(),
        activity="who day kind resource count\n1 5 resource 8 4\n" + half("{} -95 resource 8 4"),
    )
    wanted = "who actions_30d_vs_earlier resources_opened_vs_earlier session_left_vs_earlier"
    check(con, 10, f"{wanted}\n1 1 1 -0.0476\n2 -1 -1 -0.0476")


def test_what_they_did_on_that_day_of_theirs_or_later_is_not_seen():
    activity = "who day kind resource count\n1 5 resource 8 4\n" + half("{} -95 resource 8 4")
    con = records(sessions=SESSIONS, enrolments=enrolments(), activity=activity + "\n111 -90 resource 8 99")
    check(con, 10, "who actions_30d_vs_earlier\n1 1\n2 -1")
    check(con, 11, "who actions_30d_vs_earlier\n1 0.5069\n2 -0.9133")


def test_active_days_against_earlier_sessions():
    con = records(
        sessions=SESSIONS,
        enrolments=enrolments(),
        activity="who day\n1 5\n1 6\n1 7\n" + half("{} -95") + "\n" + half("{} -94"),
    )
    check(con, 31, "who active_days_30d_vs_earlier\n1 2\n2 -1")


def test_work_and_scores_against_earlier_sessions():
    con = records(
        sessions=SESSIONS,
        enrolments=enrolments(),
        assessments="what session due known_on\n1 R -93 -107\n2 S 7 -7\n3 R -92 -107",
        quiz_results="who what day score marked\n1 2 6 0.9 8\n"
        + half("{} 1 -94 0.4 -93", "{} 1 -94 0.8 -93")
        + "\n"
        + half("{} 3 -94 0.4 -93"),
    )
    check(con, 10, "who share_handed_in_vs_earlier mean_score_vs_earlier\n1 1 1.5\n2 -3 -")


@pytest.mark.parametrize(
    "others",
    [
        {"size": 18},
        {"session": "elsewhere"},
    ],
)
def test_too_few_earlier_learners_say_nothing(others):
    con = records(
        sessions=SESSIONS, enrolments=enrolments(**others), activity="who day\n1 5\n" + half("{} -95") + "\n101 -94"
    )
    con.execute("UPDATE enrolments SET course_id = 'D' WHERE session_id = 'elsewhere'")
    check(con, 10, "who actions_30d_vs_earlier session_left_vs_earlier\n1 - -\n2 - -")


def test_only_sessions_that_began_before_and_not_years_before_are_earlier():
    for start in (0, -1096, 3):
        con = records(
            sessions=f"session_id starts_on ends_on\nR {start} {start + 83}\nS 0 83", enrolments=enrolments(start=start)
        )
        check(con, 10, "who actions_30d_vs_earlier\n1 -\n2 -")
