"""The quality team draws a sample, follows a chain and comes back, makes a pack and takes it away: without a script."""

import re
import zipfile

import pytest

pytestmark = pytest.mark.browser


def test_a_sample_is_drawn_followed_and_found_again(sign_in):
    page = sign_in("qualite")
    page.goto("/quality/sample")
    page.get_by_label("Graine").fill("7")
    page.get_by_label("Nombre d’inscriptions").fill("3")
    page.get_by_role("button", name="Tirer").click()
    page.wait_for_url(re.compile(r"seed=7"))
    drawn = page.locator("table.list th a").all_inner_texts()
    assert len(drawn) == 3
    page.locator("table.list th a").first.click()
    assert page.locator("h1").inner_text() in drawn[0]
    page.get_by_role("link", name="← Échantillon de l’auditeur").click()
    assert page.locator("table.list th a").all_inner_texts() == drawn


def test_a_pack_is_made_and_taken_away(sign_in, tmp_path):
    page = sign_in("qualite", width=390)
    page.goto("/quality/packs")
    page.get_by_role("button", name="Faire le dossier").click()
    page.wait_for_url(re.compile(r"/quality/packs/\d+$"))
    assert page.get_by_text("Les fichiers sont tels qu’ils ont été faits.").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Télécharger le dossier (ZIP)").click()
    waiting.value.save_as(tmp_path / "pack.zip")
    assert any(name.endswith("/dossier.pdf") for name in zipfile.ZipFile(tmp_path / "pack.zip").namelist())
