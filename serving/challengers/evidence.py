"""Brings into the evidence journal the acts that a model's history has and it has not.

Those typed in a terminal (`filrouge models`), and those of a page whose process died between the two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from data.home import Home
from serving import keys
from serving.challengers import reports, repository
from serving.challengers.rooms import handed
from serving.challengers.schemas import DISMISSED, PROMOTED, RECALLED, ROLLED_BACK
from serving.quality import journal
from serving.quality.repository import lock_head
from serving.scoring.champion import MODEL_NAME

EVENTS = {
    PROMOTED: "challenger_promoted",
    DISMISSED: "challenger_dismissed",
    RECALLED: "challenger_recalled",
    ROLLED_BACK: "model_rolled_back",
}
"""The journal's event of each act of a person; a first model that serves by itself is none."""
Told = Mapping[str, Any]


def write_down(home: Home, name: str) -> int:
    """Write down, after a command of the terminal, the acts of a model's history that the journal has not; how many."""
    from serving.commands import clock_of, work

    with work(write=True) as (session, settings):
        return catch_up(session, home, name, now=clock_of(settings).now())


def catch_up(session: Session, home: Home, name: str, *, now: datetime) -> int:
    """Write down the acts of a model's history that the journal has not, with the instant of each; return how many.

    The journal has no name: who decided is a keyed digest, as the reason is. The page shows what became of a version.

    Raises
    ------
    ModelError : the history cannot be read.
    NotReadyError : nobody handed it in.
    """
    acts, key = handed().acts(home, name), keys.read_or_create(home.keys / "journal.key")
    lock_head(session)
    known = {
        _mark_of(one.event, one.at, json.loads(one.details)) for one in repository.entries(session, EVENTS.values())
    }
    found = [
        one for one in acts if one["action"] in EVENTS and (EVENTS[one["action"]], name, *_which(one)) not in known
    ]
    for act in found:
        journal.append(session, EVENTS[act["action"]], at=now, details=_details(name, act, key))
        if name == MODEL_NAME:
            _show(home, act)
    return len(found)


def _which(act: Told) -> tuple[str, str]:
    return act["version"], act["at"]


def _mark_of(event: str, at: str, details: Told) -> tuple[str, str, str, str]:
    """Return what an entry tells of: an entry that a page wrote is of the very second of its act."""
    second = datetime.fromisoformat(at).isoformat(timespec="seconds")
    return event, details["model"], details["version"], details.get("decided_at", second)


def _details(name: str, act: Told, key: bytes) -> journal.Details:
    words = {"by_digest": act["by"], "reason_digest": act["reason"]}
    digests = {what: keys.digest(key, "challenger", text) for what, text in words.items() if text}
    return {"model": name, "version": act["version"], "before": act["before"] or "", "decided_at": act["at"], **digests}


def _show(home: Home, act: Told) -> None:
    """Have the page of the model tell what was decided of a version, as if it had been decided there."""
    told = reports.read(home, act["version"])
    if told is not None and act["action"] != ROLLED_BACK:
        decision = None if act["action"] == RECALLED else {"what": act["action"], "on": act["at"][:10]}
        reports.write(home, act["version"], told | {"decision": decision})
