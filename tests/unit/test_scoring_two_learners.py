"""Two learners whose numbers are large are two learners: pandas takes such a pair for the ends of a range."""

import numpy as np
import pandas as pd

from serving.scoring.service import _in_order, reasons_of

FAR = (1 << 60, (1 << 63) - 10)


class OneThing:
    features = ("days_since_last_activity",)

    def centres(self):
        return {"days_since_last_activity": 1.0}


def test_reasons_of_two_learners_far_apart_have_their_own_values_of_a_week_before():
    now = pd.DataFrame({"enrolment_id": FAR, "days_since_last_activity": [9.0, 12.0]})
    before = pd.DataFrame({"enrolment_id": FAR[::-1], "days_since_last_activity": [5.0, 2.0]})
    predicted = pd.DataFrame({"contribution:days_since_last_activity": [1.0, 1.0]})
    found = reasons_of(now, before, predicted, OneThing())
    assert [(one.value, one.previous) for (one,) in found] == [(9.0, 2.0), (12.0, 5.0)]


def test_who_was_not_there_a_week_before_has_no_value_then():
    ids, none = pd.Series(FAR), pd.Series([], dtype="int64")
    assert np.isnan(_in_order(none, np.empty((0, 2)), ids)).all()
    assert _in_order(ids, np.empty((2, 2)), none).shape == (0, 2)
