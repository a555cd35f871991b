"""Who reaches what: every route × every role, the anonymous caller first, then other mentors' learners."""

import re
from datetime import timedelta

import pytest
from fastapi.routing import APIRoute

from serving.access import MENTOR, ROLES, SAFE, Guard, Open
from serving.accounts import repository as accounts
from serving.app import ROUTERS, guard_of
from tests.api import serving_seed as seed

M, S, L, D, Q, A = "mentor", "deputy", "course_lead", "data_scientist", "quality", "admin"
NOT_MENTORS = (S, L)
USERS = {M: "zina", S: "dina", L: "lea", D: "data", Q: "qualite", A: "admin"}
F = {M, S, L}
FQ = {*F, "quality"}
EVERYBODY = {*F, D, Q, A}
OPEN = "open"
RULES = {
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": OPEN,
    "GET /sign-in": OPEN,
    "POST /sign-in": OPEN,
    "POST /api/v1/sign-in": OPEN,
    "GET /": EVERYBODY,
    "POST /sign-out": EVERYBODY,
    "POST /api/v1/sign-out": EVERYBODY,
    "GET /api/v1/me": EVERYBODY,
    "GET /today": F,
    "POST /alerts/{alert_id}/transition": F,
    "GET /alerts/{alert_id}/close": F,
    "GET /api/v1/alerts": F,
    "GET /api/v1/alerts/stream": F,
    "GET /api/v1/alerts/{alert_id}": F,
    "POST /api/v1/alerts/{alert_id}/transitions": F,
    "GET /learners": F,
    "POST /learners/search": F,
    "POST /learners/bulk": F,
    "POST /undo": F,
    "GET /community": F,
    "GET /sessions": {L},
    "GET /sessions/{session_id}": {L},
    "POST /signals/{signal_id}/close": {L},
    "GET /playbooks": {Q, A},
    "POST /playbooks/{kind}": {Q, A},
    "GET /enrolments/{enrolment_id}/follow-up.ics": F,
    "GET /enrolments/{enrolment_id}": F,
    "GET /enrolments/{enrolment_id}/timeline.svg": F,
    "GET /enrolments/{enrolment_id}/actions/new": F,
    "POST /enrolments/{enrolment_id}/actions": F,
    "GET /api/v1/enrolments/{enrolment_id}/actions": F,
    "POST /api/v1/enrolments/{enrolment_id}/actions": F,
    "GET /api/v1/scores": {*F, D},
    "POST /api/v1/scores": {D},
    "GET /preferences": FQ,
    "POST /preferences": FQ,
    "POST /preferences/channels": FQ,
    "POST /preferences/channels/{channel_id}/trial": FQ,
    "POST /preferences/channels/{channel_id}/remove": FQ,
    "POST /preferences/email/trial": FQ,
    "GET /api/v1/preferences": FQ,
    "POST /api/v1/preferences": FQ,
    "GET /admin/messages": {A},
    "POST /admin/messages/channels": {A},
    "POST /admin/messages/channels/{channel_id}/trial": {A},
    "POST /admin/messages/channels/{channel_id}/remove": {A},
    "POST /admin/messages/webhooks": {A},
    "POST /admin/messages/webhooks/{webhook_id}/rotate": {A},
    "POST /admin/messages/webhooks/{webhook_id}/remove": {A},
    "GET /register": {Q},
    "GET /quality/figures": {Q},
    "GET /quality/figures.csv": {Q},
    "GET /quality/procedure": {Q},
    "POST /quality/procedure": {Q},
    "GET /quality/courses": {Q},
    "GET /quality/courses.csv": {Q},
    "POST /quality/courses": {Q},
    "GET /quality/standard": {Q},
    "POST /quality/standard/{indicator}": {Q},
    "GET /register/alerts/{alert_id}": {Q},
    "POST /register/csv": {Q},
    "GET /api/v1/register": {Q},
    "GET /api/v1/register/verification": {Q},
    "GET /watch/effects": {D, Q, A},
    "POST /watch/effects/draw": {D, Q, A},
    "GET /watch/governance": {D, Q, A},
    "GET /watch/governance/dossier.pdf": {D, Q, A},
    "GET /watch/governance/{piece}.md": {D, Q, A},
    "GET /quality": {Q},
    "POST /quality/gaps/explain": {Q},
    "POST /quality/gaps/again": {Q},
    "POST /quality/gaps/csv": {Q},
    "GET /api/v1/quality/gaps": {Q},
    "GET /missing": F,
    "GET /appointments": F,
    "GET /enrolments/{enrolment_id}/appointments/new": F,
    "POST /enrolments/{enrolment_id}/appointments": F,
    "POST /appointments/{appointment_id}/state": F,
    "GET /appointments/{appointment_id}/appointment.ics": F,
    "GET /quality/appointments": {Q},
    "POST /quality/appointments/csv": {Q},
    "GET /quality/improvements": {Q},
    "GET /quality/improvements/new": {Q},
    "GET /quality/improvements/{improvement_id}": {Q},
    "POST /quality/improvements": {Q},
    "POST /quality/improvements/csv": {Q},
    "POST /quality/improvements/{improvement_id}": {Q},
    "GET /api/v1/quality/improvements": {Q},
    "GET /quality/complaints": {Q},
    "GET /quality/complaints/new": {Q},
    "GET /quality/complaints/{complaint_id}": {Q},
    "POST /quality/complaints": {Q},
    "POST /quality/complaints/csv": {Q},
    "POST /quality/complaints/{complaint_id}": {Q},
    "GET /api/v1/quality/complaints": {Q},
    "GET /difficulties": F,
    "GET /enrolments/{enrolment_id}/difficulties/new": F,
    "POST /enrolments/{enrolment_id}/difficulties": F,
    "GET /quality/surveys": {Q},
    "POST /quality/surveys/chase": {Q},
    "POST /quality/surveys/undo": {Q},
    "POST /quality/surveys/csv": {Q},
    "POST /quality/surveys/{survey_id}/wave": {Q},
    "GET /quality/sample": {Q},
    "POST /quality/sample": {Q},
    "GET /quality/sample/{drawn_id}": {Q},
    "GET /quality/packs": {Q},
    "POST /quality/packs": {Q},
    "GET /quality/packs/{pack_id}": {Q},
    "POST /quality/packs/{pack_id}/download": {Q},
    "GET /model": {D},
    "GET /watch": {D},
    "POST /model/challenger/promote": {D},
    "POST /model/challenger/dismiss": {D},
    "POST /model/challenger/recall": {D},
    "GET /api/v1/watch": {D},
    "GET /model/drift/{as_of}": {D},
    "GET /model/training/{key}": {D},
    "GET /admin": {A},
    "POST /admin/accounts": {A},
    "POST /admin/accounts/{account_id}/password": {A},
    "POST /admin/accounts/{account_id}/state": {A},
    "GET /api/v1/accounts": {A},
    "POST /api/v1/accounts": {A},
    "GET /sign-in/organisation": OPEN,
    "GET /sign-in/return": OPEN,
    "GET /sign-out/organisation": OPEN,
    "GET /account": EVERYBODY,
    "POST /account/password": EVERYBODY,
    "POST /account/language": EVERYBODY,
    "POST /account/sessions/end": EVERYBODY,
    "POST /account/tokens": EVERYBODY,
    "POST /account/tokens/{token_id}/revoke": EVERYBODY,
    "POST /account/absences": F,
    "POST /account/absences/{absence_id}/end": F,
    "GET /admin/accounts/{account_id}": {A},
    "POST /admin/accounts/{account_id}/details": {A},
    "GET /admin/absences": {A},
    "POST /admin/absences": {A},
    "POST /admin/absences/{absence_id}/end": {A},
    "GET /admin/people": {A},
    "POST /admin/people": {A},
    "POST /admin/people/requests/{request_id}": {A},
    "POST /admin/people/backups": {A},
    "POST /admin/people/backups/{backup_id}/end": {A},
    "GET /admin/people/{learner_id}": {A},
    "POST /admin/people/{learner_id}/access": {A},
    "POST /admin/people/{learner_id}/export": {A},
    "GET /admin/people/{learner_id}/erase": {A},
    "POST /admin/people/{learner_id}/erase": {A},
    "GET /admin/people/erasures/{erasure_id}": {A},
    "POST /admin/people/erasures/{erasure_id}": {A},
    "POST /admin/people/erasures/{erasure_id}/receipt": {A},
    "POST /admin/people/{learner_id}/rectify": {A},
    "POST /admin/people/{learner_id}/decide": {A},
    "POST /admin/people/{learner_id}/requests": {A},
    "GET /admin/retention": {A},
    "POST /admin/retention": {A},
    "GET /xAPI/about": OPEN,
    "GET /xAPI/statements": OPEN,
    "HEAD /xAPI/statements": OPEN,
    "POST /xAPI/statements": OPEN,
    "PUT /xAPI/statements": OPEN,
    "POST /api/v1/records": OPEN,
    "GET /api/v1/records/{batch_id}": OPEN,
}
KEYED = {name for name in RULES if " /xAPI/statements" in name or " /api/v1/records" in name}
ROUTES = {
    f"{method} {route.path}": route
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods)
}
CLOSED = sorted(name for name, rule in RULES.items() if rule != OPEN)
STREAM = "GET /api/v1/alerts/stream"
MINE, THEIRS, NOBODYS = seed.enrolment_id(0), seed.enrolment_id(12), seed.enrolment_id(20)


def address(name, *, enrolment=MINE, alert="1"):
    path = name.split(" ")[1]
    values = {
        "enrolment_id": str(enrolment),
        "alert_id": alert,
        "account_id": "1",
        "channel_id": "1",
        "webhook_id": "1",
        "request_id": "1",
        "backup_id": "1",
        "learner_id": "1",
        "token_id": "1",
        "absence_id": "1",
        "as_of": "2026-06-15",
        "key": "a" * 16,
        "session_id": "SECO-2606",
        "kind": "model_risk",
        "signal_id": "1",
        "indicator": "12",
        "piece": "aipd",
        "appointment_id": "1",
        "improvement_id": "1",
        "complaint_id": "1",
        "survey_id": "1",
        "pack_id": "1",
        "drawn_id": str(MINE),
        "erasure_id": "1",
    }
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], path)


def ask(client, name, **kept):
    method, place = name.split(" ")[0], address(name, **kept)
    if name == STREAM:
        client.app.state.streams.closing = True  # a stream has no end but this one
    if method == "GET":
        return client.get(place)
    if place.startswith("/api/"):
        return client.post(place, json={}, headers={"x-csrf-token": getattr(client, "csrf", "")})
    return client.post(place, data={"csrf": getattr(client, "csrf", "")})


def test_every_route_has_a_rule_and_every_rule_a_route():
    assert set(ROUTES) == set(RULES)


@pytest.mark.parametrize("name", sorted(RULES))
def test_the_guard_of_a_route_is_its_rule(name):
    guard = guard_of(ROUTES[name])
    if RULES[name] == OPEN:
        assert isinstance(guard, Open)
        assert guard.reason
    else:
        assert isinstance(guard, Guard)
        assert set(guard.roles) == RULES[name]


@pytest.mark.parametrize("name", CLOSED)
def test_the_anonymous_caller_is_sent_to_sign_in(browser, name):
    answer = ask(browser(), name)
    if " /api/" in name:
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == 401
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("role", ROLES)
def test_another_role_is_refused_and_the_right_one_is_not(browser, role):
    client = browser(USERS[role])
    for name in CLOSED:
        if name.endswith("sign-out"):
            continue
        status = ask(client, name).status_code
        if name.startswith("POST /account/absences") and role in NOT_MENTORS:
            assert status == 403, "who follows no learners of their own has nobody to leave"
            continue
        assert (status == 403) == (role not in RULES[name]), (name, status)
        assert status < 500, name


OWNED = sorted(name for name in RULES if "{enrolment_id}" in name or ("{alert_id}" in name and RULES[name] == F))


@pytest.mark.parametrize("enrolment", [THEIRS, NOBODYS, 4_242], ids=["other mentor's", "nobody's", "unknown"])
@pytest.mark.parametrize("name", [name for name in OWNED if "{enrolment_id}" in name])
def test_a_learner_of_somebody_else_is_not_there(browser, send, name, enrolment):
    client = browser("zina")
    if name.startswith("POST /api"):
        new = {"kind": "call", "channel": "phone", "done_on": "2026-06-15", "result": "reached"}
        answer = send(client, address(name, enrolment=enrolment), json=new)
    else:
        answer = ask(client, name, enrolment=enrolment)
    assert answer.status_code == 404


@pytest.mark.parametrize("name", [name for name in OWNED if "{alert_id}" in name])
def test_an_alert_of_somebody_else_is_not_there(browser, site, send, name):
    with site.database.read() as session:
        from serving.alerts.repository import open_of_enrolment

        theirs = str(open_of_enrolment(session, THEIRS, until=seed.TODAY).id)
    client = browser("zina")
    for alert in (theirs, "999", "0", "x", "9" * 30):
        place = address(name, alert=alert)
        if name.startswith("POST"):
            answer = (
                send(client, place, json={"to": "acknowledged"})
                if place.startswith("/api")
                else send(client, place, {"to": "acknowledged"})
            )
        else:
            answer = client.get(place)
        assert answer.status_code in ((404, 422) if place.startswith("/api") else (404,)), alert
        assert answer.status_code == 404 or not alert.isdecimal() or len(alert) > 19 or alert == "0"


def test_a_mentor_of_nobody_sees_those_whom_nobody_follows(browser, site):
    from serving.accounts import repository

    with site.database.write() as session:
        account = repository.by_username(session, "joel")
        account.mentor_id, account.unassigned = None, True
    client = browser("joel")
    assert client.get(f"/enrolments/{NOBODYS}").status_code == 200
    assert client.get(f"/enrolments/{MINE}").status_code == 404


def test_a_deputy_reaches_the_learners_of_who_is_away_while_they_are(browser, site):
    from serving.tables import Absence

    client = browser("dina")
    assert client.get(f"/enrolments/{MINE}").status_code == 404
    with site.database.write() as session:
        deputy = next(one.id for one in accounts.listed(session) if one.username == "dina")
        for mentor, first, last in ((seed.ZINA, seed.TODAY, seed.TODAY), (seed.JOEL, seed.DAY_BEFORE, seed.DAY_BEFORE)):
            session.add(Absence(mentor_id=mentor, from_on=first, until_on=last, deputy_id=deputy, created_by=deputy,
                                created_at=seed.NOW))  # fmt: skip
    assert client.get(f"/enrolments/{MINE}").status_code == 200
    assert client.get(f"/enrolments/{THEIRS}").status_code == 404, "their mentor came back yesterday"


def test_a_course_lead_reaches_the_learners_of_their_courses_alone(browser):
    mine = {n for n in range(22) if n % 3 == 0}
    found = browser("lea").get("/api/v1/scores").json()["scores"]
    assert {row["enrolment_id"] for row in found} == {str(seed.enrolment_id(n)) for n in mine}
    assert browser("lea").get(f"/enrolments/{seed.enrolment_id(1)}").status_code == 404


def test_who_carries_an_alert_reaches_its_learner_as_long_as_it_is_open_and_a_week_after(browser, site):
    from serving.alerts import repository

    open_of_enrolment = repository.open_of_enrolment
    with site.database.write() as session:
        open_of_enrolment(session, THEIRS, until=seed.TODAY).mentor_id = seed.ZINA
    client = browser("zina")
    assert client.get(f"/enrolments/{THEIRS}").status_code == 200
    with site.database.write() as session:
        alert = open_of_enrolment(session, THEIRS, until=seed.TODAY)
        number = alert.id
        alert.state, alert.closed_at, alert.closed_on = "resolved", seed.NOW, seed.TODAY - timedelta(days=7)
    assert client.get(f"/enrolments/{THEIRS}").status_code == 200
    assert client.get("/api/v1/scores").text.count(str(THEIRS)) == 0, "one of theirs no more"
    with site.database.write() as session:
        repository.by_id(session, number).closed_on -= timedelta(days=1)
    assert client.get(f"/enrolments/{THEIRS}").status_code == 404


def test_a_mentor_given_nobody_reaches_nobody(browser, site):
    from serving.accounts import repository

    with site.database.write() as session:
        account = repository.by_username(session, "joel")
        account.mentor_id, account.unassigned = None, False
    client = browser("joel")
    for enrolment in (MINE, THEIRS, NOBODYS):
        assert client.get(f"/enrolments/{enrolment}").status_code == 404
    assert client.get("/api/v1/scores").json()["scores"] == []
    assert client.get("/api/v1/alerts").json()["alerts"] == []


@pytest.mark.parametrize("name", sorted(n for n in CLOSED if n.startswith("POST")))
def test_a_change_without_its_token_is_refused(browser, name):
    rule = RULES[name]
    client = browser(USERS[next(role for role in ROLES if role in rule)])
    place = address(name)
    sent = {"json": {}} if place.startswith("/api/") else {"data": {"to": "acknowledged"}}
    assert client.post(place, **sent).status_code == 403
    assert client.post(place, **sent, headers={"x-csrf-token": "0" * 64}).status_code == 403
    assert client.post(place, **sent, headers={"x-csrf-token": b"\xe9"}).status_code == 403


def test_another_persons_token_does_not_serve(browser):
    zina, joel = browser("zina"), browser("joel")
    answer = zina.post("/alerts/1/transition", data={"to": "acknowledged", "csrf": joel.csrf})
    assert answer.status_code == 403


def test_scores_of_a_mentor_are_their_own_learners_and_a_data_scientist_reads_no_name(browser):
    mine = browser("zina").get("/api/v1/scores").json()["scores"]
    assert {row["enrolment_id"] for row in mine} == {str(seed.enrolment_id(n)) for n in range(12)}
    everybodys = browser("data").get("/api/v1/scores")
    assert len(everybodys.json()["scores"]) == 22
    assert not [n for n in range(22) if seed.name_of(n).split()[0] in everybodys.text]


def test_no_route_changes_anything_by_get():
    assert {name.split(" ")[0] for name in RULES if name not in KEYED} <= {"GET", "POST"}
    assert "GET" in SAFE
    assert MENTOR == M
