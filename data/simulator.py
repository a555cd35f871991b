"""Learners whose risk is known: a hidden state drives what they do, the day they leave, and why.

Retention follows OULAD's (`RETENTION`), motives follow DARES 2021 (`CAUSES`). The truth (each learner's hazard
with and without a mentor's contact, each departure's cause, the hidden states) is kept apart from the records: it
is what a model is judged against, and nothing that a model may read. The contacts that were made are records, as an
organisation would have them; the chance that each had is apart, with the truth. See docs/simulator.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data import tone
from data.batches import Batch, Manifest, TableCount, batch_id
from data.contacts import SOURCE as ACTIONS_SOURCE
from data.contracts import TABLES
from data.errors import HomeError
from data.home import Home
from data.identities import Identity, Vault
from data.privacy import Pseudonymiser, load_key
from data.progress import Report, silent
from data.simulated import posts as simulated_posts
from data.simulated import records as simulated_records
from data.simulated import work as simulated_work
from data.simulated.columns import day_number
from data.simulated.hazard import CAUSES, RETENTION
from data.simulated.plan import Outage, Part, Plan, Shift, blocks, parts, sized
from data.simulated.truth import ACTIONS_SCHEMA, SCHEMA, actions, truth
from data.simulated.world import World, make_world, source_of
from data.store import RecordStore

__all__ = ["CAUSES", "RETENTION", "Outage", "Plan", "Shift", "Simulation", "keep", "records", "simulate", "sized"]

SOURCE, SITE = "simulator", "simulated"
OURS = (SOURCE, ACTIONS_SOURCE)
VERSION = "3"
"""What the same plan gives changes with it."""
MARK = b"filrouge.plan"


@dataclass(frozen=True)
class Simulation:
    """Canonical tables; apart, the worlds they come from (one a part), their truth, and the contacts decided."""

    worlds: Sequence[World]
    tables: Mapping[str, pa.Table]
    truth: pa.Table
    actions: pa.Table

    @property
    def world(self) -> World:
        """The first world: the only one of a session of 2,000 learners or fewer."""
        return self.worlds[0]


def simulate(plan: Plan, pseudonymiser: Pseudonymiser) -> Simulation:
    """Return simulated records and their truth, in memory; the same plan and key give the same ones."""
    worlds = [make_world(plan, part, pseudonymiser) for part in parts(plan)]
    tables = records(worlds, pseudonymiser)
    return Simulation(
        worlds, tables,
        truth=pa.concat_tables([truth(world) for world in worlds]),
        actions=pa.concat_tables([actions(world) for world in worlds]),
    )  # fmt: skip


def records(worlds: Sequence[World], pseudonymiser: Pseudonymiser) -> dict[str, pa.Table]:
    """Return the canonical tables of some worlds, as their plan's last day sees them."""
    each = [_records(world, pseudonymiser) for world in worlds]
    return {name: pa.concat_tables([one[name] for one in each if name in one]) for name in TABLES if name in each[0]}


def _records(world: World, pseudonymiser: Pseudonymiser) -> dict[str, pa.Table]:
    plan, part = world.plan, world.part
    results, marks = simulated_work.quiz_results(world, pseudonymiser)
    tables = {
        **_of_the_session(plan, part, pseudonymiser),
        "enrolments": simulated_records.enrolments(world, marks, pseudonymiser),
        "learner_attributes": simulated_records.learner_attributes(world, pseudonymiser),
        "activity": simulated_records.activity(world),
        "posts": simulated_posts.posts(world),
        "quiz_results": results,
        "survey_answers": simulated_work.survey_answers(world, pseudonymiser),
        "attendance": simulated_records.attendance(world),
    }
    if plan.actions != "none":
        tables["contacts"] = simulated_records.contacts(world)
    return {name: _heard(plan, name, table) for name, table in tables.items()}


def _of_the_session(plan: Plan, part: Part, pseudonymiser: Pseudonymiser) -> dict[str, pa.Table]:
    """Return what is said once a session, with its first part; the calendar with the first session."""
    tables = {
        "sessions": simulated_records.sessions(plan, part),
        "calendar": simulated_records.calendar(plan),
        "assessments": simulated_work.assessments(plan, part, pseudonymiser),
        "surveys": simulated_work.surveys(plan, part, pseudonymiser),
    }
    said = {name: part.number > 0 or (name == "calendar" and part.session > 0) for name in tables}
    return {name: table.slice(0, 0) if said[name] else table for name, table in tables.items()}


def _heard(plan: Plan, name: str, table: pa.Table) -> pa.Table:
    """Return a table without what came during its source's outages."""
    for outage in plan.outages:
        if outage.kind == name:
            known = table["known_on"].cast(pa.int32()).to_numpy()
            quiet = (known >= day_number(outage.from_on)) & (known <= day_number(outage.to_on))
            table = table.filter(pa.array(~quiet))
    return table


def keep(home: Home, plan: Plan, *, at: datetime, truth_file: Path | None = None, report: Report = silent) -> Manifest:
    """Simulate into the store, and write the truth (and the contacts) to Parquet files apart.

    One batch a block of learners: memory does not grow with the plan, and a run that was killed goes on where it
    stopped. The same plan twice changes nothing; the same plan seen from a later day brings what is new. The home is
    named `simulated`: nobody's consent is wanted to read people who do not exist.

    Parameters
    ----------
    at : when it is done.
    truth_file : where the truth goes, `truth.parquet` in the home by default; `actions.parquet` goes beside it.

    Returns
    -------
    Manifest : those of the batches, added up.

    Raises
    ------
    HomeError : the home holds other records, another simulated world, or this one as seen from a later day; or the
        truth cannot be written there.
    """
    store, apart = RecordStore(home), truth_file or home.root / "truth.parquet"
    _refuse_place(home, apart)
    pseudonymiser = Pseudonymiser(load_key(home.keys, store.keys_used()), SOURCE)
    run = _Run(home, plan, at, pseudonymiser)
    with store.locked():
        done = {manifest.batch_id: replace(manifest, already=True) for manifest in store.batches()}
        files = _files(plan, apart)
        if all(run.identity(block) in done for block in run.blocks) and all(_is_of(path, plan) for path in files):
            return _together([done[run.identity(block)] for block in run.blocks])
        home.keep_apart(SITE, holds_records=any(manifest.source not in OURS for manifest in done.values()))
        run.refuse_another(done.values())
        with ExitStack() as stack:
            writers = [stack.enter_context(_whole(path, schema, plan)) for path, schema in files.items()]
            manifests = [run.keep_block(store, place, done, writers, report) for place in range(len(run.blocks))]
        report("simulating", len(run.blocks), len(run.blocks))
        return _together(manifests)


@dataclass(frozen=True)
class _Run:
    """One plan on its way into one home."""

    home: Home
    plan: Plan
    at: datetime
    pseudonymiser: Pseudonymiser

    @cached_property
    def blocks(self) -> list[tuple[Part, ...]]:
        """The batches to come, in order."""
        return blocks(self.plan)

    @property
    def world(self) -> str:
        """A mark of the plan whatever the day it is seen from."""
        return batch_id(SOURCE, VERSION, repr(self.plan.world))

    def identity(self, block: tuple[Part, ...]) -> str:
        """Return a block's batch: what determines its content."""
        told = (VERSION, repr(self.plan), repr(block), self.pseudonymiser.fingerprint, f"reading={tone.VERSION}")
        return batch_id(SOURCE, *told)

    def refuse_another(self, done: Iterable[Manifest]) -> None:
        """Raise HomeError when the home holds another plan, or this one as seen from a later day."""
        for manifest in done:
            if manifest.source != SOURCE:
                continue
            if manifest.cursor.get("world") != self.world:
                raise _mixed(self.home, "another simulated world", "the same plan, but for its last day")
            if manifest.as_of and date.fromisoformat(manifest.as_of) > self.plan.last_on:
                raise _mixed(self.home, "this simulated world seen from a later day", f"{manifest.as_of} or later")

    def keep_block(
        self, store: RecordStore, place: int, done: Mapping[str, Manifest], writers: Sequence[pq.ParquetWriter],
        report: Report,
    ) -> Manifest:  # fmt: skip
        """Write a block's truth, and its records unless they are there."""
        block = self.blocks[place]
        report("simulating", place, len(self.blocks))
        identity, worlds = self.identity(block), [make_world(self.plan, part, self.pseudonymiser) for part in block]
        for writer, tables in zip(writers, (truth, actions), strict=False):
            writer.write_table(pa.concat_tables([tables(world) for world in worlds]))
        if identity in done:
            return done[identity]
        vault = Vault(self.home.identities_database)
        vault.put(who for world in worlds for who in _identities(world, self.pseudonymiser))
        vault.close()
        mark = self.pseudonymiser.fingerprint
        batch = Batch(
            SOURCE, identity, records(worlds, self.pseudonymiser), self.at, self.plan.last_on, key_fingerprint=mark,
            cursor={"world": self.world, "block": place},
        )  # fmt: skip
        manifest = store.write_batch(batch)
        self.home.name_site(SITE)
        return manifest


def _mixed(home: Home, what: str, accepted: str) -> HomeError:
    return HomeError(
        f"this folder holds {what}",
        where=str(home.root),
        accepted=accepted,
        todo="set FILROUGE_HOME to another folder, or delete this one",
    )


def _files(plan: Plan, truth_file: Path) -> dict[Path, pa.Schema]:
    """Return what is written apart, and its columns; the truth first."""
    beside = {truth_file.with_name("actions.parquet"): ACTIONS_SCHEMA} if plan.actions != "none" else {}
    return {truth_file: SCHEMA, **beside}


def _refuse_place(home: Home, path: Path) -> None:
    """Raise HomeError where the truth would be among the records, or cannot be written at all."""
    folder = path.expanduser().absolute().parent.resolve()
    if folder.is_relative_to(home.records.resolve()) or path.is_dir() or not os.access(folder, os.W_OK):
        raise HomeError(
            "the truth cannot be written there", where=str(path), accepted="a file of a folder that is there,"
            " not among the records", todo="choose another place with --truth",
        )  # fmt: skip


def _is_of(path: Path, plan: Plan) -> bool:
    """Tell whether a file apart is there and was written for this plan; a damaged one was not."""
    try:
        return (pq.read_schema(path).metadata or {}).get(MARK) == _mark(plan)
    except (FileNotFoundError, pa.ArrowInvalid):
        return False


def _mark(plan: Plan) -> bytes:
    return batch_id(SOURCE, VERSION, repr(plan)).encode()


@contextmanager
def _whole(path: Path, schema: pa.Schema, plan: Plan) -> Iterator[pq.ParquetWriter]:
    """Yield a writer of a file, its owner's only, that takes its name only once it is whole."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.touch(mode=0o600)
        with pq.ParquetWriter(draft, schema.with_metadata({MARK: _mark(plan)})) as writer:
            yield writer
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _identities(world: World, pseudonymiser: Pseudonymiser) -> Iterator[Identity]:
    """Yield names for people who do not exist."""
    session, numbers = world.part.session, simulated_records.learner_numbers(world, pseudonymiser).tolist()
    code = simulated_records.session_code(session)
    for index, learner, enrolment in zip(world.index.tolist(), numbers, world.enrolment.tolist(), strict=True):
        told = source_of(session, index)
        yield Identity("learner", learner, SOURCE, told, f"Apprenant simulé {session + 1}.{index + 1}")
        yield Identity("enrolment", enrolment, SOURCE, f"{told}:{code}")
    for told in simulated_records.mentors_of(world):
        number = pseudonymiser.one("mentor", told)
        yield Identity("mentor", number, SOURCE, told, f"Mentor simulé {session + 1}.{int(told.split(':')[1]) + 1}")


def _together(manifests: Sequence[Manifest]) -> Manifest:
    """Return the manifests of the batches of a run, added up."""
    if len(manifests) == 1:
        return manifests[0]
    last = manifests[-1]
    names = [name for name in TABLES if any(name in manifest.tables for manifest in manifests)]
    tables = {name: _summed([one.tables[name] for one in manifests if name in one.tables]) for name in names}
    identity = batch_id(SOURCE, *(manifest.batch_id for manifest in manifests))
    return replace(last, batch_id=identity, tables=tables, already=all(manifest.already for manifest in manifests))


def _summed(counts: Sequence[TableCount]) -> TableCount:
    refused = sorted({reason for count in counts for reason in count.refused})
    return TableCount(
        rows=sum(count.rows for count in counts),
        new=sum(count.new for count in counts),
        changed=sum(count.changed for count in counts),
        refused={reason: sum(count.refused.get(reason, 0) for count in counts) for reason in refused},
        last_known_on=max((count.last_known_on for count in counts if count.last_known_on), default=None),
    )
