"""Decisions about pushes: how many a minute, under which names, and how long what they say is kept."""

from __future__ import annotations

import re
import threading
from collections import deque
from datetime import datetime, timedelta

from serving.problems import RefusedError

PUSHES_PER_MINUTE = 600
MINUTE = timedelta(minutes=1)
KEEP_DAYS = 7
"""Days a body is kept after it was received, so that it is read again when its learner is known late."""
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
