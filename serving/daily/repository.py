"""Queries on the daily run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from serving.daily import policy
from serving.daily.policy import Seen
from serving.tables import DailyRun


def of_day(session: Session, day: date) -> list[DailyRun]:
    """Return the steps of a day, in their order."""
    rows = session.scalars(select(DailyRun).where(DailyRun.day == day))
    return sorted(rows, key=lambda row: policy.STEPS.index(row.step))


def as_seen(rows: Collection[DailyRun]) -> dict[str, Seen]:
    """Return steps as the policy reads them."""
    return {
        row.step: Seen(
            row.step, row.state, row.attempts, row.started_at, row.finished_at, row.lease_until, news=row.news
        )
        for row in rows
    }


def elsewhere(session: Session, day: date, now: datetime) -> DailyRun | None:
    """Return a step of another day that a process does now, None when there is none."""
    held = select(DailyRun).where(DailyRun.day != day, DailyRun.state == policy.RUNNING, DailyRun.lease_until > now)
    return session.scalar(held.limit(1))


def take(session: Session, day: date, seen: Seen, *, owner: str, now: datetime) -> bool:
    """Take a step as it was seen, and say whether it is ours: of those who try at once, one alone has it."""
    kind = session.get_bind().dialect.name
    make: Any = postgresql.insert if kind == "postgresql" else sqlite.insert
    absent = make(DailyRun).values(day=day, step=seen.step, state=policy.WAITING, attempts=0, news=False)
    session.execute(absent.on_conflict_do_nothing(index_elements=["day", "step"]))
    as_it_was = update(DailyRun).where(
        DailyRun.day == day, DailyRun.step == seen.step,
        DailyRun.state == seen.state, DailyRun.attempts == seen.attempts,
    )  # fmt: skip
    taken = as_it_was.values(
        state=policy.RUNNING, attempts=seen.attempts + 1, owner=owner, lease_until=now + policy.LEASE,
        started_at=now, finished_at=None, news=False, failure=None, told=None,
    )  # fmt: skip
    return bool(session.execute(taken).rowcount)  # type: ignore[attr-defined]


def beat(session: Session, day: date, step: str, *, owner: str, now: datetime) -> bool:
    """Keep a step that is being done for a while longer, and say whether it is still ours."""
    mine = _owned(day, step, owner).values(lease_until=now + policy.LEASE)
    return bool(session.execute(mine).rowcount)  # type: ignore[attr-defined]


def settle(session: Session, day: date, step: str, *, owner: str, **values: Any) -> bool:
    """Write down how a step went, unless another took it up since; say whether it was still ours."""
    mine = _owned(day, step, owner).values(owner=None, lease_until=None, **values)
    return bool(session.execute(mine).rowcount)  # type: ignore[attr-defined]


def _owned(day: date, step: str, owner: str) -> Any:
    return update(DailyRun).where(DailyRun.day == day, DailyRun.step == step, DailyRun.owner == owner)


def forget(session: Session, day: date, steps: Collection[str]) -> None:
    """Make steps of a day wait as if they had never been tried; what they told stays until they are done again."""
    these = update(DailyRun).where(DailyRun.day == day, DailyRun.step.in_(steps))
    session.execute(these.values(state=policy.WAITING, attempts=0, news=False))


def latest_day(session: Session) -> date | None:
    """Return the last day that has a run, None when there is none."""
    return session.scalar(select(func.max(DailyRun.day)))


def days(session: Session, limit: int) -> Sequence[date]:
    """Return the last days that have a run, the latest first."""
    return session.scalars(select(DailyRun.day).distinct().order_by(DailyRun.day.desc()).limit(limit)).all()
