"""The table's shape and order, its schedules, what is kept on disk, and the command line."""

import json
import re
from datetime import UTC, datetime

import numpy as np
import pytest
from typer.testing import CliRunner

from data.batches import Batch
from data.errors import HomeError
from data.home import Home
from data.store import RecordStore
from features import commands, schedule
from features.catalog import UnknownFeatureError, catalog
from features.kept import keep
from features.table import IDENTITY, build
from tests.spec.records_in import on, records

TWO = {
    "sessions": "session_id starts_on ends_on\nS 0 83\nT 10 40",
    "enrolments": """
        who  session  registered  started  ends  left  mentor_id
        1    S        -7          0        83    -     9
        2    S        -7          0        83    20    -
        3    T        0           10       40    -     9
    """,
    "activity": "who day\n1 3\n3 12",
}


@pytest.fixture
def con():
    return records(**TWO)


def test_columns_and_types(con):
    table = build(con, schedule.on_date(con, on(15)))
    assert list(table.columns) == [*IDENTITY, *catalog()]
    assert (table.dtypes[list(catalog())] == np.float64).all()
    assert str(table["mentor_id"].dtype) == "Int64"
    assert table["mentor_id"].isna().tolist() == [False, True, False]
    assert table["as_of_on"].dt.date.unique().tolist() == [on(15)]
    assert table["day_of_course"].tolist() == [15, 15, 5]


def test_only_the_names_asked_for_in_their_order(con):
    table = build(con, {"S": [on(15)]}, names=["never_active", "actions_30d"])
    assert list(table.columns[len(IDENTITY) :]) == ["never_active", "actions_30d"]
    with pytest.raises(UnknownFeatureError):
        build(con, {"S": [on(15)]}, names=["actions_30"])


def test_progress_is_told_to_the_end(con):
    told = []
    build(con, {"S": [on(15)], "T": [on(15), on(16)]}, report=lambda *step: told.append(step))
    assert told[-1] == ("features", len(told), len(told))


@pytest.mark.parametrize(("day", "running"), [(-1, []), (0, ["S"]), (10, ["S", "T"]), (41, ["S"]), (84, [])])
def test_sessions_running_on_a_date(con, day, running):
    assert list(schedule.on_date(con, on(day))) == running


def test_weekly_dates_come_after_the_first_day_and_stop_with_the_session(con):
    weeks = schedule.weekly(con, on(30))
    assert weeks == {"S": tuple(on(d) for d in (7, 14, 21, 28)), "T": tuple(on(d) for d in (14, 21, 28))}
    assert {day.weekday() for day in schedule.weekly(con, on(200), weekday=3)["S"]} == {3}
    assert schedule.weekly(con, on(200))["T"][-1] == on(35)


def test_days_of_the_course(con):
    assert schedule.on_course_days(con, [60, 5, 5]) == {"S": (on(5), on(60)), "T": (on(15),)}
    assert schedule.on_course_days(con, [5, 60], until=on(10)) == {"S": (on(5),)}


def test_a_table_is_kept_by_what_made_it(con, tmp_path):
    day = schedule.on_date(con, on(15))
    first = keep(con, day, versions={"activity": 1}, folder=tmp_path)
    again = keep(con, day, versions={"activity": 1}, folder=tmp_path)
    other = keep(con, day, versions={"activity": 2}, folder=tmp_path)
    assert (first.rows, first.features, first.already) == (3, len(catalog()), False)
    assert (again.path, again.already) == (first.path, True)
    assert (other.path == first.path, other.already) == (False, False)
    assert sorted(tmp_path.iterdir()) == sorted([first.path, other.path])


def test_a_table_that_cannot_be_written_is_one_error(con, tmp_path):
    with pytest.raises(HomeError, match="cannot be written"):
        keep(con, {"S": [on(15)]}, versions={}, folder=tmp_path, out=tmp_path / "absent" / "out.parquet")


def test_the_command_line_lists_and_shows():
    run = CliRunner().invoke
    listed = run(commands.features_app, ["list", "--family", "surveys", "--json"])
    names = [feature["name"] for feature in json.loads(listed.stdout)["features"]]
    assert names == [name for name, entry in catalog().items() if entry.family == "surveys"]
    assert re.search(
        r"activity +days_since_last_login +Jours sans connexion", run(commands.features_app, ["list"]).stdout
    )
    shown = run(commands.features_app, ["show", "days_since_last_login"]).stdout
    assert "aucune connexion depuis 12 jours (hors fermetures)" in shown
    assert "no login for 12 days (closures not counted)" in shown
    assert "depuis 0 jour" not in shown
    assert isinstance(run(commands.features_app, ["list", "--family", "x"]).exception, UnknownFeatureError)


def test_the_command_line_builds_from_the_store(con, tmp_path, monkeypatch):
    monkeypatch.setenv("FILROUGE_HOME", str(tmp_path))
    home = Home.from_environment().prepare()
    tables = {name: con.execute(f"SELECT * FROM {name}").to_arrow_table() for name in TWO}
    imported = datetime(2025, 3, 1, tzinfo=UTC)
    RecordStore(home).write_batch(Batch(source="test", batch_id="b" * 32, tables=tables, imported_at=imported))
    result = CliRunner().invoke(commands.features_app, ["build", "--as-of", on(15).isoformat(), "--json"])
    said = json.loads(result.stdout)
    assert (said["rows"], said["features"], said["already"]) == (3, len(catalog()), False)
    again = CliRunner().invoke(commands.features_app, ["build", "--as-of", on(15).isoformat(), "--json"])
    assert json.loads(again.stdout) == {**said, "already": True}
    last = CliRunner().invoke(commands.features_app, ["build", "--json"])
    assert json.loads(last.stdout)["as_of_on"] == on(12).isoformat()
