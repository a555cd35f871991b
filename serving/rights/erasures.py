"""The erasures that were asked for, as the vault and the journal tell them, and those that this process does now."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime
from pathlib import Path
from threading import Lock

from sqlalchemy.orm import Session

from data.home import Home
from data.identities import ErasureRequest, Vault
from serving.problems import NotFoundError
from serving.rights import repository
from serving.rights.erasing import ERASED, PROVEN
from serving.rights.receipts import Told

UNDER_WAY: set[tuple[Path, int]] = set()
"""Erasures that this process does now, by home and number; what another left is cut short, and is gone on with."""
_ONE = Lock()


def begin(home: Home, number: int) -> bool:
    """Say that an erasure is being done here; return whether it was not already: only who began it does it and ends."""
    with _ONE:
        begun = (home.root, number) not in UNDER_WAY
        UNDER_WAY.add((home.root, number))
    return begun


def end(home: Home, number: int) -> None:
    """Say that an erasure is not being done here any more."""
    UNDER_WAY.discard((home.root, number))


def listed(session: Session, home: Home) -> list[Told]:
    """Return the erasures that were asked for, the latest first."""
    with closing(Vault(home.identities_database)) as vault:
        return [_told(session, home, one) for one in reversed(vault.erasures())]


def known(session: Session, home: Home, number: int) -> Told:
    """Return one erasure.

    Raises
    ------
    NotFoundError : there is none.
    """
    found = next((one for one in listed(session, home) if one.number == number), None)
    if found is None:
        raise NotFoundError("there is no such erasure", todo="filrouge person erase")
    return found


def _told(session: Session, home: Home, asked: ErasureRequest) -> Told:
    gone = repository.of_erasure(session, ERASED, asked.number)
    proofs = repository.all_of_erasure(session, PROVEN, asked.number)
    proof = proofs[0] if proofs else None
    deleted = sum(json.loads(one.details)["deleted"] for one in proofs)  # each reading deletes what it finds
    proven = {**json.loads(proof.details), "deleted": deleted} if proof else None
    return Told(
        asked.number, datetime.fromisoformat(asked.asked_at), asked.asked_by, asked.reason,
        datetime.fromisoformat(asked.finished_at) if asked.finished_at else None,
        json.loads(gone.details) if gone else None, proven,
        datetime.fromisoformat(proof.at) if proof else None, proof.seq if proof else None, proof.hash if proof else "",
        (home.root, asked.number) in UNDER_WAY,
    )  # fmt: skip
