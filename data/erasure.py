"""Erasure at a person's request: out of every table, every old version, the vault and whatever was derived.

What is asked is written down first, so that a kill at any moment is finished by the next erasure or import. Readers
see all of it or nothing: the tables change together, by one row of the ledger.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from data import checks, delta
from data.also import ALSO, NAMERS, WITNESSES
from data.batches import Manifest, TableCount
from data.contracts import TABLES, TableSpec
from data.errors import StoreError
from data.home import Home
from data.identities import ErasureRequest, Identity, Vault
from data.mending import mend, without
from data.privacy import KEY_FILE, Pseudonymiser, mail_mark
from data.proof import Trace, files_of, prove, still_in
from data.rewriting import Rewriting, scratch, scratch_folder
from data.spelling import telling
from data.store import RecordStore
from data.texts import Texts

OWN_FOLDERS = ("records", "keys")
OWN_FILES = {
    f"{name}{more}" for name in ("identities.db", "work.db", "texts.db") for more in ("", "-wal", "-shm", "-journal")
} | {"sources.toml", "source"}
"""What is erased by a way of its own, and what an organisation writes itself: its list of sources, whose they are."""
TOGETHER = ("scored", "packs")
IN_PROGRESS = (".staging", ".spool")
"""What a killed import left; none runs while somebody is erased."""


@dataclass(frozen=True)
class Erasure:
    """What an erasure did: rows removed by table, derived files deleted, files read, and those that still hold them.

    `shared`: how many of their name, e-mail and identifiers somebody else has too; words with these are as they were.
    """

    learner_id: int
    rows: dict[str, int]
    deleted: tuple[str, ...]
    still_in: tuple[str, ...]
    number: int = 0
    files_read: int = 0
    shared: int = 0


def erase(home: Home, learner_id: int, *, by: str, at: datetime, reason: str) -> Erasure:
    """Erase a learner, then read every file of the home to prove it; one already erased is only looked for.

    Parameters
    ----------
    by : who answers for it.
    reason : why, in a few words that name nobody: it is kept, without the learner's name.

    Raises
    ------
    StoreError : nobody by that number; or an import is running.
    """
    store = RecordStore(home)
    with store.locked():
        done = _prove(store, _ask(store, learner_id, by=by, at=at, reason=reason), at)
        finish_erasures(store, at=at)
        return done


def ask(home: Home, learner_id: int, *, by: str, at: datetime, reason: str) -> int:
    """Write down that a learner is to be erased, and return the number of it; from here on it will be (`finish`).

    Raises
    ------
    StoreError : nobody by that number; or an import is running.
    """
    store = RecordStore(home)
    with store.locked():
        return _ask(store, learner_id, by=by, at=at, reason=reason)


def finish(home: Home, number: int, *, at: datetime) -> Erasure:
    """Do all that is left of an erasure that was asked, then read every file of the home to prove it.

    Raises
    ------
    StoreError : none was asked by that number; or an import is running.
    """
    store = RecordStore(home)
    with store.locked():
        return _prove(store, number, at)


def _ask(store: RecordStore, learner_id: int, *, by: str, at: datetime, reason: str) -> int:
    """Write an erasure down, once for a learner; the caller holds the store's lock."""
    home = store.home
    with closing(Vault(home.identities_database)) as vault:
        known = [one.number for one in vault.erasures() if one.learner_id == learner_id]
        if known:
            return known[-1]
        enrolments = _enrolments(store, learner_id)
        trace = trace_of(home, learner_id, enrolments)
        if not trace.widest.texts and not enrolments:
            raise StoreError("nobody has this number", accepted="a learner's pseudonym", todo="filrouge person find")
        mails, also = _known_again(home, vault, learner_id)
        told = without(reason, trace.widest)  # it is kept
        vault.ask_erasure(learner_id, enrolments, by=by, at=at, reason=told, mails=mails, also=also)
        return vault.erasures()[-1].number


def _prove(store: RecordStore, number: int, at: datetime) -> Erasure:
    """Finish an erasure, read every file, and tell what was found; the caller holds the store's lock."""
    home = store.home
    with closing(Vault(home.identities_database)) as vault:
        asked = [one for one in vault.erasures() if one.number == number]
        if not asked:
            raise StoreError("no erasure has this number")
        request = asked[0]
        trace = trace_of(home, request.learner_id, (*request.enrolments, *_enrolments(store, request.learner_id)))
        rows: dict[str, int] = {}
        deleted: list[str] = []
        if request.finished_at is None:
            rows, deleted, elsewhere = _finish(store, vault, request, at)
        else:
            deleted, elsewhere = delete_derived(home, trace), _erase_elsewhere(home, trace, request, at)
    done = Erasure(
        request.learner_id, rows, tuple(deleted), (*prove(home, trace), *elsewhere), number, len(files_of(home)),
        len(trace.shared),
    )  # fmt: skip
    for witness in WITNESSES:
        witness(home, replace(done, rows=_removed(store, number)), at)
    return done


def _removed(store: RecordStore, number: int) -> dict[str, int]:
    """Return the rows that an erasure removed, by table, whenever it did."""
    done = (one for one in store.history() if one.batch_id == _identity(number))
    return {name: count.erased for one in done for name, count in one.tables.items()}


def _identity(number: int) -> str:
    return f"erasure-{number}"


def finish_erasures(store: RecordStore, *, at: datetime) -> None:
    """Finish what was asked and not done; the caller holds the store's lock."""
    with closing(Vault(store.home.identities_database)) as vault:
        for request in vault.erasures():
            if request.finished_at is None:
                _finish(store, vault, request, at)


def is_known(home: Home, learner_id: int) -> bool:
    """Tell whether a number is a learner's: of the vault, of the records, or of somebody erased."""
    vault = Vault(home.identities_database)
    erased = learner_id in vault.erased().get("learner", ())
    vault.close()
    return erased or bool(trace_of(home, learner_id, []).widest.texts or _enrolments(RecordStore(home), learner_id))


def enrolments_of(home: Home, learner_id: int) -> list[int]:
    """Return a learner's enrolments, whatever may be read of them."""
    return _enrolments(RecordStore(home), learner_id)


def trace_of(home: Home, learner_id: int, enrolments: Sequence[int]) -> Trace:
    """Return all by which a learner could be found, from the vault as it is before erasure."""
    found: list[Identity] = []
    others: set[str] = set()
    with closing(Vault(home.identities_database)) as vault:
        if home.identities_database.exists():
            found += vault.names_of(learner_id)
            found += vault.find("enrolment", enrolments).values()
            others = said_of_others(home, vault, learner_id)
        former = {text for one in vault.rewordings() if one.learner_id == learner_id for text in one.former}
    texts = former | {text for one in found for text in (one.source_id, one.display_name, one.email) if text}
    shared = {text for text in texts if is_said_of(text, others)}
    theirs = texts - shared
    return Trace((learner_id, *enrolments), tuple(sorted(theirs | _digests(theirs))), tuple(sorted(shared)))


def said_of_others(home: Home, vault: Vault, learner_id: int) -> set[str]:
    """Return the names, e-mails and identifiers of everybody else: learners, mentors, accounts."""
    people = [one for kind in ("learner", "mentor") for one in vault.find(kind).values()]
    told = {text for one in people if (one.kind, one.pseudonym) != ("learner", learner_id)
            for text in (one.source_id, one.display_name, one.email) if text}  # fmt: skip
    told |= {source_id for (_, source_id), number in vault.links().items() if number != learner_id}
    return told | {name for namer in NAMERS for name in namer(home)}


def _digests(texts: Collection[str]) -> set[str]:
    """Return the digests by which a program may name somebody instead of by their e-mail (xAPI, `mbox_sha1sum`)."""
    mails = {mail for text in texts if "@" in text for mail in (text, text.strip().casefold())}
    return {hashlib.sha1(f"mailto:{mail}".encode(), usedforsecurity=False).hexdigest() for mail in mails}


def is_said_of(text: str, others: Collection[str]) -> bool:
    """Tell whether a text is said of somebody else: it is theirs, or stands by itself in what is theirs."""
    alone = telling((text,))
    return alone is not None and any(alone.search(other) for other in others)


def _known_again(home: Home, vault: Vault, learner_id: int) -> tuple[list[int], list[int]]:
    """Return the marks by which a learner's e-mails are known again, and the pseudonyms their systems would give them.

    None where the key is lost, and no import works.
    """
    path, names = home.keys / KEY_FILE, vault.names_of(learner_id)
    if not path.exists():
        return [], []
    key = path.read_bytes()
    mails = {text for one in names for text in (one.email, one.source_id) if text and "@" in text}
    also = {Pseudonymiser(key, one.source).one("learner", one.source_id) for one in names} - {learner_id}
    return sorted({mail_mark(key, mail) for mail in mails}), sorted(also)


def _enrolments(store: RecordStore, learner_id: int) -> list[int]:
    """Return a learner's enrolments, whatever may be read of them."""
    committed = store.committed()
    if "enrolments" not in committed:
        return []
    paths = delta.files(store.root / "enrolments", committed["enrolments"], {"organisation": store.organisation})
    query = f"SELECT enrolment_id FROM ({checks.select(TABLES['enrolments'], paths)}) WHERE learner_id = ? ORDER BY 1"
    with duckdb.connect() as connection:
        return [number for (number,) in connection.execute(query, [learner_id]).fetchall()]


def _finish(
    store: RecordStore, vault: Vault, request: ErasureRequest, at: datetime
) -> tuple[dict[str, int], list[str], list[str]]:
    """Do all that an erasure asks, or is left of it; return rows removed by table, files deleted, who else holds it."""
    identity = _identity(request.number)
    done = [one for one in store.history() if one.batch_id == identity]
    if not done:
        gone = {"learner": [request.learner_id], "enrolment": list(request.enrolments)}
        done = [remove_rows(store, gone, identity, at)]
        store.commit(done[0])
    remove_old_files(store, done[0])
    for aside in store.root.glob(".dropped-*"):
        shutil.rmtree(aside)
    trace = trace_of(store.home, request.learner_id, request.enrolments)
    Texts(store.home).forget(request.learner_id, trace.telling)
    deleted = delete_derived(store.home, trace)
    elsewhere = _erase_elsewhere(store.home, trace, request, at)
    vault.forget({"learner": [request.learner_id], "enrolment": request.enrolments})  # last: it knows the names
    vault.end_erasure(request.number, at=at)
    return {name: count.erased for name, count in done[0].tables.items()}, deleted, elsewhere


def _erase_elsewhere(home: Home, trace: Trace, request: ErasureRequest, at: datetime) -> list[str]:
    return [place for eraser in ALSO for place in eraser(home, trace, request, at)]


def remove_rows(
    store: RecordStore, gone: Mapping[str, Sequence[int]], identity: str, at: datetime, *, source: str = "erasure"
) -> Manifest:
    """Write the tables without some people, each in one commit; return the manifest that makes it seen.

    Parameters
    ----------
    gone : numbers by kind: `learner`, `enrolment`; a table is written without those that it names.
    """
    versions, counts = store.committed(), {}
    with scratch(store.root) as connection:
        for kind in ("learner", "enrolment"):
            connection.execute(f"CREATE TABLE gone_{kind} AS SELECT unnest(?::BIGINT[]) AS {kind}_id", [gone[kind]])
        for name in [name for name in TABLES if name in versions]:
            removed = _remove_from(store, connection, TABLES[name], versions, delta.Commit(identity, at))
            if removed:
                counts[name] = TableCount(erased=removed)
    return Manifest(
        batch_id=identity, source=source, organisation=store.organisation, kind="erasure",
        imported_at=at.isoformat(timespec="seconds"), as_of=None, rows_in=0, rows_kept=0, rows_quarantined=0,
        rows_out_of_scope=0, files=(), tables=counts, versions=versions, last_known_on=None,
    )  # fmt: skip


def _remove_from(
    store: RecordStore, connection: duckdb.DuckDBPyConnection, spec: TableSpec, versions: dict[str, int],
    commit: delta.Commit,
) -> int:  # fmt: skip
    """Write anew the files of a table that hold the person; return how many rows went."""
    path, kinds = store.root / spec.name, _kinds(spec)
    if not kinds:
        return 0
    done = delta.done_by(path, commit.batch_id)
    if done:
        versions[spec.name] = done[0]
        return TableCount(**json.loads(done[1])).erased
    delta.take_back(path, versions[spec.name])
    paths = delta.files(path, versions[spec.name], {"organisation": store.organisation})
    if not paths:
        return 0
    theirs = " OR ".join(f"{kind}_id IN (FROM gone_{kind})" for kind in kinds)
    query = f"SELECT file_index, count(*) FROM {checks.parquet(paths)} WHERE {theirs} GROUP BY 1"
    found = connection.execute(f"{query} ORDER BY 1").fetchall()
    if not found:
        return 0
    touched, removed = [paths[place] for place, _ in found], sum(int(n) for _, n in found)
    files = Rewriting(connection, spec, store.root, store.organisation, scratch_folder(store.root))
    written = files.write(touched, without=" ".join(f"ANTI JOIN gone_{kind} USING ({kind}_id)" for kind in kinds))
    told = delta.Commit(commit.batch_id, commit.at, json.dumps(asdict(TableCount(erased=removed))))
    versions[spec.name] = delta.swap(path, files.schema, written, touched, told)
    return removed


def _kinds(spec: TableSpec) -> list[str]:
    """Return by which numbers a table names people, if it does."""
    return [kind for kind in ("learner", "enrolment") if f"{kind}_id" in spec.names]


def remove_old_files(store: RecordStore, done: Manifest) -> None:
    """Delete the files that held people whose rows went, so that no old version brings them back."""
    for name in TABLES:
        _remove_old_files(store, name, touched=name in done.tables)


def _remove_old_files(store: RecordStore, name: str, *, touched: bool) -> None:
    """Delete the files that held the person, and those of no version that was ever committed."""
    path, now = store.root / name, store.committed().get(name)
    if not delta.exists(path):
        return
    if now is None:
        delta.take_back(path, None)
        return
    delta.take_back(path, now)
    past = {one.versions[name] for one in store.history() if name in one.versions}
    last = delta.latest(path)
    kept = {now, *(() if last is None else (last,))}
    delta.remove_unused(path, kept if touched else kept | past)
    if touched:
        delta.cut_history(path)


def delete_derived(home: Home, trace: Trace) -> list[str]:
    """Delete whatever holds a person but what has its own way: it is made again from the records.

    No list of folders: every file of the home is read, so that what somebody adds one day goes too. A scored list or a
    pack of proof stands or falls together; a model's files are mended, since others rest on them.
    """
    for name in IN_PROGRESS:
        shutil.rmtree(home.root / name, ignore_errors=True)
    held = derived_holding(home, trace)
    gone = sorted({_whole(home, path) for path in held if home.models not in path.parents})
    for path in gone:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in held:
        if home.models in path.parents:
            mend(path, trace.beside_figures)
    mended = [path for path in held if home.models in path.parents]
    return [path.relative_to(home.root).as_posix() for path in (*gone, *mended)]


def derived_holding(home: Home, trace: Trace) -> list[Path]:
    """Return the files that hold a person and would go, or be mended, with them: exports, lists, reports, packs.

    What can be made again goes for a namesake's sake too; a model's own files stay for them.
    """
    files = [path for path in files_of(home) if not _has_its_way(home, path)]
    models = [path for path in files if home.models in path.parents]
    others = [path for path in files if home.models not in path.parents]
    return sorted([*still_in(home, models, trace), *still_in(home, others, trace.widest)])


def _has_its_way(home: Home, path: Path) -> bool:
    """Whether a file is the records', a secret, a database of ours, or what the organisation itself wrote."""
    place = path.relative_to(home.root).parts
    return place[0] in OWN_FOLDERS or place in {(name,) for name in OWN_FILES}


def _whole(home: Home, path: Path) -> Path:
    """Return what falls with a file: its scored list or pack of proof, else itself."""
    place = path.relative_to(home.root).parts
    return home.root.joinpath(*place[:2]) if place[0] in TOGETHER else path
