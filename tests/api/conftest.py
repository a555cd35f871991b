"""A small organisation for each test, on SQLite then on PostgreSQL: the work database is copied from one made once."""

import shutil
import warnings
from dataclasses import replace
from datetime import timedelta

import pytest

from serving import access
from serving.access import csrf_token
from serving.accounts import repository as accounts
from serving.app import create_app
from serving.clock import Clock
from serving.database import Database
from serving.scoring.kept import KeptScorer
from serving.stream.policy import Streams
from tests.api import quality_seed, small_champion
from tests.api import serving_seed as seed
from tests.unit import database_servers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette announces another HTTP client; httpx is the one pinned
    from fastapi.testclient import TestClient


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(request):
    """Return the database server of the session, None for SQLite: every test here runs on both."""
    if request.param == "sqlite":
        yield None
        return
    running = database_servers.postgresql()
    try:
        made = running.__enter__()
    except database_servers.MissingServerError as error:
        pytest.skip(str(error))
    try:
        made.run(made.main, "CREATE DATABASE filled")
        yield made
    finally:
        running.__exit__(None, None, None)


@pytest.fixture(scope="session")
def filled_site(server, tmp_path_factory):
    address = {"database_url": server.url("filled")} if server else {}
    site = seed.small_site(tmp_path_factory.mktemp("organisation") / "home", **address)
    seed.fill(site)
    site.database.dispose()
    return site


@pytest.fixture(scope="module")
def empty_database(server, tmp_path_factory):
    """Yield a work database of the module's own, up to date and with nothing in it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('work') / 'work.db'}"
    if server:
        server.run(server.main, "CREATE DATABASE blank")
        url = server.url("blank")
    database = Database(url)
    database.upgrade()
    yield database
    database.dispose()
    if server:
        server.run(server.main, "DROP DATABASE blank WITH (FORCE)")


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch):
    """Spend little on passwords: what the real cost is belongs to argon2, not to these tests."""
    monkeypatch.setattr("serving.accounts.service.hasher", lambda: seed.QUICK)


@pytest.fixture
def home(filled_site, tmp_path):
    shutil.copytree(filled_site.settings.home, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def database_address(server):
    """Yield the settings that lead to this test's own copy of the work database."""
    if server is None:
        yield {}
        return
    server.run(server.main, "CREATE DATABASE copied TEMPLATE filled STRATEGY FILE_COPY")
    yield {"database_url": server.url("copied")}
    server.run(server.main, "DROP DATABASE copied WITH (FORCE)")


@pytest.fixture
def site(filled_site, home, database_address):
    settings = seed.settings_of(home, **database_address)
    made = replace(filled_site, settings=settings, database=Database(settings.database))
    yield made
    made.database.dispose()


@pytest.fixture(scope="session")
def shared_app(filled_site):
    """The application is put together once; each test gives it its own site."""
    return create_app(filled_site.settings, site=filled_site)


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    return small_champion.champion(tmp_path_factory.mktemp("model"))


@pytest.fixture
def app(shared_app, site, model):
    shared_app.state.site, shared_app.state.streams = site, Streams()
    shared_app.state.scorer = KeptScorer(site.settings.folder, lambda _: model)
    return shared_app


@pytest.fixture
def browser(app, site):
    """Return a function that gives a client, signed in when a username is given."""
    opened = []

    def of(username=None):
        client = TestClient(app, base_url="http://127.0.0.1", follow_redirects=False, headers={"accept-language": "fr"})
        opened.append(client)
        if username:
            now = Clock(site.clock.zone).now()
            token = f"token-of-{username}-{len(opened)}"
            with site.database.write() as session:
                account = accounts.by_username(session, username)
                accounts.sign_in(session, account.id, token, now=now, until=now + timedelta(hours=1))
            client.cookies.set(access.SESSION_COOKIE, token)
            client.csrf = csrf_token(site.cookie_key, token)
        return client

    yield of
    for client in opened:
        client.close()


@pytest.fixture
def send():
    """Return a function that posts a form with its CSRF token, or JSON with its header."""

    def post(client, address, fields=None, *, json=None):
        if json is not None:
            return client.post(address, json=json, headers={"x-csrf-token": client.csrf})
        return client.post(address, data={"csrf": client.csrf, **(fields or {})})

    return post


@pytest.fixture
def year(app, site):
    """The small organisation after a year: its site, its records with surveys."""
    quality_seed.fill(site)
    made = replace(site, records=quality_seed.SurveyedRecords())
    app.state.site = made
    return made
