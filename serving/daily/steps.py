"""What each step of the daily run does; the import, the score and the rest are the functions of their own commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from data.sources_file import Entry, Listed, read
from serving.clock import Clock
from serving.daily import policy
from serving.daily.service import Context, Outcome, Step, failed
from serving.database import Database
from serving.settings import Settings

if TYPE_CHECKING:
    from data.home import Home
    from data.import_ways import Way

FILE = "sources.toml"
RECEIVED = "received"
"""The name, in what is told, of what programs pushed to us."""
Watch = Callable[["Home", date], dict[str, Any]]
"""Looks at what was scored as of a day, and tells its verdict."""


def sources_path(settings: Settings) -> Path:
    """Return the file of the organisation's sources: the setting's, or `sources.toml` of the home."""
    return settings.sources.expanduser().absolute() if settings.sources else settings.folder.root / FILE


def steps_of(settings: Settings, ways: Mapping[str, Way], watch: Watch) -> dict[str, Step]:
    """Return what each step does, by name.

    Parameters
    ----------
    ways : the ways of `filrouge import`.
    watch : what monitoring does; its room is not ours to enter.
    """
    work: dict[str, Callable[[Settings, Context], Outcome]] = {
        policy.IMPORT: partial(_import, ways=ways),
        policy.ACTIONS: _actions,
        policy.SCORE: _score,
        policy.ALERTS: _alerts,
        policy.NOTIFY: _notify,
        policy.MONITOR: partial(_monitor, watch=watch),
        policy.CHALLENGE: _challenge,
        policy.TIDY: _tidy,
    }
    return {name: partial(step, settings) for name, step in work.items()}


def clock_of(settings: Settings, day: date) -> Clock:
    """Return the clock of a run: the real time of day, on the day of the run."""
    return Clock(ZoneInfo(settings.timezone), settings.today or day)


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database)
    try:
        yield database
    finally:
        database.dispose()


def _import(settings: Settings, context: Context, *, ways: Mapping[str, Way]) -> Outcome:
    """Import each source of the file, then what programs pushed; one that fails does not stop the others."""
    listed = read(sources_path(settings), ways)
    work: list[tuple[str, Callable[[], dict[str, Any]]]] = []
    work += [(entry.name, partial(_bring, entry)) for entry in listed.entries]
    work.append((RECEIVED, partial(_received, settings, context.day)))
    told = [_wrong(name, error.line()) for name, error in listed.wrong]
    for done, (name, bring) in enumerate(work):
        context.report(f"import: {name}", done, len(work))
        told.append(_source(name, bring))
    context.report("import: ", len(work), len(work))
    return _imported(listed, told)


def _wrong(name: str, line: str) -> dict[str, Any]:
    return {"name": name or FILE, "failure": "file", "told": line}


def _source(name: str, bring: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return {"name": name, "failure": "", "told": "", **bring()}
    except Exception as error:  # noqa: BLE001 - told with its class, and the other sources are imported
        outcome = failed(error)
        return {"name": name, "failure": outcome.failure, "told": outcome.told}


def _imported(listed: Listed, told: list[dict[str, Any]]) -> Outcome:
    bad = [one["name"] for one in told if one["failure"]]
    result = {
        "file": listed.there,
        "sources": told,
        **{name: sum(one.get(name, 0) for one in told) for name in ("rows", "new", "changed", "set_aside")},
    }
    news = any(one.get("new") or one.get("changed") or one.get("taken") for one in told)
    return Outcome(result, news, "sources" if bad else "", ", ".join(bad))


def _bring(entry: Entry) -> dict[str, Any]:
    manifest = entry.bring()
    counts = [] if manifest.get("already") else list(manifest.get("tables", {}).values())
    return {
        "way": entry.way.name,
        "rows": manifest["rows_in"],
        "new": sum(count["new"] for count in counts),
        "changed": sum(count["changed"] for count in counts),
        "set_aside": manifest.get("rows_quarantined", 0),
    }


def _received(settings: Settings, day: date) -> dict[str, Any]:
    """Import what programs pushed, as `filrouge live run` does, unless a server does it already."""
    from serving.live import service, worker
    from serving.live.refresh import Refresher

    home = settings.folder
    with _database(settings) as database, worker.at_work(home) as mine:
        parts = service.Parts(home, database, clock_of(settings, day), settings, Refresher(home))
        return {"taken": worker.once(parts).held if mine else 0}


def _actions(settings: Settings, context: Context) -> Outcome:
    from serving.actions.commands import export_actions

    with _database(settings) as database:
        now = clock_of(settings, context.day).now()
        result = export_actions(settings.folder, database, settings, now=now)
    return Outcome(result)


def _score(settings: Settings, context: Context) -> Outcome:
    """Score the roster of the day, and of a week before; news when it is not the list that was there."""
    from serving.alerts.repository import run_of_day
    from serving.scoring.commands import score_day

    with _database(settings) as database:
        with database.read() as session:
            known = run_of_day(session, context.day)
            before = known.id if known else None
        result = score_day(settings, database, as_of=context.day, report=context.report)
    kept = ("run", "n_enrolments", "n_mentors", "model", "model_version", "level")
    return Outcome({name: result[name] for name in kept}, news=result["run"] != before)


def _alerts(settings: Settings, context: Context) -> Outcome:
    """Do the round of the list just scored."""
    from serving.alerts import service

    run = int(context.results[policy.SCORE]["run"])
    with _database(settings) as database, database.write() as session:
        done = service.day(session, run, now=clock_of(settings, context.day).now(), settings=settings)
    return Outcome({"run": run, **done.counts()}, news=any(done.counts().values()))


def _notify(settings: Settings, context: Context) -> Outcome:  # noqa: ARG001 - messages leave now, whatever the day
    """Write and send what is due; what has its hour later leaves by `filrouge serve` or `filrouge notify send`."""
    from serving.notifications.commands import office_of
    from serving.notifications.outbox import run

    office = office_of(settings)
    try:
        return Outcome(dict(run(office)))
    finally:
        office.database.dispose()


def _monitor(settings: Settings, context: Context, *, watch: Watch) -> Outcome:
    told = watch(settings.folder, context.day)
    said = _say(settings, context)
    return Outcome(
        {name: told[name] for name in ("verdict", "drift") if name in told} | ({"sources": said} if said else {})
    )


def _say(settings: Settings, context: Context) -> dict[str, list[str]]:
    """Tell administrators of the sources that went quiet, or are back: of today, never of a day done again later.

    The word leaves now, unless their silence holds it.
    """
    from serving.notifications.commands import office_of
    from serving.notifications.outbox import deliver
    from serving.watch.outages import service

    clock = Clock(ZoneInfo(settings.timezone), settings.today)
    if context.day != clock.today():
        return {}
    with _database(settings) as database, database.write() as session:
        said = service.look(session, settings.folder, today=context.day, now=clock.now(), zone=clock.zone)
    if said:
        office = office_of(settings)
        try:
            deliver(office)
        finally:
            office.database.dispose()
    return said


def _challenge(settings: Settings, context: Context) -> Outcome:
    """Train a challenger where the watch asks and the organisation allows it; score the one that waits."""
    from serving.challengers import service

    now = clock_of(settings, context.day).now()
    with _database(settings) as database:
        return Outcome(service.day(service.Morning(settings, database, context.day, now, context.report)))


def _tidy(settings: Settings, context: Context) -> Outcome:
    """Merge the small files of the records, and forget the old messages."""
    from data.compaction import compact
    from data.store import RecordStore
    from serving.notifications.outbox import purge

    of_messages = Clock(ZoneInfo(settings.timezone), settings.today).now()
    with _database(settings) as database:
        forgotten = purge(database, before=of_messages - timedelta(days=settings.keep_messages_days))
        _retain(settings, database, context)
    store = RecordStore(settings.folder)
    if not store.versions():
        return Outcome({"messages": forgotten, "files_before": 0, "files": 0})
    tables = compact(store, context.report, at=datetime.now(UTC)).tables.values()
    counts = {"files_before": sum(one.before for one in tables), "files": sum(one.after for one in tables)}
    return Outcome({"messages": forgotten, **counts})


def _retain(settings: Settings, database: Database, context: Context) -> None:
    """Remove what is past its time, where the organisation turned it on."""
    from serving.retention import policy as retention
    from serving.retention import service

    if not settings.retention_daily:
        return
    rules, now = retention.read_rules(settings.retention), clock_of(settings, context.day).now()
    service.run(database, settings.folder, rules, today=context.day, now=now, dry=False, author_id=None)
