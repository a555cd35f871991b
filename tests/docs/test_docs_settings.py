"""The page of settings is what the code says."""

import re
from pathlib import Path

import pytest

from serving.settings import Settings, SettingsError, read_settings, reference

ROOT = Path(__file__).parents[2]
OTHERS = {
    "FILROUGE_OULAD", "FILROUGE_RALPH", "FILROUGE_MOODLE_DB_URL", "FILROUGE_MOODLE_TOKEN", "FILROUGE_XAPI_SECRET",
    "FILROUGE_DISCOURSE_KEY", "FILROUGE_CANVAS_TOKEN",
}  # fmt: skip
"""Where test data is, and secrets, which are no settings."""


def test_the_page_is_made_from_the_code():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == reference(), "make it again: print serving.settings.reference() into docs/settings.md"


def test_every_setting_is_documented():
    assert all(field.description and field.description.endswith(".") for field in Settings.model_fields.values())


def test_every_variable_named_in_the_documents_exists():
    known = {f"FILROUGE_{name.upper()}" for name in Settings.model_fields} | OTHERS
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        assert set(re.findall(r"FILROUGE_[A-Z_]+", path.read_text(encoding="utf-8"))) <= known, path.name


def test_a_wrong_value_is_refused_by_its_name_and_never_repeated(monkeypatch):
    monkeypatch.setenv("FILROUGE_ALERTS_PER_WEEK", "lots-of-secrets")
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert "FILROUGE_ALERTS_PER_WEEK" in refused.value.line()
    assert "secrets" not in refused.value.line()
