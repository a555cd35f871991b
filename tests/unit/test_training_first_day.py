"""A site with no history works on its first day: rules by default, which never replace a measured champion."""

import json
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pyarrow as pa
import pytest

from data.batches import Batch
from data.contracts import TABLES
from data.home import Home
from data.store import RecordStore
from training import registry
from training.baselines import RULES
from training.labels import parse_task
from training.pipeline import train
from training.splits import first_measure_on
from training.unmeasured import defaults, rules_by_default

START, TODAY = date(2026, 1, 5), date(2026, 1, 24)
HORIZONS = [("abandoned_28d", 28), ("abandoned_28d", 7), ("abandoned_28d", 365), ("fail_or_withdrawn", None)]


def table(name, rows):
    """Rows with null wherever the contract allows it and nothing is said."""
    schema = TABLES[name].schema
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in rows], schema=schema)


def one_session(last_seen):
    """One running session; each learner is seen every day until so many days after the start (None: never)."""
    end = START + timedelta(days=90)
    common = {"course_id": "C", "session_id": "S"}
    enrolments = [
        common | {"enrolment_id": n, "learner_id": 100 + n, "registered_on": START, "started_on": START}
        | {"planned_end_on": end, "outcome": "ongoing"}
        for n in range(len(last_seen))
    ]  # fmt: skip
    seen = [(n, START + timedelta(days=day)) for n, last in enumerate(last_seen) for day in range((last or -1) + 1)]
    activity = [
        {"record_id": number, "enrolment_id": n, "kind": "login", "count": 1, "known_on": day}
        | dict.fromkeys(("occurred_from", "occurred_to", "known_at"), datetime.combine(day, time(10), UTC))
        for number, (n, day) in enumerate(seen)
    ]
    session = common | {"name": "One", "starts_on": START, "ends_on": end}
    return {
        "sessions": table("sessions", [session]),
        "enrolments": table("enrolments", enrolments),
        "activity": table("activity", activity),
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("young")).prepare()
    tables = one_session([18, 16, 9, None])
    RecordStore(home).write_batch(Batch("test", "a" * 32, tables, datetime(2026, 1, 24, tzinfo=UTC), TODAY))
    return home


@pytest.fixture(scope="module")
def result(home):
    return train(home)


@pytest.fixture(scope="module")
def served(home, result):
    with registry.quiet_mlflow(home) as mlflow:
        return mlflow.pyfunc.load_model("models:/filrouge@champion")


def test_the_rules_are_registered_and_say_that_nothing_was_measured(home, result, served):
    champion = registry.champion_of(home, "abandoned_28d")
    assert (champion.version, champion.tags["level"], champion.measured) == (result.version, "rules", False)
    assert result.summary.startswith("filrouge 1: rules, not measured on this site: too little history to train")
    told = served.metadata.metadata
    assert (told["task"], told["level"], told["horizon_days"], told["figures"]) == ("abandoned_28d", "rules", 28, {})
    assert told["abandonment"].startswith("abandonment: a dated exit")
    assert told["trained_until"] == result.payload["data_end"]
    assert set(told["table_versions"]) == {"sessions", "enrolments", "activity"}
    assert set(told["features"]) >= {rule.feature for rule in RULES}
    assert sum(told["importance"].values()) == pytest.approx(1)


def test_what_serves_gives_more_to_who_has_more_points(home, result, served):
    from data.store import RecordStore
    from features.schedule import on_date
    from features.table import build

    with RecordStore(home).connect() as con:
        rows = build(con, on_date(con, TODAY))
    scored = served.predict(rows[served.metadata.metadata["inputs"]], params={"reasons": True})
    chance = scored["probability"].tolist()
    assert all(0 < one < 1 for one in chance)
    assert chance[0] == chance[1] == pytest.approx(0.03)
    assert chance[1] < chance[2] < chance[3]
    assert scored.loc[3, "contribution:never_active"] > 0 == scored.loc[0, "contribution:never_active"]


def test_the_report_keeps_its_keys_and_says_why_and_when(home, result):
    told = json.loads((result.folder / "report.json").read_text(encoding="utf-8"))
    assert told == result.payload
    assert told["pooled"]["roc_auc"] is None
    assert (told["rows"], told["intervals"], told["training_base_rate"]) == ([], {}, None)
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    assert page.index("Rien n&#x27;a été mesuré sur ce site") < page.index("Nothing was measured on this site")
    assert "too little history to train, tune and test on different sessions" in page
    assert "A measure will be possible when three sessions" in page
    card, fiche = ((result.folder / f"card.{lang}.md").read_text(encoding="utf-8") for lang in ("en", "fr"))
    assert "Nothing was measured on this site" in card
    assert "A measure will be possible when three sessions" in card
    assert "Rien n'a été mesuré sur ce site" in fiche
    assert "0,03" in fiche


def test_the_reference_holds_the_rows_there_are(result):
    import pandas as pd

    rows = pd.read_parquet(result.folder / "reference.parquet")
    assert {"day_of_course", "probability", *(rule.feature for rule in RULES)} <= set(rows.columns)
    assert len(rows) == 8  # four learners on the two Mondays after the first
    assert rows["probability"].between(0, 1).all()


def test_the_same_records_are_not_trained_twice(home, result):
    again = train(home)
    assert (again.reused, again.version) == (True, result.version)
    assert again.summary.startswith("already trained on these records: filrouge 1: rules, not measured")


def test_the_other_task_has_its_own_defaults(home):
    other = train(home, task="fail_or_withdrawn")
    assert (other.model, other.level) == ("filrouge-fail_or_withdrawn", "rules")
    assert other.payload["defaults"][0]["probability"] > 0.1


@pytest.mark.parametrize(("last_known_on", "n"), [(START + timedelta(days=2), 1), (START - timedelta(days=4), 0)])
def test_a_site_in_its_first_week_or_not_begun_trains_too(tmp_path, last_known_on, n):
    home = Home(tmp_path).prepare()
    RecordStore(home).write_batch(Batch("test", "c" * 32, one_session([2]), datetime(2026, 1, 8, tzinfo=UTC)))
    import pandas as pd

    result = train(home, until=last_known_on)
    assert result.level == "rules"
    assert len(pd.read_parquet(result.folder / "reference.parquet")) == n


@pytest.mark.parametrize(("task", "horizon"), HORIZONS)
def test_more_points_are_always_a_higher_default(task, horizon):
    chances = [chance for _, chance in defaults(parse_task(task, horizon))]
    assert all(0 < low < high < 1 for low, high in pairwise(chances))


def test_a_longer_horizon_is_a_higher_default():
    short, long = (dict(defaults(parse_task("abandoned_28d", days))) for days in (14, 56))
    assert all(short[n] < long[n] for n in short)


def test_features_that_no_rule_reads_score_nothing():
    fitted = rules_by_default(parse_task("abandoned_28d"), ["never_active", "actions_30d"])
    assert [rule["column"] for rule in fitted.spec["rules"]] == [0]
    assert fitted.tuning["importance"] == {"never_active": 1.0}


def day(n):
    return START + timedelta(days=n)


@pytest.mark.parametrize(
    ("case", "spans", "expected"),
    [
        ("no session", [], None),
        ("two", [(0, 28), (40, 68)], None),
        ("three in a row", [(0, 28), (40, 68), (80, 108)], 108),
        ("three at once", [(0, 28), (0, 28), (0, 28)], None),
        ("one overlaps", [(0, 28), (14, 42), (40, 68), (80, 108)], 108),
        ("a long one is stepped over", [(0, 300), (1, 29), (40, 68), (80, 108)], 108),
        ("the order given does not matter", [(80, 108), (0, 28), (40, 68)], 108),
        ("a session that starts the day another ends", [(0, 28), (28, 56), (57, 85)], None),
    ],
)
def test_when_a_measure_will_be_possible(case, spans, expected):
    found = first_measure_on([(day(a), day(b)) for a, b in spans])
    assert found == (None if expected is None else day(expected)), case
