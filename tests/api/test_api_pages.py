"""The pages: French first, light, closed to scripts, without a name where it does not belong."""

import json
import logging
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs

import pytest

from serving import choices
from serving.accounts import repository as accounts
from serving.alerts import repository as alerts
from serving.app import create_app
from serving.clock import Clock
from serving.learners import repository as learners
from serving.shield import HEADERS
from serving.tables import Score, ScoreRun
from tests.api import serving_seed as seed

MINE = seed.enrolment_id(0)
PAGES = {
    "zina": [
        "/today",
        "/learners",
        f"/enrolments/{MINE}",
        f"/enrolments/{MINE}/actions/new",
        "/alerts/1/close",
        "/community",
    ],
    "lea": ["/today", "/learners", "/sessions", "/sessions/SECO-2606"],
    "data": ["/model", "/watch"],
    "qualite": ["/register", "/register/alerts/1", "/playbooks"],
    "admin": ["/admin", "/playbooks"],
    None: ["/sign-in", "/nowhere"],
}
EVERY = [(username, page) for username, pages in PAGES.items() for page in pages]


def words(html):
    return re.sub(r"<[^>]+>", " ", html)


@pytest.mark.parametrize(("username", "page"), EVERY)
def test_a_page_is_light_french_and_has_no_script(browser, username, page):
    answer = browser(username).get(page)
    assert answer.status_code == (404 if page == "/nowhere" else 200)
    html = answer.text
    assert len(answer.content) < 100_000
    assert '<html lang="fr">' in html
    scripts = re.findall(r"<script[^>]*>.*?</script>", html, re.DOTALL)
    assert [re.sub(r"\?v=\w+", "", one) for one in scripts] == ['<script src="/static/filrouge.js" defer></script>']
    assert not re.search(r"<style|\son\w+=|style=|javascript:", html)
    assert html.count("<h1") == 1
    assert html.count("<main") == 1
    title = re.search(r"<title>(.*?)</title>", html)[1]
    assert not [n for n in range(22) if seed.name_of(n).split()[0] in title]
    for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
        assert ('name="csrf"' in form) == ('method="post"' in form)
    for control in re.findall(r"<(?:input|select|textarea)[^>]*>", html):
        kind = re.search(r'type="(\w+)"', control)
        if kind and kind[1] in ("hidden", "checkbox"):
            continue
        name = re.search(r"id=.(\w+)", control)[1]
        assert f'<label for="{name}"' in html


@pytest.mark.parametrize(("username", "page"), EVERY)
def test_every_answer_is_closed_to_scripts_frames_and_caches(browser, username, page):
    headers = browser(username).get(page).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("username", "page"), EVERY)
def test_in_english_no_french_is_left_and_the_choice_is_kept(browser, username, page):
    client = browser(username)
    html = client.get(page, params={"lang": "en"}).text
    assert '<html lang="en">' in html
    assert "It decides nothing" in html
    assert not re.search(r"Ma journée|Apprenant|Se déconnecter|apprenant", html)
    assert '<html lang="en">' in client.get(page).text


def test_the_capacity_is_said_for_each_session_to_who_follows_learners_without_a_mentor(browser, site):
    assert "nouvelles alertes par semaine\xa0: les plus" in browser("zina").get("/today").text
    with site.database.write() as session:
        account = accounts.by_username(session, "joel")
        account.mentor_id, account.unassigned = None, True
    assert "nouvelles alertes par semaine et par session\xa0: les plus" in browser("joel").get("/today").text


def test_on_an_earlier_day_nothing_of_the_future_is_shown(browser, app, site):
    earlier = seed.TODAY - timedelta(days=3)
    app.state.site = replace(site, clock=Clock(site.clock.zone, earlier))
    client = browser("zina")
    assert "Rien de nouveau ce matin." in client.get("/today").text
    assert client.get("/api/v1/alerts").json()["alerts"] == []
    assert client.get("/api/v1/alerts/1").status_code == 404
    page = client.get(f"/enrolments/{MINE}").text
    assert "15 juin" not in page
    assert "Clore l’alerte" not in page
    assert client.get("/api/v1/scores").json()["as_of_on"] == client.get("/readyz").json()["as_of_on"] == "2026-06-08"
    assert '<th scope="row">15 juin' not in browser("data").get("/model").text
    assert 'filrouge_alerts{state="open"} 0.0' in client.get("/metrics").text


def test_my_day_tells_who_why_since_when_and_what_moved(browser):
    text = words(browser("zina").get("/today").text)
    assert "2 apprenants à regarder ce matin." in text
    assert "Lundi 15 juin 2026" in text
    assert seed.name_of(0) in text
    assert "Aucune activité depuis 6 jours" in text
    assert "(contre 17 une semaine plus tôt)" in text
    assert "en hausse sur une semaine" in text
    mine, others = ({seed.name_of(n) for n in rows} for rows in (range(12), range(12, 22)))
    assert not [name for name in others - mine if name in text]


def test_an_alert_without_a_reason_says_so_in_plain_words(browser, site):
    with site.database.write() as session:
        for one in (alerts.open_of_enrolment(session, MINE, until=seed.TODAY), learners.score(session, 2, MINE)):
            one.reasons = []
    said = "Aucun signe particulier parmi ceux que les règles regardent"
    for page in ("/today", "/learners", f"/enrolments/{MINE}"):
        assert said in browser("zina").get(page).text, page


def test_an_action_is_told_with_the_marks_of_the_language(browser, send):
    client = browser("zina")
    sms = {"kind": "message", "channel": "sms", "done_on": "2026-06-15", "result": "left_message"}
    send(client, f"/enrolments/{MINE}/actions", sms)
    text = words(client.get(f"/enrolments/{MINE}").text)
    assert "(SMS)\xa0: message laissé." in text
    assert "(text message): message left." in words(client.get(f"/enrolments/{MINE}?lang=en").text)


@pytest.mark.parametrize("page", ["/learners?page=2", f"/enrolments/{MINE}/actions/new?kind=message&x=%22%3E&y=1"])
def test_the_other_language_keeps_the_address_whole(browser, page):
    client = browser("zina")
    link = unescape(re.search(r'class="tongue" href="([^"]*)"', client.get(page).text)[1])
    assert parse_qs(link[1:]) == parse_qs(page.split("?")[1]) | {"lang": ["en"]}
    assert 'lang="en"' in client.get(page.split("?")[0] + link).text


def test_the_other_language_leads_somewhere_after_a_form(browser, send):
    zina, admin, visitor = browser("zina"), browser("admin"), browser()
    refused = (
        (zina, send(zina, f"/enrolments/{MINE}/actions", {"kind": "x"})),
        (zina, send(zina, "/alerts/1/transition", {"to": "open"})),
        (admin, send(admin, "/admin/accounts", {"username": "X"})),
        (visitor, visitor.post("/sign-in", data={})),
    )
    for client, answer in refused:
        assert answer.status_code in (403, 409, 422)
        link = unescape(re.search(r'class="tongue" href="([^"]*)"', answer.text)[1])
        found = client.get(link)
        assert (found.status_code, '<html lang="en">' in found.text) == (200, True)


def test_what_cannot_be_done_is_said_and_not_laid_on_an_alert(browser, send):
    admin = browser("admin")
    me = next(one["id"] for one in admin.get("/api/v1/accounts").json()["accounts"] if one["username"] == "admin")
    answer = send(admin, f"/admin/accounts/{me}/state", {"active": "no"})
    assert answer.status_code == 409
    assert "Un administrateur ne ferme pas son propre compte." in answer.text
    assert "alerte" not in words(answer.text)
    assert "Cette alerte a changé" in send(browser("zina"), "/alerts/1/transition", {"to": "woken"}).text


def test_the_list_says_the_risk_in_words_and_never_in_figures(browser):
    text = words(browser("zina").get("/learners").text)
    assert {"Élevé", "À surveiller", "Rien à signaler"} <= set(re.findall(r"Élevé|À surveiller|Rien à signaler", text))
    assert "%" not in text


def test_the_learners_page_gives_the_figure_with_its_limits(browser):
    text = " ".join(words(browser("zina").get(f"/enrolments/{MINE}").text).split())
    assert "Sur cent apprenants dans cette situation, environ 60 abandonnent dans les 28 jours." in text
    assert "elle ne décide de rien : votre jugement passe d’abord" in text


def test_the_picture_is_a_drawing_with_its_table_beside(browser):
    client = browser("zina")
    answer = client.get(f"/enrolments/{seed.enrolment_id(1)}/timeline.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")
    assert "semaine de la formation" in answer.text
    assert "<script" not in answer.text
    html = client.get(f"/enrolments/{seed.enrolment_id(1)}").text
    assert html.count("<tr>") == 1 + 5


def test_pages_of_a_bare_home_say_that_they_are_empty(browser, site, app, tmp_path):
    with site.database.write() as session:
        from sqlalchemy import delete

        from serving.tables import Alert, AlertRound

        for table in (Alert, AlertRound, Score, ScoreRun):
            session.execute(delete(table))
    mentor = browser("zina")
    assert "Aucune liste n’est encore calculée." in mentor.get("/today").text
    assert "Aucun de vos apprenants" in mentor.get("/learners").text
    assert "pas dans la dernière liste" in mentor.get(f"/enrolments/{MINE}").text
    assert "Aucun modèle ne sert encore" in browser("data").get("/model").text
    ready = mentor.get("/readyz")
    assert ready.status_code == 503
    assert ready.headers["content-type"] == "application/problem+json"
    assert mentor.get("/api/v1/scores").status_code == 503
    assert mentor.get("/healthz").status_code == 200


def test_a_list_is_cut_in_pages(browser, monkeypatch):
    monkeypatch.setattr("serving.learners.lists.PER_PAGE", 5)
    client = browser("zina")
    first, last = client.get("/learners").text, client.get("/learners?page=3").text
    assert "Page 1 sur 3" in words(first)
    assert 'rel="next"' in first
    assert 'rel="next"' not in last
    assert 'rel="prev"' in last
    for odd in ("0", "-1", "x", "999999999", "²"):
        assert client.get("/learners", params={"page": odd}).status_code == 200


def test_reports_are_served_in_a_sandbox(browser, home):
    drift, trained = home / "reports" / "drift", home / "reports" / "training" / ("ab" * 8)
    drift.mkdir()
    trained.mkdir(parents=True)
    (drift / "2026-06-15.html").write_text("<script>drift()</script>")
    (drift / "2026-06-15.json").write_text(
        json.dumps({"verdict": "watch", "columns": [{"drifted": True}, {"drifted": False}]})
    )
    (drift / "notes.json").write_text("{}")
    (trained / "report.html").write_text("<h1>report</h1>")
    (trained / "report.json").write_text(
        json.dumps({"level": "lightgbm", "task": "abandoned_28d", "pooled": dict.fromkeys(choices.FIGURES, 0.8123)})
    )
    client = browser("data")
    page = client.get("/model").text
    assert page.count("0,812") == len(choices.FIGURES)
    assert "À surveiller" in page
    assert "/model/drift/2026-06-15" in page
    policy = client.get("/model/drift/2026-06-15").headers["content-security-policy"]
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    policy = client.get(f"/model/training/{'ab' * 8}").headers["content-security-policy"]
    assert policy.endswith("sandbox")
    for missing in ("/model/drift/2026-06-14", "/model/drift/..%2f..%2fwork.db", "/model/training/cdcdcdcdcdcdcdcd"):
        assert client.get(missing).status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "words_said"),
    [
        ("/nowhere", 404, "Il n’y a rien ici."),
        ("/admin", 403, "Cette page n’est pas pour votre rôle."),
        ("/sign-out", 405, "ne s’ouvre pas"),
    ],
)
def test_an_error_is_a_page_for_people(browser, path, status, words_said):
    answer = browser("zina").get(path)
    assert answer.status_code == status
    assert words_said in answer.text


@pytest.mark.parametrize(
    ("path", "status"), [("/api/v1/nothing", 404), ("/api/v1/accounts", 403), ("/api/v1/sign-in", 405)]
)
def test_an_error_is_a_problem_for_programs(browser, path, status):
    answer = browser("zina").get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_a_fault_of_ours_is_a_page_in_french_and_never_a_traceback(site, app, browser, monkeypatch, caplog):
    from fastapi.testclient import TestClient

    def broken(*_args, **_kept):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("serving.watch.repository.runs", broken)
    signed = browser("data")
    with (
        caplog.at_level(logging.CRITICAL),
        TestClient(
            app,
            base_url="http://127.0.0.1",
            raise_server_exceptions=False,
            cookies=dict(signed.cookies),
            headers={"accept-language": "fr"},
        ) as client,
    ):
        answer = client.get("/model")
    assert answer.status_code == 500
    assert "Quelque chose s’est cassé de notre côté." in answer.text
    assert "secret" not in answer.text
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert answer.headers["cache-control"] == "no-store"


def test_figures_for_prometheus_hold_no_person(browser):
    client = browser("zina")
    client.get(f"/enrolments/{MINE}")
    text = client.get("/metrics").text
    assert 'filrouge_alerts{state="open"} 4.0' in text
    assert "filrouge_scored_enrolments 22.0" in text
    assert 'route="/enrolments/{enrolment_id}"' in text
    assert str(MINE) not in text


def test_the_access_log_says_the_route_and_the_role_only(browser, caplog):
    client = browser("zina")
    with caplog.at_level(logging.INFO, logger="filrouge.access"):
        client.get(f"/enrolments/{MINE}")
        client.get("/nowhere/Lina-Fableville")
    lines = [json.loads(record.message) for record in caplog.records if record.name == "filrouge.access"]
    assert [(line["route"], line["role"], line["status"]) for line in lines] == [
        ("/enrolments/{enrolment_id}", "mentor", 200),
        ("none", None, 404),
    ]
    assert not re.search(rf"{MINE}|Lina|Fableville|zina", caplog.text)


def test_a_second_application_lives_in_the_same_process(site):
    assert create_app(site.settings, site=site).state.metrics is not create_app(site.settings, site=site).state.metrics


def test_static_files_are_kept_by_the_browser_and_the_sheet_is_small(browser):
    client = browser()
    address = re.search(r"/static/filrouge\.css\?v=\w+", client.get("/sign-in").text)[0]
    answer = client.get(address)
    assert "immutable" in answer.headers["cache-control"]
    assert len(answer.content) < 30_000


@pytest.mark.parametrize("path", ["/enrolments/1/actions", "/api/v1/enrolments/1/actions", "/sign-in"])
def test_a_body_too_large_is_refused(browser, path):
    client = browser("zina")
    sent = {"content-type": "application/json" if "/api/" in path else "application/x-www-form-urlencoded"}
    headers = {"x-csrf-token": client.csrf, **sent}
    assert client.post(path, content=b"note=" + b"x" * 300_000, headers=headers).status_code == 413
    assert client.post(path, content=iter([b"x" * 200_000] * 2), headers=headers).status_code == 413
