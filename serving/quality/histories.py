"""The history of one row of the quality team, read from the journal: who, when, what changed; never the words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from serving.quality import repository
from serving.quality.repository import Row_
from serving.rights.policy import TAKEN_OUT
from serving.tables import JournalEntry

DIGESTS = "_digest"
OURS = ("version",)
AS_WRITTEN, EMPTIED, ALTERED = "as_written", "emptied", "altered"
"""How a row stands beside its last entry: it says what it wrote; words of it were erased since, as the journal tells;
somebody changed it without the journal."""


@dataclass(frozen=True)
class Change:
    """One entry: its number, its instant, its author's account, the state it left, the fields it changed."""

    number: int
    at: datetime
    event: str
    author_id: int | None
    state: str
    changed: tuple[str, ...]
    seal: str


def entries(session: Session, events: Sequence[str], name: str, number: int) -> Sequence[JournalEntry]:
    """Return the journal's entries on one row, in order."""
    return repository.about(session, events, name, number)


def read(steps: Iterable[JournalEntry]) -> list[Change]:
    """Return the changes of a row in their order; a field of words is changed when its digest is."""
    found: list[Change] = []
    before: Mapping[str, object] = {}
    for entry in steps:
        details = json.loads(entry.details)
        names = [name for name in details if found and details[name] != before.get(name) and name not in OURS]
        changed = tuple(sorted(name.removesuffix(DIGESTS) for name in names))
        state = str(details.get("state", ""))
        at = datetime.fromisoformat(entry.at)
        found.append(Change(entry.seq, at, entry.event, entry.author_id, state, changed, entry.hash[:16]))
        before = details
    return found


def standing(
    session: Session, steps: Sequence[JournalEntry], now: Mapping[str, object], words: Mapping[str, str]
) -> str:
    """Return how a row stands beside its last entry.

    Parameters
    ----------
    now : what the journal would keep of the row as it is.
    words : its free texts by name; an erasure or the end of their time may empty them, or take a name out.
    """
    if not steps:
        return ALTERED
    told, kept = json.loads(steps[-1].details), json.loads(json.dumps(now))
    changed = {name for name in told.keys() | kept.keys() if told.get(name) != kept.get(name)}
    if not changed:
        return AS_WRITTEN
    gone = {name + DIGESTS for name, text in words.items() if not text or TAKEN_OUT in text}
    return EMPTIED if changed <= gone and repository.erased_since(session, steps[-1].seq) else ALTERED


@dataclass(frozen=True)
class Stood:
    """How a row stood at an instant, by its last entry before it.

    Attributes
    ----------
    details : what the entry said of it: codes, days, digests.
    state_at : since when it was in that state.
    reworded : its texts that were changed since: their words of then are not kept.
    """

    details: Mapping[str, Any]
    enrolment_id: int | None
    action_id: int | None
    state_at: datetime
    reworded: frozenset[str]


def stood(session: Session, events: Sequence[str], name: str, *, before: datetime) -> dict[int, Stood | None]:
    """Return how each row that the journal tells of stood at an instant; None: it was written down later."""
    steps: dict[int, list[JournalEntry]] = {}
    for entry in repository.of_events(session, events):
        steps.setdefault(int(json.loads(entry.details)[name]), []).append(entry)
    return {number: _stood(mine, repository.written(before)) for number, mine in steps.items()}


def as_left(
    rows: Iterable[Row_], known: Mapping[int, Stood | None], as_told: Callable[[Row_, Stood], Row_], *, before: datetime
) -> list[tuple[Row_, frozenset[str]]]:
    """Return the rows written down before an instant as the journal left them, with their texts reworded since.

    A row that the journal never told of is returned as it is.
    """
    found: list[tuple[Row_, frozenset[str]]] = []
    for row in rows:
        then = known.get(row.id)
        if then is not None:
            found.append((as_told(row, then), then.reworded))
        elif row.id not in known and row.created_at < before:
            found.append((row, frozenset()))
    return found


def _stood(steps: Sequence[JournalEntry], before: str) -> Stood | None:
    told = [json.loads(entry.details) for entry in steps]
    n = sum(entry.at < before for entry in steps)
    if not n:
        return None
    last, states = told[n - 1], [one.get("state") for one in told[:n]]
    since = next((at for at in range(n - 1, 0, -1) if states[at - 1] != states[at]), 0)
    digests = [name for name in last if name.endswith(DIGESTS)]
    reworded = frozenset(name.removesuffix(DIGESTS) for name in digests if last[name] != told[-1].get(name))
    entry = steps[n - 1]
    return Stood(last, entry.enrolment_id, entry.action_id, datetime.fromisoformat(steps[since].at), reworded)
