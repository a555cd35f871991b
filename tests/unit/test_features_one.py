"""One enrolment from a kept reader has the very numbers that it has in the whole table."""

from datetime import timedelta

import pandas as pd

from features import schedule
from features.one import OneByOne
from features.table import build
from tests.spec.records_in import on, records
from tests.unit.test_features_table import TWO

RICH = {
    **TWO,
    "posts": "who day post is_question\n1 2 1 true\n3 11 2 false",
    "activity": "who day kind resource\n1 3 resource 7\n2 5 login -\n3 12 view 7\n1 9 login -",
    "attendance": "who held status day\n1 4 present 4\n2 5 absent 5",
}


def test_the_same_numbers_as_in_the_table():
    con = records(**RICH)
    dates = [on(15) - timedelta(days=7), on(15)]
    whole, one = build(con, dict.fromkeys(schedule.on_date(con, on(15)), dates)), OneByOne(con)
    assert whole["enrolment_id"].nunique() == 3
    for _ in range(2):
        for enrolment, expected in whole.groupby("enrolment_id"):
            found = one.features(int(enrolment), dates)
            pd.testing.assert_frame_equal(found, expected.reset_index(drop=True), check_exact=True)


def test_who_is_not_expected_has_no_line():
    con = records(**RICH)
    one = OneByOne(con, ["actions_30d"])
    assert one.features(2, [on(40)]).empty
    assert one.features(99, [on(15)]).empty
    assert list(one.features(1, [on(15)]).columns[-1:]) == ["actions_30d"]
