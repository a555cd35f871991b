"""A mentor's morning in a real browser, scripts off: first alert, a call, closed, found in the register."""

import re
from datetime import date

import pytest

from tests.api import serving_seed as seed

pytestmark = pytest.mark.browser


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
    assert name not in " ".join(page.locator("li.card").all_inner_texts())
    lately = page.get_by_role("region", name="Closes ces jours-ci")
    assert name in lately.inner_text()
    lately.get_by_role("button", name="Oui").click()
    assert page.get_by_role("region", name="Closes ces jours-ci").count() == 0
    assert "Rappeler" in page.inner_text(".promised")

    quality = sign_in("qualite")
    quality.get_by_role("link", name="Registre de prévention").first.click()
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
