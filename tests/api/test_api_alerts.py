"""The life of an alert: every state to every state, by the page and by the API, with its journal."""

import itertools
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from serving.alerts import kinds, life, policy, repository, schemas, service, steps
from serving.problems import ChangedError, NotFoundError
from serving.quality import journal
from serving.quality.repository import entries
from serving.tables import Alert
from tests.api import serving_seed as seed

LONGEST = {
    "open": [],
    "acknowledged": ["acknowledged"],
    "in_contact": ["acknowledged", "in_contact"],
    "snoozed": ["acknowledged", "snoozed"],
    "resolved": ["acknowledged", "in_contact", "resolved"],
    "dismissed": ["dismissed"],
}
WANTS = {
    "resolved": {"outcome": "back_on_track"},
    "dismissed": {"outcome": "false_alarm"},
    "snoozed": {"until": "2026-06-22"},
    "reassigned": {"mentor_id": str(seed.JOEL)},
    "rated": {"useful": True},
}


def first_alert(client):
    return client.get("/api/v1/alerts").json()["alerts"][0]


def move(send, client, alert, to, **wanted):
    return send(client, f"/api/v1/alerts/{alert['id']}/transitions", json={"to": to} | wanted)


def steps_of(site, alert):
    with site.database.read() as session:
        return [(e.event, json.loads(e.details)) for e in entries(session) if e.alert_id == int(alert["id"])]


@pytest.mark.parametrize(("state", "to"), list(itertools.product(policy.STATES, life.STEPS)))
def test_an_alert_moves_only_as_the_table_says(browser, send, state, to):
    client = browser("zina")
    alert = first_alert(client)
    for step in LONGEST[state]:
        assert move(send, client, alert, step, **WANTS.get(step, {})).status_code == 200
    before = client.get(f"/api/v1/alerts/{alert['id']}").json()
    answer = move(send, client, alert, to, **WANTS.get(to, {}))
    assert answer.status_code == (200 if to in policy.TRANSITIONS[state] else 409)
    now = client.get(f"/api/v1/alerts/{alert['id']}").json()
    if answer.status_code == 200:
        assert (now["state"], now["version"]) == (life.lands(state, to), before["version"] + 1)
    else:
        assert now == before


@pytest.mark.parametrize(
    ("to", "outcome"),
    [
        ("resolved", None),
        ("resolved", "false_alarm"),
        ("dismissed", None),
        ("dismissed", "abandoned"),
        ("acknowledged", "other"),
        ("open", None),
        ("joined", None),
    ],
)
def test_an_outcome_is_asked_for_when_and_only_when_it_ends(browser, send, to, outcome):
    client = browser("zina")
    answer = move(send, client, first_alert(client), to, **({"outcome": outcome} if outcome else {}))
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:filrouge:problem:value-not-accepted"


def test_the_table_of_transitions_is_whole():
    assert set(policy.TRANSITIONS) == set(policy.STATES)
    steps = {step for steps in policy.TRANSITIONS.values() for step in steps}
    assert {life.lands(state, step) for state in policy.STATES for step in steps} == set(policy.STATES)
    assert all(policy.TRANSITIONS[state] == ("reopened", "rated") for state in policy.CLOSED)
    assert set(policy.OUTCOMES) == set(policy.CLOSED)
    assert set(steps) | {"undone"} == set(schemas.Step.__args__)
    assert set(policy.STATES) == set(schemas.State.__args__)
    assert set(kinds.KINDS) == set(schemas.Kind.__args__)
    assert set(life.MOTIVES) == set(schemas.Motive.__args__)


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
    closing = client.get(f"/alerts/{alert['id']}/close").text
    ways = re.findall(r"<form.*?</form>", closing, re.DOTALL)
    assert [('name="motives"' in form, 'value="left_for_job"' in form) for form in ways] == [
        (False, False), (False, True), (True, False), (False, False)
    ], "why somebody abandoned goes with no other outcome"  # fmt: skip
    send(client, place, {"to": "resolved", "outcome": "plan_agreed"})
    assert client.get(f"/alerts/{alert['id']}/close").status_code == 404
    assert send(client, place, {"to": "resolved", "outcome": "plan_agreed"}).status_code == 409
    with site.database.read() as session:
        told = [
            (e.event, json.loads(e.details).get("outcome")) for e in entries(session) if e.alert_id == int(alert["id"])
        ]
    assert told == [("alert_opened", None), ("alert_acknowledged", None), ("alert_resolved", "plan_agreed")]


REFUSED = [
    ("snoozed", {}),
    ("snoozed", {"until": "2026-06-15"}),
    ("snoozed", {"until": "2027-06-15"}),
    ("acknowledged", {"until": "2026-06-22"}),
    ("reassigned", {}),
    ("reassigned", {"mentor_id": "123"}),
    ("reassigned", {"mentor_id": str(seed.ZINA)}),
    ("acknowledged", {"mentor_id": str(seed.JOEL)}),
    ("resolved", {"outcome": "plan_agreed", "motives": ["money"]}),
    ("resolved", {"outcome": "abandoned", "motives": ["weather"]}),
]


@pytest.mark.parametrize(("to", "wanted"), REFUSED)
def test_a_step_has_what_it_needs_and_nothing_else(browser, send, to, wanted):
    client = browser("zina")
    alert = first_alert(client)
    assert move(send, client, alert, to, **wanted).status_code == 422
    assert first_alert(client) == alert


def test_a_learner_who_left_has_motives_and_the_alert_may_be_useful(browser, send, site):
    client = browser("zina")
    alert = first_alert(client)
    closed = move(send, client, alert, "resolved", outcome="abandoned", motives=["money", "distance"]).json()
    assert (closed["motives"], closed["useful"], closed["closed_by"]) == (["money", "distance"], None, "person")
    assert move(send, client, alert, "rated", useful=True).json()["useful"] is True
    event, told = steps_of(site, alert)[-2]
    assert (event, told["outcome"], told["motives"]) == ("alert_resolved", "abandoned", ["money", "distance"])


def test_a_form_ticks_several_motives(browser, send, site):
    client = browser("zina")
    alert = first_alert(client)
    fields = {"to": "resolved", "outcome": "abandoned", "motives": ["money", "imposed"], "useful": "true"}
    assert send(client, f"/alerts/{alert['id']}/transition", fields).status_code == 303
    kept = client.get(f"/api/v1/alerts/{alert['id']}").json()
    assert (kept["motives"], kept["useful"]) == (["money", "imposed"], True)


def test_an_alert_given_to_another_mentor_is_on_their_list(browser, send, site):
    client, joel = browser("zina"), browser("joel")
    alert = first_alert(client)
    assert joel.get(f"/api/v1/alerts/{alert['id']}").status_code == 404
    move(send, client, alert, "reassigned", mentor_id=str(seed.JOEL))
    assert joel.get(f"/api/v1/alerts/{alert['id']}").json()["mentor_id"] == str(seed.JOEL)
    assert move(send, joel, alert, "acknowledged").status_code == 200


def test_two_people_at_once_who_saw_the_same_version_take_one_step(browser, site):
    """A mentor, and the lead of the course: both press at the same instant, one is told that it changed."""
    clients, start = [browser("zina"), browser("lea")], threading.Barrier(2)
    place = f"/api/v1/alerts/{first_alert(clients[0])['id']}"

    def press(client, to):
        start.wait()
        headers = {"x-csrf-token": client.csrf, "if-match": '"1"'}
        return client.post(f"{place}/transitions", json={"to": to}, headers=headers)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, clients, ("acknowledged", "in_contact")))
    assert sorted(one.status_code for one in answers) == [200, 412]
    (done,) = [one.json() for one in answers if one.status_code == 200]
    kept = clients[0].get(place).json()
    assert (kept["state"], kept["version"]) == (done["state"], 2)
    with site.database.read() as session:
        assert journal.verify(session).intact


def test_a_version_named_by_if_match_is_the_one_that_is_moved(browser):
    client = browser("zina")
    place = f"/api/v1/alerts/{first_alert(client)['id']}"
    seen = client.get(place)
    assert seen.headers["etag"] == '"1"'
    headers = {"x-csrf-token": client.csrf, "if-match": seen.headers["etag"]}
    done = client.post(f"{place}/transitions", json={"to": "acknowledged"}, headers=headers)
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    late = client.post(f"{place}/transitions", json={"to": "in_contact"}, headers=headers)
    assert late.status_code == 412
    assert late.json()["type"] == "urn:filrouge:problem:precondition-failed"
    assert client.get(place).json()["state"] == "acknowledged"
    for match in ('"1", "2"', "*"):
        headers["if-match"] = match
        step = {"to": "escalated"} if match == "*" else {"to": "in_contact"}
        assert client.post(f"{place}/transitions", json=step, headers=headers).status_code == 200


def test_what_has_not_changed_is_not_sent_again(browser, send):
    client = browser("zina")
    alert = first_alert(client)
    place = f"/api/v1/alerts/{alert['id']}"
    again = client.get(place, headers={"if-none-match": 'W/"1"'})
    assert (again.status_code, again.content) == (304, b"")
    move(send, client, alert, "acknowledged")
    assert client.get(place, headers={"if-none-match": '"1"'}).json()["version"] == 2


def test_a_page_that_names_a_version_is_refused_when_it_is_another(browser, send):
    client = browser("zina")
    alert = first_alert(client)
    move(send, client, alert, "acknowledged")
    fields = {"to": "resolved", "outcome": "plan_agreed", "version": "1"}
    refused = send(client, f"/alerts/{alert['id']}/transition", fields)
    assert refused.status_code == 412
    assert "Cette alerte a changé" in refused.text
    assert client.get(f"/api/v1/alerts/{alert['id']}").json()["state"] == "acknowledged"


UNDONE = [
    ("acknowledged", {}), ("snoozed", {"until": "2026-06-22"}), ("escalated", {}),
    ("reassigned", {"mentor_id": str(seed.JOEL)}), ("dismissed", {"outcome": "false_alarm", "useful": False}),
    ("resolved", {"outcome": "abandoned", "motives": ["money"]}),
]  # fmt: skip


@pytest.mark.parametrize(("to", "wanted"), UNDONE)
def test_ones_own_last_step_is_taken_back_and_both_stay_in_the_journal(browser, send, site, to, wanted):
    client = browser("zina")
    alert = first_alert(client)
    assert move(send, client, alert, to, **wanted).status_code == 200
    undone = move(send, client, alert, "undone").json()
    moved = {"version", "state_at"}
    assert {k: v for k, v in undone.items() if k not in moved} == {k: v for k, v in alert.items() if k not in moved}
    assert undone["version"] == 3
    assert [event for event, _ in steps_of(site, alert)] == ["alert_opened", f"alert_{to}", "alert_undone"]
    assert move(send, client, alert, "undone").status_code == 409
    with site.database.read() as session:
        assert journal.verify(session).intact


def test_a_reopening_taken_back_is_closed_as_it_was(browser, send, site):
    client = browser("zina")
    alert = first_alert(client)
    closed = move(send, client, alert, "resolved", outcome="abandoned", motives=["money"], useful=True).json()
    assert move(send, client, alert, "reopened").json()["useful"] is None
    undone = move(send, client, alert, "undone").json()
    for name in ("state", "outcome", "motives", "useful", "closed_on", "closed_by", "reopened_on"):
        assert undone[name] == closed[name]
    with site.database.read() as session:
        assert journal.verify(session).intact


def test_somebody_elses_step_and_an_old_one_are_not_taken_back(browser, send, site):
    client, joel = browser("zina"), browser("joel")
    alert = first_alert(client)
    assert move(send, client, alert, "undone").status_code == 409
    move(send, client, alert, "reassigned", mentor_id=str(seed.JOEL))
    assert move(send, joel, alert, "undone").status_code == 409
    with site.database.write() as session:
        kept = repository.by_id(session, int(alert["id"]))
        author_id = repository.last_entry(session, kept.id).author_id
        late = site.clock.now() + timedelta(minutes=11)
        with pytest.raises(ChangedError, match="too late"):
            steps.undo(session, kept, author_id=author_id, now=late, within=timedelta(minutes=10))


def test_a_closed_alert_is_not_reopened_over_another(browser, send, site):
    client = browser("zina")
    alert = first_alert(client)
    move(send, client, alert, "dismissed", outcome="other")
    with site.database.write() as session:
        kept = repository.by_id(session, int(alert["id"]))
        values = {c.key: getattr(kept, c.key) for c in Alert.__table__.columns if c.key != "id"}
        session.add(Alert(**values | {"state": "open", "outcome": None, "closed_at": None, "closed_on": None}))
    assert move(send, client, alert, "reopened").status_code == 409
    assert move(send, client, alert, "undone").status_code == 409


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

    with site.database.read() as session:
        kept = repository.open_of_enrolment(session, seed.enrolment_id(0), until=seed.TODAY)
        values = {c.key: getattr(kept, c.key) for c in Alert.__table__.columns if c.key != "id"}
    with pytest.raises(IntegrityError), site.database.write() as session:
        session.add(Alert(**values))
