"""Queries on what waits to be imported, and on live scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from serving.tables import Alert, LiveScore, ReceivedBatch, ReceivedStatement, Roster

MARK = "live-"
"""Begins the mark of what a live import holds."""
AT_ONCE = 500
Received = type[ReceivedBatch] | type[ReceivedStatement]
RECEIVED: tuple[Received, ...] = (ReceivedBatch, ReceivedStatement)


def claim(session: Session, mark: str, *, most: int) -> int:
    """Mark what waits, the oldest first, as held by one import; return how many batches and statements."""
    held = 0
    for table in RECEIVED:
        oldest = _free(table).order_by(table.seq).limit(most)
        done = session.execute(update(table).where(table.seq.in_(oldest.scalar_subquery())).values(claim=mark))
        held += int(done.rowcount)  # type: ignore[attr-defined]
    return held


def _free(table: Received) -> Select[int]:
    return select(table.seq).where(table.imported_at.is_(None), table.claim.is_(None), table.body.is_not(None))


def any_waiting(session: Session) -> bool:
    """Say whether something waits that nothing holds."""
    return any(session.scalar(_free(table).limit(1)) is not None for table in RECEIVED)


def take_back(session: Session) -> None:
    """Let go of statements that another import held and did not finish; for a start, when none is under way."""
    held = ReceivedStatement.claim.is_not(None) & ReceivedStatement.claim.not_like(f"{MARK}%")
    left = update(ReceivedStatement).where(ReceivedStatement.imported_at.is_(None), held)
    session.execute(left.values(claim=None))


def unfinished(session: Session) -> list[str]:
    """Return the marks of live imports that were not finished, oldest first."""
    marks: set[str] = set()
    for table in RECEIVED:
        held = select(table.claim).where(table.imported_at.is_(None), table.claim.like(f"{MARK}%")).distinct()
        marks |= {mark for mark in session.scalars(held) if mark}
    return sorted(marks)


def batches(session: Session, mark: str) -> Sequence[str]:
    """Return the batches that an import holds, in the order they came."""
    query = select(ReceivedBatch.body).where(ReceivedBatch.claim == mark, ReceivedBatch.body.is_not(None))
    return [body for body in session.scalars(query.order_by(ReceivedBatch.seq)) if body is not None]


def statements(session: Session, mark: str) -> Iterator[ReceivedStatement]:
    """Yield the statements that an import holds, in the order they came."""
    query = select(ReceivedStatement).where(ReceivedStatement.claim == mark).order_by(ReceivedStatement.seq)
    yield from session.scalars(query.execution_options(yield_per=AT_ONCE))


def finish(session: Session, mark: str, *, at: datetime) -> None:
    """Write down that what an import held is imported: of a batch the fact alone stays."""
    mine = update(ReceivedBatch).where(ReceivedBatch.claim == mark)
    session.execute(mine.values(imported_at=at, claim=None, body=None))
    theirs = update(ReceivedStatement).where(ReceivedStatement.claim == mark)
    session.execute(theirs.values(imported_at=at, claim=None))


def waiting(session: Session) -> dict[str, int]:
    """Return how many batches and statements wait, and how many rows those batches have."""
    none = ReceivedBatch.imported_at.is_(None)
    told = session.execute(select(func.count(), func.coalesce(func.sum(ReceivedBatch.rows), 0)).where(none)).one()
    pushed = select(func.count()).where(ReceivedStatement.imported_at.is_(None), ReceivedStatement.body.is_not(None))
    return {"batches": told[0], "rows": int(told[1]), "statements": session.scalar(pushed) or 0}


def keep_scores(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep live scores, each in the place of its enrolment's last one."""
    if not rows:
        return
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    told = insert(LiveScore)
    changed = {name: told.excluded[name] for name in rows[0] if name != "enrolment_id"}
    session.execute(told.on_conflict_do_update(index_elements=["enrolment_id"], set_=changed), list(rows))


def live_score(session: Session, enrolment_id: int) -> LiveScore | None:
    """Return the live score of an enrolment, None when it has none."""
    return session.get(LiveScore, enrolment_id)


def open_alerts(session: Session, enrolments: Sequence[int]) -> dict[int, Alert]:
    """Return the open alerts of some enrolments, held until the transaction ends."""
    query = select(Alert).where(Alert.enrolment_id.in_(enrolments), Alert.closed_at.is_(None)).with_for_update()
    return {alert.enrolment_id: alert for alert in session.scalars(query)}


def roster(session: Session, enrolments: Sequence[int]) -> dict[int, Roster]:
    """Return the roster's rows of some enrolments."""
    query = select(Roster).where(Roster.enrolment_id.in_(enrolments))
    return {row.enrolment_id: row for row in session.scalars(query)}
