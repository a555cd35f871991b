"""Erase a person from the work database: part of `filrouge person erase`, which the front door makes it.

The rows go; the journal, which nobody can change, keeps what was done as evidence. It names an enrolment by a number
that nothing in the folder links to anybody once the vault has forgotten it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from data.erasure import Erasure
    from data.home import Home
    from data.identities import ErasureRequest
    from data.proof import Trace
    from serving.database import Database

ASKED, ERASED, PROVEN = "erasure_asked", "person_erased", "erasure_proven"
"""What the journal tells of an erasure: a person asked on a page, the rows went, every file was read."""


def erase_work(home: Home, trace: Trace, request: ErasureRequest, at: datetime) -> Sequence[str]:
    """Erase a person from the work database of a home; return the tables that still hold them.

    A database that was never made is not made. It may be asked again: what came since goes, and the journal has the
    fact once.
    """
    from serving.rights import repository

    with opened(home) as database:
        if database is None:
            return ()
        with database.write() as session:
            counts = take_out(session, trace, request.number, at=at)
        database.rewrite(sorted(repository.tables_named(counts)))
        with database.read() as session:
            return [f"work database: {table}" for table in repository.still_holding(session, trace)]


def write_proof(home: Home, done: Erasure, at: datetime) -> None:
    """Write in the journal what the reading of every file found: how many were read, and how many still hold them."""
    from serving.quality import journal

    with opened(home) as database:
        if database is not None:
            told = {"request": done.number, "files": done.files_read, "deleted": len(done.deleted),
                    "held": len(done.still_in), **{f"records_{name}": n for name, n in done.rows.items()}}  # fmt: skip
            with database.write() as session:
                journal.append(session, PROVEN, at=at, details=told)
                if not done.still_in:
                    answer(session, done.number, at=at)


def answer(session: Session, number: int, *, at: datetime) -> None:
    """Mark done, in the register of requests, those that an erasure answers, once it is proven; its asker did it.

    The journal says which they were: they are nobody's any more.
    """
    from zoneinfo import ZoneInfo

    from serving.rights import receipts, repository, service
    from serving.settings import read_settings

    asked, gone = (repository.of_erasure(session, event, number) for event in (ASKED, ERASED))
    answers = json.loads(gone.details).get(receipts.ANSWERS, ()) if gone else ()
    today = at.astimezone(ZoneInfo(read_settings().timezone)).date()
    for one in repository.open_requests(session, [int(number) for number in answers]):
        service.settle(session, one.id, "done", now=at, today=today, author_id=asked.author_id if asked else None)


@contextmanager
def opened(home: Home) -> Iterator[Database | None]:
    """Yield the work database of a home, up to date; None when it was never made."""
    from serving.database import Database
    from serving.settings import read_settings

    settings = read_settings().model_copy(update={"home": home.root})
    if not settings.database_url and not home.work_database.exists():
        yield None
        return
    database = Database(settings.database)
    try:
        database.upgrade()
        yield database
    finally:
        database.dispose()


def take_out(session: Session, trace: Trace, number: int, *, at: datetime) -> dict[str, int]:
    """Take a person out of every table but the journal, which keeps the fact; return how many rows of each.

    Each of their alerts has an entry of its own, so that `quality verify` knows why it is not there any more.
    """
    from serving.quality import journal
    from serving.quality.repository import lock_head
    from serving.rights import receipts, repository

    lock_head(session)
    repository.wipe_as_it_goes(session)
    alerts, answers = repository.alerts_of(session, trace), repository.erasures_asked(session, trace)
    counts = repository.erase_rows(session, trace)
    counts |= _words(session, trace, at=at)
    for alert in alerts:
        journal.append(session, "alert_erased", at=at, alert_id=alert)
    if repository.of_erasure(session, ERASED, number) is None:
        shared = {"shared": len(trace.shared)} if trace.shared else {}
        answered = {receipts.ANSWERS: answers} if answers else {}
        told: journal.Details = {"request": number, **shared, **answered, **counts}
        journal.append(session, ERASED, at=at, details=told)
    return {name: n for name, n in counts.items() if n}


def _words(session: Session, trace: Trace, *, at: datetime) -> dict[str, int]:
    from serving.rights import repository

    return {
        "answered": repository.forget_answers(session),
        "statements": repository.empty_statements(session, trace, at=at),
        "received_batches": repository.empty_batches(session, trace),
        "named_in": repository.take_names_out(session, trace.telling),
    }


def copies_left(home: Home, at: datetime) -> list[str]:
    """Return a line for each declared backup: where somebody erased now may still be, and until when."""
    from zoneinfo import ZoneInfo

    from serving.rights import backups, repository
    from serving.settings import read_settings

    day = at.astimezone(ZoneInfo(read_settings().timezone)).date()
    with opened(home) as database:
        if database is None:
            return []
        with database.read() as session:
            return [
                f"A copy may hold the learner until {backups.until(day, one.keep_days)}: {one.place}"
                for one in repository.backups(session)
            ]
