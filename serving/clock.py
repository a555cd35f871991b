"""The server's clock: the real one, or a pretended day for demonstrations on old data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Clock:
    """Says what time it is for alerts, actions and the journal.

    Parameters
    ----------
    zone : the organisation's time zone.
    pretended : the day it pretends to be; None: the real one.
    """

    zone: ZoneInfo
    pretended: date | None = None

    def now(self) -> datetime:
        """Return the instant: the real time of day, on the pretended day if there is one."""
        now = datetime.now(self.zone)
        if self.pretended is not None:
            now = now.replace(year=self.pretended.year, month=self.pretended.month, day=self.pretended.day)
        return now.astimezone(UTC)

    def today(self) -> date:
        """Return the day in the organisation's time zone."""
        return self.now().astimezone(self.zone).date()
