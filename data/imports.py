"""One import from a source to the store: find or fetch, hash, read, judge, name apart, write."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data import tone
from data.batches import Batch, Manifest, TableCount, batch_id
from data.contracts import TABLES
from data.correcting import finish_corrections
from data.errors import SourceError
from data.home import Home, make_private
from data.identities import Vault
from data.privacy import Pseudonymiser, load_key
from data.progress import Report, silent
from data.sources.base import TIME_ZONE, Clock, Extract, Gathered, Request, Source
from data.sources.known import Known, known_people, known_tables
from data.sources.raw import binary_digest, probe
from data.sources.staging import Staging, staging
from data.sources.systems import WHOLE, open_source
from data.store import RecordStore
from data.texts import AT_ONCE, Texts

EXAMPLE = Path(__file__).parent / "sample" / "moodle"
STAGING, SPOOL = ".staging", ".spool"
MAY_BE_KNOWN_LATER = frozenset({
    "unknown learner", "unknown session", "not a learner we know", "not somebody we know", "outside any session",
})  # fmt: skip
"""Reasons for which a row is set aside until another import brings its learner or session."""


def import_source(
    home: Home, source_name: str, place: str, *, as_of: date | None = None, options: Mapping[str, str] | None = None,
    secret: str = "", report: Report = silent,
) -> Manifest:  # fmt: skip
    """Import what a source holds, or what is new there, as one batch, and return its manifest.

    The same files twice change nothing; an import that was killed is resumed by the same call.

    Parameters
    ----------
    place : a folder, a file or an address.
    as_of : the export's today. By default the last day on which a learner did something, or today. A source that
        is a closed archive (oulad) has no today.
    options : what this source lets one choose; see docs/sources.md.
    secret : the token or password it asks for.

    Raises
    ------
    HomeError : the store holds records made with another key than the one that is there.
    SourceError : the source cannot be read at all; or the export is older than the last one.
    StoreError : another import is running.
    """
    source, store, zone = open_source(source_name), RecordStore(home), time_zone()
    pseudonymiser = Pseudonymiser(load_key(home.keys, store.keys_used()), source.system)
    with store.locked():
        finish_corrections(
            store, at=datetime.now(UTC)
        )  # before its own folders are there: what a killed import left goes with them
        with _private_folder(home.root / SPOOL) as spool, _private_folder(home.root / STAGING):
            clock = Clock(as_of, datetime.now(ZoneInfo(zone)).date(), zone)
            texts = bool(Texts(home).days)
            Texts(home).purge(today=clock.latest)
            cursor = _cursor(store, source, place)
            request = Request(place, clock, spool, options or {}, secret, cursor, report, texts=texts)
            inputs = source.inputs(request)
            known = _done(store, _identity(source, pseudonymiser, request, inputs))[1] if inputs else None
            return known or _take(
                home, store, source, pseudonymiser, replace(request, known=_known(home, store)), inputs
            )


def _take(
    home: Home, store: RecordStore, source: Source, pseudonymiser: Pseudonymiser, request: Request,
    inputs: Mapping[str, Path],
) -> Manifest:  # fmt: skip
    """Gather what a source holds, judge it, put the names apart, and write the batch."""
    gathered = source.gather(request)
    identity, known = _done(store, _identity(source, pseudonymiser, request, inputs or gathered.files))
    if known:
        return known
    with staging(home.root / STAGING / "spill", pseudonymiser, request.known) as area:
        extract = source.extract(area, gathered, request.clock, request.report)
        _refuse_older(store, source, extract.as_of, {file.file for file in area.files})
        _name_apart(home, extract)
        batch = _batch(source, identity, area, extract, gathered, datetime.now(UTC))
        manifest = store.write_batch(replace(batch, key_fingerprint=pseudonymiser.fingerprint), request.report)
        if request.texts and extract.texts:
            Texts(home).keep(area.stream(extract.texts, AT_ONCE), pseudonymiser, today=request.clock.latest)
        return manifest


def _done(store: RecordStore, identity: str) -> tuple[str, Manifest | None]:
    """Return the identity of a batch, and the one that did it already.

    A batch that brings no roster itself, and set rows aside for want of their learner or session, is done again, under
    an identity of its own, once another import brought some: a sheet imported before the roster is not lost.
    """
    batches = store.batches()
    at = next((n for n, manifest in enumerate(batches) if manifest.batch_id == identity), len(batches))
    waits = [each for each in batches[at : at + 1] if _waits_for_roster(each)]
    later = [each.batch_id for each in batches[at + 1 :] if any(count.new or count.changed for count in _roster(each))]
    identity = batch_id(identity, later[-1]) if waits and later else identity
    return identity, store.batch(identity)


def _waits_for_roster(manifest: Manifest) -> bool:
    set_aside = {*manifest.quarantined, *manifest.out_of_scope}
    return bool(MAY_BE_KNOWN_LATER & set_aside) and not any(count.rows for count in _roster(manifest))


def _roster(manifest: Manifest) -> list[TableCount]:
    return [manifest.tables[name] for name in ("sessions", "enrolments") if name in manifest.tables]


def _identity(source: Source, pseudonymiser: Pseudonymiser, request: Request, files: Mapping[str, Path]) -> str:
    """Return the identity of a batch: what its files hold, and all that decides how they are read."""
    as_of = request.clock.as_of if source.has_today else None
    read_as = (f"reading={tone.VERSION}", f"zone={request.clock.time_zone}", *_chosen(request))
    read_as += ("texts=kept",) if request.texts else ()
    digests = _digests(files, request.report, any_text=source.any_text)
    return batch_id(source.name, pseudonymiser.fingerprint, str(as_of), *read_as, *digests)


def import_folder(
    home: Home, source_name: str, folder: Path, *, as_of: date | None = None, report: Report = silent
) -> Manifest:
    """Import a folder of exports; as `import_source`."""
    return import_source(home, source_name, str(folder), as_of=as_of, report=report)


def site_of(source_name: str, place: str) -> str:
    """Return whose records a place holds: `example` (the one we ship), `oulad`, or `own`."""
    if source_name == "oulad":
        return "oulad"
    return "example" if source_name == "moodle" and Path(place).resolve() == EXAMPLE.resolve() else "own"


def time_zone() -> str:
    """Return the organisation's time zone: `FILROUGE_TIMEZONE`, or Paris.

    Raises
    ------
    SourceError : no such zone.
    """
    name = os.environ.get("FILROUGE_TIMEZONE") or TIME_ZONE
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SourceError("unknown time zone", where="FILROUGE_TIMEZONE", accepted=f"as in {TIME_ZONE}") from error


@contextmanager
def _private_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder of its owner's only, and leave nothing of it."""
    shutil.rmtree(path, ignore_errors=True)
    make_private(path)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _cursor(store: RecordStore, source: Source, place: str) -> Mapping[str, object]:
    """Return where the last batch read from the same place stopped."""
    left = (m.cursor for m in reversed(store.batches()) if m.source == source.name and m.cursor.get("place") == place)
    return next(left, {})


def _chosen(request: Request) -> Iterator[str]:
    """Yield the options, and what the files they name hold, so that the same file read otherwise is another batch."""
    for name, value in sorted(request.options.items()):
        yield f"{name}={binary_digest(Path(value)) if Path(value).is_file() else value}"


def _known(home: Home, store: RecordStore) -> Known:
    """Return who is known and what the store holds, for sources whose people another one brought."""
    vault = Vault(home.identities_database)
    people = known_people(vault)
    vault.close()
    with store.connect(whole=True) as connection:
        sources = frozenset(manifest.source for manifest in store.batches())
        return replace(people, tables=known_tables(connection), sources=sources)


def _refuse_older(store: RecordStore, source: Source, as_of: date | None, files: set[str]) -> None:
    """Raise SourceError for an export that would bring the records of a source back in time.

    A system's export is compared with all of its own; a sheet, with those of the same name: two teams' sheets may
    come in any order.
    """
    known = [manifest for manifest in store.batches() if manifest.source == source.name]
    same = [m for m in known if source.name in WHOLE or files & {file.file for file in m.files}]
    latest = max((m.as_of for m in same if m.as_of), default=None)
    if latest and as_of and as_of < date.fromisoformat(latest):
        raise SourceError(
            "the export is older than the records of its source",
            where=f"its today is {as_of.isoformat()}",
            accepted=f"an export of {latest} or later",
            todo="give its real day with --as-of, export again, or start another FILROUGE_HOME",
        )


def _name_apart(home: Home, extract: Extract) -> None:
    """Put the names in the vault, before any record that points to them can be seen."""
    vault = Vault(home.identities_database)
    vault.put(extract.identities)
    vault.close()


def _batch(source: Source, identity: str, area: Staging, extract: Extract, gathered: Gathered, now: datetime) -> Batch:
    return Batch(
        source=source.name,
        batch_id=identity,
        tables={name: area.stream(extract.tables[name]) for name in TABLES if name in extract.tables},
        imported_at=now,
        as_of=extract.as_of,
        cursor=gathered.cursor,
        files=tuple(area.files),
        quarantine=area.quarantine(),
    )


def _digests(files: Mapping[str, Path], report: Report, *, any_text: bool = False) -> Iterator[str]:
    """Yield what each file holds, by table, whatever its name, place or (unless any text will do) compression."""
    for done, (table, path) in enumerate(sorted(files.items())):
        report("checking", done, len(files))
        yield f"{table}={binary_digest(path) if any_text else _digest(path)}"
    report("checking", len(files), len(files))


def _digest(path: Path) -> str:
    """Return the hash of a file's content: of the text when it is compressed text, and then judged readable."""
    return probe(path).digest if path.name.endswith((".csv", ".csv.gz")) else binary_digest(path)
