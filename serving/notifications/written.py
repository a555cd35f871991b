"""A message as the outbox keeps it, written once whoever writes it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from serving.notifications import repository


def row_of(key: str, kind: str, local: datetime, due: datetime, body: object, **where: int | None) -> dict[str, Any]:
    """Return a message to write: `key` names it for ever, `body` is what it tells, in codes and counts."""
    return {
        "key": key, "kind": kind, "subject": "", "body": json.dumps(body, sort_keys=True),
        "created_at": local, "due_at": due, "tries": 0, **where,
    }  # fmt: skip


def write_new(session: Session, rows: list[dict[str, Any]]) -> int:
    """Write the messages that are not written yet, and return how many."""
    known = repository.known_keys(session, [row["key"] for row in rows]) if rows else set()
    return repository.write(session, [row for row in rows if row["key"] not in known])
