"""The life of an alert: every state to every state, by the page and by the API, with its journal."""

import itertools
import json

import pytest

from serving.alerts import policy, repository, service
from serving.problems import NotFoundError
from serving.quality.repository import entries
from tests.api import serving_seed as seed

LONGEST = {
    "open": [],
    "acknowledged": ["acknowledged"],
    "in_contact": ["acknowledged", "in_contact"],
    "resolved": ["acknowledged", "in_contact", "resolved"],
    "dismissed": ["dismissed"],
}
OUTCOME = {"resolved": "back_on_track", "dismissed": "false_alarm"}


def first_alert(client):
    return client.get("/api/v1/alerts").json()["alerts"][0]


def move(send, client, alert, to, outcome=None):
    wanted = {"to": to} | ({"outcome": outcome} if outcome else {})
    return send(client, f"/api/v1/alerts/{alert['id']}/transitions", json=wanted)


@pytest.mark.parametrize(("state", "to"), list(itertools.product(policy.STATES, policy.STATES)))
def test_an_alert_moves_only_as_the_table_says(browser, send, state, to):
    client = browser("zina")
    alert = first_alert(client)
    for step in LONGEST[state]:
        assert move(send, client, alert, step, OUTCOME.get(step)).status_code == 200
    answer = move(send, client, alert, to, OUTCOME.get(to))
    assert answer.status_code == (200 if to in policy.TRANSITIONS[state] else 409)
    now = client.get(f"/api/v1/alerts/{alert['id']}").json()["state"]
    assert now == (to if to in policy.TRANSITIONS[state] else state)


@pytest.mark.parametrize(
    ("to", "outcome"),
    [
        ("resolved", None),
        ("resolved", "false_alarm"),
        ("dismissed", None),
        ("dismissed", "abandoned"),
        ("acknowledged", "other"),
    ],
)
def test_an_outcome_is_asked_for_when_and_only_when_it_ends(browser, send, to, outcome):
    client = browser("zina")
    answer = move(send, client, first_alert(client), to, outcome)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:filrouge:problem:value-not-accepted"


def test_the_table_of_transitions_is_whole():
    assert set(policy.TRANSITIONS) == set(policy.STATES)
    assert all(set(to) <= set(policy.STATES) for to in policy.TRANSITIONS.values())
    assert all(policy.TRANSITIONS[state] == () for state in policy.CLOSED)
    assert set(policy.OUTCOMES) == set(policy.CLOSED)


def test_alerts_come_in_pages(browser, site):
    client = browser("zina")
    everything = client.get("/api/v1/alerts").json()
    assert everything["next"] is None
    assert len(everything["alerts"]) == 2
    first = client.get("/api/v1/alerts", params={"limit": 1}).json()
    second = client.get("/api/v1/alerts", params={"limit": 1, "after": first["next"]}).json()
    assert first["alerts"] + second["alerts"] == everything["alerts"]


def test_an_alert_says_why_in_words(browser):
    reason = first_alert(browser("zina"))["reasons"][0]
    assert reason["feature"] == "days_since_last_activity"
    assert reason["sentence"].startswith("aucune activité depuis 6 jours")


def test_taken_on_in_one_click_and_closed_in_two(browser, send, site):
    client = browser("zina")
    alert = first_alert(client)
    place = f"/alerts/{alert['id']}/transition"
    assert send(client, place, {"to": "acknowledged"}).headers["location"] == "/today"
    assert "Vous prenez cette alerte en charge." in client.get("/today").text
    assert "Vous prenez cette alerte en charge." not in client.get("/today").text
    assert client.get(f"/alerts/{alert['id']}/close").status_code == 200
    send(client, place, {"to": "resolved", "outcome": "plan_agreed"})
    assert client.get(f"/alerts/{alert['id']}/close").status_code == 404
    assert send(client, place, {"to": "resolved", "outcome": "plan_agreed"}).status_code == 409
    with site.database.read() as session:
        told = [
            (e.event, json.loads(e.details).get("outcome")) for e in entries(session) if e.alert_id == int(alert["id"])
        ]
    assert told == [("alert_opened", None), ("alert_acknowledged", None), ("alert_resolved", "plan_agreed")]


@pytest.mark.parametrize(
    "fields", [{}, {"to": "gone"}, {"to": "resolved", "outcome": "magic"}, {"to": "acknowledged", "x": "y"}]
)
def test_a_form_of_somebody_elses_making_is_refused_in_french(browser, send, fields):
    client = browser("zina")
    answer = send(client, f"/alerts/{first_alert(client)['id']}/transition", fields)
    assert answer.status_code == 422
    assert "Ce qui a été envoyé n’est pas accepté." in answer.text


def test_a_run_has_one_turn(site):
    with site.database.write() as session:
        run = repository.latest_run(session, until=seed.TODAY)
        before = len(repository.everybodys(session, policy.STATES))
        assert service.open_alerts(session, run.id, now=site.clock.now(), settings=site.settings) == 0
        assert len(repository.everybodys(session, policy.STATES)) == before == 4


def test_an_unknown_run_is_said(site):
    with site.database.write() as session, pytest.raises(NotFoundError, match="score run"):
        service.open_alerts(session, 99, now=site.clock.now(), settings=site.settings)


def test_the_busiest_mentor_has_the_most_open_alerts(site):
    with site.database.read() as session:
        run = repository.latest_run(session, until=seed.TODAY)
        assert repository.busiest_mentor(session, run.id) == seed.ZINA


def test_two_alerts_open_for_one_enrolment_cannot_be_written(site):
    from sqlalchemy.exc import IntegrityError

    from serving.tables import Alert

    with site.database.read() as session:
        kept = repository.open_of_enrolment(session, seed.enrolment_id(0), until=seed.TODAY)
        values = {c.key: getattr(kept, c.key) for c in Alert.__table__.columns if c.key != "id"}
    with pytest.raises(IntegrityError), site.database.write() as session:
        session.add(Alert(**values))
