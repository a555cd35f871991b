"""`filrouge daily`: the work of every morning, from the terminal or from cron."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.commands import Json, clock_of, show

if TYPE_CHECKING:
    from data.import_ways import Way
    from serving.daily.service import Ended, Office, Told
    from serving.daily.steps import Watch
    from serving.settings import Settings

AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of the run. Default: today.")]
FAILED = 1
COUNTS = {
    "import": "{rows:,} rows read, {new:,} records new, {changed:,} changed",
    "actions": "{new} actions new in the records",
    "score": "{n_enrolments:,} enrolments of {n_mentors} mentors",
    "alerts": "{opened} opened, {joined} joined, {held} held, {resolved} closed by themselves",
    "notify": "{planned} written, {sent} sent, {put_off} put off, {given_up} given up",
    "monitor": "{verdict}",
    "challenge": "{decision}",
    "tidy": "{messages} old messages removed, {files} data files",
}


SHADOW = "; version {version} in the shadow, {lists} lists: {standing}"
"""Told of the challenger that waits, where one does."""


def command_of(imports: typer.Typer, watch: Watch) -> typer.Typer:
    """Return `filrouge daily`.

    Parameters
    ----------
    imports : `filrouge import`: its commands are the ways that a file of sources may name.
    watch : what monitoring does with a day's list.
    """
    app = typer.Typer(help="The work of every morning, once a day, resumed where it stopped.")

    @app.callback(invoke_without_command=True)
    def daily(
        context: typer.Context,
        as_of: AsOf = None,
        check: Annotated[bool, typer.Option("--check", help="Say what would be done, and what is wrong.")] = False,
        again: Annotated[str, typer.Option(help="Do the day again from this step: import, score, alerts…")] = "",
        as_json: Json = False,
        quiet: Annotated[bool, typer.Option(help="Tell failures only, on standard error.")] = False,
    ) -> None:
        """Import, score, open the alerts, send the messages, watch, try a challenger: what of the day is left to do.

        Typed again, it does what failed or was interrupted, and nothing that is done. Exit code 1 when something
        failed; the other steps were done all the same.
        """
        if context.invoked_subcommand:
            return
        from data.import_ways import ways_of
        from serving.settings import read_settings

        settings, ways = read_settings(), ways_of(imports)
        day = as_of.date() if as_of else clock_of(settings).today()
        if check:
            raise typer.Exit(_check(settings, ways, day, as_json=as_json))
        with _office(settings, ways, watch) as office:
            ended = _run(office, day, again, tell=not (as_json or quiet))
        raise typer.Exit(_conclude(ended, as_json=as_json, quiet=quiet))

    app.command("log")(log)
    return app


def log(
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days, the last ones.")] = 7, as_json: Json = False
) -> None:
    """Tell how the last days went, step by step."""
    from serving.commands import work
    from serving.daily import repository, service

    with work() as (session, settings):
        now = _real(settings).now()
        found = {day: service.shown(session, day, now) for day in repository.days(session, days)}
    rows = {day.isoformat(): [_plain(one) for one in steps] for day, steps in found.items()}
    lines = []
    for day, steps in found.items():
        lines += [day.isoformat(), *(line for one in steps for line in _lines(one, again=False))]
    show({"days": rows}, "\n".join(lines) or "no daily run yet", as_json=as_json)


def _real(settings: Settings) -> Any:
    """Return the real clock: what a run is kept by, whatever day it pretends to be."""
    from zoneinfo import ZoneInfo

    from serving.clock import Clock

    return Clock(ZoneInfo(settings.timezone))


@contextmanager
def _office(settings: Settings, ways: Mapping[str, Way], watch: Watch) -> Iterator[Office]:
    from serving.daily.service import Office
    from serving.daily.steps import steps_of
    from serving.database import Database
    from serving.watch.outages.service import away

    settings.folder.prepare()
    database = Database(settings.database)
    try:
        database.upgrade()
        sources = partial(away, home=settings.folder)
        yield Office(database, _real(settings).now, steps_of(settings, ways, watch), sources)
    finally:
        database.dispose()


def _run(office: Office, day: date, again: str, *, tell: bool) -> Ended:
    from data.progress import bar
    from serving.daily import service

    if again:
        service.again(office, day, again)

    def announce(one: Told) -> None:
        if tell:
            typer.echo("\n".join(_lines(one)))

    if tell:
        for one in service.view(office, day):
            if one.state == "done":
                announce(one)
    with _stopped_in_order():
        return service.run(office, day, progress=partial(bar, quiet=not tell), announce=announce)


@contextmanager
def _stopped_in_order() -> Iterator[None]:
    """Let a request to end (SIGTERM) free the step under way, as Ctrl+C does."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _conclude(ended: Ended, *, as_json: bool, quiet: bool) -> int:
    """Tell how the run ended, what a person has not read yet; return the exit code."""
    if as_json:
        steps = [_plain(one) for one in ended.steps]
        typer.echo(json.dumps({"day": ended.day.isoformat(), "steps": steps, "busy": ended.busy}, default=str))
    elif quiet:
        lines = [line for one in ended.steps if one.failure or one.state == "left" for line in _lines(one)]
        if lines:
            typer.echo("\n".join(lines), err=True)
    else:
        _tell_rest(ended)
    return FAILED if ended.failed else 0


def _tell_rest(ended: Ended) -> None:
    left = [one for one in ended.steps if one.state == "left"]
    for one in left:
        typer.echo("\n".join(_lines(one)))
    if ended.busy:
        typer.echo(f"another process is at work ({ended.busy}): the rest is left to it")


def _plain(one: Told) -> dict[str, Any]:
    return {**asdict(one), "result": dict(one.result), "repeated": one.state == "done" and not one.here}


def _lines(one: Told, *, again: bool = True) -> list[str]:
    """Return what is told of a step: how it went, then each source that failed.

    `again`: a run tells it, and says of what was done before that it was.
    """
    if one.state == "left":
        return [f"  {one.step:<10}{'left':>12}  it needs: {one.result['needs']}"]
    took = one.state
    if one.state == "done":
        took = "already done" if again and not one.here else f"{one.seconds:.1f} s"
    told = one.told or one.failure if one.state != "done" else ""
    lines = [f"  {one.step:<10}{took:>12}  {told if told and one.step != 'import' else _counts(one)}".rstrip()]
    sources = [source for source in one.result.get("sources", ()) if source["failure"]]
    if sources and told:
        return [*lines, *(f"    {source['name']}: {source['told']}" for source in sources)]
    return [*lines, f"    {told}"] if told and one.step == "import" else lines


def _counts(one: Told) -> str:
    try:
        told = COUNTS[one.step].format(**one.result)
    except KeyError:
        return ""
    waits = SHADOW.format(**one.result) if one.step == "challenge" and "version" in one.result else ""
    return f"{told}{waits}".replace("_", " ") if one.step == "challenge" else told


def _check(settings: Settings, ways: Mapping[str, Way], day: date, *, as_json: bool) -> int:
    """Tell what would be done, and what is wrong with the file of sources; return the exit code."""
    from data.sources_file import read, unready
    from serving.daily import policy
    from serving.daily.steps import sources_path

    listed = read(sources_path(settings), ways)
    told = {one.name: unready(one, os.environ) for one in listed.entries}
    wrong = [error.line() for _, error in listed.wrong] + [error.line() for error in told.values() if error]
    good = [{"name": one.name, "way": one.way.name, "place": one.place} for one in listed.entries]
    result = {"day": day.isoformat(), "file": str(listed.path), "there": listed.there, "sources": good, "wrong": wrong,
              "steps": list(policy.STEPS), "challenger": settings.challenger}  # fmt: skip
    there = str(listed.path) if listed.there else f"{listed.path} (no such file: what is pushed is imported alone)"
    trains = f", {settings.challenger_days} days at least between two trainings" if settings.challenger != "off" else ""
    lines = [f"{result['day']}: {', '.join(policy.STEPS)}", f"challenge: {settings.challenger}{trains}"]
    lines += [f"sources: {there}"]
    lines += [f"  {one['name']:<20} {one['way']:<12} {one['place']}".rstrip() for one in good]
    show(result, "\n".join([*lines, *(f"wrong: {line}" for line in wrong)]), as_json=as_json)
    return 3 if wrong else 0
