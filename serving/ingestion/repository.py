"""Queries on the keys of programs and on the statements they pushed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from serving.tables import IngestKey, ReceivedBatch, ReceivedStatement

AT_ONCE = 500
Received = type[ReceivedStatement] | type[ReceivedBatch]
"""What programs push, kept under an id with its digest."""


def key_named(session: Session, name: str) -> IngestKey | None:
    """Return the key of a name, None when there is none."""
    return session.scalar(select(IngestKey).where(IngestKey.name == name))


def keys(session: Session) -> Sequence[IngestKey]:
    """Return every key, by name."""
    return session.scalars(select(IngestKey).order_by(IngestKey.name)).all()


def add_key(session: Session, key: IngestKey) -> IngestKey:
    """Keep a new key and give it its id."""
    session.add(key)
    session.flush()
    return key


def put(session: Session, kept: Received, rows: Sequence[dict[str, Any]]) -> None:
    """Keep the statements, or the batches, whose id is new; leave the others as they are.

    They go in by id: two pushes that share several ids wait for each other, never each for the other.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        insert(kept).on_conflict_do_nothing(index_elements=["id"]), sorted(rows, key=lambda row: str(row["id"]))
    )


def digests(session: Session, kept: Received, ids: Sequence[str]) -> dict[str, str]:
    """Return the digest of each statement, or batch, that is known."""
    found: dict[str, str] = {}
    for some in _by_parts(ids):
        query = select(kept.id, kept.digest).where(kept.id.in_(some))
        found |= {row.id: row.digest for row in session.execute(query)}
    return found


def one(session: Session, key_id: int, statement_id: str) -> ReceivedStatement | None:
    """Return a statement that a key pushed and whose body is still kept."""
    query = _readable(key_id).where(ReceivedStatement.id == statement_id)
    return session.scalar(query)


def listed(
    session: Session, key_id: int, *, since: datetime | None, until: datetime | None, ascending: bool, after: int,
    limit: int,
) -> Sequence[ReceivedStatement]:  # fmt: skip
    """Return the statements that a key pushed, in the order they were stored; `after` is the last one given."""
    query = _readable(key_id)
    if since is not None:
        query = query.where(ReceivedStatement.stored_at > since)
    if until is not None:
        query = query.where(ReceivedStatement.stored_at <= until)
    if after:
        query = query.where(ReceivedStatement.seq > after if ascending else ReceivedStatement.seq < after)
    order = ReceivedStatement.seq if ascending else ReceivedStatement.seq.desc()
    return session.scalars(query.order_by(order).limit(limit)).all()


def note_imported(session: Session, mark: str, *, at: datetime) -> None:
    """Write down that the statements of an import were imported, those that were not already."""
    mine = update(ReceivedStatement).where(ReceivedStatement.claim == mark, ReceivedStatement.imported_at.is_(None))
    session.execute(mine.values(imported_at=at))


def claim(session: Session, mark: str) -> int:
    """Mark every body kept as being read by one import; return how many."""
    held = update(ReceivedStatement).where(ReceivedStatement.body.is_not(None)).values(claim=mark)
    return int(session.execute(held).rowcount)  # type: ignore[attr-defined]


def claimed(session: Session, mark: str) -> Iterator[ReceivedStatement]:
    """Yield the statements of an import, in the order they were stored, a part at a time."""
    query = select(ReceivedStatement).where(ReceivedStatement.claim == mark).order_by(ReceivedStatement.seq)
    yield from session.scalars(query.execution_options(yield_per=AT_ONCE))


def batch(session: Session, key_id: int, batch_id: str) -> ReceivedBatch | None:
    """Return a batch that a key posted, None when there is none."""
    query = select(ReceivedBatch).where(ReceivedBatch.key_id == key_id, ReceivedBatch.id == batch_id)
    return session.scalar(query)


def drop_bodies(session: Session, mark: str, *, before: datetime) -> int:
    """Drop the bodies that an import read and that were stored before an instant; return how many."""
    old = update(ReceivedStatement).where(ReceivedStatement.claim == mark, ReceivedStatement.stored_at <= before)
    return int(session.execute(old.values(body=None, claim=None)).rowcount)  # type: ignore[attr-defined]


def _readable(key_id: int) -> Select[ReceivedStatement]:
    mine = select(ReceivedStatement).where(ReceivedStatement.key_id == key_id)
    return mine.where(ReceivedStatement.body.is_not(None))


def _by_parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
