"""Attendance: sheets in, features out. A slot counts once its sheet is known."""

import pytest

from tests.spec.records_in import check, records

THREE = "who\n1\n2\n3"
SHEETS = """
who  day  status   minutes
1    1    present  120
1    8    late     120
1    15   absent   90
1    36   present  120
1    43   absent   120
1    50   excused  120
1    57   absent   120
2    1    present  120
2    57   present  120
"""


def test_presence_and_absence():
    check(
        records(enrolments=THREE, attendance=SHEETS),
        58,
        """
        who  slots_held  attendance_share  attendance_share_30d  attendance_change_30d  absences  absences_30d  absence_share_30d
        1    7           0.4286            0.25                  -0.4167                3         2             0.5
        2    2           1                 1                     0                      0         0             0
        3    0           -                 -                     -                      0         0             -
        """,  # noqa: E501
    )


def test_the_latest_slots_and_an_excuse_that_neither_counts_nor_ends_them():
    con = records(enrolments=THREE, attendance=SHEETS)
    check(
        con,
        58,
        """
        who  last_absences  days_since_last_attended  excused_absences_30d  hours_missed
        1    2              22                        1                     5.5
        2    0              1                         0                     0
        3    0              59                        0                     0
        """,
    )
    check(con, 43, "who last_absences\n1 0\n2 0\n3 0")


def test_late_arrivals():
    con = records(enrolments="who\n1\n2", attendance="who day status\n1 2 present\n1 4 late\n1 33 late\n2 33 absent")
    check(con, 40, "who late_arrivals_30d late_arrivals_change_30d\n1 1 0.5\n2 0 -")


def test_a_sheet_counts_from_the_day_it_is_known_but_presence_is_dated_by_the_slot():
    con = records(enrolments="who\n1", attendance="who day held status\n1 20 5 present\n1 20 12 absent")
    check(con, 20, "who slots_held attendance_share days_since_last_attended\n1 - - -")
    check(con, 21, "who slots_held attendance_share days_since_last_attended last_absences\n1 2 0.5 16 1")


@pytest.mark.parametrize(("closure", "days"), [("from to\n60 61", 12), ("from to\n10 14", 7), ("from to\n3 9", 11)])
def test_closed_days_are_no_absence(closure, days):
    con = records(enrolments="who\n1", attendance="who day\n1 8", calendar=closure)
    check(con, 20, f"who days_since_last_attended\n1 {days}")


def test_lengths_that_nobody_wrote_are_not_known():
    check(records(enrolments="who\n1", attendance="who day status\n1 3 absent"), 9, "who hours_missed absences\n1 - 1")


def test_attendance_among_the_session():
    con = records(enrolments=THREE, attendance=SHEETS)
    check(con, 58, "who attendance_share_percentile\n1 0.25\n2 0.75\n3 -")


def test_a_session_without_sheets_says_nothing():
    check(records(enrolments="who\n1"), 9, "who slots_held absences last_absences\n1 - - -")
