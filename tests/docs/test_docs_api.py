"""The page of addresses is what the routes say."""

from pathlib import Path

from serving.app import ROUTERS
from serving.reference import page

ROOT = Path(__file__).parents[2]


def test_the_page_is_made_from_the_routes():
    written = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert written == page(), "make it again: print serving.reference.page() into docs/api.md"


def test_every_route_says_what_it_does():
    assert all(route.description.endswith(".") for router in ROUTERS for route in router.routes)
