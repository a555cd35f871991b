"""Every page of every role is read by axe: WCAG 2.2 A and AA, on a desk and on a telephone; none is at fault."""

import pytest

from tests.api import serving_seed as seed

pytestmark = pytest.mark.browser
MINE = seed.enrolment_id(0)
FIRST = {1280: 360, 390: 320}
"""Where a page's title begins at the latest, by the width of the screen: menus leave the first screen to the page."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = {
    "zina": [
        "/today",
        "/learners",
        "/learners?risk=high&silent=7",
        f"/enrolments/{MINE}",
        f"/enrolments/{MINE}/actions/new",
        "/alerts/1/close",
        "/community",
        "/preferences",
        "/account",
        "/nowhere",
    ],
    "dina": ["/today", "/learners", "/community", "/account"],
    "lea": ["/today", "/learners", "/community", "/sessions", "/sessions/SECO-2606"],
    "data": ["/model", "/watch", "/watch/effects", "/watch/governance", "/account"],
    "qualite": [
        "/register",
        "/register/alerts/1",
        "/playbooks",
        "/quality/figures",
        "/quality/procedure",
        "/quality/courses",
        "/quality/standard",
        "/quality/sample",
        "/quality/sample?n=3&seed=7&from_on=2026-05-01&until_on=2026-06-15",
        f"/quality/sample/{MINE}",
        "/account",
        "/admin",
        "/quality/packs",
        "/watch/effects",
        "/watch/governance",
    ],
    "admin": [
        "/admin",
        "/admin/accounts/1",
        "/admin/absences",
        "/admin/messages",
        "/admin/people",
        f"/admin/people/{seed.learner_id(0)}",
        "/account",
        "/admin/retention",
        "/playbooks",
    ],
}


def faults(axe, page):
    """Return what axe finds: the rule, and where; whatever is folded is opened first."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = axe.run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response
    assert len(found["passes"]) > 5, "axe looked at the page"
    return [
        (one["id"], node["target"], node.get("failureSummary")) for one in found["violations"] for node in one["nodes"]
    ]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("username", PAGES)
def test_axe_finds_no_fault(sign_in, axe, username, width):
    page = sign_in(username, width=width, scripts="any")
    for path in PAGES[username]:
        page.goto(path)
        assert page.locator("h1").bounding_box()["y"] < FIRST[width], f"the menus fill the first screen of {path}"
        assert faults(axe, page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path


def test_axe_sees_a_fault_where_there_is_one(sign_in, axe):
    page = sign_in("zina", scripts="any")
    page.evaluate("document.querySelector('h1').innerHTML = '<img src=x>'")
    assert "image-alt" in [rule for rule, *_ in faults(axe, page)]


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_fault_at_the_door(chromium, address, axe, width):
    with chromium.new_context(
        viewport={"width": width, "height": 900}, locale="fr-FR", base_url=address, bypass_csp=True
    ) as context:
        page = context.new_page()
        page.goto("/sign-in")
        assert faults(axe, page) == []


def test_the_keys_of_the_list_move_from_one_learner_to_the_next(sign_in):
    page = sign_in("zina", scripts=True)
    page.locator(".thread h3 a").first.focus()
    page.keyboard.press("j")
    focused = "document.activeElement.innerText"
    assert page.evaluate(focused) == page.locator(".thread h3 a").nth(1).inner_text()
    page.keyboard.press("k")
    assert page.evaluate(focused) == page.locator(".thread h3 a").first.inner_text()
