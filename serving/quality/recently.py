"""The journal as the pages say it is: checked whole now and then, and what was added since at each view.

A page that checks a hundred thousand entries at each view is a page that nobody opens. Between two whole checks, only
the new entries, the head and the last entry seen are read; the page says when the whole was checked. What is asked of
`filrouge quality verify` or of the API is always checked whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from serving.database import Database
from serving.quality import journal, repository
from serving.quality.journal import Anchor, Verdict

WHOLE_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class Seen:
    """What was found of the journal, when it was last checked whole, and the last entry seen."""

    verdict: Verdict
    at: datetime
    seq: int
    hash: str


_SEEN: WeakKeyDictionary[Database, Seen] = WeakKeyDictionary()


def verdict(
    session: Session, database: Database, now: datetime, anchors: Callable[[], Iterable[Anchor]] = tuple
) -> Seen:
    """Return what is known of the journal: checked whole when it is time or when anything is wrong, else what is new.

    Parameters
    ----------
    anchors : read for a whole check alone.
    """
    seen = _SEEN.get(database)
    found = _further(session, seen) if seen and seen.at <= now < seen.at + WHOLE_EVERY else None
    if found is None:
        said = journal.verify(session, anchors())
        found = Seen(said, now, *(repository.head_of(session) or (0, journal.FIRST_HASH)))
    if found.verdict.intact:
        _SEEN[database] = found
    else:
        _SEEN.pop(database, None)
    return found


def _further(session: Session, seen: Seen) -> Seen | None:
    """Return what was seen with the entries since, None when something of them is wrong: all is then checked."""
    last = repository.entry(session, seen.seq) if seen.seq else None
    if seen.seq and (last is None or last.hash != seen.hash):
        return None
    added = repository.entries(session, after=seen.seq)
    ends = (added[-1].seq, added[-1].hash) if added else (seen.seq, seen.hash)
    if journal.first_broken(added, after=seen.seq, previous=seen.hash) or repository.head_of(session) != ends:
        return None
    return replace(seen, verdict=Verdict(True, ends[0]), seq=ends[0], hash=ends[1])
