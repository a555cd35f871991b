"""Steps for several, the last step taken back, playbooks, community, sessions, follow-ups: who sees and does what."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from data.consents import Consents
from data.home import Home
from serving.accounts import repository as accounts
from serving.alerts import repository as alerts
from serving.notifications import repository
from serving.quality import journal
from serving.tables import Alert, HeldAlert, JournalEntry, LiveScore, SessionSignal
from tests.api import serving_seed as seed

GIVEN = [(n, seed.enrolment_id(n)) for n in (0, 1)]
MINE, NEXT, THEIRS = seed.enrolment_id(0), seed.enrolment_id(1), seed.enrolment_id(12)


def states(site, *numbers):
    with site.database.read() as session:
        return [alerts.open_of_enrolment(session, one, until=seed.TODAY).state for one in numbers]


def several(client, **fields):
    return client.post("/learners/bulk", data={"csrf": client.csrf, "enrolment": [str(MINE), str(NEXT)], **fields})


def shown(client, page="/today"):
    """Return what the button that takes back the last step sends, on a page."""
    form = client.get(page).text.split('action="/undo"')[1]
    return {"back": page, "seq": re.search(r'name="seq" value="(\d+)"', form)[1]}


@pytest.mark.parametrize(
    ("fields", "state"),
    [({"step": "acknowledged"}, "acknowledged"), ({"step": "snoozed", "days": "3"}, "snoozed"),
     ({"step": "action", "kind": "call", "channel": "phone", "result": "reached"}, "in_contact")],
)  # fmt: skip
def test_one_step_for_several_is_taken_back_together(browser, site, send, fields, state):
    client = browser("zina")
    answer = several(client, list="risk=high&page=1", **fields)
    assert answer.headers["location"] == "/learners?risk=high"
    assert states(site, MINE, NEXT) == [state, state]
    assert "a changé 2 alertes" in client.get("/learners").text
    assert send(client, "/undo", shown(client, "/learners")).headers["location"] == "/learners"
    assert states(site, MINE, NEXT) == ["open", "open"]
    with site.database.read() as session:
        assert journal.verify(session).intact
        events = [one.event for one in session.query(JournalEntry).order_by(JournalEntry.seq.desc()).limit(4)]
    assert events == ["alert_undone", "alert_undone", *events[2:]], "nothing is rubbed out"


def test_a_step_for_several_that_names_somebody_elses_learner_does_nothing(browser, site):
    client = browser("zina")
    answer = client.post(
        "/learners/bulk", data={"csrf": client.csrf, "enrolment": [str(MINE), str(THEIRS)], "step": "acknowledged"}
    )
    assert answer.status_code == 404
    assert states(site, MINE, THEIRS) == ["open", "open"]


@pytest.mark.parametrize("step", ["", "resolved", "open", "undone"])
def test_only_some_steps_are_for_several(browser, site, step):
    assert several(browser("zina"), step=step).status_code == 422
    assert states(site, MINE, NEXT) == ["open", "open"]


def test_alerts_given_to_another_mentor_leave_the_list(browser, site):
    client = browser("zina")
    several(client, step="reassigned", mentor_id=str(seed.JOEL))
    with site.database.read() as session:
        assert alerts.open_of_enrolment(session, MINE, until=seed.TODAY).mentor_id == seed.JOEL
        told = [
            repository.digest_counts(session, person, since=seed.NOW - timedelta(days=1), today=seed.TODAY)["waiting"]
            for person in reached(session, "zina", "joel")
        ]
    assert told == [0, 4]
    joel, cards = browser("joel"), [f'href="/enrolments/{number}">{seed.name_of(n)}' for n, number in GIVEN]
    assert [card in client.get("/today").text for card in cards] == [False, False]
    assert [card in joel.get("/today").text for card in cards] == [True, True]
    assert client.get("/api/v1/alerts").json()["alerts"] == []
    for person in (client, joel):
        assert "Confiée à Joël Irréellande." in person.get(f"/enrolments/{MINE}").text, "the learner is still hers"
    with site.database.write() as session:
        accounts.by_username(session, "joel").active = False
    assert [card in client.get("/today").text for card in cards] == [True, True], "nobody else would see it"


def reached(session, *usernames):
    people = {one.account.username: one.person for one in repository.reached(session, seed.TODAY)}
    return [people[one] for one in usernames]


def test_whoever_closes_an_alert_given_to_them_may_rate_it_and_take_it_back(browser, site, send):
    joel, page = browser("joel"), f"/enrolments/{MINE}"
    several(browser("zina"), step="reassigned", mentor_id=str(seed.JOEL))
    closed = {"to": "resolved", "outcome": "plan_agreed", "back": page}
    assert send(joel, "/alerts/1/transition", closed).headers["location"] == page
    assert joel.get(page).status_code == 200
    assert 'value="rated"' in joel.get("/today").text
    assert send(joel, "/undo", shown(joel)).status_code == 303
    assert states(site, MINE) == ["open"]
    send(joel, "/alerts/1/transition", closed)
    assert send(joel, "/alerts/1/transition", {"to": "rated", "useful": "true"}).status_code == 303
    with site.database.write() as session:
        alerts.by_id(session, 1).closed_on = seed.TODAY - timedelta(days=8)
    assert joel.get(page).status_code == 404, "a week later it is not theirs to read any more"


def test_whoever_gives_an_alert_out_of_their_reach_goes_to_their_day_and_may_take_it_back(browser, site, send):
    joel, page = browser("joel"), f"/enrolments/{MINE}"
    several(browser("zina"), step="reassigned", mentor_id=str(seed.JOEL))
    given = send(joel, "/alerts/1/transition", {"to": "reassigned", "mentor_id": str(seed.ZINA), "back": page})
    assert given.headers["location"] == "/today"
    assert joel.get(page).status_code == 404
    send(joel, "/undo", shown(joel))
    assert joel.get(page).status_code == 200
    assert send(browser("joel"), "/alerts/2/transition", {"to": "undone"}).status_code == 409


def test_nobody_takes_back_what_another_did(browser, site, send):
    client = browser("zina")
    several(client, step="acknowledged")
    send(browser("joel"), "/undo", shown(client))
    assert states(site, MINE) == ["acknowledged"]


def test_a_step_taken_since_the_page_was_shown_is_not_the_one_taken_back(browser, site, send):
    client = browser("zina")
    send(client, "/alerts/1/transition", {"to": "acknowledged"})
    page = shown(client)
    with site.database.read() as session:
        number = alerts.open_of_enrolment(session, NEXT, until=seed.TODAY).id
    assert send(client, f"/alerts/{number}/transition", {"to": "acknowledged"}).status_code == 303
    for fields in (page, {"back": "/today"}):
        assert send(client, "/undo", fields).headers["location"] == "/today"
        assert "Il n’y a plus rien de vous à annuler" in client.get("/today").text
    assert states(site, MINE, NEXT) == ["acknowledged", "acknowledged"]
    send(client, "/undo", shown(client))
    assert states(site, MINE, NEXT) == ["acknowledged", "open"]


def test_a_name_is_searched_for_without_being_in_an_address(browser, send):
    client, name = browser("zina"), seed.name_of(3)
    page = send(client, "/learners/search", {"name": name.split()[0].upper(), "sort": "name"})
    assert page.status_code == 200
    assert name in page.text
    assert seed.name_of(5) not in page.text
    first = name.split()[0]
    assert not [link for link in re.findall(r'(?:href|action)="([^"]*)"', page.text) if first in link]
    assert 'method="post" action="/learners/search"' in page.text


def test_a_list_without_anybody_says_so(browser):
    page = browser("zina").get("/learners?session=nowhere").text
    assert "Personne ne répond à ces filtres." in page


HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


@pytest.mark.parametrize("username", ["qualite", "admin"])
def test_an_organisations_own_words_are_shown_as_text_and_written_down_by_codes(browser, site, send, username):
    keeper, mentor = browser(username), browser("zina")
    words = {"language": "fr", "advice": f"Appelez.\r\n{HOSTILE}", "message": f"Bonjour {HOSTILE} {{{{ 7*7 }}}}"}
    answer = send(keeper, "/playbooks/model_risk", words)
    assert answer.headers["location"] == "/playbooks?language=fr&changed=model_risk#model_risk"
    for client, page in ((mentor, "/today"), (mentor, f"/enrolments/{MINE}"), (keeper, "/playbooks")):
        text = client.get(page).text
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "{{ 7*7 }}" in text
    with site.database.read() as session:
        entry = session.query(JournalEntry).filter_by(event="playbook_changed").one()
    assert json.loads(entry.details) == {"kind": "model_risk", "language": "fr", "own": True}
    send(keeper, "/playbooks/model_risk", {"language": "fr", "ours": "1"})
    assert "alert(1)" not in mentor.get("/today").text


@pytest.mark.parametrize(
    ("kind", "fields", "status"),
    [("nothing", {"language": "fr", "advice": "a", "message": "b"}, 404),
     ("model_risk", {"language": "de", "ours": "1"}, 404),
     ("model_risk", {"language": "de", "advice": "a", "message": "b"}, 422),
     ("model_risk", {"language": "fr", "advice": " ", "message": "b"}, 422),
     ("model_risk", {"language": "fr", "advice": "a", "message": "b" * 4001}, 422)],
)  # fmt: skip
def test_what_is_not_a_playbook_is_refused(browser, send, kind, fields, status):
    assert send(browser("qualite"), f"/playbooks/{kind}", fields).status_code == status


def test_a_community_is_ones_own_learners_and_the_staff(browser):
    text = browser("zina").get("/community").text
    mine, others = ({seed.name_of(n) for n in rows} for rows in (range(12), range(12, 22)))
    assert [name for name in mine if name in text]
    assert not [name for name in others - mine if name in text]
    assert "Taux de réponse" in text


def test_who_may_not_be_read_is_not_said_to_be_silent(browser, site):
    home, refused = Home(site.settings.home), seed.name_of(0)
    before = browser("zina").get("/community").text
    Consents(home).record(seed.learner_id(0), "community", "objected", by="Anne", at=seed.NOW)
    after = browser("zina").get("/community").text
    assert refused not in after
    assert "Les messages d’un apprenant ne sont pas lus" in after
    assert "Les messages d’un apprenant ne sont pas lus" not in before
    for n in range(1, 12):
        Consents(home).record(seed.learner_id(n), "community", "objected", by="Anne", at=seed.NOW)
    nobody = browser("zina").get("/community").text
    assert "Les messages de vos apprenants ne sont pas lus" in nobody
    assert "a sa réponse" not in nobody
    assert "n’ont rien écrit" not in nobody


def test_a_page_stays_light_for_who_follows_many(browser, site):
    with site.database.write() as session:
        for n in range(22):
            if alerts.open_of_enrolment(session, seed.enrolment_id(n), until=seed.TODAY) is None:
                session.add(Alert(run_id=2, enrolment_id=seed.enrolment_id(n), learner_id=seed.learner_id(n),
                                  mentor_id=seed.ZINA, session_id="DWEB-2605", opened_at=seed.NOW,
                                  opened_on=seed.TODAY, rank=n, probability=0.3, reasons=seed.reasons_of(n),
                                  state="open", state_at=seed.NOW, kinds=[], kind="model_risk"))  # fmt: skip
        accounts.by_username(session, "zina").unassigned = True
    client = browser("zina")
    page = client.get("/today")
    assert re.search(r"Et \d+ autres", page.text)
    assert page.text.count("<article") == 12
    assert len(page.content) < 80_000
    assert len(client.get("/learners").content) < 100_000


def test_a_follow_up_names_nobody(browser):
    answer = browser("zina").get(f"/enrolments/{MINE}/follow-up.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert f"http://127.0.0.1/enrolments/{MINE}" in answer.text.replace("\r\n ", "")
    assert f"/enrolments/{MINE}" in answer.text.replace("\r\n ", "")
    assert not [part for part in seed.name_of(0).split() if part in answer.text + str(answer.headers)]
    assert "SUMMARY:Filrouge\xa0: un suivi à faire" in answer.text


@pytest.mark.parametrize(("run", "told"), [(2, True), (1, False)])
def test_what_came_since_the_list_is_told_on_the_learner_s_page(browser, site, run, told):
    with site.database.write() as session:
        session.add(LiveScore(enrolment_id=MINE, run_id=run, at=seed.NOW, as_of_on=seed.TODAY, model="m", signals=[],
                              probability=0.001, reasons=seed.reasons_of(1)))  # fmt: skip
    text = browser("zina").get(f"/enrolments/{MINE}").text
    assert ("De nouvelles traces sont arrivées" in text) is told, "a list made since holds all of it"


def test_links_follow_the_public_address_once_it_is_set(app, browser, site):
    settings = site.settings.model_copy(update={"public_url": "https://suivi.example.org"})
    app.state.site = replace(site, settings=settings)
    told = browser("zina").get(f"/enrolments/{MINE}/follow-up.ics").text.replace("\r\n ", "")
    assert f"https://suivi.example.org/enrolments/{MINE}" in told


def test_a_course_lead_sees_the_sessions_of_their_courses_and_closes_a_signal(browser, site, send):
    with site.database.write() as session:
        for code in ("SECO", "DWEB"):
            session.add(SessionSignal(run_id=2, session_id="SECO-2606" if code == "SECO" else "DWEB-2605",
                                      course_id=code, opened_on=seed.TODAY, sinking=4, followed=8, state="open",
                                      state_at=seed.NOW, word=""))  # fmt: skip
        alerts.open_of_enrolment(session, MINE, until=seed.TODAY).escalated_on = seed.TODAY
    client = browser("lea")
    assert "DWEB" not in client.get("/sessions").text
    assert client.get("/sessions/DWEB-2605").status_code == 404
    page = client.get("/sessions/SECO-2606").text
    assert "4 apprenants sur 8 décrochent" in page
    assert "Transmises à vous" in page
    assert seed.name_of(0) in page
    assert send(client, "/signals/2/close", {"word": "x"}).status_code == 404
    send(client, "/signals/1/close", {"word": "La plateforme était en panne", "back": "/sessions/SECO-2606"})
    assert "décrochent" not in client.get("/sessions/SECO-2606").text


def test_what_waits_says_why_and_until_when(browser, site, send):
    with site.database.write() as session:
        session.add(HeldAlert(run_id=2, enrolment_id=seed.enrolment_id(5), kind="model_risk", reason="closure",
                              until_on=seed.TODAY + timedelta(days=3)))  # fmt: skip
        session.add(HeldAlert(run_id=2, enrolment_id=THEIRS, kind="model_risk", reason="objected", until_on=None))
    client = browser("zina")
    send(client, "/alerts/1/transition", {"to": "snoozed", "until": "2026-06-18"})
    page = client.get("/today").text
    waiting = page[page.index('id="held"') :]
    assert seed.name_of(5) in waiting
    assert "fermeture, jusqu’au jeudi 18 juin" in waiting
    assert "remise au jeudi 18 juin" in waiting
    assert "n’accepte pas" not in waiting, "another mentor's"


def test_an_alert_that_closed_itself_is_told_and_rated(browser, site, send):
    with site.database.write() as session:
        alert = alerts.open_of_enrolment(session, MINE, until=seed.TODAY)
        alert.state, alert.outcome, alert.closed_by = "resolved", "back_on_track", "system"
        alert.closed_at, alert.closed_on = datetime(2026, 6, 15, 6, tzinfo=UTC), seed.TODAY
        number = alert.id
    client = browser("zina")
    assert "est de retour" in client.get("/today").text
    send(client, f"/alerts/{number}/transition", {"to": "rated", "useful": "false"})
    assert "utile\xa0?" not in client.get("/today").text.split('id="closed"')[1].split("</section>")[0]


def test_a_mistaken_closing_is_opened_again_on_the_learners_page_however_late(browser, site, send):
    client, page = browser("zina"), f"/enrolments/{MINE}"
    assert 'value="reopened"' not in client.get(page).text
    send(client, "/alerts/1/transition", {"to": "dismissed", "outcome": "false_alarm"})
    with site.database.write() as session:
        alerts.by_id(session, 1).closed_on -= timedelta(days=30)
    assert "Rouvrir l’alerte" in client.get(page).text
    assert send(client, "/alerts/1/transition", {"to": "reopened", "back": page}).headers["location"] == page
    assert states(site, MINE) == ["open"]
    assert "Rouvrir l’alerte" not in client.get(page).text


def test_an_alert_is_handed_on_to_the_course_lead_once_from_the_page(browser, send):
    client = browser("zina")
    for page in ("/today", f"/enrolments/{MINE}"):
        assert "Transmettre au responsable" in client.get(page).text
    send(client, "/alerts/1/transition", {"to": "escalated", "back": f"/enrolments/{MINE}"})
    assert "Le responsable de parcours a reçu l’alerte." in client.get(f"/enrolments/{MINE}").text
    assert "Transmettre au responsable" not in client.get(f"/enrolments/{MINE}").text
    lead = browser("lea").get("/today").text
    assert 'id="handed-on"' in lead
    assert "Transmettre au responsable" not in lead
