"""The names of levels are words, the same in a summary as on the card."""

import pytest

from training.wording import LEVELS, level
from training.words import words


@pytest.mark.parametrize("name", LEVELS)
def test_a_level_has_one_name(name):
    assert level(name) == words("en")[f"level.{name}"]


def test_a_level_without_a_name_is_told_as_it_is():
    assert level("forest") == "forest"
