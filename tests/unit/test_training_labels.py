"""Labels: a table of cases, each one enrolment seen on one day."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from data.departures import silent_on
from data.errors import ModelError
from training.labels import abandonments, counts, label, parse_task

AS_OF, DATA_END = date(2026, 3, 2), date(2026, 4, 30)
PLANNED_END = date(2026, 6, 30)


def one(outcome="ongoing", ended_on=None, passed=None, planned_end_on=PLANNED_END, started_on=date(2026, 1, 5)):
    return pd.DataFrame(
        {
            "enrolment_id": [1], "session_id": ["S"], "outcome": [outcome], "ended_on": pd.to_datetime([ended_on]),
            "passed": pd.array([passed], dtype="boolean"), "planned_end_on": pd.to_datetime([planned_end_on]),
            "started_on": pd.to_datetime([started_on]),
        }
    )  # fmt: skip


def seen(as_of=AS_OF):
    return pd.DataFrame({"enrolment_id": [1], "as_of_on": pd.to_datetime([as_of])})


def label_of(enrolment, *, task="abandoned_28d", silent=None, as_of=AS_OF, data_end=DATA_END):
    silence = None if silent is None else pd.Series(pd.to_datetime([silent]), index=[1])
    found = label(seen(as_of), abandonments(enrolment, silent_on=silence), task=parse_task(task), data_end=data_end)
    value = found["label"].iloc[0]
    return None if np.isnan(value) else int(value)


@pytest.mark.parametrize(
    ("case", "enrolment", "expected"),
    [
        ("left on the day itself", one("abandoned", date(2026, 3, 2)), 1),
        ("left on the horizon's last day", one("abandoned", date(2026, 3, 29)), 1),
        ("left the day after the horizon", one("abandoned", date(2026, 3, 30)), 0),
        ("left earlier, not known when seen", one("abandoned", date(2026, 2, 20)), 1),
        ("stayed", one(), 0),
        ("completed within the horizon", one("completed", date(2026, 3, 10)), 0),
        ("found a job within the horizon", one("neutral_exit", date(2026, 3, 10)), None),
        ("transferred within the horizon", one("transferred", date(2026, 3, 10)), None),
        ("found a job after the horizon", one("neutral_exit", date(2026, 4, 10)), 0),
        ("neutral exit without a date", one("neutral_exit"), None),
        ("abandoned without a date", one("abandoned"), None),
    ],
)
def test_abandoned_within_28_days(case, enrolment, expected):
    assert label_of(enrolment) == expected, case


@pytest.mark.parametrize(
    ("as_of", "enrolment", "expected"),
    [
        (date(2026, 4, 3), one(), 0),
        (date(2026, 4, 4), one(), None),
        (date(2026, 4, 4), one("abandoned", date(2026, 4, 20)), 1),
    ],
)
def test_a_horizon_that_is_not_over_has_no_label_unless_the_learner_left_already(as_of, enrolment, expected):
    assert label_of(enrolment, as_of=as_of) == expected


def test_the_horizon_can_be_changed():
    enrolment = one("abandoned", date(2026, 3, 20))
    assert [label_of(enrolment, task=f"abandoned_{days}d") for days in (14, 18, 19)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("case", "enrolment", "silent", "expected"),
    [
        ("silent and never recorded", one(), date(2026, 3, 20), 1),
        ("silent long before, still on the roster", one(), date(2026, 1, 20), 1),
        ("silent after the horizon", one(), date(2026, 4, 20), 0),
        ("a dated exit wins over silence", one("abandoned", date(2026, 4, 20)), date(2026, 3, 3), 0),
        ("silence dates an undated exit", one("abandoned"), date(2026, 3, 3), 1),
        ("silent after completing", one("completed", date(2026, 4, 1)), date(2026, 3, 3), 0),
    ],
)
def test_abandonment_by_silence(case, enrolment, silent, expected):
    assert label_of(enrolment, silent=silent) == expected, case


@pytest.mark.parametrize(
    ("case", "enrolment", "silent", "expected"),
    [
        ("passed", one("completed", passed=True), None, 0),
        ("failed", one("completed", passed=False), None, 1),
        ("completed, no result", one("completed"), None, 0),
        ("withdrew", one("abandoned", date(2026, 5, 1)), None, 1),
        ("withdrew, undated", one("abandoned"), None, 1),
        ("silent to the end", one(), date(2026, 5, 1), 1),
        ("ongoing, no result", one(), None, None),
        ("found a job", one("neutral_exit", date(2026, 5, 1), passed=False), None, None),
    ],
)
def test_fail_or_withdrawn_by_the_end(case, enrolment, silent, expected):
    assert label_of(enrolment, task="fail_or_withdrawn", silent=silent) == expected, case


def test_each_way_of_leaving_is_counted():
    rows = pd.concat([one("abandoned", date(2026, 3, 1)), one("abandoned"), one(), one("neutral_exit")])
    rows["enrolment_id"] = [1, 2, 3, 4]
    silence = pd.Series(pd.to_datetime([None, None, date(2026, 2, 1), None]), index=[1, 2, 3, 4])
    assert counts(abandonments(rows, silent_on=silence)) == {
        "recorded": 1, "undated": 1, "silence": 1, "neutral": 1, "enrolments": 4,
    }  # fmt: skip


def test_aliases_name_the_same_task_and_unknown_tasks_are_refused():
    assert parse_task("withdrawn_28d") == parse_task("abandoned_28d")
    assert parse_task("abandoned_28d", 14).name == "abandoned_14d"
    with pytest.raises(ModelError, match="unknown task"):
        parse_task("grades")
    with pytest.raises(ModelError, match="out of range"):
        parse_task("abandoned_0d")


CLOSURES = pd.DataFrame(
    {"session_id": ["", "T"], "from_on": pd.to_datetime(["2026-02-09", "2026-01-01"]),
     "to_on": pd.to_datetime(["2026-02-13", "2026-12-31"]), "kind": ["closure", "closure"]}
)  # fmt: skip


@pytest.mark.parametrize(
    ("case", "last", "closures", "expected"),
    [
        ("a Friday: ten working days are two weeks", "2026-01-30", CLOSURES.iloc[:0], "2026-02-13"),
        ("a Sunday counts from the Friday before", "2026-02-01", CLOSURES.iloc[:0], "2026-02-13"),
        ("a closed week does not count; another session's closure does", "2026-01-30", CLOSURES, "2026-02-20"),
        ("never active: from the start", None, CLOSURES.iloc[:0], "2026-01-16"),
        ("active before the start only", "2025-12-01", CLOSURES.iloc[:0], "2026-01-16"),
        ("not yet ten working days at the data's end", "2026-04-20", CLOSURES.iloc[:0], None),
    ],
)
def test_the_day_a_silence_becomes_an_abandonment(case, last, closures, expected):
    known = pd.Series(pd.to_datetime([last]), index=[1]) if last else pd.Series(dtype="datetime64[s]")
    found = silent_on(one(), known, closures, data_end=DATA_END).iloc[0]
    assert (None if pd.isna(found) else str(found.date())) == expected, case


def test_no_silence_is_read_past_the_planned_end():
    enrolment = one(planned_end_on=date(2026, 2, 12))
    last = pd.Series(pd.to_datetime(["2026-01-30"]), index=[1])
    assert silent_on(enrolment, last, CLOSURES, data_end=DATA_END).isna().all()
