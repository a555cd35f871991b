"""`filrouge live`: import what programs pushed and look at its learners again, without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serving.live.service import Parts

live_app = typer.Typer(help="What programs pushed: imported as it comes.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@live_app.command("run")
def run_command(
    once: Annotated[bool, typer.Option(help="Stop when nothing waits any more; otherwise go on until stopped.")] = True,
    as_json: Json = False,
) -> None:
    """Import what programs pushed and look at its learners again, unless a server does it already."""
    import time

    from serving.live import worker

    with _parts() as parts, worker.at_work(parts.home) as mine:
        while True:
            done = worker.once(parts) if mine else None
            if once or not mine:
                break
            time.sleep(parts.settings.live_seconds)
    if done is None:
        typer.echo(json.dumps({"at_work": False}) if as_json else "another process takes what waits")
        return
    told = {"at_work": True, **vars(done)}
    line = f"{done.held} taken, {done.touched} enrolments touched, {done.refreshed} looked at again"
    typer.echo(json.dumps(told) if as_json else line)


@live_app.command("status")
def status_command(as_json: Json = False) -> None:
    """Say how much waits to be imported."""
    from serving.live import repository

    with _parts() as parts, parts.database.read() as session:
        told = repository.waiting(session)
    line = f"{told['batches']} batches of {told['rows']} rows and {told['statements']} statements wait"
    typer.echo(json.dumps(told) if as_json else line)


@contextmanager
def _parts() -> Iterator[Parts]:
    from zoneinfo import ZoneInfo

    from serving.clock import Clock
    from serving.database import Database
    from serving.live.refresh import Refresher
    from serving.live.service import Parts
    from serving.settings import read_settings

    settings = read_settings()
    home = settings.folder.prepare()
    database = Database(settings.database)
    try:
        database.upgrade()
        clock = Clock(ZoneInfo(settings.timezone), settings.today)
        yield Parts(home, database, clock, settings, Refresher(home, settings.rules))
    finally:
        database.dispose()
