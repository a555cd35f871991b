"""Import what was received, in a few large steps; look at its learners again; open, join and close their alerts.

What is held is marked before it is imported and let go once its learners were looked at: whatever happens in between,
the same group is imported again under the same name, and what was done already is not done twice.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from data.home import Home, make_private
from data.store import RecordStore, brief
from serving.alerts import repository as alerts
from serving.clock import Clock
from serving.database import Database
from serving.ingestion import repository as ingestion
from serving.live import repository
from serving.live.grouping import merged
from serving.live.refresh import Refreshed, Refresher
from serving.live.rules import apply
from serving.quality.procedure.service import rules_on
from serving.quality.repository import lock_head
from serving.scoring.policy import as_json
from serving.settings import Settings

FOLDER = ".live"
MOST = 5_000
"""Batches, and statements, imported together."""


@dataclass(frozen=True)
class Pass:
    """What one pass did: records imported as groups, enrolments touched, and those looked at again."""

    held: int = 0
    touched: int = 0
    refreshed: int = 0


@dataclass(frozen=True)
class Parts:
    """What a pass works with."""

    home: Home
    database: Database
    clock: Clock
    settings: Settings
    refresher: Refresher


def take(parts: Parts) -> Pass:
    """Import everything that waits, as one group, and look at its learners again.

    Raises
    ------
    SourceError, StoreError, HomeError : as `data.imports.import_source`; what was held stays held (see `unfinished`).
    """
    mark = f"{repository.MARK}{parts.clock.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
    with parts.database.write() as session:
        held = repository.claim(session, mark, most=MOST)
    return finish(parts, mark, held) if held else Pass()


def waits(database: Database) -> bool:
    """Say whether anything waits to be taken."""
    with database.read() as session:
        return repository.any_waiting(session)


def has_programs(database: Database) -> bool:
    """Say whether some program may push: the model is then loaded before the first record comes."""
    with database.read() as session:
        return any(key.active for key in ingestion.keys(session))


def warm_up(parts: Parts) -> None:
    """Load the model and the readers, so that the first record does not wait for them."""
    from data.sources.systems import open_source

    parts.refresher.champion()
    for name in ("records", "xapi"):
        open_source(name)


def unfinished(database: Database) -> list[str]:
    """Return the groups that another pass left, and let go of what an interrupted command held."""
    with database.write() as session:
        repository.take_back(session)
        return repository.unfinished(session)


def finish(parts: Parts, mark: str, held: int = 0) -> Pass:
    """Do what is left to do of a group; all of it may have been done."""
    touched = import_group(parts, mark)
    today = parts.clock.today()
    with parts.database.read() as session:
        rules = rules_on(session, today, parts.settings)
    seen = parts.refresher.look(touched, today=today, rules=rules)
    now = parts.clock.now()
    with parts.database.write() as session:
        write_down(session, seen, parts, now=now)
        repository.finish(session, mark, at=Clock(parts.clock.zone).now())
    return Pass(held, len(touched), len(seen))


def import_group(parts: Parts, mark: str) -> set[int]:
    """Import what a group holds, one import a system; return the enrolments that it touched."""
    from data.imports import import_source

    touched: set[int] = set()
    store = RecordStore(parts.home)
    with _folder(parts.home) as folder, brief(parts.home):
        for source, path, options in _written(parts, mark, folder):
            manifest = import_source(parts.home, source, str(path), options=options)
            touched |= store.touched(manifest.batch_id)
    return touched


def write_down(session: Session, seen: list[Refreshed], parts: Parts, *, now: datetime) -> None:
    """Keep what is known now of some learners, beside the latest run, and see to their alerts."""
    lock_head(session)
    run = alerts.latest_run(session, until=parts.clock.today())
    if run is None:
        return
    at = Clock(parts.clock.zone).now()
    rows = [_row(one, run.id, at) for one in seen]
    repository.keep_scores(session, rows)
    apply(session, run, seen, settings=parts.settings, now=now, today=parts.clock.today())


def _row(one: Refreshed, run_id: int, at: datetime) -> dict[str, Any]:
    return {
        "enrolment_id": one.enrolment_id, "run_id": run_id, "at": at, "as_of_on": one.as_of, "model": one.model,
        "probability": one.probability, "reasons": as_json(one.reasons), "signals": list(one.signals),
    }  # fmt: skip


def _written(parts: Parts, mark: str, folder: Path) -> Iterator[tuple[str, Path, Mapping[str, str]]]:
    """Write what a group holds as files that sources read; yield each source, its file and its options."""
    with parts.database.read() as session:
        groups: dict[str, list[dict[str, Any]]] = {}
        for body in repository.batches(session, mark):
            told = json.loads(body)
            groups.setdefault(told["system"], []).append(told["tables"])
        statements = folder / "statements.jsonl"
        with statements.open("w", encoding="utf-8") as file:
            for kept in repository.statements(session, mark):
                stored = kept.stored_at.isoformat()
                file.write(json.dumps({"timestamp": stored, **json.loads(kept.body or "{}"), "stored": stored}) + "\n")
    for system, tables in sorted(groups.items()):
        path = folder / f"records-{system}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.write(json.dumps({"group": mark}) + "\n")
            for table, row in merged(tables):
                file.write(json.dumps({"table": table, "row": row}) + "\n")
        yield f"records@{system}", path, {}
    if statements.stat().st_size:
        yield "xapi", statements, _options(parts.settings)


def _options(settings: Settings) -> dict[str, str]:
    told = {"people": settings.live_people, "sessions": settings.live_sessions}
    return {name: value for name, value in told.items() if value}


@contextmanager
def _folder(home: Home) -> Iterator[Path]:
    folder = home.root / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    make_private(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
