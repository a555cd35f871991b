"""Erase a person from the work database: part of `filrouge person erase`, which the front door makes it.

The rows go; the journal, which nobody can change, keeps what was done as evidence. It names an enrolment by a number
that nothing in the folder links to anybody once the vault has forgotten it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re

    from sqlalchemy.orm import Session

    from data.home import Home
    from data.identities import ErasureRequest
    from data.proof import Trace
    from serving.settings import Settings


def erase_work(home: Home, trace: Trace, request: ErasureRequest, at: datetime) -> Sequence[str]:
    """Erase a person from the work database of a home; return the tables that still hold them.

    A database that was never made is not made. It may be asked again: what came since goes, and the journal has the
    fact once.
    """
    from serving.settings import read_settings

    settings = read_settings().model_copy(update={"home": home.root})
    if not settings.database_url and not home.work_database.exists():
        return ()
    return _erase(settings, trace, request, at)


def _erase(settings: Settings, trace: Trace, request: ErasureRequest, at: datetime) -> Sequence[str]:
    from serving.database import Database
    from serving.rights import policy, repository

    database = Database(settings.database)
    names = policy.spellings(trace)
    try:
        database.upgrade()
        with database.write() as session:
            counts = take_out(session, trace, request.number, at=at)
        database.rewrite(sorted(repository.tables_named(counts)))
        with database.read() as session:
            return [f"work database: {table}" for table in repository.still_holding(session, trace, names)]
    finally:
        database.dispose()


def take_out(session: Session, trace: Trace, number: int, *, at: datetime) -> dict[str, int]:
    """Take a person out of every table but the journal, which keeps the fact; return how many rows of each.

    Each of their alerts has an entry of its own, so that `quality verify` knows why it is not there any more.
    """
    from serving.quality import journal
    from serving.quality.repository import lock_head
    from serving.rights import policy, repository

    lock_head(session)
    repository.wipe_as_it_goes(session)
    alerts = repository.alerts_of(session, trace)
    counts = repository.erase_rows(session, trace)
    counts |= _words(session, trace, policy.spellings(trace), at=at)
    for alert in alerts:
        journal.append(session, "alert_erased", at=at, alert_id=alert)
    if not repository.told_of_erasure(session, number):
        journal.append(session, "person_erased", at=at, details={"request": number, **counts})
    return {name: n for name, n in counts.items() if n}


def _words(session: Session, trace: Trace, names: re.Pattern[str] | None, *, at: datetime) -> dict[str, int]:
    from serving.rights import repository

    return {
        "answered": repository.forget_answers(session),
        "statements": repository.empty_statements(session, trace, at=at),
        "received_batches": repository.empty_batches(session, trace),
        "named_in": repository.take_names_out(session, names),
    }


def copies_left(home: Home, at: datetime) -> list[str]:
    """Return a line for each declared backup: where somebody erased now may still be, and until when."""
    from serving.database import Database
    from serving.rights import backups, repository
    from serving.settings import read_settings

    settings = read_settings().model_copy(update={"home": home.root})
    if not settings.database_url and not home.work_database.exists():
        return []
    database = Database(settings.database)
    try:
        database.upgrade()
        with database.read() as session:
            return [
                f"A copy may hold the learner until {backups.until(at.date(), one.keep_days)}: {one.place}"
                for one in repository.backups(session)
            ]
    finally:
        database.dispose()
