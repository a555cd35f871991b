"""The evidence journal: append-only, each entry sealed by the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from serving.quality import repository
from serving.tables import JournalEntry

FIRST_HASH = "0" * 64
Scalar = str | int | float | bool | None
Details = Mapping[str, Scalar | list[str]]
GONE = ("alert_erased", "alert_expired")
Standing = tuple[str, str | None, int]
"""Where an alert stands: its state, its outcome, its number of actions."""


@dataclass(frozen=True)
class Verdict:
    """What `verify` found.

    `first_broken` is the number of the first entry that is not as it was written; `differs`, the
    number of the first alert that is not where the journal left it.
    """

    intact: bool
    checked: int
    first_broken: int | None = None
    reason: str = ""
    differs: int | None = None


def append(
    session: Session,
    event: str,
    *,
    at: datetime,
    author_id: int | None = None,
    alert_id: int | None = None,
    action_id: int | None = None,
    enrolment_id: int | None = None,
    details: Details | None = None,
) -> JournalEntry:
    """Add one step at the end of the journal; pseudonyms and codes only, never a name nor free text."""
    head = repository.lock_head(session)
    entry = JournalEntry(
        seq=head.seq + 1,
        at=at.astimezone(UTC).isoformat(timespec="microseconds"),
        event=event,
        author_id=author_id,
        alert_id=alert_id,
        action_id=action_id,
        enrolment_id=enrolment_id,
        details=json.dumps(details or {}, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        previous_hash=head.hash,
    )
    entry.hash = seal(entry)
    repository.add_entry(session, entry, head)
    return entry


def seal(entry: JournalEntry) -> str:
    """Return the SHA-256 of an entry: every column but `hash`, as a JSON list."""
    fields = [
        entry.seq, entry.at, entry.event, entry.author_id, entry.alert_id, entry.action_id,
        entry.enrolment_id, entry.details, entry.previous_hash,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def verify(session: Session) -> Verdict:
    """Check the whole journal, from its first entry to its head, then the alerts against it.

    A change, a missing line, a line put in, a cut tail are found even when the triggers were
    dropped. Somebody who rewrites every later hash *and* the head is found by comparing with
    the last seal printed at the foot of an earlier register. An alert changed, taken out or
    put in without the journal is found by replaying it.
    """
    entries, head = repository.entries(session), repository.head(session)
    broken = first_broken(entries)
    last = entries[-1] if entries else None
    if broken is not None:
        return Verdict(False, len(entries), *broken)
    if head is None or (head.seq, head.hash) != ((last.seq, last.hash) if last else (0, FIRST_HASH)):
        return Verdict(False, len(entries), (last.seq if last else 0) + 1, "the end of the journal is missing")
    differs = first_difference(replay(entries), repository.standing(session))
    if differs is not None:
        return Verdict(False, len(entries), reason="an alert is not where the journal left it", differs=differs)
    return Verdict(True, len(entries))


def replay(entries: Iterable[JournalEntry]) -> dict[int, Standing]:
    """Return where the journal leaves each alert that was not erased: its state, its outcome, its number of actions."""
    found: dict[int, Standing] = {}
    for entry in entries:
        if entry.alert_id is None:
            continue
        if entry.event in GONE:
            found.pop(entry.alert_id, None)  # at the learner's request, or with time: rows went, the journal stays
            continue
        state, outcome, n_actions = found.get(entry.alert_id, ("", None, 0))
        if entry.event == "action_recorded":
            n_actions += 1
        elif entry.event == "alert_opened":
            state = "open"
        else:
            details = json.loads(entry.details)
            state = details.get("state") or entry.event.removeprefix("alert_")
            outcome = details.get("outcome")
        found[entry.alert_id] = state, outcome, n_actions
    return found


def first_difference(told: Mapping[int, Standing], kept: Mapping[int, Standing]) -> int | None:
    """Return the number of the first alert that the journal and the tables tell otherwise, None when they agree."""
    return min((n for n in told.keys() | kept.keys() if told.get(n) != kept.get(n)), default=None)


def first_broken(entries: Iterable[JournalEntry]) -> tuple[int, str] | None:
    """Return the number of the first broken entry and what is wrong with it, None when all are sound."""
    previous, expected = FIRST_HASH, 1
    for entry in entries:
        if entry.seq != expected:
            return expected, "the entry is missing"
        if entry.previous_hash != previous or entry.hash != seal(entry):
            return entry.seq, "the entry was changed"
        previous, expected = entry.hash, expected + 1
    return None
