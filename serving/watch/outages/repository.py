"""Queries on what administrators were told of the sources."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from serving.tables import SourceOutage
from serving.watch.outages.policy import Outage

NAMES = ("kind", "phase", "state", "last_on", "found_on", "seen_on", "back_on")


def outages(session: Session) -> list[Outage]:
    """Return the kinds of record that were told of, by name."""
    rows = session.scalars(select(SourceOutage).order_by(SourceOutage.kind))
    return [Outage(**{name: getattr(row, name) for name in NAMES}) for row in rows]


def keep(session: Session, kept: Collection[Outage]) -> None:
    """Keep these outages, and no other."""
    kinds = [one.kind for one in kept]
    session.execute(delete(SourceOutage).where(SourceOutage.kind.not_in(kinds)))
    for one in kept:
        session.merge(SourceOutage(**vars(one)))
    session.flush()
