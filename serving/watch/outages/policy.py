"""When administrators are told that a kind of record is quiet, and that it is back: once an outage. Pure.

A source that comes and goes is told of once more, then only when it has come for a week without a day of silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

QUIET, SLOW, FRESH = "quiet", "slow", "fresh"
SILENT = (QUIET, SLOW)
OUT, BACK, UNSTEADY = PHASES = ("out", "back", "unsteady")
"""It is quiet; it came back lately; it came back, and fell silent again within `STEADY`."""
WORDS = (QUIET, SLOW, "again", BACK)
"""What may be told of a kind: nothing comes, far less than usual comes, it fell silent again, it is back."""
STEADY = timedelta(days=7)


@dataclass(frozen=True)
class Seen:
    """What the watch of a day says of a kind: `last_on` is the day of its last record, null where none is known."""

    kind: str
    state: str
    last_on: date | None = None


@dataclass(frozen=True)
class Outage:
    """A kind of record that was told of, until it has been well for `STEADY`.

    `state` is quiet or slow, as it was found on `found_on`; `last_on` the day of its last record then; `back_on` since
    when it is well again, null while it is not; `seen_on` the last watch that was read.
    """

    kind: str
    phase: str
    state: str
    last_on: date | None
    found_on: date
    seen_on: date
    back_on: date | None = None


@dataclass(frozen=True)
class Told:
    """What one message says: the kinds of each of `WORDS`, and the outages to keep after it."""

    kept: tuple[Outage, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def tell(known: Iterable[Outage], seen: Iterable[Seen], today: date) -> Told:
    """Return what is to be told of a day's watch, all kinds in one message, and what to keep; empty words: nothing.

    A watch of a day before the last one read changes nothing, nor does a kind of which too little is known.
    """
    before = {one.kind: one for one in known}
    states = {one.kind: one for one in seen}
    kept, said = list[Outage](), dict[str, tuple[str, ...]]()
    for kind in dict.fromkeys([*before, *states]):
        after, word = _step(before.get(kind), states.get(kind), today)
        kept += [after] if after else []
        if word:
            said[word] = (*said.get(word, ()), kind)
    return Told(tuple(kept), {word: said[word] for word in WORDS if word in said})


def _step(known: Outage | None, seen: Seen | None, today: date) -> tuple[Outage | None, str]:
    """Return what becomes of one kind, and the word said of it; empty when nothing is said."""
    if seen is None or seen.state not in (*SILENT, FRESH) or (known is not None and today < known.seen_on):
        return known, ""
    if known is None:
        return _begun(seen, today)
    now = replace(known, seen_on=today)
    return _silent(now, seen) if seen.state in SILENT else _well(now, today)


def _begun(seen: Seen, today: date) -> tuple[Outage | None, str]:
    if seen.state not in SILENT:
        return None, ""
    return Outage(seen.kind, OUT, seen.state, seen.last_on, today, today), seen.state


def _silent(known: Outage, seen: Seen) -> tuple[Outage, str]:
    """Go on with an outage, or fall back into it: told once, as what comes and goes."""
    if known.phase != BACK:
        return replace(known, back_on=None, state=seen.state), ""
    return replace(known, phase=UNSTEADY, state=seen.state, last_on=seen.last_on, back_on=None), "again"


def _well(known: Outage, today: date) -> tuple[Outage | None, str]:
    """End an outage: told at once the first time, after `STEADY` without a silence once it came and went."""
    if known.phase == OUT:
        return replace(known, phase=BACK, back_on=today), BACK
    since = known.back_on or today
    if today - since < STEADY:
        return replace(known, back_on=since), ""
    return None, BACK if known.phase == UNSTEADY else ""


def out(known: Iterable[Outage]) -> frozenset[str]:
    """Return the kinds of which nothing comes: their return makes the day's list be scored again."""
    return frozenset(one.kind for one in known if one.back_on is None and one.state == QUIET)
