"""One import from a folder to the store: find, hash, read, judge, name apart, write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from data import tone
from data.batches import Batch, Manifest, batch_id
from data.contracts import TABLES
from data.errors import SourceError
from data.home import Home
from data.identities import Vault
from data.privacy import Pseudonymiser, load_key
from data.progress import Report, silent
from data.sources.base import TIME_ZONE, Clock, Extract, Source
from data.sources.raw import binary_digest, probe
from data.sources.staging import Staging, staging
from data.store import RecordStore

EXAMPLE = Path(__file__).parent / "sample" / "moodle"
TEXT_SUFFIXES = (".csv", ".gz")


def sources() -> dict[str, Source]:
    """Return the systems that can be read, by name."""
    from data.sources.moodle import Moodle
    from data.sources.oulad import Oulad

    return {source.name: source for source in (Moodle(), Oulad())}


def import_folder(
    home: Home, source_name: str, folder: Path, *, as_of: date | None = None, report: Report = silent
) -> Manifest:
    """Import a folder of exports as one batch, and return its manifest.

    The same files twice change nothing; an import that was killed is resumed by the same call.

    Parameters
    ----------
    as_of : the export's today. By default the last day on which a learner did something. A source that is
        a closed archive (oulad) has no today.

    Raises
    ------
    HomeError : the store holds records made with another key than the one that is there.
    SourceError : the folder or a file of it cannot be read at all; or the export is older than the last one.
    StoreError : another import is running.
    """
    source = _source(source_name)
    if not folder.is_dir():
        raise SourceError("not a folder of tables", where=str(folder), accepted="an existing folder")
    files = source.find(folder)
    store, now = RecordStore(home), datetime.now(UTC)
    pseudonymiser = Pseudonymiser(load_key(home.keys, store.keys_used()), source.name)
    identity = batch_id(
        source.name, *_digests(files, report), pseudonymiser.fingerprint, str(as_of if source.has_today else None),
        f"reading={tone.VERSION}",
    )  # fmt: skip
    with store.locked(), staging(home.root / ".staging", pseudonymiser) as area:
        known = store.batch(identity)
        if known:
            return known
        clock = Clock(as_of, now.astimezone(ZoneInfo(TIME_ZONE)).date())
        extract = source.extract(area, files, clock, report)
        _refuse_older(store, source, extract.as_of)
        _name_apart(home, extract)
        batch = _batch(source, identity, area, extract, now)
        return store.write_batch(replace(batch, key_fingerprint=pseudonymiser.fingerprint), report)


def site_of(source_name: str, folder: Path) -> str:
    """Return whose records a folder holds: `example` (the one we ship), `oulad`, or `own`."""
    if source_name == "oulad":
        return "oulad"
    return "example" if folder.resolve() == EXAMPLE.resolve() else "own"


def _refuse_older(store: RecordStore, source: Source, as_of: date | None) -> None:
    """Raise SourceError for an export that would bring the records of a source back in time."""
    latest = max((m.as_of for m in store.batches() if m.source == source.name and m.as_of), default=None)
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


def _batch(source: Source, identity: str, area: Staging, extract: Extract, now: datetime) -> Batch:
    return Batch(
        source=source.name,
        batch_id=identity,
        tables={name: area.stream(extract.tables[name]) for name in TABLES if name in extract.tables},
        imported_at=now,
        as_of=extract.as_of,
        files=tuple(area.files),
        quarantine=area.quarantine(),
    )


def _source(name: str) -> Source:
    known = sources()
    if name not in known:
        raise SourceError("unknown source", accepted=", ".join(known))
    return known[name]


def _digests(files: Mapping[str, Path], report: Report) -> Iterator[str]:
    """Yield what each file holds, by table, whatever its name, place or compression level."""
    for done, (table, path) in enumerate(sorted(files.items())):
        report("checking", done, len(files))
        digest = probe(path).digest if path.suffix in TEXT_SUFFIXES else binary_digest(path)
        yield f"{table}={digest}"
    report("checking", len(files), len(files))
