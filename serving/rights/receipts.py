"""What is told of an erasure: where it stands, and the receipt that the person is given, which names nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from serving.language import Speech, mark
from serving.rights.telling import TABLES

STATES = {
    "under_way": mark("Being done"),
    "cut_short": mark("Cut short: go on"),
    "unproven": mark("Done, not proven yet: go on"),
    "held": mark("Not whole: a file still holds the learner"),
    "proven": mark("Done and proven"),
}
RECORDS = "records_"
ANSWERS = "answers"
"""In the entry of an erasure: the requests of the register that it answers, still open when the rows went."""


@dataclass(frozen=True)
class Told:
    """What is known of one erasure: its request, and what the journal says of it (`None`: nothing yet).

    `at` of the entries are instants; `erased` and `proven` are their details, `seal` the hash of the last one.
    """

    number: int
    asked_at: datetime
    asked_by: str
    reason: str
    finished_at: datetime | None
    erased: Mapping[str, Any] | None
    proven: Mapping[str, Any] | None
    proven_at: datetime | None
    entry: int | None
    seal: str
    running: bool

    @property
    def state(self) -> str:
        """Where it stands."""
        held = None if self.proven is None else int(self.proven["held"])
        return state(finished=self.finished_at is not None, running=self.running, held=held)


def state(*, finished: bool, running: bool, held: int | None) -> str:
    """Say where an erasure stands; `held`: files that still hold the person, None before every file was read.

    >>> state(finished=True, running=False, held=0)
    'proven'
    """
    if running:
        return "under_way"
    if not finished:
        return "cut_short"
    if held is None:
        return "unproven"
    return "held" if held else "proven"


def lines(told: Told, copies: list[str], organisation: str, speech: Speech) -> Iterator[str]:
    """Yield the receipt of an erasure that is proven, a sentence each: what went, how it was proven, what stays."""
    proven, erased = dict(told.proven or {}), dict(told.erased or {})
    asked, ended = speech.instant(told.asked_at), speech.instant(told.proven_at or told.asked_at)
    head = mark("%(organisation)s: erasure no. %(number)s, asked for on %(asked)s, done and proven on %(ended)s.")
    yield speech.say(head, organisation=organisation or "Filrouge", number=told.number, asked=asked, ended=ended)
    gone = {name.removeprefix(RECORDS): n for name, n in proven.items() if name.startswith(RECORDS)}
    if gone:
        yield speech.say(mark("Records removed: %(what)s."), what=_counted(gone, speech))
    work = {name: n for name, n in erased.items() if n and name not in ("request", "shared", "answered", ANSWERS)}
    if work:
        yield speech.say(mark("Removed from, or emptied in, what was done about them: %(what)s."),
                         what=_counted(work, speech))  # fmt: skip
    read = mark("Every file was read after that (%(files)s): none holds a name, an address, an identifier or a number"
                " of the person. Files deleted because they did: %(deleted)s.")  # fmt: skip
    yield speech.say(read, files=speech.number(proven["files"]), deleted=speech.number(proven["deleted"]))
    if erased.get("shared"):
        yield speech.say(mark("Somebody else has the same name, address or identifier: where it stands alone in what is"
                              " written about others, it stays, since it may be theirs."))  # fmt: skip
    yield speech.say(mark("What stays: a number that tells an import not to bring the person back, and the evidence"
                          " journal, which names nobody and cannot be changed (entry %(entry)s, seal %(seal)s)."),
                     entry=speech.number(told.entry or 0), seal=told.seal[:16])  # fmt: skip
    yield from copies
    yield speech.say(mark("It cannot be undone."))


def _counted(counts: Mapping[str, Any], speech: Speech) -> str:
    named = {name: speech.say(TABLES[name]) if name in TABLES else name for name in counts}
    return ", ".join(f"{named[name]} {speech.number(n)}" for name, n in sorted(counts.items()))
