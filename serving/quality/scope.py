"""What a sheet of evidence is about: which days, in which language, with or without names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from serving.language import Speech
from serving.pseudonyms import reference
from serving.site import Directory, Records, Words

if TYPE_CHECKING:
    from serving.settings import Settings


@dataclass(frozen=True)
class Scope:
    """Where a sheet reads, and what it may say.

    Attributes
    ----------
    directory : where names are read; None: learners are called by their reference.
    from_on, until_on : the days told, both included.
    today : the day it is: nothing later is told.
    week : the days worked, 1 for Monday, for delays in working hours.
    """

    session: Session
    speech: Speech
    words: Words
    records: Records
    directory: Directory | None
    from_on: date
    until_on: date
    today: date
    week: str = "12345"

    def learners(self, ids: Collection[int]) -> dict[int, str]:
        """Return what learners are called: by their name where names may be told and are known, else by reference."""
        known = self.directory.names(ids) if self.directory else {}
        return {number: known.get(number, reference(number)) for number in ids}

    @property
    def over(self) -> datetime:
        """Return the first instant after today."""
        return self._midnight(self.today + timedelta(days=1))

    def instants(self) -> tuple[datetime, datetime]:
        """Return the first instant of the days told, and the first one after them; nothing later than today."""
        end = min(self.until_on, self.today) + timedelta(days=1)
        return self._midnight(self.from_on), self._midnight(end)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.speech.zone)


def scope_of(
    session: Session,
    settings: Settings,
    days: tuple[date, date],
    today: date,
    *,
    names: bool = False,
    language: str = "fr",
) -> Scope:
    """Return what a command tells: the days, both included, in a language, with names when they are asked for."""
    from zoneinfo import ZoneInfo

    from serving.sources import CatalogueWords, StoreRecords, VaultDirectory

    home = settings.folder
    directory = VaultDirectory(home) if names else None
    speech = Speech(language, ZoneInfo(settings.timezone))
    return Scope(session, speech, CatalogueWords(), StoreRecords(home), directory, *days, today, settings.working_days)
