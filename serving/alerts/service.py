"""Open alerts from a score run; move one alert along its life; every step goes to the journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from serving.access import Person
from serving.alerts import life, policy, repository, rounds, steps
from serving.alerts.holding import Carrier, World
from serving.alerts.life import Wanted
from serving.alerts.rounds import Done
from serving.alerts.world import read_world
from serving.language import Speech, mark
from serving.problems import ChangedError, NotFoundError, RefusedError, StaleError
from serving.quality import journal
from serving.quality.repository import lock_head
from serving.settings import Settings
from serving.tables import Alert, SessionSignal

FULL = mark("already has this week’s alerts")


def open_alerts(session: Session, run_id: int, *, now: datetime, settings: Settings) -> int:
    """Do the daily round of a score run and return how many alerts opened; see `day`."""
    return day(session, run_id, now=now, settings=settings).opened


def day(session: Session, run_id: int, *, now: datetime, settings: Settings, world: World | None = None) -> Done:
    """Do the daily round of a score run and return what moved; a run is never turned into alerts twice.

    Parameters
    ----------
    now : instant written on the alerts and in the journal.
    settings : capacity, cool-down, lift, working days, and where the records are.
    world : closures, sources gone quiet and objections of that day; read from the records by default.

    Raises
    ------
    NotFoundError : there is no such run.
    """
    run = repository.run(session, run_id)
    if run is None:
        raise NotFoundError("there is no such score run", todo="filrouge score")
    known = read_world(settings.folder, run.as_of_on) if world is None else world
    return rounds.day(session, run, now=now, settings=settings, world=known)


def takers(
    session: Session, mentors: Mapping[int, str], speech: Speech, *, today: date, settings: Settings
) -> dict[int, str]:
    """Return mentors to whom an alert may be given; beside the name of one who has this week's alerts, that it is so.

    A person may give them one more all the same: capacity bounds what Filrouge opens, not what people agree on.
    """
    begun = policy.begun(repository.past(session, as_of=today, days=policy.WEEK.days), today)
    carriers, full = repository.carriers(session, today), speech.say(FULL)

    def has_all(number: int) -> bool:
        own = carriers.get(("mentor", number), Carrier()).capacity
        return begun["mentor", number] >= (settings.alerts_per_week if own is None else own)

    return {number: f"{name} ({full})" if has_all(number) else name for number, name in mentors.items()}


def move(
    session: Session, person: Person, alert_id: int, wanted: Wanted, *, now: datetime, today: date,
    settings: Settings, version: int | None = None,
) -> Alert:  # fmt: skip
    """Take one of the mentor's alerts one step further, or back (`undone`), and return it.

    Parameters
    ----------
    version : the version that the person saw; None: whatever it is.

    Raises
    ------
    NotFoundError : the mentor has no such alert.
    StaleError : somebody changed the alert since that version.
    ChangedError : the step is not in the table of transitions.
    RefusedError : what the step wants is missing or unknown.
    """
    lock_head(session)
    alert = _reached(session, person, alert_id, wanted, today)
    repository.hold(session, alert)
    if version is not None and version != alert.version:
        raise StaleError("somebody changed this alert since it was shown", todo="read it again, then decide")
    if wanted.to == life.UNDONE:
        within = timedelta(minutes=settings.undo_minutes)
        steps.undo(session, alert, author_id=person.account_id, now=now, within=within)
    else:
        steps.take(session, alert, wanted, author_id=person.account_id, now=now, today=today)
    return alert


def _reached(session: Session, person: Person, alert_id: int, wanted: Wanted, today: date) -> Alert:
    """Return one of the mentor's alerts, or one that their own last step gave away, to take it back."""
    row = repository.of_mentor(session, person, alert_id, until=today)
    if row is not None:
        return row.Alert  # type: ignore[no-any-return]
    last = repository.last_entry(session, alert_id) if wanted.to == life.UNDONE else None
    if last is None or last.author_id != person.account_id:
        raise NotFoundError("there is no such alert")
    return repository.by_id(session, alert_id)


def step(
    session: Session, alert: Alert, to: str, *, outcome: str | None, author_id: int, now: datetime, today: date
) -> Alert:
    """Take an alert one step further and write it in the journal."""
    repository.hold(session, alert)
    steps.take(session, alert, Wanted(to, outcome or None), author_id=author_id, now=now, today=today)
    return alert


def close_signal(session: Session, person: Person, signal_id: int, word: str, *, now: datetime, today: date) -> None:
    """Close a session's signal with a word of the course lead; the journal keeps the fact, not the word.

    Raises
    ------
    NotFoundError : no such signal is open in the person's courses.
    RefusedError : the word is missing or too long.
    """
    lock_head(session)
    found = [one for one in repository.signals_of(session, person, until=today) if one.id == signal_id]
    if not found:
        raise NotFoundError("there is no such signal")
    if not 0 < len(word.strip()) <= LONGEST_WORD:
        raise RefusedError("what was decided must be said", where="word", accepted=f"1 to {LONGEST_WORD} characters")
    signal: SessionSignal = found[0]
    signal.state, signal.state_at, signal.closed_on, signal.word = life.RESOLVED, now, today, word.strip()
    journal.append(session, "session_signal_closed", at=now, author_id=person.account_id, details={"signal": signal.id})
    session.flush()


LONGEST_WORD = 500
__all__ = ["ChangedError", "Done", "Wanted", "close_signal", "day", "move", "open_alerts", "step"]
