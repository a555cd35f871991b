"""What the watch reads: lists whose horizon is over, by what was known; and how fresh each kind of record is."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from data.contracts import TABLES
from data.home import Home
from monitoring.freshness import read_freshness
from monitoring.holdout import Lot
from monitoring.watch import Model, judge, read_lists, read_model

DAY = date(2026, 6, 15)
RULES = Model("filrouge 1", 28, "rules", "recorded", 10, None, {}, None, True)


def enrolment(number, **told):
    return {
        "enrolment_id": number, "learner_id": 100 + number, "course_id": "C", "session_id": "S",
        "registered_on": date(2026, 1, 1), "started_on": date(2026, 1, 5), "planned_end_on": date(2026, 12, 31),
        "outcome": "ongoing", **told,
    }  # fmt: skip


def left(number, on, known=None, outcome="abandoned"):
    return enrolment(number, ended_on=on, outcome=outcome, outcome_known_on=known or on)


@contextmanager
def shown(**rows):
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for name, spec in TABLES.items():
            told = [{field.name: row.get(field.name) for field in spec.schema} for row in rows.get(name, [])]
            con.register(name, pa.Table.from_pylist(told, spec.schema))
        yield con


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path).prepare()

    def keep(day, *numbers, model="filrouge 1"):
        folder = made.scored / f"{day}-{model.split()[1]}"
        folder.mkdir()
        rows = [{"enrolment_id": n, "learner_id": 100 + n, "session_id": "S", "course_id": "C", "probability": 0.5}
                for n in numbers]  # fmt: skip
        pd.DataFrame(rows).to_parquet(folder / "current.parquet")
        (folder / "run.json").write_text(json.dumps({"as_of": day.isoformat(), "model": model}), encoding="utf-8")

    return made, keep


def counts(found):
    return found.n, found.n_positive


def test_only_labels_whose_horizon_is_over_count_and_the_short_one_comes_first(home):
    made, keep = home
    for days in (28, 27, 14, 13):
        keep(DAY - timedelta(days=days), 1, 2)
    with shown(enrolments=[enrolment(1), left(2, DAY - timedelta(days=3))]) as con:
        found = judge(con, made, RULES, DAY)
    assert counts(found["horizon"]) == (2, 1.0)
    assert counts(found["short"]) == (6, 1.0)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (left(1, DAY - timedelta(days=5)), (1, 1.0)),
        (left(1, DAY - timedelta(days=5), known=DAY), (1, 0.0)),
        (left(1, DAY - timedelta(days=5), outcome="neutral_exit"), (0, 0.0)),
        (enrolment(1), (1, 0.0)),
    ],
    ids=["left", "left, and nobody knows yet", "left for a job", "still there"],
)
def test_a_label_is_what_was_known_that_morning(home, row, expected):
    made, keep = home
    keep(DAY - timedelta(days=28), 1)
    with shown(enrolments=[row]) as con:
        assert counts(judge(con, made, RULES, DAY)["horizon"]) == expected


@pytest.mark.parametrize(
    ("case", "model", "expected"),
    [
        ("made before that day", {"trained_until": DAY - timedelta(days=29)}, 1),
        ("it learnt from what that list foretells", {"trained_until": DAY - timedelta(days=28)}, 0),
        ("it was chosen on it: its labels were over", {"data_end": DAY - timedelta(days=1)}, 0),
        ("they were not over", {"data_end": DAY - timedelta(days=2)}, 1),
        ("rules by default, that learnt nothing", {"trained_until": DAY, "data_end": DAY, "measured": False}, 1),
    ],
)
def test_a_list_of_a_day_that_the_model_was_trained_on_judges_nothing(home, case, model, expected):
    """A day of the past may be scored again, `filrouge daily --as-of`, by a model made since."""
    made, keep = home
    keep(DAY - timedelta(days=28), 1)
    with shown(enrolments=[enrolment(1)]) as con:
        found = judge(con, made, replace(RULES, **model), DAY)
    assert (found["horizon"].n, found["short"].n, found["estimate"].n) == (expected, expected, 1), case


def test_lists_of_another_model_and_old_ones_are_left_out(home):
    made, keep = home
    keep(DAY - timedelta(days=40), 1)
    keep(DAY - timedelta(days=41), 1, model="filrouge 2")
    keep(DAY - timedelta(days=181), 1)
    assert read_lists(made, RULES, DAY)["as_of"].tolist() == [DAY - timedelta(days=40)]


def test_learners_contacted_within_the_horizon_are_told_apart(home):
    made, keep = home
    day = DAY - timedelta(days=30)
    keep(day, 1, 2, 3)
    met = [{"record_id": n, "enrolment_id": n, "contacted_on": day + timedelta(days=d), "kind": "call",
            "known_on": day} for n, d in ((1, 0), (2, 28), (3, -1))]  # fmt: skip
    with shown(enrolments=[enrolment(n) for n in (1, 2, 3)], contacts=met) as con:
        found = judge(con, made, RULES, DAY)
    assert found["contacts"] == 1
    assert found["untouched"].n == 2


def test_those_whom_the_lot_left_are_read_from_the_list_of_that_very_day(home):
    made, keep = home
    day = DAY - timedelta(days=30)
    keep(day, 1, 2, 3, 4)
    keep(day + timedelta(days=1), 1, 2, 3, 4)
    told = [(1, day, True), (2, day, False), (3, day, False), (4, day - timedelta(days=9), False)]
    lot = Lot(True, pd.DataFrame(told, columns=["enrolment_id", "decided_on", "first"]))
    met = [{"record_id": 3, "enrolment_id": 3, "contacted_on": day, "kind": "call", "known_on": day}]
    with shown(enrolments=[enrolment(n) for n in (1, 2, 3, 4)], contacts=met) as con:
        found = judge(con, made, RULES, DAY, lot=lot)["holdout"]
        assert judge(con, made, RULES, DAY)["holdout"] is None
    assert (found.second, found.over, found.contacted, found.found.n) == (2, 2, 1, 1)


def test_what_the_test_promised_is_read_from_the_models_own_report(home):
    made, _ = home
    folder = made.reports / "training" / "abc"
    folder.mkdir(parents=True)
    levels = {"rules": {"pooled": {"roc_auc": 0.7}}, "logistic": {"pooled": {"roc_auc": 0.8}}}
    report = {"pooled": {"roc_auc": 0.8, "brier": 0.1}, "intervals": {"roc_auc": {"low": 0.7, "high": 0.9}},
              "levels": levels, "abandonment": "recorded_or_silence", "asked": {"silence_days": 12}}  # fmt: skip
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    told = {
        "model": "filrouge 2",
        "run_key": "abc",
        "level": "logistic",
        "horizon_days": 21,
        "trained_until": "2026-01-01",
    }
    found = read_model(made, told)
    assert (found.expected["roc_auc"].low, found.expected["brier"].low) == (0.7, None)
    assert (found.below, found.silence_days, found.horizon_days) == (0.7, 12, 21)
    assert read_model(made, {**told, "run_key": "gone"}).expected == {}


def test_each_kind_of_record_has_its_own_freshness():
    def at(days, hour):
        return datetime.combine(DAY, datetime.min.time(), UTC) - timedelta(days=days) + timedelta(hours=hour)

    def act(n, at):
        return {"record_id": n, "enrolment_id": 1, "kind": "login", "occurred_from": at, "occurred_to": at, "count": 1,
                "known_at": at, "known_on": at.date()}  # fmt: skip

    def post(n, at):
        return {"record_id": n, "session_id": "S", "author_role": "learner", "occurred_at": at, "known_at": at,
                "known_on": at.date()}  # fmt: skip

    hours = [at(days, hour) for days in range(1, 50) for hour in range(8, 18)]
    posts = [one for one in hours if one.date() < DAY - timedelta(days=10)]
    with shown(activity=map(act, range(999), hours), posts=map(post, range(999), posts)) as con:
        found = {one.kind: one.found for one in read_freshness(con, DAY, zone="Europe/Paris")}
    assert {kind: one.state for kind, one in found.items()} == {"activity": "fresh", "posts": "quiet"}
    assert found["activity"].last_at == datetime.combine(DAY - timedelta(days=1), datetime.min.time()).replace(hour=19)
