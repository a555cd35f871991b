"""The reports of training and of drift, as files under `HOME/reports`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

SILENT = ("quiet", "slow")
RECENT = timedelta(days=3)
"""How old a report of the watch may be for its word on a source to be repeated."""
KEY = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True)
class DriftFile:
    """One drift report: its day, its page, what it says."""

    as_of: date
    page: Path
    summary: dict[str, Any]


@dataclass(frozen=True)
class TrainingFile:
    """One training report: its run, when it was written, its page, what it says, the version it registered."""

    key: str
    written_at: datetime
    page: Path
    summary: dict[str, Any]
    version: tuple[str, str] | None = None


def drift_reports(folder: Path) -> list[DriftFile]:
    """Return the drift reports, the latest day first; a report without its page is left out."""
    found = []
    for path in sorted(folder.glob("*.json"), reverse=True):
        page, day = path.with_suffix(".html"), _day(path.stem)
        if day is not None and page.exists():
            found.append(DriftFile(day, page, _read(path)))
    return found


def watch_reports(folder: Path, *, until: date) -> list[dict[str, Any]]:
    """Return what the watch said up to a day, the latest day first."""
    found = sorted(((day, path) for path in folder.glob("*.json") if (day := _day(path.stem))), reverse=True)
    return [_read(path) for day, path in found if day <= until]


def silent_kinds(folder: Path, *, today: date) -> list[dict[str, Any]]:
    """Return the kinds of record that the watch found quiet or dripping, in a report of the last few days."""
    found = watch_reports(folder, until=today)
    if not found or date.fromisoformat(found[0]["as_of"]) < today - RECENT:
        return []
    return [one for one in found[0]["freshness"] if one["state"] in SILENT]


def training_reports(folder: Path) -> list[TrainingFile]:
    """Return the training reports, the latest first; a report without its page is left out."""
    found = []
    for path in folder.glob("*/report.json"):
        page = path.with_name("report.html")
        if KEY.fullmatch(path.parent.name) and page.exists():
            written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            found.append(TrainingFile(path.parent.name, written_at, page, _read(path), _registered(path.parent)))
    return sorted(found, key=lambda one: one.written_at, reverse=True)


def _registered(folder: Path) -> tuple[str, str] | None:
    """The model and version that a run registered; None for a report written before this was kept."""
    path = folder / "registered.json"
    if not path.exists():
        return None
    told = _read(path)
    return str(told["model"]), str(told["version"])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
