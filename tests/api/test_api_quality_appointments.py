"""Appointments through the pages: planned, kept, told by an action, seen by nobody else."""

import re

import pytest

from serving.quality import journal
from serving.tables import (
    Appointment,
)
from tests.api import quality_seed as work
from tests.api import serving_seed as seed
from tests.api.quality_seed import entries, rows_of

MINE, THEIRS = seed.enrolment_id(0), seed.enrolment_id(12)


PLANNED = {"kind": "interview", "channel": "video", "on": "2026-06-18", "hour": "14:30", "minutes": "45"}


def test_an_appointment_is_planned_kept_and_told_by_an_action(browser, send, site):
    client = browser("zina")
    assert send(client, f"/enrolments/{MINE}/appointments", PLANNED).status_code == 303
    (row,) = rows_of(site, Appointment)
    assert row.at.isoformat() == "2026-06-18T12:30:00+00:00", "half past two in Paris"
    assert row.alert_id is not None
    assert "14:30" in client.get(f"/enrolments/{MINE}").text
    assert "14:30" in client.get("/appointments").text
    assert "14:30" in client.get("/today").text
    early = send(client, f"/appointments/{row.id}/state", {"to": "kept"})
    assert early.status_code == 422, "its day has not come"
    past = work.appointment(site)
    assert "passé" in client.get(f"/enrolments/{MINE}").text
    kept = send(client, f"/appointments/{past}/state", {"to": "kept"})
    assert kept.headers["location"] == f"/enrolments/{MINE}/actions/new?appointment={past}"
    form = client.get(kept.headers["location"]).text
    assert f'name="appointment" value="{past}"' in form
    assert 'value="2026-06-13"' in form
    new = {"kind": "interview", "channel": "video", "done_on": "2026-06-13", "result": "agreed", "next_step": "none"}
    refused = send(client, f"/enrolments/{MINE}/actions", {**new, "done_on": "2026-07-01", "appointment": str(past)})
    assert refused.status_code == 422
    assert f'name="appointment" value="{past}"' in refused.text
    assert send(client, f"/enrolments/{MINE}/actions", {**new, "appointment": str(past)}).status_code == 303
    with site.database.read() as session:
        assert session.get(Appointment, past).action_id == work.actions_of(session, MINE)[-1].id
    assert send(client, f"/appointments/{past}/state", {"to": "planned"}).status_code == 409, "an action tells of it"
    told = [event for event, *_ in entries(site, "appointment_planned", "appointment_kept", "appointment_told")]
    assert told == ["appointment_planned", "appointment_kept", "appointment_told"]
    with site.database.read() as session:
        assert journal.verify(session).intact


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"on": "2026-06-14"}, "on"), ({"hour": "noon"}, "hour"), ({"minutes": "0"}, "minutes"), ({"kind": "x"}, "kind")],
)
def test_a_refused_appointment_is_said_beside_its_field(browser, send, site, changed, field):
    answer = send(browser("zina"), f"/enrolments/{MINE}/appointments", {**PLANNED, **changed})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert rows_of(site, Appointment) == []


def test_a_second_thought_about_an_appointment(browser, send, site):
    client, number = browser("zina"), work.appointment(site)
    for to, back in (("missed", "planned"), ("cancelled", "planned"), ("kept", "planned")):
        assert send(client, f"/appointments/{number}/state", {"to": to}).status_code == 303
        assert send(client, f"/appointments/{number}/state", {"to": back}).status_code == 303
    assert rows_of(site, Appointment)[0].state == "planned"


def test_an_appointment_of_another_mentors_learner_is_not_there(browser, send, site):
    theirs = work.appointment(site, enrolment=THEIRS)
    for number in (theirs, 999):
        client = browser("zina")
        assert send(client, f"/appointments/{number}/state", {"to": "missed"}).status_code == 404
        assert client.get(f"/appointments/{number}/appointment.ics").status_code == 404
    new = {"kind": "call", "channel": "phone", "done_on": "2026-06-13", "result": "reached", "next_step": "none"}
    client = browser("zina")
    assert client.get(f"/enrolments/{MINE}/actions/new?appointment={theirs}").status_code == 404
    assert send(client, f"/enrolments/{MINE}/actions", {**new, "appointment": str(theirs)}).status_code == 404
    with site.database.read() as session:
        assert work.actions_of(session, MINE) == [], "nothing is half done"
    assert browser("zina").get("/appointments").text.count("Aucun rendez-vous") == 1
    assert send(browser("joel"), f"/appointments/{theirs}/state", {"to": "missed"}).status_code == 303


def test_an_appointment_goes_into_a_calendar_without_a_name(browser, send, site):
    number = work.appointment(site)
    client = browser("zina")
    body = client.get(f"/appointments/{number}/appointment.ics").text
    assert "DTSTART:20260613T090000Z" in body
    assert "DTEND:20260613T093000Z" in body
    assert "STATUS:CONFIRMED" in body
    assert not [part for part in seed.name_of(0).split() if part in body]
    first = re.search(r"UID:\S+", body)[0]
    send(client, f"/appointments/{number}/state", {"to": "cancelled"})
    later = client.get(f"/appointments/{number}/appointment.ics").text
    assert "STATUS:CANCELLED" in later
    assert first in later


def test_the_quality_team_sees_every_appointment_and_filters_them(browser, site):
    work.appointment(site)
    work.appointment(site, enrolment=THEIRS, state="missed")
    client = browser("qualite")
    assert seed.name_of(0) in client.get("/quality/appointments").text
    missed = client.get(f"/quality/appointments?state=missed&person={seed.JOEL}").text
    assert 'id="a-2"' in missed
    assert 'id="a-1"' not in missed


@pytest.mark.parametrize(
    ("days", "state"), [(-7, "planned"), (2, "cancelled"), (2, "missed")]
)  # fmt: skip
def test_an_action_does_not_make_an_appointment_that_did_not_take_place(browser, send, site, days, state):
    number = work.appointment(site, days=days, state=state)
    new = {"kind": "call", "channel": "phone", "done_on": "2026-06-13", "result": "reached", "next_step": "none"}
    sent = send(browser("zina"), f"/enrolments/{MINE}/actions", {**new, "appointment": str(number)})
    assert sent.status_code == 409
    (row,) = rows_of(site, Appointment)
    assert (row.state, row.action_id) == (state, None)
    with site.database.read() as session:
        assert work.actions_of(session, MINE) == [], "nothing is half done"


def test_one_action_alone_tells_of_an_appointment(browser, send, site):
    client, number = browser("zina"), work.appointment(site)
    new = {"kind": "call", "channel": "phone", "done_on": "2026-06-13", "result": "reached", "next_step": "none"}
    sent = [send(client, f"/enrolments/{MINE}/actions", {**new, "appointment": str(number)}) for _ in "ab"]
    assert [one.status_code for one in sent] == [303, 409]
    assert rows_of(site, Appointment)[0].action_id == 1
