"""The quality person's day in a real browser, scripts off; every page of theirs read by axe, full and empty."""

from dataclasses import replace

import pytest

from tests.api import quality_seed as work
from tests.api import serving_seed as seed
from tests.browser.served_site import served
from tests.browser.test_browser_axe import faults

pytestmark = pytest.mark.browser
MINE = seed.enrolment_id(0)
QUALITY = [
    "/quality", "/quality?kind=closed_without_contact", "/quality?state=explained", "/quality/appointments",
    "/quality/surveys", "/quality/surveys?state=all", "/quality/improvements", "/quality/improvements/new",
    "/quality/improvements/1", "/quality/complaints", "/quality/complaints/new", "/quality/complaints/1",
]  # fmt: skip
PAGES = {
    "qualite": QUALITY,
    "zina": [
        f"/enrolments/{MINE}", f"/enrolments/{MINE}/appointments/new", f"/enrolments/{MINE}/difficulties/new",
        "/appointments", "/difficulties", "/missing", "/today",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The small organisation after a year."""
    site = seed.small_site(tmp_path_factory.mktemp("year") / "home")
    seed.fill(site)
    work.fill(site, people=60)
    work.appointment(site)
    with served(replace(site, records=work.SurveyedRecords(60))) as place:
        yield place


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("username", PAGES)
def test_axe_finds_no_fault_in_what_a_quality_team_works_on(sign_in, axe, username, width):
    page = sign_in(username, width=width, scripts="any")
    for path in PAGES[username]:
        assert page.goto(path).status == 200, path
        assert faults(axe, page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_from_the_inbox_to_an_improvement_and_a_chased_survey(sign_in):
    page = sign_in("qualite")
    assert page.get_by_role("heading", level=1).inner_text() == "Preuves manquantes"
    before = page.locator(".say").inner_text()

    page.get_by_role("navigation", name="Pages de la qualité").get_by_role("link", name="Réclamations").click()
    page.get_by_role("link", name="Enregistrer une fiche").click()
    page.get_by_label("Sujet").select_option(label="Organisation, horaires")
    page.get_by_label("Reçu le").fill("2026-05-01")
    page.get_by_label("Résumé").fill("Les horaires changent sans préavis.")
    page.get_by_role("button", name="Enregistrer").click()
    assert "C’est enregistré" in page.get_by_role("status").inner_text()
    complaint = page.url

    page.get_by_role("link", name="Preuves manquantes").click()
    assert page.locator(".say").inner_text() != before
    page.get_by_label("Ce qui manque").select_option(label="Réclamation sans réponse")
    page.get_by_role("button", name="Filtrer").click()
    gap = page.locator(".gaps > li")
    assert gap.count() == 1
    gap.get_by_role("link", name="Voir et corriger").click()
    assert page.url == complaint
    page.get_by_label("Répondu le").fill("2026-06-14")
    page.get_by_label("Réponse, et mesures prises").fill("Un préavis de sept jours.")
    page.get_by_role("button", name="Enregistrer").click()
    assert "Répondue" in page.locator(".say").inner_text()

    page.get_by_role("link", name="En faire une amélioration").click()
    assert page.get_by_label("Origine").input_value() == "complaint"
    page.get_by_label("Constat").fill("Les horaires changent sans préavis.")
    page.get_by_label("Décision").fill("Prévenir sept jours avant.")
    page.get_by_label("Responsable de l’action").fill("Paul Fableville")
    page.get_by_label("Échéance prévue").fill("2026-07-31")
    page.get_by_role("button", name="Enregistrer").click()
    assert "L’amélioration est au plan" in page.get_by_role("status").inner_text()
    page.get_by_role("region", name="Réclamations auxquelles elle répond").get_by_role("link").click()
    assert page.url == complaint
    assert "Amélioration n°" in page.inner_text("main")

    page.get_by_role("navigation", name="Pages de la qualité").get_by_role("link", name="Enquêtes à relancer").click()
    waiting = page.locator(".say").inner_text()
    page.locator("input[name=who]").first.check()
    page.get_by_role("button", name="Téléphone").click()
    assert "Les relances du jour sont notées" in page.get_by_role("status").inner_text()
    assert page.locator(".say").inner_text() != waiting
    assert "noter une relance" in page.locator(".undo").inner_text()
    page.get_by_role("button", name="Annuler cette étape").click()
    assert page.locator(".say").inner_text() == waiting

    page.get_by_role("link", name="Preuves manquantes").click()
    first = page.locator(".gaps > li").first
    words = first.locator("p").first.inner_text()
    first.get_by_text("Aucune preuve ne viendra").click()
    first.get_by_label("Le motif, sans nommer personne").fill("Suivi tenu dans l’ancien outil.")
    first.get_by_role("button", name="Enregistrer le motif").click()
    assert "Le motif est enregistré" in page.get_by_role("status").inner_text()
    page.get_by_role("link", name="avec un motif").click()
    assert words in page.inner_text(".gaps")
    page.get_by_role("button", name="Retirer le motif").click()
    assert "de nouveau" in page.get_by_role("status").inner_text()


def test_a_mentor_plans_an_appointment_and_tells_what_came_of_one(sign_in):
    page = sign_in("zina")
    page.goto(f"/enrolments/{MINE}")
    meeting = page.locator("li.meeting").first
    meeting.get_by_role("button", name="Il a été tenu").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Noter une action"
    page.get_by_label("Résultat").select_option(label="Nous nous sommes parlé")
    page.get_by_role("button", name="Enregistrer").click()
    assert page.locator("li.meeting").first.get_by_role("button").count() == 0
    page.get_by_role("link", name="Prévoir un rendez-vous").first.click()
    page.get_by_label("Date").fill("2026-06-19")
    page.get_by_role("button", name="Prévoir").click()
    assert "prévu" in page.get_by_role("status").inner_text()
