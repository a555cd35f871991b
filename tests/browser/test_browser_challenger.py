"""A challenger in a real browser, in French: read, set aside by mistake, put back, put into service."""

import pytest

from tests.api import serving_seed as seed
from tests.api.test_api_challenger import REASON, registry, waits  # noqa: F401
from tests.browser.served_site import served
from tests.browser.test_browser_axe import faults

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("registry", "waits")]


@pytest.fixture
def site(tmp_path):
    made = seed.small_site(tmp_path / "home")
    seed.fill(made)
    return made


@pytest.fixture
def address(site):
    with served(site) as place:
        yield place


@pytest.mark.parametrize("width", [1280, 390])
def test_a_challenger_is_set_aside_put_back_and_put_into_service(sign_in, axe, width):
    page = sign_in("data", width=width, scripts="any")

    def stands():
        assert faults(axe, page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        return page.locator("#challenger").inner_text().replace("\n", " ")

    def decide(button, reason=None):
        if reason is not None:
            page.get_by_label("Pourquoi, en une phrase").fill(reason)
        page.get_by_role("button", name=button, exact=True).click()

    assert stands() == "La version 4 attend votre décision"
    decide("Écarter", "non")
    assert page.get_by_label("Pourquoi, en une phrase").get_attribute("aria-invalid") == "true"
    assert stands() == "La version 4 attend votre décision"
    decide("Écarter", REASON)
    assert stands() == "La version 4 a été écartée"
    decide("La remettre en attente")
    assert stands() == "La version 4 attend votre décision"
    decide("Mettre en service", REASON)
    assert stands() == "La version 4 a été mise en service"
    assert "filrouge models rollback" in page.inner_text("main")
