"""Make a pack, keep it, take it out, and check one that comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from data.home import Home
from serving.problems import NotFoundError
from serving.quality import journal
from serving.quality import repository as evidence
from serving.quality.packs import folder, manifest, repository
from serving.quality.packs.compose import Composed, Order, compose, gather
from serving.quality.scope import Scope
from serving.tables import Pack

MADE, TAKEN = "pack_made", "pack_exported"
ERASURES = ("person_erased", "retention_applied")
"""Events that may take the files of a pack away."""


def make(scope: Scope, order: Order, home: Home, *, now: datetime, author_id: int | None) -> Pack:
    """Make a pack, keep it under the home and write it in the journal; return it.

    The pack states the journal's last evidence from before its own entry. Made again of the same data for the same day,
    it is the same pack: its files are put back, and the journal tells that it was made again.

    Raises
    ------
    PackError : the PDF could not be drawn.
    RefusedError : the files could not be written.
    """
    session = scope.session
    evidence.lock_head(session)  # nothing is written meanwhile: what is told is what the seal bounds
    composed = compose(gather(scope, order))
    folder.keep(home, composed.key, composed.files)
    made = repository.by_key(session, composed.key) or repository.add(
        session, _row(composed, now=now, author_id=author_id)
    )
    journal.append(session, MADE, at=now, author_id=author_id, details=_details(made))
    return made


def _row(composed: Composed, *, now: datetime, author_id: int | None) -> Pack:
    gathered = composed.gathered
    scope, order, (number, seal) = gathered.scope, gathered.order, gathered.entry
    return Pack(
        key=composed.key, as_of_on=scope.today, from_on=scope.from_on, until_on=scope.until_on,
        named=scope.directory is not None, seed=order.seed, drawn=order.drawn, journal_seq=number, journal_hash=seal,
        files=manifest.listed(composed.files), manifest=composed.manifest, made_by=author_id, made_at=now,
    )  # fmt: skip


def _details(made: Pack) -> dict[str, journal.Scalar | list[str]]:
    return {
        "key": made.key,
        "manifest": made.manifest,
        "as_of": made.as_of_on.isoformat(),
        "from": made.from_on.isoformat(),
        "until": made.until_on.isoformat(),
        "names": made.named,
        "seed": made.seed,
        "drawn": made.drawn,
    }


def files_of(home: Home, made: Pack) -> dict[str, bytes]:
    """Return a pack's files as they are kept.

    Raises
    ------
    NotFoundError : they are not there any more.
    """
    return folder.read(folder.place(home, made.key))


def alerted(home: Home, made: Pack) -> bool:
    """Whether a pack's sample was drawn among the enrolments with an alert only, by its manifest."""
    try:
        told = json.loads((folder.place(home, made.key) / manifest.MANIFEST).read_bytes())
        return bool(told["sample"]["alerted"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def is_there(home: Home, made: Pack) -> bool:
    """Whether a pack's files are still kept: where its folder is missing, they were erased."""
    return folder.place(home, made.key).is_dir()


def erased_at(session: Session, made: Pack) -> datetime | None:
    """Return when the files of a pack whose folder is missing were erased; None when the journal cannot tell for sure.

    It can where files were erased once since: with a person's data, or past their time.
    """
    since = made.made_at.astimezone(UTC)
    erasures = [at for one in evidence.of_events(session, ERASURES) if (at := datetime.fromisoformat(one.at)) > since]
    return erasures[0] if len(erasures) == 1 else None


def broken(home: Home, made: Pack) -> tuple[str, ...] | None:
    """Return the files that are not as they were made, None when the whole pack is gone."""
    try:
        files = files_of(home, made)
    except NotFoundError:
        return None
    there = {name: manifest.sum_of(body) for name, body in files.items()}
    wanted = {name: one["sha256"] for name, one in made.files.items()}
    return tuple(name for name in sorted(wanted.keys() | there.keys()) if wanted.get(name) != there.get(name))


def take(session: Session, home: Home, made: Pack, name: str, *, now: datetime, author_id: int | None) -> bytes:
    """Return one file of a pack, the whole as a ZIP when `name` is empty; the journal keeps the fact.

    Raises
    ------
    NotFoundError : the pack has no such file, or its files are gone.
    """
    files = files_of(home, made)
    if name and name not in made.files:
        raise NotFoundError("this pack has no such file")
    body = files.get(name) if name else folder.zipped(files, made.key, made.as_of_on)
    if body is None:
        raise NotFoundError("this file is gone", todo="make the pack again")
    details: dict[str, journal.Scalar | list[str]] = {"key": made.key, "names": made.named, "file": name or "zip"}
    journal.append(session, TAKEN, at=now, author_id=author_id, details=details)
    return body


@dataclass(frozen=True)
class PackVerdict:
    """What was found of a pack that comes back.

    Attributes
    ----------
    broken : files that are not those of its manifest.
    known : whether the journal has an entry for this very manifest.
    same_seal : whether the entry that the pack rests on still has the seal that the pack states.
    """

    intact: bool
    broken: tuple[str, ...]
    known: bool
    same_seal: bool
    manifest: str

    def sentence(self) -> str:
        """Say it in one line."""
        if self.broken:
            return f"the pack was altered: {', '.join(self.broken)}"
        if not self.same_seal:
            return "the journal was rewritten since this pack was made: the entry it rests on has another seal"
        if not self.known:
            return "the files agree with their manifest, but the journal here has no such pack"
        return "the pack is as it was made, and the journal knows it"


def check(session: Session, place: Path) -> PackVerdict:
    """Compare a pack's files with its manifest, and its manifest with the journal.

    Raises
    ------
    NotFoundError : there is no pack there.
    """
    if not (place / manifest.MANIFEST).is_file():
        raise NotFoundError(
            "there is no pack here", where=str(place), todo=f"name the folder that holds {manifest.MANIFEST}"
        )
    return judged(session, folder.read(place))


def judged(session: Session, files: Mapping[str, bytes]) -> PackVerdict:
    """Compare files with their manifest, and the manifest with the journal."""
    found = manifest.checked(files)
    made = [json.loads(one.details) for one in evidence.events(session, MADE)]
    known = bool(found.manifest) and any(one.get("manifest") == found.manifest for one in made)
    entry = evidence.entry(session, found.entry) if found.entry else None
    same = found.seal == (entry.hash if entry else journal.FIRST_HASH)
    intact = not found.broken and known and same
    return PackVerdict(intact, found.broken, known, same, found.manifest)
