"""Queries on the organisation's own playbooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from serving.tables import Playbook


def written(session: Session, language: str) -> Sequence[Playbook]:
    """Return what the organisation wrote in a language."""
    return session.scalars(select(Playbook).where(Playbook.language == language).order_by(Playbook.kind)).all()


def keep(
    session: Session, kind: str, language: str, *, advice: str, message: str, changed_by: int, changed_at: datetime
) -> None:
    """Keep the organisation's words about a kind, in the place of those it had."""
    words = {"advice": advice, "message": message, "changed_by": changed_by, "changed_at": changed_at}
    session.merge(Playbook(kind=kind, language=language, **words))
    session.flush()


def drop(session: Session, kind: str, language: str) -> None:
    """Forget the organisation's words about a kind."""
    session.execute(delete(Playbook).where(Playbook.kind == kind, Playbook.language == language))
