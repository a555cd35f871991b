"""What is known of each challenger, one JSON file a version under `HOME/reports/challengers`; counts, nobody's data."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data.home import Home
from data.steps import written_whole
from serving.watch.reports import training_reports

TRIED = "tried"
Told = dict[str, Any]


def folder_of(home: Home) -> Path:
    """Return where the files are."""
    return home.reports / "challengers"


def read(home: Home, version: str) -> Told | None:
    """Return what is kept of a version, None when nothing is."""
    path = folder_of(home) / f"{version}.json"
    if not path.exists():
        return None
    told: Told = json.loads(path.read_text(encoding="utf-8"))
    return told


def write(home: Home, name: str, told: Told) -> None:
    """Keep what is known of a version."""
    folder_of(home).mkdir(parents=True, exist_ok=True)
    with written_whole(folder_of(home) / f"{name}.json") as partial:
        partial.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")


def kept(home: Home) -> list[str]:
    """Return the versions of which something is kept, the newest first."""
    found = [path.stem for path in folder_of(home).glob("*.json") if path.stem.isdecimal()]
    return sorted(found, key=int, reverse=True)


def last_trained_on(home: Home) -> date | None:
    """Return the day of the last training, whoever asked for it, or of the last one that the daily run tried."""
    days = []
    for one in training_reports(home.reports / "training"):
        until = (one.summary.get("asked") or {}).get("until") or one.summary.get("data_end")
        days += [date.fromisoformat(until) + timedelta(days=1)] if until else []
    tried = read(home, TRIED)
    days += [date.fromisoformat(tried["on"])] if tried else []
    return max(days, default=None)
