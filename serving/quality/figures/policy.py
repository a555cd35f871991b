"""Which period, course and session the figures are asked of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from serving.language import mark

YEAR = timedelta(days=365)
LONGEST = timedelta(days=3660)
FIRST = date(2000, 1, 1)
NOT_A_DAY = mark("choose a day")
BACKWARDS = mark("the last day is before the first")
TOO_LONG = mark("ten years at most")
NOT_WHOLE = mark("what leaves is told by whole months, quarters or years that are over: choose one")
NOT_YET = mark("these days have not come yet")
TOO_OLD = mark("the year 2000 at the earliest")


@dataclass(frozen=True)
class Asked:
    """The days told, both included; a course or a session, empty for all."""

    from_on: date
    until_on: date
    course: str = ""
    session: str = ""


def read(told: Mapping[str, str], *, today: date) -> tuple[Asked, dict[str, str]]:
    """Return what an address asks for, and what is wrong with it, field by field; the last year by default."""
    usual = Asked(today - YEAR, today, told.get("course", ""), told.get("session", ""))
    days: dict[str, date] = {}
    wrong: dict[str, str] = {}
    for name in ("from_on", "until_on"):
        try:
            days[name] = date.fromisoformat(told[name]) if told.get(name) else getattr(usual, name)
        except ValueError:
            wrong[name] = NOT_A_DAY
    if not wrong and days["until_on"] < days["from_on"]:
        wrong["until_on"] = BACKWARDS
    elif not wrong and days["until_on"] - days["from_on"] > LONGEST:
        wrong["until_on"] = TOO_LONG
    elif not wrong and days["from_on"] < FIRST:
        wrong["from_on"] = TOO_OLD
    elif not wrong and days["from_on"] > today:
        wrong["from_on"] = NOT_YET
    return (usual if wrong else replace(usual, from_on=days["from_on"], until_on=days["until_on"])), wrong
