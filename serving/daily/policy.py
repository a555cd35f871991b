"""Which step of the daily run comes next, and when the server starts one. Pure: no clock, no database.

A step is done once a day. What failed, or was left by a process that died, is done again by whoever runs next; what
was done is done again only when what it reads has changed since. Instants are aware; those of `due` are local.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

IMPORT, ACTIONS, SCORE, ALERTS, NOTIFY, MONITOR, CHALLENGE, TIDY = STEPS = (
    "import", "actions", "score", "alerts", "notify", "monitor", "challenge", "tidy",
)  # fmt: skip
NEEDS: Mapping[str, tuple[str, ...]] = {ALERTS: (SCORE,), MONITOR: (SCORE,), CHALLENGE: (MONITOR,)}
"""What must be done for a step to make sense; a source that fails keeps nothing from being scored."""
READS: Mapping[str, tuple[str, ...]] = {
    SCORE: (IMPORT,), ALERTS: (SCORE,), NOTIFY: (ALERTS,), MONITOR: (SCORE,), CHALLENGE: (SCORE,),
}  # fmt: skip
"""What a step reads of the others: news there, and it is done again."""
WAITING, RUNNING, DONE, FAILED = STATES = ("waiting", "running", "done", "failed")
LEFT = "left"
"""What is told of a step that was not tried, since what it needs failed."""
TAKE, BUSY, END = "take", "busy", "end"
LEASE = timedelta(minutes=2)
"""A step whose process has not been heard of for this long is taken up by another."""
BEAT = timedelta(seconds=20)
TRIES = 3
PATIENCE = timedelta(minutes=30)
"""The server tries a step that failed again after this long, so many times in all."""


@dataclass(frozen=True)
class Seen:
    """A step as the database has it; `news` says that it brought something that others read."""

    step: str
    state: str = WAITING
    attempts: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lease_until: datetime | None = None
    news: bool = False


@dataclass(frozen=True)
class Next:
    """What to do: take a step (`take`), leave it to the process that does it (`busy`), or stop (`end`)."""

    what: str
    step: str = ""


def next_step(seen: Mapping[str, Seen], now: datetime, tried: Collection[str] = ()) -> Next:
    """Return what a process does next, given what it has tried already: each step once."""
    for step in STEPS:
        if is_held(seen.get(step), now):
            return Next(BUSY, step)
    for step in STEPS:
        if step not in tried and is_wanted(step, seen) and not needs(step, seen):
            return Next(TAKE, step)
    return Next(END)


def while_quiet(seen: Mapping[str, Seen], now: datetime, *, unread: bool, again: bool) -> dict[str, Seen]:
    """Return the steps as they are to be read while nothing comes of a kind of record.

    Parameters
    ----------
    unread : some of it came back since the list was made, whoever imported it: that is news to score.
    again : a person, or cron, starts a run: the source may have been mended since, so the import is tried again.
    """
    brought, read = seen.get(IMPORT), dict(seen)
    if brought is None or brought.state not in (DONE, FAILED):
        return read
    if unread:
        brought = replace(brought, news=True, finished_at=now)
    read[IMPORT] = replace(brought, state=WAITING) if again and brought.state == DONE else brought
    return read


def is_held(one: Seen | None, now: datetime) -> bool:
    """Whether a process that is alive does a step."""
    return one is not None and one.state == RUNNING and one.lease_until is not None and now < one.lease_until


def is_wanted(step: str, seen: Mapping[str, Seen]) -> bool:
    """Whether a step is yet to be done, or to be done again."""
    one = seen.get(step)
    if one is None or one.state != DONE or one.started_at is None:
        return True
    sources = [seen[source] for source in READS.get(step, ()) if source in seen]
    return any(s.news and s.finished_at is not None and s.finished_at > one.started_at for s in sources)


def needs(step: str, seen: Mapping[str, Seen]) -> str:
    """Return the step without which this one makes no sense, and which is not done; empty when there is none."""
    missing = (other for other in NEEDS.get(step, ()) if other not in seen or seen[other].state != DONE)
    return next(missing, "")


def left_by(step: str, seen: Mapping[str, Seen]) -> str:
    """Return the step without which one that waits is not tried: it failed, or was left itself; else empty."""
    missing = needs(step, seen)
    if not missing or (step in seen and seen[step].state != WAITING):
        return ""
    failed = missing in seen and seen[missing].state == FAILED
    return missing if failed or left_by(missing, seen) else ""


def from_step(step: str) -> tuple[str, ...]:
    """Return a step and all those after it."""
    return STEPS[STEPS.index(step) :]


def due(seen: Mapping[str, Seen], now: datetime, at: time, working_days: str) -> bool:
    """Whether the server starts the day's run now: a working day, its hour has come, and something is left to do.

    What failed waits for half an hour, and is tried three times; so is what was left by a process that died, at once.
    What is done, and is to be done again, waits as long: a source that comes back in pieces is scored once for all.
    """
    if str(now.isoweekday()) not in working_days or now.time() < at:
        return False
    settled = {step for step, one in seen.items() if not _tried_again(one, now)}
    return next_step(seen, now, settled).what == TAKE


def _tried_again(one: Seen, now: datetime) -> bool:
    if one.state == DONE:
        return one.started_at is None or one.started_at + PATIENCE <= now
    rested = one.state != FAILED or one.finished_at is None or one.finished_at + PATIENCE <= now
    return one.attempts < TRIES and rested
