"""Records past their time: enrolments that ended long ago leave every table, and their learners the vault."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from data import checks, delta
from data.contracts import TABLES
from data.erasure import remove_old_files, remove_rows
from data.home import Home
from data.identities import PAST, Vault
from data.store import RecordStore

RETENTION = "retention"


@dataclass(frozen=True)
class Past:
    """Enrolments past their time, with the day each was over; learners who have no other, and those known already."""

    enrolments: dict[int, date]
    learners: tuple[int, ...]


def past(home: Home, before: date, *, keep: Collection[int] = ()) -> Past:
    """Return what ended before a day; who never ended is over with the planned end.

    Parameters
    ----------
    keep : enrolments that something still rests on: an open alert, an appointment to come.
    """
    store = RecordStore(home)
    committed = store.committed()
    if "enrolments" not in committed:
        return Past({}, ())
    paths = delta.files(store.root / "enrolments", committed["enrolments"], {"organisation": store.organisation})
    spec = TABLES["enrolments"]
    query = f"SELECT enrolment_id, learner_id, coalesce(ended_on, planned_end_on) FROM ({checks.select(spec, paths)})"
    with duckdb.connect() as connection:
        rows = connection.execute(f"{query} ORDER BY 1").fetchall()
    over = {enrolment: day for enrolment, _, day in rows if day is not None and day < before and enrolment not in keep}
    active = {learner for enrolment, learner, _ in rows if enrolment not in over}
    gone = {learner for enrolment, learner, _ in rows if enrolment in over} - active
    return Past(over, tuple(sorted(gone | (_came_back(home) - active))))


def _came_back(home: Home) -> set[int]:
    """Return learners forgotten before, whose names an import brought back."""
    with closing(Vault(home.identities_database)) as vault:
        known = vault.erased().get(PAST, set())
        return {*vault.find("learner", sorted(known))} if known else set()


def expire(home: Home, before: date, *, keep: Collection[int] = (), at: datetime) -> Past:
    """Remove what is past its time from the records, the files made of them and the vault; return what it was.

    No import brings them back: that is written first. Killed on the way, the next one finishes it. A learner may enrol
    again; until then, a name that an import brings back goes with the next one.

    Raises
    ------
    StoreError : an import is running.
    """
    store = RecordStore(home)
    with store.locked():
        found = past(home, before, keep=keep)
        enrolments = sorted({*found.enrolments, *_cut_short(home)})
        if not (enrolments or found.learners):
            return found
        with closing(Vault(home.identities_database)) as vault:
            vault.keep_out({PAST: found.learners, "enrolment": enrolments})
        if enrolments:
            mark = hashlib.sha256(",".join(map(str, enrolments)).encode()).hexdigest()[:16]
            gone = {"learner": found.learners, "enrolment": enrolments}
            done = remove_rows(store, gone, f"retention-{mark}", at, source=RETENTION)
            if found.enrolments:
                store.commit(done)
            for one in [one for one in store.history() if one.source == RETENTION][-1:]:
                remove_old_files(store, one)
            _delete_tables(home, enrolments)
        with closing(Vault(home.identities_database)) as vault:
            vault.expire(enrolments, found.learners)
    return found


def _cut_short(home: Home) -> set[int]:
    """Return enrolments that left the records, and not the vault yet: somebody stopped on the way."""
    with closing(Vault(home.identities_database)) as vault:
        erasing = {number for one in vault.erasures() if one.finished_at is None for number in one.enrolments}
        known = vault.erased().get("enrolment", set()) - erasing
        return {*vault.find("enrolment", sorted(known))} if known else set()


def kept_out(home: Home) -> list[int]:
    """Return the enrolments that no import brings back: past their time, or of somebody erased."""
    with closing(Vault(home.identities_database)) as vault:
        return sorted(vault.erased().get("enrolment", ()))


def _delete_tables(home: Home, enrolments: Sequence[int]) -> None:
    """Delete the feature tables that hold some enrolments: they are made again from the records."""
    held = "SELECT 1 FROM read_parquet(?) WHERE enrolment_id IN (SELECT unnest(?::BIGINT[])) LIMIT 1"
    with duckdb.connect() as connection:
        for path in sorted(home.features.glob("*.parquet")):
            names = {name for name, *_ in connection.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()}
            if "enrolment_id" in names and connection.execute(held, [str(path), list(enrolments)]).fetchone():
                path.unlink()
