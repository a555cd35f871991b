"""What mentors did, as records: an idempotent batch of the source `filrouge`, through the contract of every import.

Only enrolments, days and codes come in: no name, no note, no author. Training reads them to know who was helped;
features never do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from data.batches import Batch, batch_id
from data.contracts import CONTACTS

if TYPE_CHECKING:
    from data.batches import Manifest
    from data.home import Home

SOURCE = "filrouge"


@dataclass(frozen=True)
class Contact:
    """One action of prevention; `number` is its own in the work database."""

    number: int
    enrolment_id: int
    contacted_on: date
    kind: str
    outcome: str | None
    known_on: date


def keep_contacts(home: Home, done: Sequence[Contact], *, at: datetime) -> Manifest | None:
    """Write actions to the store, and return the batch's manifest; None when there is nothing to write.

    The same actions twice change nothing. An action of an enrolment that the records do not hold is refused and
    counted; one of somebody who was erased stays out.

    Raises
    ------
    HomeError : the store holds records made with another key than the one that is there.
    StoreError : an import is running.
    """
    from data.privacy import Pseudonymiser, load_key
    from data.store import RecordStore

    if not done:
        return None
    store = RecordStore(home)
    pseudonymiser = Pseudonymiser(load_key(home.keys, store.keys_used()), SOURCE)
    rows = [
        {
            "record_id": pseudonymiser.one("contact", str(one.number)),
            "enrolment_id": one.enrolment_id,
            "contacted_on": one.contacted_on,
            "kind": one.kind,
            "outcome": one.outcome,
            "known_on": max(one.known_on, one.contacted_on),
        }
        for one in sorted(done, key=lambda one: one.number)
    ]
    identity = batch_id(SOURCE, pseudonymiser.fingerprint, json.dumps(rows, default=str))
    table = pa.Table.from_pylist(rows, CONTACTS.schema)
    return store.write_batch(
        Batch(SOURCE, identity, {CONTACTS.name: table}, at, key_fingerprint=pseudonymiser.fingerprint)
    )
