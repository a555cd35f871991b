"""What a sheet of evidence is about: which days, in which language, with or without names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from serving.language import Speech
from serving.pseudonyms import reference
from serving.site import Directory, Records, Words


@dataclass(frozen=True)
class Scope:
    """Where a sheet reads, and what it may say.

    Attributes
    ----------
    directory : where names are read; None: learners are called by their reference.
    from_on, until_on : the days told, both included.
    today : the day it is: nothing later is told.
    """

    session: Session
    speech: Speech
    words: Words
    records: Records
    directory: Directory | None
    from_on: date
    until_on: date
    today: date

    def learners(self, ids: Collection[int]) -> dict[int, str]:
        """Return what learners are called: by their name where names may be told and are known, else by reference."""
        known = self.directory.names(ids) if self.directory else {}
        return {number: known.get(number, reference(number)) for number in ids}
