"""Complaints and difficulties through the pages: received, followed, declared, and whom they are about."""

import json

import pytest
from sqlalchemy import event, select

from serving.pseudonyms import reference
from serving.tables import (
    Alert,
    Complaint,
    Roster,
)
from tests.api import quality_seed as work
from tests.api import serving_seed as seed
from tests.api.quality_seed import entries, rows_of

MINE, THEIRS = seed.enrolment_id(0), seed.enrolment_id(12)
LINE = work.LINE


COMPLAINT = {
    "kind": "complaint", "subject": "organisation", "told_by": "learner", "received_on": "2026-06-01",
    "channel": "email", "session_id": "", "learner": "", "summary": work.WORDS,
}  # fmt: skip


def test_a_complaint_from_its_receipt_to_the_improvement_it_leads_to(browser, send, site):
    client = browser("qualite")
    place = send(client, "/quality/complaints", {**COMPLAINT, "learner": seed.name_of(10).upper()}).headers["location"]
    (row,) = rows_of(site, Complaint)
    assert (row.enrolment_id, row.session_id) == (seed.enrolment_id(10), "DWEB-2605")
    page = client.get(place).text
    assert "suite attendue pour le 4 juin 2026" in page
    assert seed.name_of(10) in page
    silent = {"answered_on": "", "closed_on": "", "answer": "", "outcome": "", "improvement_id": ""}
    followed = {**COMPLAINT, **silent, "learner": seed.name_of(10), "version": "1", "acknowledged_on": "2026-06-02"}
    assert send(client, place, followed).status_code == 303
    answered = {**followed, "version": "2", "answered_on": "2026-06-09"}
    assert send(client, place, answered).status_code == 422, "nothing was answered"
    done = {**answered, "answer": "Nous préviendrons", "closed_on": "2026-06-10", "outcome": "settled"}
    assert send(client, place, done).status_code == 303
    form = client.get(f"/quality/improvements/new?complaint={row.id}").text
    assert f'value="{row.id}"' in form
    made = send(client, "/quality/improvements", {**LINE, "source": "complaint", "source_key": str(row.id)})
    assert made.status_code == 303
    (row,) = rows_of(site, Complaint)
    assert (row.state, row.improvement_id) == ("closed", 1)
    assert "/quality/complaints/1" in client.get("/quality/improvements/1").text
    api = client.get("/api/v1/quality/complaints")
    assert api.json()["complaints"][0]["improvement_id"] == "1"
    assert work.WORDS not in api.text
    assert all(work.WORDS not in json.dumps(details) for *_, details in entries(site, "complaint_recorded"))


def test_the_list_of_complaints_asks_as_much_of_the_database_however_long(browser, send, site):
    client, asked = browser("qualite"), []
    event.listen(site.database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    counts = []
    for _ in range(2):
        for _ in range(3):
            send(client, "/quality/complaints", COMPLAINT)
        asked.clear()
        assert client.get("/api/v1/quality/complaints").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_of_two_learners_with_one_name_the_reference_tells_which_and_the_form_keeps_whom_it_was_about(
    browser, send, site
):
    client = browser("qualite")
    twice = send(client, "/quality/complaints", {**COMPLAINT, "learner": seed.name_of(12)})
    assert twice.status_code == 422
    assert "plusieurs personnes portent ce nom" in twice.text.casefold()
    told = {**COMPLAINT, "learner": reference(seed.learner_id(12)).lower()}
    place = send(client, "/quality/complaints", told).headers["location"]
    assert rows_of(site, Complaint)[0].enrolment_id == THEIRS
    again = {**told, "learner": seed.name_of(12), "session_id": "SECO-2606", "version": "1"}
    assert send(client, place, {**again, "acknowledged_on": "2026-06-03"}).status_code == 303
    assert rows_of(site, Complaint)[0].enrolment_id == THEIRS
    assert send(client, place, {**again, "version": "2", "learner": ""}).status_code == 303
    assert rows_of(site, Complaint)[0].enrolment_id is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"learner": "Personne Inconnue"}, "learner"),
        ({"learner": seed.name_of(1), "session_id": "SECO-2606"}, "learner"),
        ({"session_id": "NOWHERE"}, "session_id"),
        ({"received_on": "2026-06-16"}, "received_on"),
        ({"summary": " "}, "summary"),
    ],
)
def test_a_refused_complaint_is_said_beside_its_field(browser, send, site, changed, field):
    answer = send(browser("qualite"), "/quality/complaints", {**COMPLAINT, **changed})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert rows_of(site, Complaint) == []


def test_who_follows_a_learner_declares_a_difficulty_and_sees_only_their_own(browser, send, site):
    told = {"kind": "difficulty", "subject": "accessibility", "told_by": "learner", "channel": "phone",
            "received_on": "2026-06-14", "summary": work.WORDS}  # fmt: skip
    client = browser("zina")
    assert send(client, f"/enrolments/{MINE}/difficulties", told).status_code == 303
    assert send(client, f"/enrolments/{THEIRS}/difficulties", told).status_code == 404
    assert send(client, f"/enrolments/{MINE}/difficulties", {**told, "kind": "complaint"}).status_code == 422
    assert work.WORDS in client.get("/difficulties").text
    for other in ("joel", "lea"):
        assert work.WORDS not in browser(other).get("/difficulties").text
    assert seed.name_of(0) in browser("qualite").get("/quality/complaints").text
    with site.database.write() as session:
        session.get(Roster, MINE).mentor_id = seed.JOEL
        for alert in session.scalars(select(Alert)):
            alert.mentor_id = seed.JOEL
    page = client.get("/difficulties").text
    assert "vous ne suivez plus" in page
    assert seed.name_of(0) not in page
    assert work.WORDS not in page
