"""`filrouge run` typed again: a step is done again when what may be read has changed, and only then."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import filrouge
from data.consents import Consents
from data.home import Home
from data.progress import silent
from serving.settings import Settings
from training.history import Act, append

TODAY = date(2026, 6, 15)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home whose steps do nothing: what decides that they are done is what is tried."""
    work: dict[str, Any] = {"_import": {"last_known_on": TODAY.isoformat()}, "_score": {"run": 1}}
    for name in ("_import", "_train", "_score", "_alerts", "_drift", "_people"):
        monkeypatch.setattr(filrouge, name, lambda *_, name=name: work.get(name, {"summary": name}))
    return Home(tmp_path / "home").prepare()


def done(home: Home) -> list[str]:
    """Return the steps that were not repeated."""
    steps, _ = filrouge._thread(
        home, Settings(home=home.root), "moodle", home.root / "tables", None, silent, announce=lambda _: None
    )
    return [step.name for step in steps.done if not step.repeated]


def test_a_decision_is_learnt_and_scored_again(home: Home) -> None:
    assert done(home)[:3] == ["import", "train", "score"]
    assert done(home) == []
    Consents(home).record(1, "alerts", "objected", by="Mia", at=datetime(2026, 6, 15, tzinfo=UTC))
    assert done(home) == ["train", "score"]
    assert done(home) == []


def test_a_promotion_is_told_and_scored_again_but_not_a_first_model(home: Home) -> None:
    assert done(home)[:3] == ["import", "train", "score"]
    append(home, "filrouge", Act("trained", "1", None, "filrouge train", "2026-06-15T09:00:00+00:00"))
    assert done(home) == []
    append(home, "filrouge", Act("promoted", "2", "1", "Mia", "2026-06-15T10:00:00+00:00"))
    assert done(home) == ["train", "score"]
    assert done(home) == []
    append(home, "filrouge", Act("rolled_back", "1", "2", "Mia", "2026-06-15T11:00:00+00:00"))
    assert done(home) == ["train", "score"]
