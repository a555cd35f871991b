"""Where the journal leaves each row that it tells of, beside where the tables say it is. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row

from serving.tables import JournalEntry

ALERT, ACTION, COMPLAINT, IMPROVEMENT = "alert", "action", "complaint", "improvement"
OF_ACTION = ("kind", "channel", "done_on", "result", "next_step", "next_step_on")
OF_LINE = ("state", "version")
Which = tuple[str, int]
"""A table by the name of its rows, and a row's number."""
Standing = tuple[Any, ...]
"""What is told of a row: of an alert, its state, its outcome, its number of actions; else the fields above, as text."""
GONE = ("alert_erased", "alert_expired")
GOES = frozenset({ACTION})
"""What an erasure may take away without a word of its own: only what is still there is compared."""


def replay(entries: Iterable[JournalEntry | Row[Any]]) -> dict[Which, Standing]:
    """Return where the journal leaves each row; an alert that was erased, or went with time, is left out."""
    found: dict[Which, Standing] = {}
    for entry in entries:
        if entry.event.startswith(("complaint_", "improvement_")):
            what, told = entry.event.split("_")[0], _details(entry)
            found[what, told.get(what) or 0] = tuple(told.get(name) for name in OF_LINE)
        if entry.event == "action_recorded":
            told = _details(entry)
            found[ACTION, entry.action_id or 0] = tuple(told.get(name) for name in OF_ACTION)
        if entry.alert_id is not None:
            _alert(found, entry)
    return found


def _alert(found: dict[Which, Standing], entry: JournalEntry | Row[Any]) -> None:
    key = ALERT, entry.alert_id or 0
    if entry.event in GONE:
        found.pop(key, None)
        return
    state, outcome, n_actions = found.get(key, ("", None, 0))
    if entry.event == "action_recorded":
        n_actions += 1
    elif entry.event == "alert_opened":
        state = "open"
    else:
        details = _details(entry)
        state = details.get("state") or entry.event.removeprefix("alert_")
        outcome = details.get("outcome")
    found[key] = state, outcome, n_actions


def _details(entry: JournalEntry | Row[Any]) -> dict[str, Any]:
    """Return what an entry tells; one that somebody else than us wrote in our chain tells nothing, and so differs."""
    try:
        told = json.loads(entry.details)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def first_difference(told: Mapping[Which, Standing], kept: Mapping[Which, Standing]) -> Which | None:
    """Return the first row that the journal and the tables tell otherwise, None when they agree; alerts come first."""
    asked = [key for key in told.keys() | kept.keys() if key in kept or key[0] not in GOES]
    order = (ALERT, ACTION, COMPLAINT, IMPROVEMENT)
    return min(
        (key for key in asked if told.get(key) != kept.get(key)), key=lambda key: (order.index(key[0]), key[1]),
        default=None,
    )  # fmt: skip
