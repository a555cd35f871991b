"""A mentor's morning in a real browser, scripts off: first alert, a call, closed, found in the register."""

import re
import socket
import threading
import time
from datetime import date

import pytest
import uvicorn

from serving.app import create_app
from tests.api import serving_seed as seed

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A small organisation behind a real server, on a free port of this machine."""
    site = seed.small_site(tmp_path_factory.mktemp("browser") / "home")
    seed.fill(site)
    opened = socket.socket()
    opened.bind(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(site.settings, site=site), log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{opened.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    opened.close()


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    from pathlib import Path

    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not on this machine (apt-get install chromium)")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def sign_in(chromium, address):
    """Return a function that opens a signed-in page; scripts are off, nothing may need them."""
    opened = []

    def enter(username, *, width=1280):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, locale="fr-FR", java_script_enabled=False, base_url=address
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


def test_from_the_first_alert_to_the_register(sign_in):
    page = sign_in("zina")
    assert page.get_by_role("heading", level=1).inner_text() == "Ma journée"
    first = page.locator("li.card").first
    name = first.get_by_role("heading").inner_text()
    assert name == seed.name_of(0)
    first.get_by_role("link", name=name).click()
    assert page.get_by_role("heading", level=1).inner_text() == name
    assert name not in page.title()
    assert page.locator("img").get_attribute("alt")

    page.get_by_role("link", name="Noter un appel").click()
    page.get_by_label("Fait le").fill(date(2026, 6, 15).isoformat())
    page.get_by_label("Résultat").select_option(label="Nous nous sommes parlé")
    page.get_by_label("Prochaine étape").select_option(label="Rappeler")
    page.get_by_label("Échéance").fill("2026-06-22")
    page.get_by_label("Note").fill("Reprend lundi.")
    page.get_by_role("button", name="Enregistrer").click()
    assert "L’action est enregistrée" in page.get_by_role("status").inner_text()
    assert "Reprend lundi." in page.inner_text("main")
    assert page.locator(".live .tag").inner_text() == "En contact"

    page.get_by_text("Clore l’alerte").click()
    page.get_by_role("button", name="De retour dans le parcours").click()
    assert "L’alerte est résolue" in page.get_by_role("status").inner_text()
    page.get_by_role("link", name="Ma journée").first.click()
    assert name not in page.inner_text(".stream")
    assert "Rappeler" in page.inner_text(".promised")

    quality = sign_in("qualite")
    row = quality.get_by_role("row").filter(has_text=name).filter(has_text="Résolue")
    assert "De retour dans le parcours" in row.inner_text()
    row.get_by_role("link").click()
    chain = quality.inner_text("main")
    assert re.search(r"Alerte ouverte.*Action.*Appel.*Apprenant en contact.*Alerte résolue", chain, re.DOTALL)
    assert "Reprend lundi." not in chain
    quality.get_by_role("link", name="Registre de prévention").first.click()
    with quality.expect_download() as download:
        quality.get_by_role("button", name="Télécharger le registre (CSV)").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert "De retour dans le parcours" in text
    assert name not in text


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_nothing_overflows_and_the_keyboard_finds_the_content_first(sign_in, width):
    page = sign_in("joel", width=width)
    for path in (
        "/today",
        "/learners",
        f"/enrolments/{seed.enrolment_id(12)}",
        f"/enrolments/{seed.enrolment_id(12)}/actions/new",
    ):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        wide = page.locator("body").bounding_box()["width"]
        assert wide <= width, path
        for box in [card.bounding_box() for card in page.locator("main, h1, .card, form, .list, .scroll").all()]:
            assert box is None or box["x"] + box["width"] <= width + 1, path
        page.keyboard.press("Tab")
        assert page.locator("a.skip").is_visible()
