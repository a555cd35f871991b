"""The evidence journal: append-only, each entry sealed by the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from serving.quality import repository
from serving.quality.replaying import first_difference, replay
from serving.tables import JournalEntry

FIRST_HASH = "0" * 64
Scalar = str | int | float | bool | None
Details = Mapping[str, Scalar | list[str]]
Entry = JournalEntry | Row[Any]
"""An entry, or its columns as they were read."""


@dataclass(frozen=True)
class Anchor:
    """The seal of an entry, as something outside the journal's table tells it; `told_by` says what does."""

    entry: int
    seal: str
    told_by: str


@dataclass(frozen=True)
class Verdict:
    """What `verify` found.

    `first_broken` is the number of the first entry that is not as it was written; `differs`, the number of the first
    row of `what` (alert, action, complaint, improvement) that is not where the journal left it.
    """

    intact: bool
    checked: int
    first_broken: int | None = None
    reason: str = ""
    differs: int | None = None
    what: str = ""


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


def seal(entry: Entry) -> str:
    """Return the SHA-256 of an entry: every column but `hash`, as a JSON list; bytes where text belongs are told so."""
    fields = [
        entry.seq, entry.at, entry.event, entry.author_id, entry.alert_id, entry.action_id,
        entry.enrolment_id, entry.details, entry.previous_hash,
    ]  # fmt: skip
    told = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), default=repr)
    return hashlib.sha256(told.encode(errors="backslashreplace")).hexdigest()


def verify(session: Session, anchors: Iterable[Anchor] = ()) -> Verdict:
    """Check the whole journal, from its first entry to its head, then what it tells against the tables.

    A change, a missing line, a line put in, a cut tail, a byte that is no text are found even when the triggers were
    dropped. Whoever rewrites every later hash *and* the head is found by the anchors: seals told outside the table, by
    the packs that are kept and by the foot of an earlier register. A row changed, taken out or put in without the
    journal is found by replaying it.
    """
    entries, unreadable = repository.readable(session)
    broken = first_broken(entries)
    if broken is None and unreadable is not None:
        broken = unreadable, "the entry cannot be read"
    if broken is not None:
        return Verdict(False, len(entries), *broken)
    last = entries[-1] if entries else None
    if repository.head_of(session) != ((last.seq, last.hash) if last else (0, FIRST_HASH)):
        return Verdict(False, len(entries), len(entries) + 1, "the end of the journal is missing")
    lost = first_lost(entries, anchors)
    if lost is not None:
        return Verdict(False, len(entries), *lost)
    differs = first_difference(replay(entries), repository.standing(session))
    if differs is not None:
        return Verdict(False, len(entries), None, "a row is not where the journal left it", differs[1], differs[0])
    return Verdict(True, len(entries))


def first_lost(entries: Sequence[Entry], anchors: Iterable[Anchor]) -> tuple[int, str] | None:
    """Return the first entry that an anchor knows otherwise, or that is gone, and what tells it; None: all are there.

    Entries run from 1 without a gap.
    """
    for one in sorted(anchors, key=lambda anchor: anchor.entry):
        there = entries[one.entry - 1].hash if 0 < one.entry <= len(entries) else FIRST_HASH
        if one.seal != there:
            return min(one.entry, len(entries) + 1), f"the journal was rewritten: {one.told_by} tells another seal"
    return None


def first_broken(entries: Iterable[Entry], *, after: int = 0, previous: str = FIRST_HASH) -> tuple[int, str] | None:
    """Return the number of the first broken entry and what is wrong with it, None when all are sound.

    Parameters
    ----------
    after, previous : the number and the hash of the entry that comes before the first one.
    """
    expected = after + 1
    for entry in entries:
        if entry.seq != expected:
            return expected, "the entry is missing"
        if entry.previous_hash != previous or entry.hash != seal(entry):
            return entry.seq, "the entry was changed"
        previous, expected = entry.hash, expected + 1
    return None
