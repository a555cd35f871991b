"""Signing in: the form, the API, the limits, the cookies, the end of a session."""

import re
from datetime import timedelta

import pytest

from serving.accounts import service
from serving.app import create_app
from tests.api import serving_seed as seed


def form(client):
    page = client.get("/sign-in")
    return re.search(r'name="csrf" value="(\w+)"', page.text)[1]


def sign_in(client, username="zina", password=seed.PASSWORD, back="/"):
    fields = {"csrf": form(client), "username": username, "password": password, "next": back}
    return client.post("/sign-in", data=fields)


def test_the_right_password_opens_a_session_kept_in_a_closed_cookie(browser):
    client = browser()
    answer = sign_in(client, back="/learners")
    assert (answer.status_code, answer.headers["location"]) == (303, "/learners")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("filrouge_session"))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get("/today").status_code == 200


@pytest.mark.parametrize(
    ("username", "password"), [("zina", "faux"), ("personne", seed.PASSWORD), ("", ""), ("zina", "x" * 500)]
)
def test_a_wrong_password_and_an_unknown_name_are_told_alike(browser, username, password):
    answer = sign_in(browser(), username, password)
    assert answer.status_code == 422
    assert "L’identifiant ou le mot de passe est faux." in answer.text


def test_the_name_is_read_whatever_its_case(browser):
    assert sign_in(browser(), " Zina ").status_code == 303


@pytest.mark.parametrize(
    "back", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere", "javascript:x", "/a\nb"]
)
def test_signing_in_never_leads_elsewhere(browser, back):
    assert sign_in(browser(), back=back).headers["location"] == "/"


def test_the_sign_in_form_has_its_own_token(browser):
    client = browser()
    form(client)
    sent = {"username": "zina", "password": seed.PASSWORD}
    assert client.post("/sign-in", data=sent).status_code == 403
    assert browser().post("/sign-in", data={**sent, "csrf": "0" * 64}).status_code == 403


def test_over_plain_http_from_another_machine_the_form_says_that_https_is_needed(browser):
    client = browser()
    client.base_url = "http://filrouge.example"
    answer = sign_in(client)
    assert answer.status_code == 403
    assert "l’adresse doit commencer par https" in answer.text
    client.base_url = "https://filrouge.example"
    assert sign_in(client).status_code == 303


def test_after_five_failures_the_account_waits_even_with_the_right_password(browser):
    client = browser()
    for _ in range(5):
        assert sign_in(client, password="faux").status_code == 422
    blocked = sign_in(client)
    assert blocked.status_code == 429
    assert sign_in(client, "joel").status_code == 303
    api = client.post("/api/v1/sign-in", json={"username": "zina", "password": seed.PASSWORD})
    assert api.status_code == 429
    assert api.headers["retry-after"] == "900"


def test_an_address_that_tries_many_names_waits(home, browser):
    site = seed.small_site(home, sign_in_tries_per_address=3)
    from fastapi.testclient import TestClient

    with TestClient(
        create_app(site.settings, site=site), base_url="http://127.0.0.1", follow_redirects=False
    ) as client:
        for n in range(3):
            assert sign_in(client, f"nobody{n}", "faux").status_code == 422
        assert sign_in(client).status_code == 429


def test_failures_are_forgotten_after_a_quarter_of_an_hour(site):
    entrance = service.Entrance(site.settings, site.cookie_key)
    now = site.clock.now()
    for _ in range(5):
        with pytest.raises(service.RefusedError):
            service.sign_in(site.database, entrance, "zina", "faux", address="192.0.2.1", now=now)
    with pytest.raises(service.TooManyError):
        service.sign_in(site.database, entrance, "zina", seed.PASSWORD, address="192.0.2.1", now=now)
    later = now + timedelta(minutes=16)
    token, _ = service.sign_in(site.database, entrance, "zina", seed.PASSWORD, address="192.0.2.1", now=later)
    assert len(token) > 40


def test_neither_the_address_nor_the_cookie_is_kept_in_clear(browser, site, home):
    client = browser()
    sign_in(client, "somebody-unknown", "faux")
    sign_in(client)
    site.database.dispose()
    kept = b"".join(path.read_bytes() for path in home.glob("work.db*"))
    assert client.cookies["filrouge_session"].encode() not in kept
    assert b"somebody-unknown" not in kept
    assert b"testclient" not in kept


def test_signing_out_ends_the_session_for_good(browser, send):
    client = browser("zina")
    stolen = client.cookies["filrouge_session"]
    assert send(client, "/sign-out").status_code == 303
    client.cookies.set("filrouge_session", stolen)
    assert client.get("/today").status_code == 303


def test_a_session_ends_by_itself(site, app, browser, monkeypatch):
    client = browser("zina")
    assert client.get("/today").status_code == 200
    real = site.clock.now
    monkeypatch.setattr("serving.clock.Clock.now", lambda _clock: real() + timedelta(days=3000))
    assert client.get("/today").status_code == 303


def test_a_closed_account_is_signed_out_at_once(browser, send, site):
    client, admin = browser("zina"), browser("admin")
    account = next(a for a in admin.get("/api/v1/accounts").json()["accounts"] if a["username"] == "zina")
    assert send(admin, f"/admin/accounts/{account['id']}/state", {"active": "no"}).status_code == 303
    assert client.get("/today").status_code == 303
    assert sign_in(browser()).status_code == 422
    assert send(admin, f"/admin/accounts/{account['id']}/state", {"active": "yes"}).status_code == 303
    assert sign_in(browser()).status_code == 303


def test_a_new_password_is_shown_once_and_serves(browser, send):
    admin = browser("admin")
    account = next(a for a in admin.get("/api/v1/accounts").json()["accounts"] if a["username"] == "joel")
    first = admin.get("/api/v1/accounts", params={"limit": 3}).json()
    rest = admin.get("/api/v1/accounts", params={"after": first["next"]}).json()
    assert first["accounts"] + rest["accounts"] == admin.get("/api/v1/accounts").json()["accounts"]
    assert (len(first["accounts"]), rest["next"]) == (3, None)
    page = send(admin, f"/admin/accounts/{account['id']}/password")
    password = re.search(r"montré une seule fois\s: ([\w-]+)", page.text)[1]
    assert password not in admin.get("/admin").text
    assert sign_in(browser(), "joel").status_code == 422
    assert sign_in(browser(), "joel", password).status_code == 303


def test_an_administrator_cannot_close_their_own_account(browser, send):
    admin = browser("admin")
    mine = next(a for a in admin.get("/api/v1/accounts").json()["accounts"] if a["username"] == "admin")
    assert send(admin, f"/admin/accounts/{mine['id']}/state", {"active": "no"}).status_code == 409


def test_the_api_gives_the_token_that_its_changes_need(browser):
    client = browser()
    me = client.post("/api/v1/sign-in", json={"username": "qualite", "password": seed.PASSWORD}).json()
    assert me["role"] == "quality"
    assert client.get("/api/v1/me").json() == me
    assert client.post("/api/v1/sign-out", headers={"x-csrf-token": me["csrf_token"]}).status_code == 204
    assert client.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 201),
        ({"username": "zina"}, 409),
        ({"username": "Not Good"}, 422),
        ({"role": "king"}, 422),
        ({"role": "quality", "mentor_id": "12"}, 422),
        ({"role": "mentor", "mentor_id": "12"}, 201),
        ({"role": "mentor", "mentor_id": "9" * 19}, 422),
        ({"surprise": "field"}, 422),
    ],
)
def test_an_account_is_created_or_refused_with_a_problem(browser, send, change, status):
    new = {"username": "claire", "display_name": "Claire", "role": "quality"} | change
    answer = send(browser("admin"), "/api/v1/accounts", json=new)
    assert answer.status_code == status
    if status == 201:
        assert sign_in(browser(), answer.json()["username"], answer.json()["password"]).status_code == 303
    else:
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_form_for_a_new_account_says_what_is_wrong(browser, send):
    page = send(
        browser("admin"), "/admin/accounts", {"username": "X", "display_name": "Y", "role": "mentor", "mentor_id": ""}
    )
    assert page.status_code == 422
    assert "Vérifiez cette valeur" in page.text
    taken = send(browser("admin"), "/admin/accounts", {"username": "zina", "display_name": "Y", "role": "mentor"})
    assert "Cet identifiant est déjà pris" in taken.text


def test_over_https_every_cookie_is_secure(app, home):
    from fastapi.testclient import TestClient

    with TestClient(app, base_url="https://filrouge.example", follow_redirects=False) as client:
        answer = sign_in(client)
        assert answer.status_code == 303
        kept = [c for c in answer.headers.get_list("set-cookie") if "Max-Age=0" not in c]
        assert kept
        assert all("Secure" in c for c in kept)
