"""Decisions about pushes: how many a minute, under which names, and how long what they say is kept."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import deque
from datetime import datetime, timedelta

from serving.problems import RefusedError

PUSHES_PER_MINUTE = 600
MINUTE = timedelta(minutes=1)
KEEP_DAYS = 7
"""Days a body is kept after it was received, so that it is read again when its learner is known late."""
REMEMBERED = timedelta(seconds=1)
"""How long a right key is not looked up again: one closed elsewhere opens this long at most."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


def check_name(name: str) -> str:
    """Return the name of a key.

    Raises
    ------
    RefusedError : it is not one.
    """
    if not _NAME.fullmatch(name):
        raise RefusedError("the name of the key is not accepted", where="NAME", accepted="2 to 40 of a-z 0-9 . _ -")
    return name


class Pace:
    """Counts the requests of each key in the last minute, in this process; `most` holds whatever is asked."""

    def __init__(self, most: int | None = None) -> None:
        self.most = most
        self._asked: dict[int, deque[datetime]] = {}
        self._lock = threading.Lock()

    def allows(self, key_id: int, now: datetime, most: int = PUSHES_PER_MINUTE) -> bool:
        """Count a request, and say whether it is within the pace."""
        with self._lock:
            asked = self._asked.setdefault(key_id, deque())
            while asked and asked[0] <= now - MINUTE:
                asked.popleft()
            if len(asked) >= (self.most or most):
                return False
            asked.append(now)
            return True


class Known:
    """Remembers right keys for a moment, by what the program brought and the database that knows it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, bytes], tuple[datetime, int]] = {}

    def key_of(self, database: object, told: str, now: datetime) -> int | None:
        """Return the key of what a program brought a moment ago, None when it must be looked up."""
        since, key = self._kept.get(self._place(database, told), (None, None))
        return key if since is not None and since <= now < since + REMEMBERED else None

    def remember(self, database: object, told: str, key: int, now: datetime) -> None:
        """Remember a right key; the old ones go."""
        self._kept = {place: one for place, one in self._kept.items() if one[0] > now - REMEMBERED}
        self._kept[self._place(database, told)] = now, key

    def forget(self) -> None:
        """Look every key up again."""
        self._kept = {}

    def _place(self, database: object, told: str) -> tuple[int, bytes]:
        return id(database), hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()
