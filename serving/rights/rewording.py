"""Say a learner's corrected name or e-mail in the work database: part of `filrouge person rectify`.

The journal, which nobody can change, holds no name: it keeps the fact, by counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from data.home import Home
    from data.identities import Rewording
    from data.proof import Trace
    from data.wording import Words

RECTIFIED = "person_rectified"


def reword_work(
    home: Home, trace: Trace, asked: Rewording, words: Words, at: datetime, done: Mapping[str, int]
) -> dict[str, int]:
    """Say a corrected name in the work database of a home; return in how many rows of each table.

    A database that was never made is not made. Asked again, the journal has the fact once.
    """
    from serving.keys import read_or_create
    from serving.rights import repository
    from serving.rights.erasing import opened

    with opened(home) as database:
        if database is None:
            return {}
        key = read_or_create(home.keys / "journal.key")
        with database.write() as session:
            counts = say(session, trace, asked, words, at=at, key=key, done=done)
        database.rewrite(sorted(repository.tables_named(counts)))
        return counts


def say(
    session: Session, trace: Trace, asked: Rewording, words: Words, *, at: datetime, key: bytes,
    done: Mapping[str, int],
) -> dict[str, int]:  # fmt: skip
    """Say a corrected name in every table of words, and write the fact down; return in how many rows of each."""
    from serving.quality import journal
    from serving.quality.repository import lock_head
    from serving.rights import repository

    lock_head(session)
    repository.wipe_as_it_goes(session)
    counts: dict[str, int] = {}
    for table, number in repository.reword(session, trace, words) if words.changes else ():
        counts[table] = counts.get(table, 0) + 1
        _write_down(session, table, number, asked, at=at, key=key)
    if words.changes:
        counts |= {"pushed": repository.reword_pushed(session, words), "answered": repository.forget_answers(session)}
    told = {name: n for name, n in {**done, **counts}.items() if n}
    attributes = sorted(name for name, *_ in asked.changes)
    if repository.of_erasure(session, RECTIFIED, asked.number) is None:
        details: journal.Details = {"request": asked.number, "attributes": attributes, **told}
        journal.append(session, RECTIFIED, at=at, author_id=asked.account_id, details=details)
    return {name: n for name, n in counts.items() if n}


def staff(home: Home) -> Sequence[str]:
    """Return the names of the organisation's own people, none when the work database was never made."""
    from serving.rights import repository
    from serving.rights.erasing import opened

    with opened(home) as database:
        if database is None:
            return ()
        with database.read() as session:
            return repository.staff(session)


def _write_down(session: Session, table: str, number: object, asked: Rewording, *, at: datetime, key: bytes) -> None:
    """Have the journal seal the new words of a row that it sealed, so that the row stands as it was written."""
    from serving.quality import journal
    from serving.quality.complaints import service as complaints
    from serving.quality.improvements import service as improvements
    from serving.tables import Complaint, Improvement

    details: journal.Details
    if table == "complaints":
        row = session.get_one(Complaint, number, populate_existing=True)
        details, event, enrolment = complaints.evidence(row, key), "complaint_changed", row.enrolment_id
    elif table == "improvements":
        line = session.get_one(Improvement, number, populate_existing=True)
        details, event, enrolment = improvements.evidence(line, key), "improvement_changed", None
    else:
        return
    journal.append(session, event, at=at, author_id=asked.account_id, enrolment_id=enrolment, details=details)
