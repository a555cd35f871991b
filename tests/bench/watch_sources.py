"""One world's sources: what the watch says each morning where all is well, and how late it says what is not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from monitoring.freshness import KINDS, read_freshness
from tests.bench.watch_drift import CLOSED
from tests.bench.watched_changes import closed, once_late, silenced, thinned, three_days_late
from tests.bench.watched_worlds import CHANGE_ON, LOOK_ON, LOOKS, Tables, plan_of, shown, tables_of

ZONE = "Europe/Paris"
WITHIN = 28
"""Mornings after a change that are looked at."""
DRIPS = {"one in five left": 5, "one in three left": 3}
WINTER = tuple(CLOSED[-1][0] + timedelta(days=n) for n in range(44))
"""Mornings from a closure's first day on, until four weeks after it."""
WORD = {"quiet": "q", "slow": "s", "fresh": ".", "not_enough_data": "?"}
Line = dict[str, Any]


def sources(seed: int) -> Line:
    """Measure one world: quiet, then with each failure in its turn."""
    tables = tables_of(plan_of(seed))
    after = [CHANGE_ON + timedelta(days=n) for n in range(1, WITHIN + 1)]
    return {
        "well": mornings(tables, (LOOK_ON + timedelta(days=n) for n in range(7 * LOOKS))),
        "silence": {kind: _delay(silenced(tables, kind), kind, after) for kind in KINDS},
        "drips": {
            told: {kind: _delay(thinned(tables, kind, keep), kind, after) for kind in KINDS}
            for told, keep in DRIPS.items()
        },
        "once_late": mornings(once_late(tables), [CHANGE_ON - timedelta(days=3), CHANGE_ON, *after][:14]),
        "three_days_late": mornings(three_days_late(tables), after),
    }


def winter(seed: int) -> Line:
    """Measure one world's mornings from a closure of two weeks on: told in the calendar, and not."""
    tables = tables_of(plan_of(seed, looks=22))
    return {
        name: mornings(closed(tables, CLOSED, told=told), WINTER) for name, told in (("told", True), ("untold", False))
    }


def mornings(tables: Tables, days: Iterable[date]) -> dict[str, str]:
    """Return, by kind, a letter a morning: quiet, slow (far less than usual), fresh (a dot), or not enough data."""
    states: dict[str, list[str]] = {kind: [] for kind in KINDS}
    with shown(tables, copied=True) as con:
        for day in days:
            for one in read_freshness(con, day, zone=ZONE):
                states[one.kind].append(WORD[one.found.state])
    return {kind: "".join(letters) for kind, letters in states.items()}


def _delay(tables: Tables, kind: str, days: Iterable[date]) -> list[Any] | None:
    """Return the mornings until a kind is called quiet or slow, and which; only its own records are read."""
    own = {name: tables[name] for name in ("enrolments", "calendar", kind)}
    with shown(own, copied=True) as con:
        for n, day in enumerate(days, start=1):
            for one in read_freshness(con, day, zone=ZONE):
                if one.found.state in ("quiet", "slow"):
                    return [n, one.found.state]
    return None
