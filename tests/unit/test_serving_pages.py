"""Which entry of a menu a page is under."""

import pytest

from serving.pages import MENUS, section_of


@pytest.mark.parametrize(
    ("role", "path", "entry"),
    [
        ("quality", "/quality", "/quality"),
        ("quality", "/quality/complaints/12", "/quality"),
        ("quality", "/register/alerts/1", "/register"),
        ("quality", "/qualities", ""),
        ("admin", "/admin", "/admin"),
        ("admin", "/admin/accounts/3", "/admin"),
        ("admin", "/admin/people/42", "/admin/people"),
        ("data_scientist", "/watch", "/watch"),
        ("data_scientist", "/watch/effects", "/watch/effects"),
        ("mentor", "/account", ""),
    ],
)
def test_a_page_is_under_the_entry_whose_address_its_own_begins_with(role, path, entry):
    assert section_of(path, MENUS[role]) == entry


def test_somebody_without_a_menu_is_under_nothing():
    assert section_of("/sign-in", ()) == ""
