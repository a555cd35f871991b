"""What a quality team works on, through the pages: missing proofs, appointments, improvements, complaints, surveys."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from serving.pseudonyms import reference
from serving.quality import journal
from serving.tables import (
    Alert,
    Appointment,
    Complaint,
    Improvement,
    JournalEntry,
    Justification,
    Roster,
    SurveyChase,
    SurveyWave,
)
from tests.api import quality_seed as work
from tests.api import serving_seed as seed

MINE, THEIRS = seed.enrolment_id(0), seed.enrolment_id(12)


@pytest.fixture
def year(app, site):
    """The small organisation after a year: its site, its records with surveys."""
    work.fill(site)
    made = replace(site, records=work.SurveyedRecords())
    app.state.site = made
    return made


def entries(site, *events):
    with site.database.read() as session:
        rows = session.scalars(select(JournalEntry).where(JournalEntry.event.in_(events)).order_by(JournalEntry.seq))
        return [(row.event, row.enrolment_id, json.loads(row.details)) for row in rows]


def rows_of(site, table):
    with site.database.read() as session:
        return session.scalars(select(table).order_by(*table.__table__.primary_key)).all()


def table_of(answer):
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))


def intact(site):
    """Whether the journal is; the alerts of the seed were never in it."""
    with site.database.read() as session:
        return journal.first_broken(session.scalars(select(JournalEntry).order_by(JournalEntry.seq)))


def test_the_inbox_says_what_is_missing_whose_turn_and_since_when(browser, year):
    client = browser("qualite")
    assert client.get("/").headers["location"] == "/quality"
    page = client.get("/quality").text
    assert "Alerte close sans contact daté" in page
    assert "Zina Mirageville" in page
    assert "attendue pour le" in page
    assert 'href="/register/alerts/' in page
    found = client.get("/api/v1/quality/gaps?limit=3").json()
    assert found["as_of_on"] == "2026-06-15"
    assert [one["until_on"] for one in found["gaps"]] == sorted(one["until_on"] for one in found["gaps"])
    following = client.get("/api/v1/quality/gaps", params={"after": found["next"]}).json()
    assert not {(g["kind"], g["subject"]) for g in found["gaps"]} & {
        (g["kind"], g["subject"]) for g in following["gaps"]
    }
    assert not [n for n in range(22) if seed.name_of(n) in client.get("/api/v1/quality/gaps").text]


@pytest.mark.parametrize(
    ("asked", "shown", "left"),
    [
        ("kind=closed_without_contact", "Alerte close", "Enquête sans réponse, jamais relancée</strong>"),
        ("kind=survey_not_chased", "jamais relancée</strong>", "contact daté</strong>"),
        (f"person={seed.JOEL}", "Rien ne répond", "<strong>Alerte"),
        ("person=quality", "jamais relancée</strong>", "contact daté</strong>"),
        ("session=NOWHERE", "Rien ne répond", "</strong>"),
        ("kind=nonsense&page=999", "Preuves manquantes", "Rien ne répond"),
    ],
)
def test_filters_of_the_inbox_live_in_the_address(browser, year, asked, shown, left):
    page = browser("qualite").get(f"/quality?{asked}").text
    listed = page.split('<aside aria-label="En bref')[0]
    assert shown in listed
    if left != "</strong>":
        assert left not in listed


def test_all_in_order_says_as_of_when(browser):
    page = browser("qualite").get("/quality").text
    assert "Tout est en ordre au 15 juin 2026" in page


def test_a_proof_that_will_not_come_has_a_reason_that_can_be_taken_back(browser, send, year):
    client = browser("qualite")
    gap = client.get("/api/v1/quality/gaps").json()["gaps"][0]
    named = {"kind": gap["kind"], "subject": gap["subject"]}
    refused = send(client, "/quality/gaps/explain", {**named, "reason": "  "})
    assert refused.status_code == 422
    assert "dites pourquoi" in refused.text
    assert send(client, "/quality/gaps/explain", {**named, "reason": work.WORDS}).status_code == 303
    assert client.get("/api/v1/quality/gaps").json()["gaps"][0]["explained"]
    assert work.WORDS not in client.get("/quality").text
    assert work.WORDS in client.get("/quality?state=explained").text
    assert send(client, "/quality/gaps/explain", {**named, "reason": "encore"}).status_code == 404
    away = send(client, "/quality/gaps/again", {**named, "back": "//evil.example/quality"})
    assert away.headers["location"].startswith("/")
    assert not away.headers["location"].startswith("//")
    assert rows_of(year, Justification) == []
    assert [event for event, *_ in entries(year, "gap_explained", "gap_asked_again")] == [
        "gap_explained", "gap_asked_again",
    ]  # fmt: skip
    assert intact(year) is None


def test_one_reason_for_all_of_a_kind_as_many_as_were_shown(browser, send, year):
    client = browser("qualite")
    wanted = {"kind": "closed_without_contact", "session": "", "person": "", "reason": "Ancien outil"}
    assert send(client, "/quality/gaps/explain", {**wanted, "n": "7"}).status_code == 404, "eight are missing"
    assert send(client, "/quality/gaps/explain", {"kind": "", "n": "8", "reason": "x"}).status_code == 404
    assert send(client, "/quality/gaps/explain", {**wanted, "n": "8"}).status_code == 303
    assert len(rows_of(year, Justification)) == 8
    assert send(client, "/quality/gaps/again", {**wanted, "n": "8"}).status_code == 303
    assert rows_of(year, Justification) == []


def test_an_action_mends_a_gap(browser, send, year):
    closed = seed.enrolment_id(work.FIRST)
    gaps = {"kind": "closed_without_contact", "enrolment_id": str(closed)}

    def missing():
        found = browser("qualite").get("/api/v1/quality/gaps").json()["gaps"]
        return [one for one in found if gaps.items() <= one.items()]

    assert len(missing()) == 1
    new = {"kind": "call", "channel": "phone", "done_on": "2026-05-20", "result": "reached"}
    assert send(browser("zina"), f"/enrolments/{closed}/actions", {**new, "next_step": "none"}).status_code == 303
    assert missing() == []


def test_who_follows_learners_sees_the_proofs_asked_of_them_alone(browser, send, year):
    with year.database.write() as session:
        session.get(Roster, seed.enrolment_id(work.FIRST)).mentor_id = seed.JOEL
    zina, joel = browser("zina").get("/missing").text, browser("joel").get("/missing").text
    assert "7 preuves manquent" in zina
    assert "Une preuve manque" in joel
    assert f"/enrolments/{seed.enrolment_id(work.FIRST)}" in joel
    assert f'/enrolments/{seed.enrolment_id(work.FIRST)}"' not in zina
    assert "Enquête" not in zina, "those are the quality team's"
    assert "Tout est en ordre" in browser("dina").get("/missing").text
    wanted = {"kind": "closed_without_contact", "session": "", "person": "", "reason": "Ancien outil", "n": "8"}
    send(browser("qualite"), "/quality/gaps/explain", wanted)
    assert "Tout est en ordre" in browser("zina").get("/missing").text


def test_the_register_of_downloads_and_names_only_when_asked(browser, send, year):
    client = browser("qualite")
    for path, key in (
        ("gaps", "missing-proofs"), ("appointments", "appointments"), ("improvements", "improvements"),
        ("complaints", "complaints"), ("surveys", "surveys"),
    ):  # fmt: skip
        plain, named = (send(client, f"/quality/{path}/csv", told) for told in ({}, {"names": "yes"}))
        assert len({len(row) for row in table_of(plain)}) == 1
        assert len(table_of(plain)) == len(table_of(named))
        assert work.WORDS not in plain.text
        assert plain.text == send(client, f"/quality/{path}/csv").text, "the same data, the same bytes"
        assert f'filename="{key}-2026-06-15.csv"' in plain.headers["content-disposition"]
    told = entries(year, "sheet_exported")
    assert [(details["sheet"], details["names"]) for *_, details in told[-3:]] == [
        ("surveys", False), ("surveys", True), ("surveys", False),
    ]  # fmt: skip
    assert work.WORDS in send(client, "/quality/complaints/csv", {"names": "yes"}).text
    nothing = table_of(send(client, "/quality/complaints/csv", {"from_on": "2020-01-01", "until_on": "2020-12-31"}))
    assert len(nothing) == 1


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


LINE = {
    "source": "audit", "indicator": "32", "finding": "Les relances tardent", "decision": "Relancer le lundi",
    "owner": "Paul", "due_on": "2026-06-01", "state": "planned", "source_key": "", "done_on": "", "checked_on": "",
    "effect": "", "effective": "",
}  # fmt: skip


def test_an_improvement_from_its_finding_to_its_effect(browser, send, site):
    client = browser("qualite")
    made = send(client, "/quality/improvements", LINE)
    place = made.headers["location"]
    assert "en retard" in client.get("/quality/improvements?state=late").text
    done = {**LINE, "version": "1", "done_on": "2026-06-10"}
    assert send(client, place, done).status_code == 303
    assert rows_of(site, Improvement)[0].state == "done"
    half = {**done, "version": "2", "checked_on": "2026-06-14"}
    refused = send(client, place, half)
    assert refused.status_code == 422
    assert {"effective-error", "effect-error"} <= set(re.findall(r'id="([\w-]+-error)"', refused.text))
    assert send(client, place, {**half, "effective": "no", "effect": "Rien n’a changé"}).status_code == 303
    (row,) = rows_of(site, Improvement)
    assert (row.state, row.effective, row.version) == ("checked", False, 3)
    back = {**LINE, "version": "3", "done_on": "2026-06-10"}
    assert send(client, place, back).status_code == 303, "a day taken away is a step back"
    assert rows_of(site, Improvement)[0].state == "done"
    page = client.get(place).text
    assert page.count("Modifiée") == 3
    assert "n’est pas ce que le journal" not in page
    api = client.get("/api/v1/quality/improvements").json()["improvements"]
    assert [(one["state"], one["late"], one["version"]) for one in api] == [("done", False, 4)]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"source": "complaint", "source_key": "99"}, "source_key"),
        ({"source_key": "x"}, "source_key"),
        ({"due_on": ""}, "due_on"),
        ({"indicator": "33"}, "indicator"),
        ({"finding": " "}, "finding"),
        ({"done_on": "1999-12-31"}, "done_on"),
    ],
)
def test_a_refused_improvement_is_said_beside_its_field(browser, send, site, changed, field):
    client = browser("qualite")
    answer = send(client, "/quality/improvements", {**LINE, **changed})
    assert answer.status_code == 422
    assert rows_of(site, Improvement) == []
    place = send(client, "/quality/improvements", LINE).headers["location"]
    answer = send(client, place, {**LINE, **changed, "version": "1"})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


def test_two_people_who_change_the_same_line_lose_nothing(browser, send, site):
    one, other = browser("qualite"), browser("qualite")
    place = send(one, "/quality/improvements", LINE).headers["location"]
    assert send(one, place, {**LINE, "version": "1", "decision": "La première"}).status_code == 303
    late = send(other, place, {**LINE, "version": "1", "decision": "La seconde"})
    assert late.status_code == 409
    assert "La seconde" in late.text
    assert 'name="version" value="2"' in late.text
    assert rows_of(site, Improvement)[0].decision == "La première"
    assert send(other, place, {**LINE, "version": "2", "decision": "La seconde"}).status_code == 303


def test_words_changed_without_the_journal_are_seen_and_the_journal_holds_no_word(browser, send, site):
    client = browser("qualite")
    place = send(client, "/quality/improvements", LINE).headers["location"]
    (told,) = entries(site, "improvement_recorded")
    assert not [text for text in (LINE["finding"], LINE["decision"], "Paul") if text in json.dumps(told[2])]
    with site.database.write() as session:
        session.get(Improvement, 1).finding = "Autre chose"
    assert "n’est pas ce que le journal" in client.get(place).text


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


def ticked(page):
    return re.findall(r'name="who" id="[^"]+" value="([^"]+)"', page)


def test_a_silent_wave_is_chased_in_bulk_and_taken_back(browser, send, year):
    client = browser("qualite")
    page = client.get("/quality/surveys").text
    who = ticked(page)
    assert len(who) == 6 + 4, "six of eight did not answer the first, four were sent the second"
    assert "25" in page.split("Retour par vague")[1], "two of eight answered"
    both = {"who": who[:2], "channel": "phone", "csrf": client.csrf}
    assert client.post("/quality/surveys/chase", data=both).status_code == 303
    assert len(rows_of(year, SurveyChase)) == 2
    after = client.get("/quality/surveys").text
    assert len(ticked(after)) == len(who) - 2, "they wait for their delay"
    assert "noter 2 relances" in after
    again = client.post("/quality/surveys/chase", data=both)
    assert len(rows_of(year, SurveyChase)) == 2, "nobody is chased twice the same day"
    assert "survey_nobody" in str(again.headers)
    assert send(client, "/quality/surveys/undo").status_code == 303
    assert rows_of(year, SurveyChase) == []
    told = entries(year, "survey_chased", "survey_chase_undone")
    assert [event for event, *_ in told] == ["survey_chased"] * 2 + ["survey_chase_undone"] * 2
    assert {who for _, who, _ in told} == {int(one.split(":")[0]) for one in both["who"]}


def test_only_who_is_to_be_chased_is(browser, year):
    client = browser("qualite")
    answered, stranger = seed.enrolment_id(work.FIRST), MINE
    nonsense = [f"{answered}:immediate", f"{stranger}:immediate", "x:immediate", f"{answered}:never", "", "9" * 40]
    sent = client.post("/quality/surveys/chase", data={"who": nonsense, "channel": "email", "csrf": client.csrf})
    assert sent.status_code == 303
    assert rows_of(year, SurveyChase) == []
    bad = client.post("/quality/surveys/chase", data={"who": [], "channel": "pigeon", "csrf": client.csrf})
    assert bad.status_code == 422


def test_the_wave_of_a_survey_is_told_on_the_page(browser, send, year):
    client = browser("qualite")
    assert send(client, f"/quality/surveys/{work.LATER}/wave", {"wave": "none"}).status_code == 303
    assert len(ticked(client.get("/quality/surveys").text)) == 6
    assert send(client, f"/quality/surveys/{work.LATER}/wave", {"wave": "nonsense"}).status_code == 422
    assert send(client, "/quality/surveys/999/wave", {"wave": "none"}).status_code == 422
    assert send(client, f"/quality/surveys/{work.LATER}/wave", {"wave": ""}).status_code == 303
    assert rows_of(year, SurveyWave) == []
    assert len(ticked(client.get("/quality/surveys").text)) == 10


def test_sheets_keep_to_their_days_and_call_nobody_by_name_without_a_directory(site, year):
    from serving.language import Speech
    from serving.quality.complaints.sheet import sheet as complaints
    from serving.quality.improvements.sheet import sheet as improvements
    from serving.quality.proofs.sheet import sheet as proofs
    from serving.quality.scope import Scope
    from serving.quality.surveys.sheet import sheet as surveys

    with year.database.read() as session:
        scope = Scope(session, Speech("fr", year.clock.zone), year.words, year.records, None, work.ago(40),
                      work.ago(1), work.TODAY)  # fmt: skip
        until = replace(scope, until_on=work.TODAY)
        assert [row[4] for row in complaints(scope).rows] == [work.ago(1), work.ago(2)], "today's is not told"
        assert improvements(scope).rows == (), "written down today"
        assert [row[5] for row in improvements(until).rows] == [None] * 3
        assert [row[5] for row in improvements(replace(until, directory=year.directory)).rows] == ["Paul"] * 3
        assert len(proofs(scope).rows) > 8
        assert {row[4] for row in surveys(scope).rows} == {work.ago(40), work.ago(9)}, "the end, a month after"
        for build in (complaints, improvements, proofs, surveys):
            told = build(until)
            assert {len(row) for row in told.rows} == {len(told.columns)}
            assert told == build(until)


def test_without_a_survey_of_the_end_nothing_is_said_to_be_missing(browser, site):
    work.fill(site)
    client = browser("qualite")
    assert "Aucune enquête de fin de formation" in client.get("/quality/surveys").text
    kinds = {one["kind"] for one in client.get("/api/v1/quality/gaps").json()["gaps"]}
    assert not {kind for kind in kinds if kind.startswith("survey")}


def test_a_message_to_adapt_names_nobody(browser, year):
    page = browser("qualite").get("/quality/surveys").text
    mailto = re.search(r'href="(mailto:[^"]+)"', page)[1]
    assert mailto.startswith("mailto:?subject=")
    assert "A-" not in mailto


def test_a_few_hundred_lines_keep_every_page_light(browser, app, site):
    work.fill(site, people=300, complaints=300, improvements=300)
    app.state.site = replace(site, records=work.SurveyedRecords(300))
    client = browser("qualite")
    for path in ("/quality", "/quality/surveys", "/quality/improvements", "/quality/complaints"):
        page = client.get(path)
        assert "Page 1 sur " in page.text, path
        assert len(page.content) < 100_000, path
        assert client.get(f"{path}?page=2").status_code == 200
