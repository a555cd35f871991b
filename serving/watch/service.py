"""Puts together what the watch says of a day, for its page, for programs and for Prometheus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from serving.watch import policy, reports, repository
from serving.watch.policy import Precision, Trend

HORIZON_DAYS = 28


@dataclass(frozen=True)
class Watched:
    """The latest watch of a site, the drift report it rests on, the course of its features, and the alerts' precision.

    `told` is null where nothing was watched yet.
    """

    told: Mapping[str, Any] | None
    drift: Mapping[str, Any]
    drift_on: date | None
    trends: tuple[Trend, ...]
    precision: Precision

    @property
    def moved(self) -> list[Mapping[str, Any]]:
        """The columns that moved, the furthest first."""
        return [one for one in self.drift.get("columns", ()) if one["drifted"]]


def watched(session: Session, folder: Path, *, today: date, heavy: Sequence[str] = ()) -> Watched:
    """Return the latest watch up to a day.

    Parameters
    ----------
    folder : where the reports are.
    """
    told = reports.watch_reports(folder / "watch", until=today)
    drift = [(one.as_of, one.summary) for one in reports.drift_reports(folder / "drift") if one.as_of <= today]
    closed = repository.closed_alerts(session, until=today)
    on, last = drift[0] if drift else (None, {})
    return Watched(
        told[0] if told else None, last, on, tuple(policy.trends(drift, heavy)),
        policy.precision(closed, horizon_days=HORIZON_DAYS),
    )  # fmt: skip
