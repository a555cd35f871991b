"""API tokens looked up a moment ago, so that a program that asks fast does not cost a query each time.

A token is remembered for `REMEMBERED` at most, never past its own end, and none once anything that bounds a token was
committed by this process: a revocation, an account closed, a new password. Another process's revocation is seen within
`REMEMBERED`.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import event
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from serving.access import Person
    from serving.database import Database

REMEMBERED = timedelta(seconds=3)
MOST = 1_000


@dataclass(frozen=True)
class Holder:
    """Who a token acts for, which token it is, when it ends (None: never), and the day it was last used."""

    person: Person
    token_id: int
    expires_at: datetime | None
    used_on: date | None = None


class KnownTokens:
    """Holders by the digest of what was brought and by the database that knows it; the oldest go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Database, bytes], tuple[datetime, Holder]] = OrderedDict()
        self._lock = threading.Lock()
        self.turn = 0
        """How many times everything was forgotten; who looks a token up reads it first, and gives it back."""

    def holder(self, database: Database, secret: str, now: datetime) -> Holder | None:
        """Return the holder of a token looked up a moment ago, None when it must be looked up."""
        with self._lock:
            since, holder = self._kept.get((database, _digest(secret)), (None, None))
        if since is None or holder is None or not since <= now < since + REMEMBERED:
            return None
        return holder if holder.expires_at is None or now < holder.expires_at else None

    def remember(self, database: Database, secret: str, holder: Holder, *, now: datetime, turn: int) -> None:
        """Remember a holder, unless something was forgotten since it began to be looked up."""
        with self._lock:
            if turn != self.turn:
                return
            self._kept[database, _digest(secret)] = now, holder
            self._kept.move_to_end((database, _digest(secret)))
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        """Look every token up again."""
        with self._lock:
            self._kept.clear()
            self.turn += 1

    def forget_after(self, session: Session) -> None:
        """Look every token up again once a transaction is committed: before, the database still says the old."""
        event.listen(session, "after_commit", lambda _: self.forget(), once=True)


KNOWN = KnownTokens()
"""Of this process."""


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
