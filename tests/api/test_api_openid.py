"""Sign-in by the organisation's own accounts, against a real provider on this machine's own address."""

import base64
import hashlib
import logging
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import ValidationError

from serving.accounts import repository as accounts
from serving.openid import endpoints, policy, service
from serving.openid.policy import Known
from serving.quality.repository import entries
from tests.api import serving_seed as seed

with warnings.catch_warnings():
    pytest.importorskip("authlib.deprecate")  # it asks that its warnings be shown, so it comes first
    warnings.simplefilter("ignore")  # the provider of the tests rests on a part of Authlib that is on its way out
    mock = pytest.importorskip("oidc_provider_mock", reason="wants oidc-provider-mock")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ZINA = {"email": "Zina@Example.org", "email_verified": True, "name": "Zina M.", "preferred_username": "zina.m"}
USERS = {
    "sub-zina": ZINA,
    "sub-other": ZINA | {"name": "Somebody Else"},
    "sub-unverified": ZINA | {"email_verified": False},
    "sub-new": {"email": "nova@example.org", "email_verified": True, "name": "Nova F.", "preferred_username": "Joel"},
}


@pytest.fixture(scope="module")
def provider():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    users = [mock.User(sub=sub, claims=claims) for sub, claims in USERS.items()]
    with mock.run_server_in_thread(user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def organisation(app, site, provider, tmp_path):
    """Return a function that sets the organisation's sign-in on the site of the test."""
    (tmp_path / "secret").write_text("not told\n")
    with site.database.write() as session:
        accounts.by_username(session, "zina").email = "zina@example.org"

    def put(**changes):
        values = {"oidc_issuer": provider, "oidc_client_id": "filrouge", "oidc_secret_file": tmp_path / "secret"}
        settings = site.settings.model_copy(update=values | changes)
        app.state.site = replace(site, settings=settings)

    put()
    return put


def go(client, **query):
    left = client.get("/sign-in/organisation", params=query)
    assert left.status_code == 303, left.text
    return left.headers["location"]


def consent(address, sub):
    answer = httpx.post(address, data={"sub": sub}, follow_redirects=False)
    assert answer.status_code in (302, 303), answer.text
    return answer.headers["location"]


def sign_in(client, sub, **query):
    back = urlsplit(consent(go(client, **query), sub))
    return client.get(f"{back.path}?{back.query}")


def linked(site):
    with site.database.read() as session:
        return [entry.details for entry in entries(session) if entry.event == "account_linked"]


def test_a_person_known_by_their_verified_address_enters_and_is_known_by_their_subject_after(
    browser, site, organisation, provider
):
    client = browser()
    assert "Se connecter avec mon organisme" in client.get("/sign-in").text
    answer = sign_in(client, "sub-zina", next="/learners")
    assert (answer.status_code, answer.headers["location"]) == (303, "/learners")
    assert client.get("/today").status_code == 200
    with site.database.write() as session:
        account = accounts.by_username(session, "zina")
        assert account.subject == f"{provider}#sub-zina"
        account.email = None
    assert sign_in(browser(), "sub-zina").status_code == 303
    assert len(linked(site)) == 1, "linked once"
    assert sign_in(browser(), "sub-other").status_code == 403, "another subject does not take it over"


def test_what_leaves_for_the_provider_is_a_code_flow_with_pkce_state_and_nonce(browser, organisation, site):
    client = browser()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(go(client)).query).items()}
    trip = service.unsealed(client.cookies[endpoints.TRIP_COOKIE], site.cookie_key)
    digest = hashlib.sha256(trip.verifier.encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
    assert (asked["state"], asked["nonce"]) == (trip.state, trip.nonce)
    assert asked["redirect_uri"] == "http://127.0.0.1/sign-in/return"
    assert trip.verifier not in str(asked)


@pytest.mark.parametrize("sub", ["sub-unverified", "sub-new"])
def test_nobody_is_let_in_without_an_account_of_theirs(browser, site, organisation, sub):
    client = browser()
    answer = sign_in(client, sub)
    assert answer.status_code == 403
    assert "n’a ouvert aucun compte" in answer.text
    assert client.get("/today").status_code == 303
    assert linked(site) == []


def test_an_account_is_made_only_where_a_setting_gives_its_role(browser, site, organisation):
    organisation(oidc_create_role="quality")
    client = browser()
    assert sign_in(client, "sub-new").status_code == 303
    assert client.get("/register").status_code == 200
    with site.database.read() as session:
        made = accounts.by_username(session, "joel-2")
        assert (made.role, made.display_name, made.email) == ("quality", "Nova F.", "nova@example.org")


def test_a_closed_account_stays_closed(browser, site, organisation):
    with site.database.write() as session:
        accounts.by_username(session, "zina").active = False
    assert sign_in(browser(), "sub-zina").status_code == 403


def test_an_answer_that_comes_back_elsewhere_or_changed_or_twice_is_refused(browser, organisation):
    client = browser()
    back = urlsplit(consent(go(client), "sub-zina"))
    assert browser().get(f"{back.path}?{back.query}").status_code == 403, "another browser"
    assert client.get(f"{back.path}?{back.query}x").status_code == 403, "another state or code"
    assert client.get("/sign-in/return").status_code == 403
    other = browser()
    go(other)
    assert other.get(f"{back.path}?{back.query}").status_code == 403, "the state of another trip"
    assert client.get(f"{back.path}?{back.query}").status_code == 303
    trips = client.cookies.get(endpoints.TRIP_COOKIE)
    assert not trips, "and the trip is over"


def test_a_token_for_another_nonce_client_or_time_is_refused(browser, organisation, site, provider):
    trip = service.new_trip("/")
    place = "http://127.0.0.1/sign-in/return"
    now = site.clock.now().replace(year=2126)
    for change, who, when in (("nonce", "filrouge", None), ("", "another", None), ("", "filrouge", now)):
        made = service.Provider(provider, "filrouge", "x")
        code = parse_qs(urlsplit(consent(made.address(trip, place), "sub-zina")).query)["code"][0]
        got = made._client(place).fetch_token(made.published()["token_endpoint"], code=code)["id_token"]
        checked = service.Provider(provider, who, "x")
        asked = replace(trip, nonce="another") if change else trip
        with pytest.raises(service.ForbiddenError):
            checked._checked(got, asked, now=when or datetime.now(UTC))
        assert made._checked(got, trip, now=datetime.now(UTC))["sub"] == "sub-zina"


def test_a_provider_that_is_silent_is_said_and_passwords_serve(browser, organisation):
    organisation(oidc_issuer="http://localhost:1")
    client = browser()
    answer = client.get("/sign-in/organisation")
    assert answer.status_code == 503
    assert "ne répond pas" in answer.text
    told = {"username": "zina", "password": seed.PASSWORD}
    assert client.post("/api/v1/sign-in", json=told).status_code == 200


def test_one_leaves_the_organisation_too(browser, organisation, provider, send):
    client = browser("zina")
    send(client, "/sign-out")
    assert "/sign-out/organisation" in client.get("/sign-in").text
    left = urlsplit(client.get("/sign-out/organisation").headers["location"])
    assert f"{left.scheme}://{left.netloc}" == provider
    assert parse_qs(left.query)["post_logout_redirect_uri"] == ["http://127.0.0.1/sign-in"]


def test_without_the_setting_there_is_no_such_page(browser):
    for place in ("/sign-in/organisation", "/sign-out/organisation", "/sign-in/return"):
        assert browser().get(place).status_code == 404
    assert "organisation" not in browser().get("/sign-in").text


@pytest.mark.parametrize("address", ["http://example.org", "example.org", "ftp://x", "https://"])
def test_an_issuer_that_is_not_private_is_refused(tmp_path, address):
    with pytest.raises(ValidationError):
        seed.settings_of(tmp_path, oidc_issuer=address)


OPEN, CLOSED, TAKEN = Known(True, linked=False), Known(False, linked=False), Known(True, linked=True)


@pytest.mark.parametrize(
    ("by_subject", "by_email", "may_create", "expected"),
    [
        (TAKEN, [], False, "enter"),
        (TAKEN, [OPEN], True, "enter"),
        (CLOSED, [OPEN], True, "refuse"),
        (None, [OPEN], False, "link"),
        (None, [TAKEN], True, "refuse"),
        (None, [CLOSED], True, "refuse"),
        (None, [OPEN, OPEN], True, "refuse"),
        (None, [], True, "create"),
        (None, [], False, "refuse"),
    ],
)
def test_whose_account_it_is(by_subject, by_email, may_create, expected):
    assert policy.judge(by_subject=by_subject, by_email=by_email, may_create=may_create) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [("Zoé.D@x.org", "zoe.d"), ("a", "a-account"), ("李", "account"), ("--x y--", "x-y"), ("n" * 60, "n" * 34)],
)
def test_what_a_new_account_is_called(told, expected):
    assert policy.username_of(told, {"other"}) == expected
    assert policy.username_of(told, {expected}) == f"{expected}-2"
