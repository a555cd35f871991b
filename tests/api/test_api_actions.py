"""Recording what was done: kept, felt by the alert, written in the journal without the note."""

import hashlib
import json
from datetime import date

import pytest

from serving.actions import policy
from serving.alerts.policy import STATES
from serving.problems import RefusedError
from serving.quality.repository import entries
from serving.tables import Roster
from tests.api import serving_seed as seed

MINE = seed.enrolment_id(0)
CALL = {"kind": "call", "channel": "phone", "done_on": "2026-06-15", "result": "reached"}


def test_a_call_puts_the_alert_in_contact_and_shows_on_the_page(browser, send, site):
    client = browser("zina")
    note = "Sa fille est malade, il reprend lundi."
    answer = send(
        client,
        f"/enrolments/{MINE}/actions",
        CALL | {"next_step": "call_again", "next_step_on": "2026-06-22", "note": note},
    )
    assert answer.headers["location"] == f"/enrolments/{MINE}"
    page = client.get(f"/enrolments/{MINE}").text
    assert note in page
    assert "Rappeler" not in page or "rappeler" in page
    action = client.get(f"/api/v1/enrolments/{MINE}/actions").json()[0]
    assert (action["author"], action["next_step_on"], action["note"]) == ("Zina Mirageville", "2026-06-22", note)
    alert = next(a for a in client.get("/api/v1/alerts").json()["alerts"] if a["enrolment_id"] == str(MINE))
    assert (alert["state"], alert["id"]) == ("in_contact", action["alert_id"])
    with site.database.read() as session:
        told = [e for e in entries(session) if e.action_id == int(action["id"])]
    assert len(told) == 1
    assert "fille" not in told[0].details
    details = json.loads(told[0].details)
    assert len(details["note_digest"]) == 64
    assert hashlib.sha256(note.encode()).hexdigest() not in told[0].details


def test_nobody_answered_the_alert_is_taken_on(browser, send):
    client = browser("zina")
    send(client, f"/api/v1/enrolments/{MINE}/actions", json=CALL | {"result": "no_answer"})
    alert = next(a for a in client.get("/api/v1/alerts").json()["alerts"] if a["enrolment_id"] == str(MINE))
    assert alert["state"] == "acknowledged"


def test_an_action_needs_no_alert(browser, send):
    client, calm = browser("zina"), seed.enrolment_id(11)
    created = send(client, f"/api/v1/enrolments/{calm}/actions", json=CALL)
    assert created.status_code == 201
    assert created.json()["alert_id"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "hypnosis"}, "kind"),
        ({"done_on": "2026-06-16"}, "done_on"),
        ({"done_on": "yesterday"}, "done_on"),
        ({"done_on": "0001-01-01"}, "done_on"),
        ({"next_step_on": "2026-06-20"}, "next_step"),
        ({"next_step": "interview", "next_step_on": "2026-06-01"}, "next_step_on"),
        ({"note": "n" * 2001}, "note"),
    ],
)
def test_a_value_not_accepted_is_marked_on_the_form_and_a_problem_in_the_api(browser, send, change, field):
    client = browser("zina")
    page = send(client, f"/enrolments/{MINE}/actions", CALL | change)
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert f'id="{field}"' in page.text
    problem = send(client, f"/api/v1/enrolments/{MINE}/actions", json=CALL | change)
    assert problem.status_code == 422
    assert field in problem.text
    assert client.get(f"/api/v1/enrolments/{MINE}/actions").json() == []


def test_a_note_is_shown_as_text(browser, send):
    client = browser("zina")
    send(client, f"/enrolments/{MINE}/actions", CALL | {"note": "<script>alert(1)</script>"})
    assert "<script>alert" not in client.get(f"/enrolments/{MINE}").text


@pytest.mark.parametrize(
    ("state", "result", "after"),
    [
        ("open", "reached", "in_contact"),
        ("open", "no_answer", "acknowledged"),
        ("open", "left_message", "acknowledged"),
        ("acknowledged", "agreed", "in_contact"),
        ("acknowledged", "left_message", None),
        ("in_contact", "reached", None),
        ("in_contact", "no_answer", None),
    ],
)
def test_what_an_action_does_to_an_open_alert(state, result, after):
    assert state in STATES
    assert policy.state_after(state, result) == after


@pytest.mark.parametrize(
    ("done_on", "next_step", "next_step_on", "accepted"),
    [
        (date(2026, 6, 15), "none", None, True),
        (date(2026, 6, 15), "interview", date(2026, 6, 15), True),
        (date(2026, 6, 16), "none", None, False),
        (date(2026, 6, 15), "none", date(2026, 6, 20), False),
        (date(2026, 6, 15), "interview", date(2026, 6, 14), False),
    ],
)
def test_the_dates_of_an_action(done_on, next_step, next_step_on, accepted):
    def check():
        policy.check_dates(done_on=done_on, next_step=next_step, next_step_on=next_step_on, today=date(2026, 6, 15))
        return True

    if accepted:
        assert check()
    else:
        with pytest.raises(RefusedError):
            check()


def test_what_was_promised_shows_on_the_day_until_something_is_done(browser, send):
    client = browser("zina")
    promise = CALL | {"done_on": "2026-06-01", "next_step": "interview"}
    send(client, f"/api/v1/enrolments/{MINE}/actions", json=promise | {"next_step_on": "2026-06-12"})
    send(client, f"/api/v1/enrolments/{seed.enrolment_id(1)}/actions", json=promise | {"next_step_on": "2026-06-22"})
    send(client, f"/api/v1/enrolments/{seed.enrolment_id(2)}/actions", json=promise | {"next_step_on": "2026-06-23"})
    aside = client.get("/today").text.split("<aside")[1]
    assert aside.count("Entretien") == 2
    assert aside.count("en retard") == 1
    assert aside.index(seed.name_of(0)) < aside.index(seed.name_of(1))
    send(client, f"/api/v1/enrolments/{MINE}/actions", json=CALL)
    assert seed.name_of(0) not in client.get("/today").text.split("<aside")[1]
    assert "Promis" not in browser("joel").get("/today").text


@pytest.mark.parametrize(("promised_on", "ended_on", "told"), [
    ("2026-05-16", None, True), ("2026-05-15", None, False), ("2026-06-12", date(2026, 6, 14), False),
])  # fmt: skip
def test_a_promise_is_told_for_a_month_and_as_long_as_the_learner_is_there(
    browser, send, site, promised_on, ended_on, told
):
    client = browser("zina")
    promise = CALL | {"done_on": "2026-05-12", "next_step": "interview", "next_step_on": promised_on}
    send(client, f"/api/v1/enrolments/{MINE}/actions", json=promise)
    with site.database.write() as session:
        session.get_one(Roster, MINE).ended_on = ended_on
    assert ("Promis" in client.get("/today").text) is told
    assert "entretien" in client.get(f"/enrolments/{MINE}").text
