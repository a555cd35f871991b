"""A home with a few learners already in it, for sources that bring no enrolments of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data import imports
from data.batches import Manifest
from data.home import Home
from data.identities import Vault
from data.privacy import Pseudonymiser, load_key
from data.sources.base import Request
from data.sources.plain_source import PlainSource
from data.sources.spool import Spool
from data.store import RecordStore

TODAY = date(2026, 3, 1)
LEARNERS = {"ada": ("S1",), "bob": ("S1",), "cleo": ("S1",), "dan": ("S2",)}
SESSIONS = {"S1": ("2026-01-05", "2026-03-29"), "S2": ("2026-02-02", "2026-04-26")}


class _Roster:
    name, system = "roster", "roster"
    any_text = False

    def inputs(self, request: Request) -> Mapping[str, Path]:
        assert not request.secret
        return {}

    def read(self, request: Request, spool: Spool) -> Mapping[str, object]:
        spool.seen("roster", len(SESSIONS) + len(LEARNERS))
        for line, (session, (first, last)) in enumerate(SESSIONS.items(), 1):
            spool.add("sessions", file="roster", line=line, session=session, course="C", starts_on=first, ends_on=last)
        for line, (who, sessions) in enumerate(LEARNERS.items(), 10):
            spool.add("people", file="roster", line=line, person=who, name=who.title(), email=f"{who}@example.org")
            for session in sessions:
                spool.add("enrolments", file="roster", line=line, person=who, session=session)
        return {"place": request.place}


def small_home(folder: Path) -> Home:
    """Return a home where ada, bob and cleo follow S1, dan S2; their e-mails are at example.org."""
    home = Home(folder).prepare()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imports, "open_source", lambda _: PlainSource(_Roster()))
        imports.import_source(home, "roster", "here", as_of=TODAY)
    return home


def rows(home: Home, query: str, *given: object) -> list[tuple[Any, ...]]:
    """Return the rows of a query on the store."""
    with RecordStore(home).connect() as connection:
        return connection.execute(query, list(given)).fetchall()


def number(home: Home, system: str, kind: str, told: str) -> int:
    """Return the pseudonym of something of a system."""
    return Pseudonymiser(load_key(home.keys, set()), system).one(kind, told)


def enrolments(home: Home) -> dict[int, str]:
    """Return who is behind each enrolment, as "ada:S1"."""
    vault = Vault(home.identities_database)
    found = {number: who.source_id for number, who in vault.find("enrolment").items()}
    vault.close()
    return found


def adds_up(manifest: Manifest) -> bool:
    """Tell whether every record seen was kept, quarantined or out of scope."""
    return manifest.rows_in == manifest.rows_kept + manifest.rows_quarantined + manifest.rows_out_of_scope


def everything(home: Home) -> bytes:
    """Return every byte of the home, apart from the vault of names."""
    files = (p for p in home.root.rglob("*") if p.is_file() and p.name != home.identities_database.name)
    return b"\n".join(path.read_bytes() for path in files)
