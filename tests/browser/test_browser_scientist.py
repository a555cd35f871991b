"""The data scientist's day in a real browser, in French: verdict, a day's report, trends, effect, governance, model."""

import json
import re
from datetime import timedelta

import pytest

from tests.api import serving_seed as seed
from tests.api import test_api_effects as effects
from tests.api import test_api_watch as watch
from tests.browser.served_site import served
from tests.browser.test_browser_axe import faults

pytestmark = pytest.mark.browser
CONTACT = "dpo@organisme.example"
KEY = "ab" * 8
REPORT = "<!doctype html><html lang=fr><title>Rapport</title><h1>Rapport d’entraînement</h1></html>"
DRIFTED = "<!doctype html><html lang=fr><title>Dérive</title><h1>Rapport du jour</h1></html>"


def write_reports(site):
    """Write what the watch and training leave behind: two days of drift, a training, a measure of effect."""
    reports = site.settings.folder.reports
    for days, distance in ((7, 0.2), (0, 0.9)):
        day = seed.TODAY - timedelta(days=days)
        column = {**watch.COLUMN, "distance": distance, "drifted": distance > 0.4}
        told = {**watch.DRIFT, "as_of": day.isoformat(), "columns": [column, watch.SCORE, watch.GONE]}
        (reports / "drift").mkdir(parents=True, exist_ok=True)
        (reports / "drift" / f"{day}.json").write_text(json.dumps(told), encoding="utf-8")
        (reports / "drift" / f"{day}.html").write_text(DRIFTED, encoding="utf-8")
    (reports / "watch").mkdir(parents=True)
    (reports / "watch" / f"{seed.TODAY}.json").write_text(json.dumps(watch.TOLD), encoding="utf-8")
    trained = reports / "training" / KEY
    trained.mkdir(parents=True)
    (trained / "report.html").write_text(REPORT, encoding="utf-8")
    pooled = {"roc_auc": 0.8123, "brier": 0.104, "n": 1455}
    told = {"level": "lightgbm", "task": "abandoned_28d", "pooled": pooled}
    (trained / "report.json").write_text(json.dumps(told), encoding="utf-8")
    effects.write(site, seed.TODAY)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The small organisation, watched for a week, whose settings name whom to write to about personal data."""
    site = seed.small_site(tmp_path_factory.mktemp("scientist") / "home", dpo_contact=CONTACT)
    seed.fill(site)
    write_reports(site)
    with served(site) as place:
        yield place


def follow(page, name):
    """Follow an entry of the main menu."""
    page.get_by_role("navigation", name="Menu principal").get_by_role("link", name=name, exact=True).click()


def test_the_verdict_comes_first_and_leads_to_the_report_of_the_day(sign_in):
    page = sign_in("data")
    follow(page, "Veille")
    assert page.get_by_role("heading", level=1).inner_text() == "Garder le modèle"
    assert "voyez la source" in page.locator(".lead").inner_text()
    moved = page.get_by_role("region", name="Ce qui a bougé")
    assert "À surveiller" in moved.inner_text()
    moved.get_by_role("link", name="Le rapport complet (Evidently)").click()
    assert page.url.endswith(f"/model/drift/{seed.TODAY}")
    assert page.get_by_role("heading", level=1).inner_text() == "Rapport du jour"


def test_a_feature_has_its_trend_in_words_and_in_a_picture_that_says_itself(sign_in):
    page = sign_in("data")
    page.goto("/watch")
    trends = page.get_by_role("region", name=re.compile("sur les rapports gardés"))
    assert "days_since_last_login" not in page.inner_text("main")
    picture = page.get_by_role("img", name="de 0,200 à 0,900 en 2 rapports")
    assert picture.bounding_box()["width"] > 50
    assert "connexion" in trends.get_by_role("row").filter(has=picture).get_by_role("rowheader").inner_text()


def test_the_effect_says_what_is_missing_and_a_share_is_drawn_only_with_a_reason(sign_in):
    page = sign_in("data")
    follow(page, "Effet de la prévention")
    assert page.get_by_role("heading", level=1).inner_text().startswith("Pas assez de données")
    assert "47 apprenants" in page.inner_text("main")
    page.get_by_label("Part des alertes tirées au sort").fill("10")
    page.get_by_label("Pourquoi").fill("court")
    decide = page.get_by_role("button", name="Décider, et l’écrire au journal")
    decide.click()
    assert "Dix caractères au moins." in page.inner_text("form.sheet")
    assert page.get_by_label("Pourquoi").input_value() == "court"
    page.get_by_label("Pourquoi").fill("Savoir si un appel change quelque chose.")
    decide.click()
    lot = page.get_by_role("region", name="Une part des alertes en ordre aléatoire").inner_text()
    assert re.search(r"10\s%", lot)
    assert "Savoir si un appel change quelque chose." in lot


def test_what_is_said_in_one_place_is_in_the_governance_file_and_what_is_left_is_counted(sign_in, tmp_path):
    page = sign_in("data")
    follow(page, "Dossier de gouvernance")
    rows = page.get_by_role("row")
    notice = rows.filter(has_text="Notice d’information des apprenants")
    left = int(notice.get_by_role("cell").first.inner_text())
    with page.expect_download() as waiting:
        notice.get_by_role("link").click()
    waiting.value.save_as(tmp_path / "notice.md")
    text = (tmp_path / "notice.md").read_text(encoding="utf-8")
    assert text.startswith("# Notice d’information des apprenants")
    assert CONTACT in text
    assert text.count("[à compléter") == left
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Télécharger tout le dossier (PDF)").click()
    assert waiting.value.path().read_bytes().startswith(b"%PDF-")


def test_the_model_page_says_what_serves_and_opens_its_report(sign_in):
    page = sign_in("data")
    assert page.get_by_role("heading", level=1).inner_text() == "Gradient boosting (LightGBM)"
    assert page.locator(".say").inner_text() == "filrouge 3 · abandon · à 28 jours"
    assert "0,812" in page.get_by_role("region", name="Mesuré sur des sessions postérieures").inner_text()
    days = page.get_by_role("region", name="Rapports de dérive").get_by_role("link").all_inner_texts()
    assert days == ["15 juin 2026", "8 juin 2026"]
    page.get_by_role("region", name="Rapports d’entraînement").get_by_role("link").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Rapport d’entraînement"


@pytest.mark.parametrize("path", ["/quality", "/register", "/today", f"/enrolments/{seed.enrolment_id(0)}", "/admin"])
def test_no_page_that_names_a_learner_opens(sign_in, path):
    page = sign_in("data", width=390)
    assert page.goto(path).status == 403
    assert "n’est pas pour votre rôle" in page.inner_text("h1").replace("\n", " ")
    assert seed.name_of(0) not in page.content()
    page.get_by_role("link", name="Revenir à la première page").click()
    assert page.url.endswith("/model")


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_fault_where_there_is_something_to_tell(sign_in, axe, width):
    page = sign_in("data", width=width, scripts="any")
    for path in ("/model", "/watch", "/watch/effects", "/quality"):
        page.goto(path)
        assert faults(axe, page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
