"""Puts together what the watch says of a day, for its page, for programs and for Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from serving import choices
from serving.watch import policy, reports, repository
from serving.watch.policy import Precision, Trend

HORIZON_DAYS = 28
MOST_KEPT = 14
"""Days that were watched, shown to go back to."""


@dataclass(frozen=True)
class Kept:
    """One day's watch among those kept: what it said to do, and the drift's verdict."""

    on: date
    action: str
    drift: str


@dataclass(frozen=True)
class Watched:
    """A watch of a site, the drift report it rests on, the course of its features, and the alerts' precision.

    `told` is null where nothing was watched yet; `one` is the course of the feature asked for, null without; `kept`
    are the last days that were watched, the latest first.
    """

    told: Mapping[str, Any] | None
    drift: Mapping[str, Any]
    drift_on: date | None
    trends: tuple[Trend, ...]
    precision: Precision
    one: Trend | None = None
    kept: tuple[Kept, ...] = ()

    @property
    def on(self) -> date | None:
        """The day that was watched."""
        return date.fromisoformat(self.told["as_of"]) if self.told else None

    @property
    def moved(self) -> list[Mapping[str, Any]]:
        """The columns that moved, the furthest first."""
        return [one for one in self.drift.get("columns", ()) if one["drifted"]]

    @property
    def features(self) -> list[str]:
        """The columns that the latest report compared, by name."""
        return sorted(one["name"] for one in self.drift.get("columns", ()))

    @property
    def groups(self) -> dict[str, dict[str, Mapping[str, Any]]]:
        """How the scores turned out by course and by attribute; those of which nothing is known are left out."""
        told = self.told["performance"] if self.told else {}
        return {name: told[name] for name in ("by_course", *choices.LEARNER_GROUPS) if told.get(name)}


def watched(session: Session, folder: Path, *, today: date, on: date | None = None, feature: str = "") -> Watched:
    """Return the latest watch up to a day.

    Parameters
    ----------
    folder : where the reports are.
    on : look from that day, of those that are over.
    feature : the column whose course is asked for.
    """
    until = min(on or today, today)
    told = reports.watch_reports(folder / "watch", until=until)
    drift = [(one.as_of, one.summary) for one in reports.drift_reports(folder / "drift") if one.as_of <= until]
    closed = repository.closed_alerts(session, until=until)
    on_day = date.fromisoformat(told[0]["as_of"]) if told else None
    last = next((summary for day, summary in drift if day == on_day), {})
    return Watched(
        told[0] if told else None, last, on_day if last else None, tuple(policy.trends(drift)),
        policy.precision(closed, horizon_days=HORIZON_DAYS), policy.trend_of(drift, feature) if feature else None,
        _kept(folder / "watch", today),
    )  # fmt: skip


def _kept(folder: Path, today: date) -> tuple[Kept, ...]:
    told = reports.watch_reports(folder, until=today)[:MOST_KEPT]
    return tuple(Kept(date.fromisoformat(one["as_of"]), one["verdict"]["action"], one["drift"]) for one in told)
