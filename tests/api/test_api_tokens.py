"""API tokens: every route × every scope, shown once, bounded by the account, never a way into the pages."""

import json
import re
from datetime import timedelta

import pytest
import typer
from sqlalchemy import select, update
from typer.testing import CliRunner

from serving import access
from serving.access import PACE, Guard
from serving.accounts import repository as accounts
from serving.app import guard_of
from serving.clock import Clock
from serving.commands import accounts_app
from serving.problems import NotFoundError, RefusedError
from serving.quality.repository import entries
from serving.tables import Account, ApiToken
from serving.tokens import policy, service
from tests.api import serving_seed as seed
from tests.api.test_api_access import MINE, NOBODYS, ROUTES, THEIRS, USERS, address

API = sorted(n for n, route in ROUTES.items() if " /api/" in n and isinstance(guard_of(route), Guard))
PAGES = sorted(n for n, route in ROUTES.items() if " /api/" not in n and isinstance(guard_of(route), Guard))
WANTED = {name: policy.scope_of(*name.split(" ")) for name in API}
ROLE_OF = {scope: next(r for r, held in policy.OF_ROLE.items() if scope in held) for scope in policy.SCOPES}


@pytest.fixture(autouse=True)
def unhurried():
    PACE._asked.clear()


@pytest.fixture
def token(site):
    """Return a function that makes a token and gives its secret."""

    def make(username, *scopes, days=90):
        now = Clock(site.clock.zone).now()
        with site.database.write() as session:
            account = accounts.by_username(session, username)
            return service.create(session, account, "for a test", scopes, days=days, now=now)[1]

    return make


def bearing(client, secret):
    client.headers["authorization"] = f"Bearer {secret}"
    return client


def ask(client, name, **kept):
    method, place = name.split(" ")[0], address(name, **kept)
    client.app.state.streams.closing = True  # a stream has no end but this one
    return client.get(place) if method == "GET" else client.post(place, json={})


def test_every_route_of_the_api_has_a_scope_that_a_token_can_be_given_or_is_for_sessions_alone():
    assert set(WANTED.values()) <= {*policy.SCOPES, policy.ANY, policy.NEVER}
    own = {"POST /api/v1/sign-out", "GET /api/v1/preferences", "POST /api/v1/preferences"}
    assert {name for name, scope in WANTED.items() if scope == policy.NEVER} == own
    assert set(policy.SCOPES) == set(WANTED.values()) - {policy.ANY, policy.NEVER}, "a scope opens something"
    assert set(policy.OF_ROLE) == set(access.ROLES)


@pytest.mark.parametrize("scope", policy.SCOPES)
def test_a_scope_opens_its_routes_and_no_other(browser, token, scope):
    role = ROLE_OF[scope]
    client = bearing(browser(), token(USERS[role], scope))
    for name in API:
        answer = ask(client, name)
        opened = WANTED[name] in (scope, policy.ANY)
        assert answer.status_code < 500, name
        if opened and role in guard_of(ROUTES[name]).roles:
            assert answer.status_code in (200, 201, 404, 422), (name, answer.text)
        else:
            assert answer.status_code == 403, name
        if not opened:
            assert answer.json()["type"].endswith((":scope-missing", ":not-allowed")), name


@pytest.mark.parametrize("role", access.ROLES)
def test_a_token_with_all_it_may_have_is_bounded_by_its_account(browser, token, role):
    client = bearing(browser(), token(USERS[role], *policy.OF_ROLE[role]))
    for name in API:
        reached = role in guard_of(ROUTES[name]).roles and WANTED[name] in (*policy.OF_ROLE[role], policy.ANY)
        assert (ask(client, name).status_code == 403) != reached, name


@pytest.mark.parametrize("enrolment", [THEIRS, NOBODYS, 4_242])
def test_a_token_reaches_its_mentors_learners_alone(browser, token, enrolment):
    client = bearing(browser(), token("zina", "actions:read", "actions:write"))
    place = "/api/v1/enrolments/{}/actions"
    assert client.get(place.format(MINE)).status_code == 200
    assert client.get(place.format(enrolment)).status_code == 404
    new = {"kind": "call", "channel": "phone", "done_on": "2026-06-15", "result": "reached"}
    assert client.post(place.format(enrolment), json=new).status_code == 404
    assert client.post(place.format(MINE), json=new).status_code == 201, "without a form's token"


def test_a_token_never_opens_a_page(browser, token):
    client = bearing(browser(), token("zina", *policy.OF_ROLE["mentor"]))
    for name in PAGES:
        place = address(name)
        answer = client.get(place) if name.startswith("GET") else client.post(place, data={})
        assert (answer.status_code, answer.headers["location"].startswith("/sign-in")) == (303, True), name


def test_a_wrong_token_is_refused_even_beside_a_session(browser):
    client = bearing(browser("zina"), "frg_" + "x" * 43)
    answer = client.get("/api/v1/alerts")
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:filrouge:problem:token-not-accepted")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert client.get("/today").status_code == 200, "a page does not look at it"


ENDINGS = {
    "over": (ApiToken, {"expires_at": seed.NOW - timedelta(days=1)}),
    "revoked": (ApiToken, {"active": False}),
    "of a closed account": (Account, {"active": False}),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_a_token_opens_nothing_once_it_is(browser, site, token, name):
    client = bearing(browser(), token("zina", "alerts:read"))
    assert client.get("/api/v1/alerts").status_code == 200
    with site.database.write() as session:
        table, values = ENDINGS[name]
        session.execute(update(table).values(values))
    assert client.get("/api/v1/alerts").status_code == 401


def test_a_new_password_by_the_administration_revokes_the_tokens(browser, send, site, token):
    client = bearing(browser(), token("zina", "alerts:read"))
    with site.database.read() as session:
        number = accounts.by_username(session, "zina").id
    assert send(browser("admin"), f"/admin/accounts/{number}/password").status_code == 200
    assert client.get("/api/v1/alerts").status_code == 401


def test_an_account_closed_and_opened_again_has_no_token_left(browser, send, site, token):
    client, admin = bearing(browser(), token("zina", "alerts:read")), browser("admin")
    with site.database.read() as session:
        number = accounts.by_username(session, "zina").id
    for active in ("", "1"):
        assert send(admin, f"/admin/accounts/{number}/state", {"active": active}).status_code == 303
    assert client.get("/api/v1/alerts").status_code == 401


def test_its_last_use_is_kept_by_day_and_its_secret_is_not(browser, site, token):
    secret = token("zina", "alerts:read", "actions:write")
    with site.database.read() as session:
        row = session.scalar(select(ApiToken))
        assert row.last_used_on is None
        assert secret not in str({name: getattr(row, name) for name in row.__table__.columns.keys()})  # noqa: SIM118
        assert secret not in "".join(entry.details for entry in entries(session))
    client = bearing(browser(), secret)
    for _ in range(2):
        client.get("/api/v1/alerts")
    with site.database.read() as session:
        assert session.scalar(select(ApiToken.last_used_on)) == Clock(site.clock.zone).today()


def test_a_token_has_its_pace(browser, token, monkeypatch):
    monkeypatch.setattr(PACE, "most", 3)
    client = bearing(browser(), token("zina", "alerts:read"))
    answers = [client.get("/api/v1/alerts") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["type"] == "urn:filrouge:problem:too-many-requests"
    assert answers[-1].headers["retry-after"] == "60"


def test_a_token_is_made_on_the_page_shown_once_and_revoked(browser, send, site):
    client = browser("zina")
    fields = {"name": "tableau de bord", "days": "30", "scope:alerts:read": "yes", "scope:scores:read": "yes"}
    shown = send(client, "/account/tokens", fields).text
    secret = re.search(r"frg_[\w-]{43}", shown)[0]
    page = client.get("/account").text
    assert "tableau de bord" in page
    assert secret not in page
    program = bearing(browser(), secret)
    assert program.get("/api/v1/scores").status_code == 200
    with site.database.read() as session:
        number = session.scalar(select(ApiToken.id))
        made = [entry for entry in entries(session) if entry.event == "token_created"]
        assert "alerts:read" in made[0].details
    assert send(browser("joel"), f"/account/tokens/{number}/revoke").status_code == 404, "somebody else's"
    assert send(client, f"/account/tokens/{number}/revoke").status_code == 303
    assert program.get("/api/v1/scores").status_code == 401
    assert "tableau de bord" not in client.get("/account").text


@pytest.mark.parametrize("fields", [
    {"name": "x", "days": "30"}, {"name": "", "days": "30", "scope:alerts:read": "yes"},
    {"name": "x", "days": "31", "scope:alerts:read": "yes"}, {"name": "x", "days": "30", "scope:register:read": "yes"},
    {"name": "x", "days": "30", "scope:everything": "yes"},
])  # fmt: skip
def test_a_token_that_cannot_be_is_refused_on_the_page(browser, send, site, fields):
    answer = send(browser("zina"), "/account/tokens", fields)
    assert answer.status_code == 422
    assert "frg_" not in answer.text
    with site.database.read() as session:
        assert session.scalar(select(ApiToken)) is None


@pytest.mark.parametrize(
    ("role", "scopes", "days", "held", "accepted"),
    [
        ("mentor", {"alerts:read"}, 30, 0, True),
        ("mentor", {"alerts:read"}, 365, policy.MOST_TOKENS - 1, True),
        ("mentor", {"alerts:read"}, 365, policy.MOST_TOKENS, False),
        ("mentor", {"register:read"}, 30, 0, False),
        ("quality", {"register:read"}, 30, 0, True),
        ("quality", set(), 30, 0, False),
        ("admin", {"accounts:write"}, 7, 0, False),
        ("nobody", {"alerts:read"}, 30, 0, False),
    ],
)
def test_which_tokens_may_be_made(role, scopes, days, held, accepted):
    asked = {"role": role, "scopes": scopes, "days": days, "held": held}
    if accepted:
        assert policy.check_new(**asked) is None
    else:
        with pytest.raises(RefusedError):
            policy.check_new(**asked)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/api/v1/alerts", "alerts:read"),
        ("HEAD", "/api/v1/alerts/1", "alerts:read"),
        ("PATCH", "/api/v1/alerts/1", "alerts:write"),
        ("GET", "/api/v1/me", "any"),
        ("GET", "/today", "never"),
        ("GET", "/api/v2/alerts", "never"),
        ("GET", "/api/v1", "never"),
        ("GET", "//api/v1/alerts", "alerts:read"),
        ("GET", "/api/v1/unknown", "unknown:read"),
    ],
)
def test_what_a_request_wants(method, path, scope):
    assert policy.scope_of(method, path) == scope
    assert not policy.allows(["unknown"], scope) or scope == policy.ANY
    assert seed.PEOPLE


def test_a_token_is_made_from_the_terminal(site, browser, monkeypatch):
    monkeypatch.setattr("serving.settings.read_settings", lambda: site.settings)
    app = typer.Typer()
    app.add_typer(accounts_app, name="accounts")
    words = ["accounts", "token", "data", "--scope", "scores:read", "--name", "bilan", "--json"]
    told = json.loads(CliRunner().invoke(app, words, catch_exceptions=False).stdout)
    assert (told["username"], told["scopes"]) == ("data", ["scores:read"])
    assert bearing(browser(), told["token"]).get("/api/v1/scores").status_code == 200
    words[2], words[4] = "nobody", "alerts:read"
    with pytest.raises(NotFoundError):
        CliRunner().invoke(app, words, catch_exceptions=False)
