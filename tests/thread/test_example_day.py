"""The whole day of a mentor on the example site, in a real browser, scripts off; then what the others see of it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.thread.conftest import ROOT, answered

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def lived(first, home, tmp_path_factory):
    """A copy of the example that was run: the day changes it."""
    return Path(shutil.copytree(home, tmp_path_factory.mktemp("day") / "home"))


@pytest.fixture
def address(lived, port):
    environment = {**os.environ, "FILROUGE_HOME": str(lived)}
    server = subprocess.Popen(
        [sys.executable, "-m", "filrouge", "run", "--port", str(port), "--quiet"],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert answered(f"http://127.0.0.1:{port}/readyz") == 200
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        assert server.wait(90) is not None


@pytest.fixture
def sign_in(lived, address):
    """Return a function that opens the page of a demonstration account."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not on this machine (apt-get install chromium)")
    people = {one["role"]: one for one in json.loads((lived / "keys" / "demo_accounts.json").read_text())}
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])

        def enter(role):
            page = chromium.new_context(locale="fr-FR", java_script_enabled=False, base_url=address).new_page()
            page.goto("/")
            page.get_by_label("Identifiant").fill(people[role]["username"])
            page.get_by_label("Mot de passe").fill(people[role]["password"])
            page.get_by_role("button", name="Se connecter").click()
            return page

        yield enter
        chromium.close()


def test_the_whole_day(sign_in):
    page = sign_in("mentor")
    names = page.locator("li.card h3").all_inner_texts()
    assert 0 < len(names) <= 5
    assert all(page.locator("li.card .reasons").all_inner_texts())
    called, put_off, wrong = names[:3]
    _take_on_and_call(page, called)
    _put_off(page, put_off)
    _set_aside_then_take_it_back(page, wrong)
    _close(page, called)
    left = page.locator("li.card h3").all_inner_texts()
    assert sorted(left) == sorted(set(names) - {called, put_off})
    page.get_by_role("link", name="Communauté").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Communauté"

    lead = sign_in("course_lead")
    lead.get_by_role("link", name="Sessions").click()
    lead.get_by_role("row").nth(1).get_by_role("link").click()
    assert lead.get_by_role("heading", level=1).inner_text()
    quality = sign_in("quality")
    assert quality.get_by_role("heading", level=1).inner_text() == "Preuves manquantes"
    pages = quality.get_by_role("navigation", name="Menu principal")
    pages.get_by_role("link", name="Registre de prévention").click()
    row = quality.get_by_role("row").filter(has_text=called).filter(has_text="Résolue")
    row.get_by_role("link").click()
    chain = r"Alerte ouverte.*Alerte prise en charge.*Action.*Appel.*Apprenant en contact.*Alerte résolue"
    assert re.search(chain, quality.inner_text("main"), re.DOTALL)
    assert "Reprend lundi" not in quality.content()


def _card(page, name):
    page.get_by_role("link", name="Ma journée").first.click()
    return page.locator("li.card").filter(has=page.get_by_role("heading", name=name))


def _take_on_and_call(page, name):
    _card(page, name).get_by_role("button", name="Je m’en occupe").click()
    assert "En cours" in page.inner_text("main")
    _card(page, name).get_by_role("link", name="Noter un appel").click()
    page.get_by_label("Résultat").select_option(label="Nous nous sommes parlé")
    page.get_by_label("Prochaine étape").select_option(label="Rappeler")
    page.get_by_label("Échéance").fill("2026-06-22")
    page.get_by_label("Note").fill("Reprend lundi.")
    page.get_by_role("button", name="Enregistrer").click()
    assert page.locator(".live .tag").inner_text() == "En contact"
    with page.expect_download() as event:
        page.get_by_role("link", name="Mettre un suivi à mon agenda").last.click()
    told = event.value.path().read_text()
    assert "BEGIN:VEVENT" in told
    assert name.split()[0] not in told


def _put_off(page, name):
    card = _card(page, name)
    card.get_by_text("Reporter, confier").click()
    card.get_by_role("button", name="Dans 3 jours").click()
    assert name in page.get_by_role("region", name="En attente").inner_text()


def _set_aside_then_take_it_back(page, name):
    card = _card(page, name)
    card.get_by_text("Clore l’alerte").click()
    card.get_by_role("button", name="Fausse alerte").click()
    assert not _card(page, name).count()
    page.get_by_role("button", name="Annuler").click()
    assert _card(page, name).count() == 1


def _close(page, name):
    card = _card(page, name)
    card.get_by_text("Clore l’alerte").click()
    card.get_by_role("button", name="De retour dans le parcours").click()
    lately = page.get_by_role("region", name="Closes ces jours-ci")
    assert name in lately.inner_text()
    lately.get_by_role("button", name="Oui").first.click()
    assert "Rappeler" in page.inner_text(".promised")
