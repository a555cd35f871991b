"""Does the steps of a day that are left, each once however many processes try, and tells how the day went."""

from __future__ import annotations

import logging
import secrets
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from data.errors import FilrougeError, HomeError, ModelError, SourceError, StoreError
from data.progress import Report, silent
from serving.daily import policy, repository
from serving.database import Database, DatabaseError
from serving.problems import ConflictError, RefusedError
from serving.settings import SettingsError
from serving.tables import DailyRun
from serving.watch.outages.service import Away

LOG = logging.getLogger("filrouge.daily")
CODES: tuple[tuple[type[Exception], str], ...] = (
    (ModelError, "model"), (SourceError, "source"), (StoreError, "records"), (DatabaseError, "database"),
    (SettingsError, "settings"), (HomeError, "home"), (FilrougeError, "refused"), (SQLAlchemyError, "database"),
    (MemoryError, "memory"), (OSError, "machine"), (Exception, "unexpected"),
)  # fmt: skip
INTERRUPTED = "interrupted"
FAILURES = (*dict.fromkeys(code for _, code in CODES), INTERRUPTED, "died", "sources")
"""Why a step is not done, by code; `sources`: some sources could not be imported, the others were."""


@dataclass(frozen=True)
class Context:
    """What a step is given: the day, what the other steps of that day brought, and where to tell its progress."""

    day: date
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    report: Report = silent


@dataclass(frozen=True)
class Outcome:
    """How a step went: counts and codes, whether others must read again, and why it is not done, if it is not."""

    result: dict[str, Any]
    news: bool = False
    failure: str = ""
    told: str = ""


Step = Callable[[Context], Outcome]


@dataclass(frozen=True)
class Office:
    """What a run needs: the work database, the real time, the steps, and what is known of the sources."""

    database: Database
    now: Callable[[], datetime]
    steps: Mapping[str, Step]
    away: Callable[[Session, date], Away] = lambda *_: Away()


@dataclass(frozen=True)
class Told:
    """A step of a day, for people and programs; `here`: this very process did it."""

    step: str
    state: str
    seconds: float = 0.0
    attempts: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failure: str = ""
    told: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    here: bool = False


@dataclass(frozen=True)
class Ended:
    """How a run ended: every step of its day, and the one that another process was at, if one was."""

    day: date
    steps: tuple[Told, ...]
    busy: str = ""

    @property
    def failed(self) -> bool:
        """Whether something is not done that should be."""
        return any(one.state in (policy.FAILED, policy.LEFT) for one in self.steps)


def run(
    office: Office, day: date, *, progress: Callable[[], AbstractContextManager[Report]] = lambda: nullcontext(silent),
    announce: Callable[[Told], None] = lambda _: None,
) -> Ended:  # fmt: skip
    """Do what is left of a day's run, one step after the other, and return how the day stands.

    A step that fails does not stop those that can do without it. When another process is at work, everything is left
    to it.

    Parameters
    ----------
    progress : shows the progress of one step, and nothing once it has ended.
    announce : called with each step that ends.
    """
    owner, tried = secrets.token_hex(8), dict[str, None]()
    while True:
        found, context = _take(office, day, owner, tried.keys())
        if found.what != policy.TAKE:
            return Ended(day, view(office, day, tried.keys()), found.step if found.what == policy.BUSY else "")
        if not found.step:
            continue
        tried[found.step] = None
        with progress() as report, _beating(office, day, found.step, owner):
            outcome = _attempt(office, found.step, replace(context, report=report), owner)
        _settle(office, context.day, found.step, owner, outcome)
        announce(next(one for one in view(office, day, tried.keys()) if one.step == found.step))


def _take(office: Office, day: date, owner: str, tried: Set[str]) -> tuple[policy.Next, Context]:
    """Take the next step; without a name when somebody else took it at the same moment."""
    with office.database.write() as session:
        now = office.now()
        rows = repository.of_day(session, day)
        seen = repository.as_seen(rows)
        other = repository.elsewhere(session, day, now)
        away = office.away(session, day)
        read = policy.while_quiet(seen, now, unread=away.unread, again=True) if away.quiet else seen
        found = policy.Next(policy.BUSY, other.step) if other else policy.next_step(read, now, tried)
        if found.what == policy.TAKE:
            as_it_was = seen.get(found.step, policy.Seen(found.step))
            if not repository.take(session, day, as_it_was, owner=owner, now=now):
                found = policy.Next(policy.TAKE)
        return found, Context(day, {row.step: row.result or {} for row in rows})


def _attempt(office: Office, step: str, context: Context, owner: str) -> Outcome:
    try:
        return office.steps[step](context)
    except Exception as error:  # noqa: BLE001 - whatever a step holds, the next ones are tried
        return failed(error)
    except BaseException:
        with office.database.write() as session:
            repository.settle(session, context.day, step, owner=owner, state=policy.WAITING, failure=INTERRUPTED)
        raise


def failed(error: Exception) -> Outcome:
    """Return the outcome of a step, or of a source, that raised: a code, and a line without anybody's value."""
    code = next(code for kind, code in CODES if isinstance(error, kind))
    if isinstance(error, FilrougeError):
        return Outcome({}, failure=code, told=error.line())
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" ({Path(frame.filename).name}, line {frame.lineno})" for frame in last)
    return Outcome({}, failure=code, told=f"{type(error).__name__}{where}")


def _settle(office: Office, day: date, step: str, owner: str, outcome: Outcome) -> None:
    state = policy.FAILED if outcome.failure else policy.DONE
    with office.database.write() as session:
        repository.settle(
            session, day, step, owner=owner, state=state, finished_at=office.now(), news=outcome.news,
            failure=outcome.failure or None, told=outcome.told or None, result=outcome.result,
        )  # fmt: skip


@contextmanager
def _beating(office: Office, day: date, step: str, owner: str) -> Iterator[None]:
    """Say again and again, while the step is done, that this process is alive."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(policy.BEAT.total_seconds()):
            try:
                with office.database.write() as session:
                    repository.beat(session, day, step, owner=owner, now=office.now())
            except SQLAlchemyError as error:
                LOG.warning('{"event": "daily_beat_failed", "error": "%s"}', type(error).__name__)

    thread = threading.Thread(target=beat, name="filrouge-daily-beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def again(office: Office, day: date, step: str) -> None:
    """Make a step of a day, and those after it, be done again.

    Raises
    ------
    RefusedError : there is no such step.
    ConflictError : a process is at work.
    """
    if step not in policy.STEPS:
        raise RefusedError("there is no such step", where="--again", accepted=", ".join(policy.STEPS))
    with office.database.write() as session:
        now, seen = office.now(), repository.as_seen(repository.of_day(session, day))
        held = next((one.step for one in seen.values() if policy.is_held(one, now)), "")
        if held:
            todo = "wait for its end, or two minutes if it was killed"
            raise ConflictError("a process is at work on this day", where=held, todo=todo)
        repository.forget(session, day, policy.from_step(step))


def view(office: Office, day: date, here: Set[str] = frozenset()) -> tuple[Told, ...]:
    """Return every step of a day, those not tried too."""
    with office.database.read() as session:
        return shown(session, day, office.now(), here)


def shown(session: Session, day: date, now: datetime, here: Set[str] = frozenset()) -> tuple[Told, ...]:
    """Return every step of a day as it stands, in their order."""
    rows = {row.step: row for row in repository.of_day(session, day)}
    seen = repository.as_seen(rows.values())
    return tuple(_told(step, rows.get(step), seen, now, here=step in here) for step in policy.STEPS)


def _told(step: str, row: DailyRun | None, seen: Mapping[str, policy.Seen], now: datetime, *, here: bool) -> Told:
    state = row.state if row else policy.WAITING
    missing = policy.left_by(step, seen)
    if missing:
        return Told(step, policy.LEFT, result={"needs": missing})
    if row is None:
        return Told(step, state)
    died = state == policy.RUNNING and not policy.is_held(seen[step], now)
    seconds = (row.finished_at - row.started_at).total_seconds() if row.finished_at and row.started_at else 0.0
    failure = "died" if died else row.failure or ""
    return Told(
        step, state, round(seconds, 2), row.attempts, row.started_at, row.finished_at, failure, row.told or "",
        row.result or {}, here,
    )  # fmt: skip


def last(session: Session, now: datetime) -> tuple[date, tuple[Told, ...]] | None:
    """Return the last day that has a run, and its steps; None when there is none."""
    day = repository.latest_day(session)
    return None if day is None else (day, shown(session, day, now))
