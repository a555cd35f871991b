"""Learners whose risk is known: a hidden engagement drives what they do and the day they leave.

Retention follows OULAD's (`RETENTION`), motives follow DARES 2021. The truth (each learner's daily hazard,
each departure's cause) is kept apart from the records: it is what a model is judged against, and nothing
that a model may read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data import simulated_records as records
from data.batches import Batch, Manifest, batch_id
from data.home import Home
from data.identities import Identity, Vault
from data.privacy import Pseudonymiser, load_key
from data.progress import Report, silent
from data.simulated_world import CAUSES, RETENTION, Plan, World, make_world, truth
from data.store import RecordStore

__all__ = ["CAUSES", "RETENTION", "Plan", "Simulation", "keep", "simulate"]

SOURCE = "simulator"


@dataclass(frozen=True)
class Simulation:
    """Canonical tables, and the truth apart: enrolment_id, day, hazard (chance of leaving that day), cause, left_on."""

    world: World
    tables: Mapping[str, pa.Table]
    truth: pa.Table


def simulate(plan: Plan, pseudonymiser: Pseudonymiser) -> Simulation:
    """Return simulated records and their truth; the same plan and key give the same ones."""
    rng = np.random.default_rng(plan.seed)
    world = make_world(plan, rng, pseudonymiser)
    tables = {
        "sessions": records.sessions(plan),
        "enrolments": records.enrolments(world, pseudonymiser),
        "activity": records.activity(world, rng, pseudonymiser),
        "posts": records.posts(world, rng, pseudonymiser),
        **records.quizzes(world, rng, pseudonymiser),
        **records.surveys(world, rng, pseudonymiser),
    }
    return Simulation(world, tables, truth(world))


def keep(home: Home, plan: Plan, *, at: datetime, truth_file: Path | None = None, report: Report = silent) -> Manifest:
    """Simulate into the store as one batch, and write the truth to a Parquet file apart.

    Parameters
    ----------
    at : when it is done.
    truth_file : where the truth goes; `truth.parquet` in the home by default.
    """
    store = RecordStore(home)
    pseudonymiser = Pseudonymiser(load_key(home.keys, store.keys_used()), SOURCE)
    report("simulating", 0, 1)
    simulation = simulate(plan, pseudonymiser)
    report("simulating", 1, 1)
    _write_truth(simulation.truth, truth_file or home.root / "truth.parquet")
    vault = Vault(home.identities_database)
    vault.put(_identities(simulation, pseudonymiser))
    vault.close()
    identity = batch_id(SOURCE, repr(plan), pseudonymiser.fingerprint)
    batch = Batch(SOURCE, identity, simulation.tables, at, plan.last_on, key_fingerprint=pseudonymiser.fingerprint)
    return store.write_batch(batch, report)


def _write_truth(rows: pa.Table, path: Path) -> None:
    """Write the truth whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(rows, draft)
    draft.replace(path)


def _identities(simulation: Simulation, pseudonymiser: Pseudonymiser) -> Iterator[Identity]:
    """Yield names for people who do not exist."""
    world = simulation.world
    for row, (enrolment, session) in enumerate(zip(world.enrolment.tolist(), world.session.tolist(), strict=True)):
        learner = pseudonymiser.one("learner", str(row))
        yield Identity("learner", learner, SOURCE, str(row), f"Apprenant simulé {row + 1}")
        yield Identity("enrolment", enrolment, SOURCE, f"{row}:SIM-{session + 1:02}")
    for source_id in sorted({records.mentor_of(world, row) for row in range(len(world.left))}):
        session, _, group = source_id.partition(":")
        name = f"Mentor simulé {int(session) + 1}.{int(group) + 1}"
        yield Identity("mentor", pseudonymiser.one("mentor", source_id), SOURCE, source_id, name)
