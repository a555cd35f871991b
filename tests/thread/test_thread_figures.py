"""The key figures of the example site, against plain SQL on its records."""

import json

import pytest

from data.home import Home
from data.store import RecordStore
from tests.thread.conftest import filrouge

pytestmark = pytest.mark.slow
KNOWN = "outcome_known_on < DATE '2026-06-15'"
COUNTS = {
    "abandonment": f"SELECT count(*) FILTER (outcome = 'abandoned' AND {KNOWN}), count(*) FROM enrolments "
    f"WHERE NOT (outcome IN ('neutral_exit', 'transferred') AND coalesce({KNOWN}, false))",
    "completion": f"SELECT count(*) FILTER (outcome = 'completed'), count(*) FROM enrolments "
    f"WHERE outcome IN ('completed', 'abandoned') AND {KNOWN}",
    "success": "SELECT count(*) FILTER (passed), count(*) FROM enrolments WHERE result_known_on < DATE '2026-06-15'",
    "survey_return": "SELECT count(*) FILTER (answered), count(*) FROM (SELECT bool_or(coalesce(answered_on < DATE "
    "'2026-06-15', false)) AS answered FROM survey_answers a JOIN surveys s USING (survey_id) WHERE s.closes_on < DATE "
    "'2026-06-15' AND sent_on < DATE '2026-06-15' GROUP BY a.enrolment_id, a.survey_id)",
    "nps": "SELECT count(*) FILTER (value >= 9) - count(*) FILTER (value <= 6), count(*) FROM survey_answers "
    "WHERE scale = 'nps' AND answered_on < DATE '2026-06-15'",
    "lsat": "SELECT count(*) FILTER (value >= 4), count(*) FROM survey_answers "
    "WHERE question = 'satisfaction' AND answered_on < DATE '2026-06-15'",
    "learner_content": "SELECT count(enrolment_id), count(*) FROM posts WHERE known_on < DATE '2026-06-15'",
    "participation": "SELECT count(DISTINCT enrolment_id), (SELECT count(DISTINCT enrolment_id) FROM (SELECT "
    "enrolment_id FROM posts WHERE enrolment_id IS NOT NULL AND known_on < DATE '2026-06-15' UNION SELECT enrolment_id "
    "FROM activity WHERE kind = 'forum_view' AND known_on < DATE '2026-06-15')) FROM posts WHERE known_on < DATE "
    "'2026-06-15'",
}


def counted(home, *words):
    asked = ("quality", "figures", "--json", "--from", "2025-06-16", "--until", "2026-06-15", *words)
    return json.loads(filrouge(home, *asked).stdout)


def test_plain_sql_finds_the_same_on_the_example(first, home, monkeypatch):
    monkeypatch.setenv("FILROUGE_TODAY", "2026-06-15")
    told = counted(home, "--inside")["scopes"][0]
    found = {one["figure"]: (one["numerator"], one["denominator"]) for one in told["figures"]}
    with RecordStore(Home(home)).connect() as con:
        again = {code: con.execute(query).fetchone() for code, query in COUNTS.items()}
    assert {code: found[code] for code in again} == again


def test_what_is_not_publishable_is_not_printed(first, home, monkeypatch):
    monkeypatch.setenv("FILROUGE_TODAY", "2026-06-15")
    told = [one for scope in counted(home)["scopes"] for one in scope["figures"]]
    assert {one["publishable"] for one in told} == {True, False}
    assert all(one["denominator"] is None for one in told if not one["publishable"])
