"""The page that says whether prevention helped, and the rows it is measured from."""

import json
from datetime import timedelta

import pandas as pd

from serving.effects import service
from serving.tables import Action, Alert
from tests.api import serving_seed as seed

DESIGN = {
    "verdict": "not_enough_data", "method": "doubly_robust", "n": 8, "n_learners": 8, "n_contacted": 3,
    "n_abandoned": 1, "missing_learners": 47, "missing_events": 26, "naive": None, "share_compared": None,
    "with_contact": None, "without_contact": None, "difference": None, "low": None, "high": None, "e_value": None,
    "e_value_limit": None,
}  # fmt: skip


def write(site, day):
    folder = site.settings.folder.reports / "effects"
    folder.mkdir(parents=True, exist_ok=True)
    told = {"as_of": day.isoformat(), "horizon": 28, "window": 7, "rested": 28, "first": "doubly_robust",
            "designs": {"doubly_robust": DESIGN}, "before_after": None}  # fmt: skip
    (folder / f"{day}.json").write_text(json.dumps(told), encoding="utf-8")


def test_the_page_says_that_nothing_was_measured_then_what_is_missing(browser, site):
    client = browser("qualite")
    empty = client.get("/watch/effects")
    assert empty.status_code == 200
    assert "Rien n’a encore été mesuré" in empty.text
    write(site, seed.TODAY)
    write(site, seed.TODAY + timedelta(days=1))
    told = client.get("/watch/effects").text
    assert "Pas assez de données" in told
    assert "47 apprenants" in told
    assert "26 abandons" in told
    assert "15 juin 2026" in told, "a measure of tomorrow is not told today"
    assert "Not enough data" in browser("data").get("/watch/effects?lang=en").text


def test_the_rows_are_the_alerts_the_actions_and_what_was_known(site):
    with site.database.read() as session:
        alerts = {one.enrolment_id: one for one in session.query(Alert).all()}
        days = {(one.enrolment_id, pd.Timestamp(one.done_on)) for one in session.query(Action).all()}
        found = service.rows(session, site.settings.folder, until=seed.TODAY)
        earlier = service.rows(session, site.settings.folder, until=seed.TODAY - timedelta(days=400))
    assert set(found.alerts["enrolment_id"]) == set(alerts)
    assert set(zip(found.contacts["enrolment_id"], found.contacts["contacted_on"], strict=True)) == days
    one = found.alerts.iloc[0]
    assert one["probability"] == alerts[one["enrolment_id"]].probability
    assert list(found.alerts.columns[3:]) == list(service.KNOWN)
    assert found.enrolments.empty, "nothing was imported in this home"
    assert earlier.alerts.empty
    assert earlier.contacts.empty
