"""`filrouge xapi-keys`, and `filrouge import received`: what programs pushed to us."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from data.commands import AsOf, Options, Quiet, Sessions, more, take_in, told

if TYPE_CHECKING:
    from data.batches import Manifest
    from data.home import Home
    from data.progress import Report
    from serving.database import Database

keys_app = typer.Typer(help="The keys of programs that push xAPI statements to us.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="2 to 40 of a-z 0-9 . _ -", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@keys_app.command("create")
def create_command(name: Name, as_json: Json = False) -> None:
    """Make a key, or give a known one a new secret, and print it once, as USER:PASSWORD of Basic authentication."""
    from serving.ingestion import service

    with _database() as database, database.write() as session:
        key, secret = service.create_key(session, name, now=datetime.now(UTC))
        told = {"name": key.name, "secret": secret}
    typer.echo(json.dumps(told) if as_json else f"{told['name']}:{told['secret']}")


@keys_app.command("list")
def list_command(as_json: Json = False) -> None:
    """List the keys."""
    from serving.ingestion import repository

    with _database() as database, database.read() as session:
        rows = [
            {"name": key.name, "active": key.active, "created_at": key.created_at.isoformat()}
            for key in repository.keys(session)
        ]
    lines = [f"{row['name']:<40} {row['created_at']}{'' if row['active'] else '  (closed)'}" for row in rows]
    typer.echo(json.dumps({"keys": rows}) if as_json else "\n".join(lines) or "no key")


@keys_app.command("close")
def close_command(name: Name, as_json: Json = False) -> None:
    """Let a key in no more; what it pushed stays."""
    from serving.ingestion import service

    with _database() as database, database.write() as session:
        service.close_key(session, name, now=datetime.now(UTC))
    typer.echo(json.dumps({"name": name, "active": False}) if as_json else f"{name}: closed")


def import_received(
    sessions: Sessions = None,
    people: Annotated[str | None, typer.Option(help="The system whose numbers the accounts are: moodle.")] = None,
    keep_days: Annotated[int, typer.Option(min=0, max=366, help="Days the statements' words are kept.")] = 7,
    options: Options = None, as_of: AsOf = None, as_json: Json = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Import the xAPI statements that programs pushed to us; when there is none, say so and stop there."""
    from serving.ingestion.service import NothingReceivedError

    chosen = told({"sessions": sessions, "people": people, **more(options)})

    def take(home: Home, report: Report) -> Manifest:
        from serving.ingestion import service

        with _database() as database:
            return service.import_received(
                home, database, now=datetime.now(UTC), options=chosen, as_of=as_of.date() if as_of else None,
                keep_days=keep_days, report=report,
            )  # fmt: skip

    try:
        take_in("own", take, as_json=as_json, quiet=quiet)
    except NothingReceivedError as nothing:
        if as_json:
            typer.echo(json.dumps({"rows_in": 0, "rows_kept": 0}))
        elif not quiet:
            typer.echo(nothing.line())


@contextmanager
def _database() -> Iterator[Database]:
    from serving.database import Database
    from serving.settings import read_settings

    settings = read_settings()
    settings.folder.prepare()
    database = Database(settings.database)
    try:
        database.upgrade()
        yield database
    finally:
        database.dispose()
