"""The quality officer's day in a real browser, in French, scripts off: supplied, decided, drawn, made, ruled."""

import hashlib
import json
import re
import zipfile

import pytest
from typer.testing import CliRunner

from filrouge import build
from tests.api import quality_seed as work
from tests.api import serving_seed as seed
from tests.browser.served_site import served
from tests.browser.test_browser_axe import faults

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("officer") / "home"


@pytest.fixture(scope="module")
def address(home):
    """The small organisation with complaints, some of them answered by nobody, and improvements."""
    site = seed.small_site(home)
    seed.fill(site)
    work.fill(site, people=0, complaints=40)
    work.write_down(site)
    with served(site) as place:
        yield place


def follow(page, name):
    """Follow one of the links of the quality team's pages."""
    page.get_by_role("navigation", name="Pages de la qualité").get_by_role("link", name=name, exact=True).click()


def keep(page):
    """Send the form, and return what the page says of it."""
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    return page.get_by_role("status").inner_text()


def count(text):
    """Return the first number of a sentence."""
    return int(re.search(r"\d+", text)[0])


def test_a_missing_proof_is_supplied_where_the_inbox_leads(sign_in):
    page = sign_in("qualite")
    assert page.get_by_role("heading", level=1).inner_text() == "Preuves manquantes"
    page.get_by_label("Ce qui manque").select_option(label="Réclamation sans réponse")
    page.get_by_role("button", name="Filtrer").click()
    waiting = count(page.get_by_text("trouvées.").inner_text())
    page.locator(".gaps > li").first.get_by_role("link", name="Voir et corriger").click()
    page.get_by_label("Répondu le").fill("2026-06-15")
    page.get_by_label("Réponse, et mesures prises").fill("Le planning est envoyé sept jours avant.")
    assert "la modification figure au journal" in keep(page)
    assert "Répondue" in page.locator(".say").inner_text()
    follow(page, "Preuves manquantes")
    left = page.get_by_role("complementary").get_by_role("link", name="Réclamation sans réponse")
    assert count(left.inner_text()) == waiting - 1


def test_an_improvement_has_an_owner_a_deadline_and_an_effect_that_is_checked(sign_in):
    page = sign_in("qualite")
    follow(page, "Plan d’amélioration")
    page.get_by_role("link", name="Écrire une amélioration").click()
    page.get_by_label("Constat").fill("Les relances partent tard.")
    page.get_by_label("Décision").fill("Relancer dès le deuxième jour.")
    page.get_by_label("Responsable de l’action").fill("Paul Fableville")
    page.get_by_label("Échéance prévue").fill("2026-06-30")
    assert "L’amélioration est au plan" in keep(page)
    follow(page, "Plan d’amélioration")
    row = page.get_by_role("row").filter(has_text="Relancer dès le deuxième jour.")
    assert "Paul Fableville" in row.inner_text()
    assert "30 juin 2026" in row.inner_text()
    row.get_by_role("link").first.click()
    page.get_by_label("Fait le").fill("2026-06-12")
    page.get_by_label("Effet vérifié le").fill("2026-06-15")
    page.get_by_label("L’effet voulu est-il obtenu ?").select_option(label="Oui")
    page.get_by_label("Effet constaté").fill("Délai médian : deux jours au lieu de six.")
    keep(page)
    assert page.locator(".say").inner_text() == "Effet vérifié · efficace"


def test_a_form_refused_says_why_beside_the_field_and_loses_nothing(sign_in):
    page = sign_in("qualite", width=390)
    page.goto("/quality/complaints/new")
    page.get_by_label("Résumé").fill("Le formateur a changé deux fois.")
    page.get_by_label("Apprenant").fill("Personne qui n’existe pas")
    page.get_by_role("button", name="Enregistrer").click()
    assert "elles sont signalées ci-dessous" in page.get_by_role("alert").inner_text()
    field = page.get_by_label("Apprenant")
    assert field.get_attribute("aria-invalid") == "true"
    assert page.locator(f"#{field.get_attribute('aria-describedby')}").is_visible()
    assert page.get_by_label("Résumé").input_value() == "Le formateur a changé deux fois."


def test_a_complaint_is_declared_answered_and_closed_each_step_in_its_history(sign_in):
    page = sign_in("qualite")
    follow(page, "Réclamations")
    page.get_by_role("link", name="Enregistrer une fiche").click()
    page.get_by_label("Reçu le").fill("2026-06-10")
    page.get_by_label("Résumé").fill("Le formateur a changé deux fois.")
    keep(page)
    assert page.locator(".say").inner_text().startswith("Reçue")
    page.get_by_label("Accusé de réception le").fill("2026-06-11")
    page.get_by_label("Répondu le").fill("2026-06-12")
    page.get_by_label("Clos le").fill("2026-06-15")
    page.get_by_label("Réponse, et mesures prises").fill("Un seul formateur jusqu’à la fin.")
    page.get_by_label("Issue").select_option(label="Résolue")
    keep(page)
    assert page.locator(".say").inner_text() == "Clôturée"
    steps = page.get_by_role("region", name="Historique").get_by_role("listitem")
    assert steps.count() == 2
    assert "15 juin 2026" in steps.last.inner_text()


def test_the_same_seed_draws_the_same_ten_on_another_day_and_another_screen(sign_in):
    drawn = []
    for width in (1280, 390):
        page = sign_in("qualite", width=width)
        page.goto("/quality/sample")
        page.get_by_label("Graine").fill("2026")
        page.get_by_role("button", name="Tirer").click()
        page.wait_for_url(re.compile("seed=2026"))
        assert page.get_by_text("Ce tirage est au journal").is_visible()
        drawn.append(page.locator("table.list th a").all_inner_texts())
    assert len(drawn[0]) == 10
    assert drawn[0] == drawn[1]


def test_a_pack_made_by_the_button_is_taken_away_and_verified_by_the_command(sign_in, axe, home, tmp_path):
    page = sign_in("qualite")
    follow(page, "Dossiers de preuve")
    page.get_by_label("Graine").fill("7")
    page.get_by_role("button", name="Faire le dossier").click()
    page.wait_for_url(re.compile(r"/quality/packs/\d+$"))
    assert page.get_by_text("Les fichiers sont tels qu’ils ont été faits.").is_visible()
    small = sign_in("qualite", width=390, scripts="any")
    small.goto(page.url)
    assert faults(axe, small) == []
    shown = page.get_by_role("row").filter(has_text="dossier.pdf").locator("code").inner_text()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Télécharger le dossier (ZIP)").click()
    waiting.value.save_as(tmp_path / "pack.zip")
    zipfile.ZipFile(tmp_path / "pack.zip").extractall(tmp_path)
    pdf = next(tmp_path.rglob("dossier.pdf"))
    assert hashlib.sha256(pdf.read_bytes()).hexdigest() == shown
    pack = pdf.parent
    for line in (pack / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split(maxsplit=1)
        assert hashlib.sha256((pack / name).read_bytes()).hexdigest() == digest, name
    said = verified(pack, home)
    assert (said["intact"], said["pack"]["broken"]) == (True, [])
    pdf.write_bytes(pdf.read_bytes()[:-1] + b"!")
    assert verified(pack, home)["pack"]["broken"] == ["dossier.pdf"]


def verified(pack, home):
    """Return what `filrouge quality verify --pack` says of a pack."""
    words = ["quality", "verify", "--pack", str(pack), "--json"]
    return json.loads(CliRunner().invoke(build(), words, env={"FILROUGE_HOME": str(home)}).stdout)


def test_a_delay_changed_is_read_first_then_found_in_the_written_procedure(sign_in):
    page = sign_in("qualite")
    follow(page, "Procédure")
    page.get_by_label("Premier contact après une alerte, sous").fill("3")
    page.get_by_label("Qui appelle").fill("la référente de parcours")
    page.get_by_label("Raison").fill("Trois jours tiennent compte des temps partiels.")
    page.get_by_role("button", name="Voir ce qu’elle dirait").click()
    assert (
        "le premier contact a lieu sous 3 jours ouvrés"
        in page.get_by_role("region", name="Ce qu’elle dirait").inner_text()
    )
    page.get_by_role("button", name="Enregistrer cette procédure").click()
    written = page.get_by_role("region", name="La procédure écrite").inner_text()
    assert "le premier contact a lieu sous 3 jours ouvrés" in written
    assert "appelé par la référente de parcours" in written
    assert "Trois jours tiennent compte" in page.get_by_role("region", name="Historique").inner_text()
    follow(page, "Preuves manquantes")
    assert "jours pour une première action" in page.get_by_role("complementary").inner_text()


@pytest.mark.parametrize("path", ["/model", "/watch", "/admin", "/admin/people", "/today"])
def test_a_page_of_somebody_else_is_refused_with_a_way_back(sign_in, path):
    page = sign_in("qualite", width=390)
    assert page.goto(path).status == 403
    assert (
        page.get_by_role("heading", level=1).inner_text().replace("\n", " ") == "Cette page n’est pas pour votre rôle."
    )
    assert "demandez-la à l’administration" in page.inner_text("main")
    assert "formulaire" not in page.inner_text("main")
    page.get_by_role("link", name="Revenir à la première page").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Preuves manquantes"


def test_on_a_telephone_the_pages_of_quality_unfold_and_the_page_itself_comes_first(sign_in):
    page = sign_in("qualite", width=390)
    assert page.get_by_role("heading", level=1).bounding_box()["y"] < 250
    assert page.get_by_role("link", name="Dossiers de preuve").count() == 0
    page.get_by_text("Pages de la qualité").click()
    follow(page, "Dossiers de preuve")
    assert page.get_by_role("heading", level=1).inner_text() == "Dossiers de preuve"
    assert "Dossiers de preuve" in page.locator("details.side summary").inner_text()
