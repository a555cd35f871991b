"""Whatever the day a simulation is seen from, or how much of it there is, what is known is the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.contracts import TABLES
from data.privacy import Pseudonymiser
from data.simulator import Plan, Shift, simulate

PSEUDONYMS = Pseudonymiser(b"k" * 32, "simulator")
PLAN = Plan(sessions=2, learners=30, weeks=12, every_weeks=4)
LATER = {
    "survey_answers": ("answered_on", ("answered_on", "value")),
    "quiz_results": ("score_known_on", ("score_known_on", "score")),
}
"""What is filled in later: the day it is known, and the columns that are null before."""
PLANS = st.builds(
    Plan, sessions=st.just(2), learners=st.integers(2, 30), weeks=st.just(12), every_weeks=st.just(4),
    seed=st.integers(0, 2**40), actions=st.sampled_from(["none", "random", "at_risk"]),
    shift=st.none() | st.builds(Shift, st.just(date(2024, 10, 7)), st.floats(0, 1), st.just("people")),
)  # fmt: skip
DAYS = st.integers(-10, 130).map(lambda days: PLAN.first_on + timedelta(days=days))


def cut(name: str, table: pa.Table, day: date) -> pa.Table:
    """Return what was known of a dated table on a day."""
    table = table.filter(pc.less_equal(table["known_on"], day))
    if name in LATER:
        when, columns = LATER[name]
        hidden = pc.fill_null(pc.greater(table[when], day), fill_value=False)
        for column in columns:
            kept = pc.if_else(hidden, pa.scalar(None, table[column].type), table[column])
            table = table.set_column(table.schema.get_field_index(column), column, kept)
    return table


def ordered(table: pa.Table) -> list[dict[str, object]]:
    return sorted(table.to_pylist(), key=lambda row: str(row["record_id"]))


@settings(max_examples=15, deadline=None)
@given(plan=PLANS, days=st.tuples(DAYS, DAYS).map(sorted))
def test_what_is_known_on_a_day_does_not_change_with_the_day_it_is_seen_from(plan: Plan, days: list[date]) -> None:
    first = days[0]
    early, late = (simulate(replace(plan, until=day), PSEUDONYMS) for day in days)
    for name in ("activity", "posts", "quiz_results", "survey_answers", "attendance"):
        assert ordered(early.tables[name]) == ordered(cut(name, late.tables[name], first)), name
    assert early.truth.equals(late.truth)
    decided = late.actions.filter(pc.less_equal(late.actions["decided_on"], first))
    assert early.actions.equals(decided)
    known = {row["enrolment_id"]: row for row in late.tables["enrolments"].to_pylist()}
    for row in early.tables["enrolments"].to_pylist():
        same = known[row["enrolment_id"]]
        if row["outcome_known_on"] is None:
            assert row["outcome"] == "ongoing"
            assert same["outcome_known_on"] is None or same["outcome_known_on"] >= first
        else:
            assert {**row, "passed": 0, "result_known_on": 0} == {**same, "passed": 0, "result_known_on": 0}


@settings(max_examples=10, deadline=None)
@given(plan=PLANS)
def test_a_session_is_the_same_whatever_sessions_follow(plan: Plan) -> None:
    alone, two = simulate(replace(plan, sessions=1, until=plan.last_on), PSEUDONYMS), simulate(plan, PSEUDONYMS)
    for name in ("enrolments", "activity", "posts", "quiz_results", "survey_answers", "attendance"):
        rows = alone.tables[name].num_rows
        assert two.tables[name].slice(0, rows).equals(alone.tables[name]), name


@settings(max_examples=10, deadline=None)
@given(plan=PLANS)
def test_rows_refer_to_rows_that_are_there_and_hold_their_contract(plan: Plan) -> None:
    made = simulate(plan, PSEUDONYMS).tables
    enrolled, sessions = made["enrolments"]["enrolment_id"], made["sessions"]["session_id"]
    for name, table in made.items():
        for column in TABLES[name].columns:
            assert column.nullable or table[column.name].null_count == 0, (name, column.name)
        if "enrolment_id" in table.schema.names:
            known = pc.is_in(table["enrolment_id"].drop_null(), value_set=enrolled)
            assert pc.all(known, min_count=0).as_py(), name
        if "session_id" in table.schema.names and name != "calendar":
            assert pc.all(pc.is_in(table["session_id"], value_set=sessions), min_count=0).as_py(), name


@pytest.mark.parametrize("strength", [0.0, 1.0])
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**40))
def test_a_contact_never_harms(strength: float, seed: int) -> None:
    truth = simulate(replace(PLAN, seed=seed, actions="random", contact_strength=strength), PSEUDONYMS).truth
    for name in ("hazard", "abandon_28d"):
        worse = pc.subtract(truth[f"{name}_contacted"], truth[name])
        assert pc.max(worse).as_py() <= 1e-12, name
