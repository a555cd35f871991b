"""The untreated hold-out, where the organisation has one: learners whom the lot at the threshold put second. Pure.

Chance, not a mentor, decided that they were not called first. They are all near the threshold of their queue: their
scores are alike, so the ranking among them is harder than on a whole list, and says nothing of the others. Some are
called later all the same; they are left out, and how many they are is told, for that is no longer chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from monitoring.performance import Performance, measured

if TYPE_CHECKING:
    import pandas as pd

    from data.home import Home


@dataclass(frozen=True)
class Lot:
    """What the organisation decided, and what its lots said: enrolment_id, decided_on, first; a row each."""

    on: bool
    draws: pd.DataFrame


LOTS: list[Callable[[Home, date], Lot | None]] = []
"""Who knows of the lot up to a day: told by whoever composes the command line, for the work database is not ours."""


@dataclass(frozen=True)
class HoldOut:
    """The hold-out of a day.

    Parameters
    ----------
    on : the lot goes on. Once it was stopped, what it said still counts.
    second : those whom it put second, on a list of the model; `over` of them have their label, and of these `contacted`
        were contacted within the horizon all the same.
    found : the scores of the others; no figure below the size that every measure asks for.
    low, high : between which their scores are; null without a figure.
    """

    on: bool
    second: int
    over: int
    contacted: int
    found: Performance
    low: float | None = None
    high: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain types only."""
        told = {"on": self.on, "second": self.second, "over": self.over, "contacted": self.contacted}
        return {**self.found.as_json(), **told, "low": self.low, "high": self.high}


def held_out(rows: pd.DataFrame, lot: Lot | None, *, horizon_days: int) -> HoldOut | None:
    """Measure the scores of those whom the lot left, and nobody contacted; None where no lot was ever drawn.

    Parameters
    ----------
    rows : a line per enrolment and list: enrolment_id, session_id, as_of, probability, label, contacted.
    """
    if lot is None or not (lot.on or len(lot.draws)):
        return None
    second = lot.draws[~lot.draws["first"].astype(bool)]
    met = set(zip(second["enrolment_id"].tolist(), map(_day, second["decided_on"]), strict=True))
    there = [one in met for one in zip(rows["enrolment_id"].tolist(), map(_day, rows["as_of"]), strict=True)]
    mine = rows[there]
    over = mine[mine["label"].notna()]
    left = over[~over["contacted"].astype(bool)]
    found = measured(left, horizon_days=horizon_days)
    bounds = (float(left["probability"].min()), float(left["probability"].max())) if found.enough else (None, None)
    return HoldOut(lot.on, len(mine), len(over), int(over["contacted"].sum()), found, *bounds)


def _day(told: Any) -> str:
    return str(told)[:10]
