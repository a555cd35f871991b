"""A small organisation behind a real server, and Chromium: once for all the tests of this folder."""

from pathlib import Path

import pytest

from tests.api import serving_seed as seed
from tests.browser.served_site import served

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A small organisation behind a real server, on a free port of this machine."""
    site = seed.small_site(tmp_path_factory.mktemp("browser") / "home")
    seed.fill(site)
    with served(site) as place:
        yield place


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not on this machine (apt-get install chromium)")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def axe():
    return pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()


@pytest.fixture
def sign_in(chromium, address):
    """Return a function that opens a signed-in page; scripts are off, unless a test asks for them."""
    opened = []

    def enter(username, *, width=1280, scripts=False):
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            locale="fr-FR",
            java_script_enabled=bool(scripts),
            base_url=address,
            bypass_csp=scripts == "any",
        )
        opened.append(context)
        page = context.new_page()
        page.goto("/")
        page.get_by_label("Identifiant").fill(username)
        page.get_by_label("Mot de passe").fill(seed.PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        return page

    yield enter
    for context in opened:
        context.close()
