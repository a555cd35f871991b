"""What the alerts of each date were worth, beside the best that a perfect order could have reached."""

import numpy as np
import pandas as pd
import pytest

from training.alerting import Capacity, alerted, alerts_by_day


def table(weeks, leavers, learners=4):
    """A row a learner and week, in one session; who is about to leave, by week."""
    on = pd.Timestamp("2026-01-05")
    return pd.DataFrame(
        [
            {"enrolment_id": one, "session_id": "A", "mentor_id": None, "as_of_on": on + pd.Timedelta(weeks=week),
             "as_of_day": 7 * week, "label": float(one in leavers[week])}
            for week in range(weeks)
            for one in range(learners)
        ]
    )  # fmt: skip


def test_each_date_has_its_precision_and_the_best_there_was():
    rows = table(2, [{0, 1}, {0, 1}])
    score = np.array([0.9, 0.1, 0.8, 0.0] * 2)
    capacity = Capacity(alerts=2, again_days=28)
    told = alerts_by_day(rows, alerted(rows, score, capacity), capacity)
    assert [one["as_of_day"] for one in told] == [0, 7]
    assert [one["n_alerts"] for one in told] == [2, 2]
    assert [one["precision"] for one in told] == [0.5, 0.5]
    # The second week, learner 0 was alerted already: one leaver may be alerted, for two alerts.
    assert [one["best_possible"] for one in told] == [1.0, 0.5]


def test_a_perfect_order_reaches_the_best_and_no_alert_is_nothing_to_divide_by():
    rows, capacity = table(1, [{3}]), Capacity(alerts=2, again_days=28)
    told = alerts_by_day(rows, alerted(rows, rows["label"].to_numpy(), capacity), capacity)[0]
    assert told["precision"] == told["best_possible"] == pytest.approx(0.5)
    none = alerts_by_day(rows, np.zeros(4, dtype=bool), capacity)[0]
    assert np.isnan(none["precision"])
    assert np.isnan(none["best_possible"])
