"""The inbox of missing proofs: what is missing, whose turn it is, and why a proof will not come."""

import pytest

from serving.tables import (
    Justification,
    Roster,
)
from tests.api import quality_seed as work
from tests.api import serving_seed as seed
from tests.api.quality_seed import entries, rows_of


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
    assert work.broken(year) is None


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
