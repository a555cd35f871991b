"""Receive statements, and import what was received.

A statement is in the work database, on the disk, before the program that pushed it is told so.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from hmac import compare_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from data.errors import FilrougeError
from data.home import Home
from data.progress import Report, silent
from data.sources.xapi_statements import comparable
from serving import keys
from serving.ingestion import policy, repository
from serving.ingestion.door import door_of
from serving.ingestion.records import PostedBatch
from serving.ingestion.schemas import PreconditionError, written
from serving.problems import ConflictError, NotFoundError
from serving.quality import journal
from serving.tables import IngestKey, ReceivedStatement

if TYPE_CHECKING:
    from data.batches import Manifest
    from serving.database import Database

FOLDER, FILE = ".received", "received.jsonl"


KNOWN = policy.Known()
"""Keys just looked up, so that a program that posts often is not looked up at each request."""


class NothingReceivedError(FilrougeError):
    """There is nothing to import, which is no fault of who asks."""


def create_key(session: Session, name: str, *, now: datetime) -> tuple[IngestKey, str]:
    """Make a key, or give one that is known a new secret, and return the secret: it is told once.

    The secret is 256 random bits: nobody can try them all, so that a quick hash is enough to keep it.

    Raises
    ------
    RefusedError : the name is not accepted.
    """
    key, secret = repository.key_named(session, policy.check_name(name)), secrets.token_urlsafe(32)
    if key is None:
        key = repository.add_key(session, IngestKey(name=name, secret_hash="", active=True, created_at=now))
    key.secret_hash, key.active = _hash(secret), True
    KNOWN.forget()
    journal.append(session, "ingest_key_created", at=now, details={"key": key.id})
    return key, secret


def close_key(session: Session, name: str, *, now: datetime) -> IngestKey:
    """Let a key in no more.

    Raises
    ------
    NotFoundError : there is no such key.
    """
    key = repository.key_named(session, name)
    if key is None:
        raise NotFoundError("no key has this name", where="NAME", todo="filrouge accounts xapi-keys")
    key.active = False
    KNOWN.forget()
    journal.append(session, "ingest_key_closed", at=now, details={"key": key.id})
    return key


def holder(session: Session, name: str, secret: str) -> IngestKey | None:
    """Return the active key of a name and its secret, None when there is none."""
    key = repository.key_named(session, name)
    right = compare_digest(key.secret_hash if key else _hash(""), _hash(secret))
    return key if key is not None and key.active and right else None


def receive(
    database: Database, key_id: int, statements: Sequence[dict[str, Any]], *, digest_key: bytes, now: datetime
) -> list[str]:
    """Keep statements, all or none, and return their ids; those already kept with the same content change nothing.

    Raises
    ------
    ConflictError : an id is already that of a statement which says something else.
    """
    if not statements:
        return []
    rows = [
        {"id": one["id"], "key_id": key_id, "digest": _digest(digest_key, one), "body": written(one), "stored_at": now}
        for one in statements
    ]
    with database.write() as session:
        repository.put(session, ReceivedStatement, rows)
        kept = repository.digests(session, ReceivedStatement, [row["id"] for row in rows])
        if any(kept[row["id"]] != row["digest"] for row in rows):
            raise ConflictError("another statement has this id", where="id", todo="give the new statement its own id")
    return [row["id"] for row in rows]


def receive_batch(database: Database, key_id: int, batch: PostedBatch, *, digest_key: bytes, now: datetime) -> None:
    """Keep a batch of records until it is imported; one already kept with the same content changes nothing.

    Raises
    ------
    ConflictError : its id is already that of another batch of this key.
    """
    body = batch.written()
    row = {"id": batch_key(key_id, batch.batch_id), "key_id": key_id, "digest": keys.digest(digest_key, "batch", body),
           "body": body, "rows": batch.rows, "stored_at": now}  # fmt: skip
    if door_of(database).keep(database, row) != row["digest"]:
        raise ConflictError("another batch has this id", where="batch_id", todo="give the new batch its own id")


def batch_key(key_id: int, batch_id: str) -> str:
    """Return the name under which a batch is kept: two programs never share one."""
    return f"{key_id}:{batch_id}"


def check_preconditions(session: Session, statement_id: str, *, if_match: str = "", if_none_match: str = "") -> None:
    """Check what a PUT wants of the statement that is there, if any (RFC 9110, 13.1).

    Raises
    ------
    PreconditionError : it is there and must not, or is not there or another and must be.
    """
    known = repository.digests(session, ReceivedStatement, [statement_id]).get(statement_id)
    if if_none_match and known and _matches(if_none_match, known):
        raise PreconditionError("there is a statement already", where="If-None-Match")
    if if_match and not (known and _matches(if_match, known)):
        raise PreconditionError("there is no such statement", where="If-Match")


def etag(digest: str) -> str:
    """Return the entity tag of a statement."""
    return f'"{digest[:32]}"'


def shown(kept: ReceivedStatement, *, site: str, name: str) -> dict[str, Any]:
    """Return a statement as a store gives it back: with when it was stored, and on whose authority."""
    statement: dict[str, Any] = json.loads(kept.body or "{}")
    stored = kept.stored_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    authority = {"objectType": "Agent", "account": {"homePage": site, "name": name}}
    return {"timestamp": stored, "version": "1.0.0", **statement, "stored": stored, "authority": authority}


def import_received(
    home: Home, database: Database, *, now: datetime, options: Mapping[str, str] | None = None,
    as_of: date | None = None, keep_days: int = policy.KEEP_DAYS, report: Report = silent,
) -> Manifest:  # fmt: skip
    """Import the statements received whose words are still kept, as one batch, and return its manifest.

    What was imported before is read again, and changes nothing: a learner may have become known since. Once the batch
    is committed, the words received more than `keep_days` days ago are dropped; ids and digests stay.

    Raises
    ------
    NothingReceivedError : nothing was received whose words are still kept.
    SourceError, StoreError, HomeError : as `data.imports.import_source`; nothing is dropped then.
    """
    from data.imports import import_source

    mark = secrets.token_hex(8)
    with database.write() as session:
        if not repository.claim(session, mark):
            raise NothingReceivedError("nothing to import was received", todo="push statements to /xAPI/statements")
    folder = home.root / FOLDER
    try:
        _write_out(database, mark, folder)
        manifest = import_source(home, "xapi", str(folder / FILE), as_of=as_of, options=options, report=report)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    with database.write() as session:
        repository.note_imported(session, mark, at=now)
        repository.drop_bodies(session, mark, before=now - timedelta(days=keep_days))
    return manifest


def _write_out(database: Database, mark: str, folder: Path) -> None:
    """Write the statements of an import as JSON lines, for their owner only."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    with (folder / FILE).open("w", encoding="utf-8") as file, database.read() as session:
        for kept in repository.claimed(session, mark):
            stored = kept.stored_at.isoformat()
            statement = {"timestamp": stored, **json.loads(kept.body or "{}"), "stored": stored}
            file.write(json.dumps(statement) + "\n")


def _digest(digest_key: bytes, statement: Mapping[str, Any]) -> str:
    return keys.digest(digest_key, "xapi", comparable(statement).decode())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _matches(wanted: str, digest: str) -> bool:
    return wanted.strip() == "*" or etag(digest) in [tag.strip() for tag in wanted.split(",")]
