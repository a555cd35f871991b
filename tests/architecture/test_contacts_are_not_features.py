"""No feature reads who was helped: one that sees the help predicts the help."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FEATURES = sorted((ROOT / "features").rglob("*.py"))


@pytest.mark.parametrize("path", FEATURES, ids=[path.stem for path in FEATURES])
def test_no_plane_names_the_contacts(path):
    """Neither a query nor a name: the word is nowhere in the code of features."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    told += [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    told += [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    assert not [text for text in told if "contacts" in text.lower()]


def test_the_catalogue_names_none():
    assert "contact" not in (ROOT / "features" / "catalog.toml").read_text(encoding="utf-8")
