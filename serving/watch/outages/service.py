"""Reads a day's watch, tells administrators what went quiet and what is back, and knows when records came back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from serving.alerts.repository import run_of_day
from serving.notifications import sources
from serving.quality import journal
from serving.watch import reports
from serving.watch.outages import policy, repository
from serving.watch.outages.policy import Seen

if TYPE_CHECKING:
    from data.batches import Manifest
    from data.home import Home


@dataclass(frozen=True)
class Away:
    """Whether nothing comes of a kind of record, and whether the day's list was made before some of it came back."""

    quiet: bool = False
    unread: bool = False


def look(session: Session, home: Home, *, today: date, now: datetime, zone: ZoneInfo) -> dict[str, list[str]]:
    """Read the watch of a day, keep what it says of the sources, and write to administrators what is new.

    Returns the kinds told of, by word (`policy.WORDS`); empty when there is nothing to say, or no watch of that day.
    A kind is told to be back only once a list was scored with what came back.
    """
    found = reports.watch_reports(home.reports / "watch", until=today)
    if not found or found[0]["as_of"] != today.isoformat():
        return {}
    seen = [Seen(one["kind"], one["state"], _day(one["last_at"])) for one in found[0]["freshness"]]
    known = repository.outages(session)
    late = unread(session, home, {one.kind for one in known}, today)
    told = policy.tell(known, [one for one in seen if one.kind not in late], today)
    repository.keep(session, told.kept)
    if not told.words:
        return {}
    since = {one.kind: one.last_on for one in told.kept}
    said = {word: list(kinds) for word, kinds in told.words.items()}
    journal.append(session, "sources_told", at=now, details={**said})
    sources.write(session, said, since, now=now, zone=zone)
    return said


def _day(instant: str | None) -> date | None:
    return date.fromisoformat(instant[:10]) if instant else None


def away(session: Session, day: date, *, home: Home) -> Away:
    """Return what is known of the sources on a day, by what was told last; nothing of a day before that."""
    known = repository.outages(session)
    kinds = policy.out(known)
    if not kinds or day < max(one.seen_on for one in known):
        return Away()
    return Away(quiet=True, unread=bool(unread(session, home, kinds, day)))


def unread(session: Session, home: Home, kinds: Collection[str], day: date) -> frozenset[str]:
    """Return the kinds of which an import brought records since the list of a day was made; none without a list."""
    run = run_of_day(session, day) if kinds else None
    if run is None:
        return frozenset()
    from data.store import RecordStore

    return brought_since(RecordStore(home).batches(), run.table_versions, kinds)


def brought_since(batches: Collection[Manifest], versions: Mapping[str, int], kinds: Collection[str]) -> frozenset[str]:
    """Return the kinds of which a batch brought, or changed, records that a reading of these versions did not see."""
    return frozenset(
        kind for kind in kinds for one in batches
        if (count := one.tables.get(kind)) and (count.new or count.changed)
        and one.versions.get(kind, -1) > versions.get(kind, -1)
    )  # fmt: skip
