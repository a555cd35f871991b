"""Decisions about streams: how many for one person, how often each looks, and what is new to it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

MOST = 3
"""Streams that one account may keep open in this process."""
LOOK_SECONDS = 2.0
HEARTBEAT_SECONDS = 15.0
LOOK_BACK = 100
"""Ids before the last one seen that are looked at again: on PostgreSQL a smaller id may be committed later."""


class Numbered(Protocol):
    """What has an id that grows."""

    @property
    def id(self) -> int:
        """Its id."""


Row = TypeVar("Row", bound=Numbered)


@dataclass
class Seen(Generic[Row]):
    """What one stream has told; `last` is the largest id, told ids near it are kept, none up to `floor` is told."""

    last: int
    floor: int = 0
    told: set[int] = field(default_factory=set)

    @property
    def after(self) -> int:
        """The id after which to look."""
        return max(self.floor, self.last - LOOK_BACK)

    def new(self, found: Iterable[Row]) -> list[Row]:
        """Return what was not told yet, and count it as told."""
        fresh = [one for one in found if one.id not in self.told and one.id > self.after]
        self.told |= {one.id for one in fresh}
        self.last = max([self.last, *self.told])
        self.told = {one for one in self.told if one > self.last - LOOK_BACK}
        return fresh

    @classmethod
    def of(cls, last_event: str, known: Sequence[int]) -> Seen[Row]:
        """Return where a stream begins: after the event its program saw last, else after what is there already."""
        if last_event.isascii() and last_event.isdecimal() and len(last_event) < 19:
            return cls(int(last_event), floor=int(last_event))
        return cls(max(known, default=0), told=set(known))


class Streams:
    """The streams open in this process; once closing, each ends at its next look."""

    def __init__(self, most: int = MOST) -> None:
        self.most, self.closing = most, False
        self._open: Counter[int] = Counter()
        self._lock = threading.Lock()

    def full(self, account_id: int) -> bool:
        """Whether an account has as many as it may."""
        return self._open[account_id] >= self.most

    def enter(self, account_id: int) -> bool:
        """Count one more stream, and say whether it may go on."""
        with self._lock:
            if self.closing or self.full(account_id):
                return False
            self._open[account_id] += 1
            return True

    def leave(self, account_id: int) -> None:
        """Count one stream less."""
        with self._lock:
            self._open[account_id] -= 1

    def close(self) -> None:
        """End every stream: the server is about to stop."""
        self.closing = True
