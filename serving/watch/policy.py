"""What the pages of the watch make of its reports: the course of each feature, and how right the alerts were. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

CONFIRMED = ("plan_agreed", "already_known", "abandoned")
"""Outcomes by which a mentor says that there was something to see."""
FALSE_ALARM = "false_alarm"
FEWEST_CLOSED = 20
"""Alerts closed under which their precision is not told as a share."""
MOST_DRAWN, MOST_DAYS = 12, 26
WIDTH, HEIGHT, TOP = 160, 36, 1.0
"""Of a small picture, in pixels; its top is a distance of one standard deviation, or the greatest drawn."""


@dataclass(frozen=True)
class Point:
    """A feature in one report: how far from earlier sessions, how far these usually are from one another."""

    on: date
    distance: float | None
    usual: float | None
    drifted: bool


@dataclass(frozen=True)
class Trend:
    """A feature over the kept reports, the oldest first, and its small picture's lines (`x,y` in pixels)."""

    feature: str
    points: tuple[Point, ...]
    line: str
    usual: str

    @property
    def last(self) -> Point:
        """The latest report's."""
        return self.points[-1]


def trends(reports: Sequence[tuple[date, Mapping[str, Any]]], heavy: Iterable[str] = ()) -> list[Trend]:
    """Return the course of the features worth a picture: the score, those that moved last, those that moved before.

    Parameters
    ----------
    reports : drift reports by day, the latest first.
    heavy : features shown after these, where there is room.
    """
    days, columns = _read(reports)
    if not columns:
        return []
    moved = [name for found in reversed(columns) for name, one in found.items() if one["drifted"]]
    names = dict.fromkeys([*(n for n in ("probability",) if n in columns[-1]), *moved, *heavy, *columns[-1]])
    return [_trend(name, days, columns) for name in list(names)[:MOST_DRAWN] if any(name in one for one in columns)]


def trend_of(reports: Sequence[tuple[date, Mapping[str, Any]]], feature: str) -> Trend | None:
    """Return the course of one feature over the kept reports; None where none of them compared it."""
    days, columns = _read(reports)
    return _trend(feature, days, columns) if any(feature in one for one in columns) else None


def _read(
    reports: Sequence[tuple[date, Mapping[str, Any]]],
) -> tuple[list[date], list[Mapping[str, Mapping[str, Any]]]]:
    """Return the days of the last reports, the oldest first, and what each says by column."""
    kept = list(reversed(reports[:MOST_DAYS]))
    return [day for day, _ in kept], [{one["name"]: one for one in told.get("columns", ())} for _, told in kept]


def _trend(name: str, days: Sequence[date], columns: Sequence[Mapping[str, Mapping[str, Any]]]) -> Trend:
    points = tuple(
        Point(day, one.get("distance"), one.get("usual"), bool(one.get("drifted")))
        for day, found in zip(days, columns, strict=True)
        if (one := found.get(name))
    )
    values = [value for point in points for value in (point.distance, point.usual) if value is not None]
    top = max([TOP, *values])
    return Trend(name, points, _line([p.distance for p in points], top), _line([p.usual for p in points], top))


def _line(values: Sequence[float | None], top: float) -> str:
    """Return the points of a line across the picture; one alone is drawn as a short dash."""
    step = WIDTH / max(len(values) - 1, 1)
    there = [(n * step, HEIGHT - 2 - (HEIGHT - 4) * value / top) for n, value in enumerate(values) if value is not None]
    if len(there) == 1:
        there = [there[0], (there[0][0] + 8, there[0][1])]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in there)


@dataclass(frozen=True)
class Closed:
    """An alert that is closed, and what became of its learner."""

    opened_on: date
    outcome: str | None
    abandoned_on: date | None = None


@dataclass(frozen=True)
class Precision:
    """Of `closed` alerts: those that were `right`, those that mentors called false alarms; `share` where enough."""

    closed: int
    right: int
    false_alarms: int

    @property
    def share(self) -> float | None:
        """Precision of the alerts, as the glossary has it; null under `FEWEST_CLOSED`."""
        return self.right / self.closed if self.closed >= FEWEST_CLOSED else None


def precision(alerts: Iterable[Closed], *, horizon_days: int) -> Precision:
    """Count closed alerts whose learner abandoned within the horizon, or whose mentor confirmed them."""
    told, span = list(alerts), timedelta(days=horizon_days)
    right = [one for one in told if one.outcome in CONFIRMED or _left(one, span)]
    return Precision(len(told), len(right), sum(one.outcome == FALSE_ALARM for one in told))


def _left(one: Closed, span: timedelta) -> bool:
    return one.abandoned_on is not None and one.opened_on <= one.abandoned_on < one.opened_on + span
