"""`filrouge notify`: send what is due, see what waits, try an account's channels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from serving.notifications.outbox import Office
    from serving.settings import Settings

notify_app = typer.Typer(help="The messages to mentors, teams and programs.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def office_of(settings: Settings) -> Office:
    """Return what a delivery needs, from the settings; the work database is brought up to date."""
    from zoneinfo import ZoneInfo

    from serving.clock import Clock
    from serving.database import Database
    from serving.notifications.delivery import NetworkSender
    from serving.notifications.outbox import Office
    from serving.notifications.service import seal_old

    settings.folder.prepare()
    database = Database(settings.database)
    database.upgrade()
    seal_old(database, settings)
    clock = Clock(ZoneInfo(settings.timezone), settings.today)
    return Office(database, settings, NetworkSender(settings), clock.now)


def _office() -> Office:
    from serving.settings import read_settings

    return office_of(read_settings())


def _print(result: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(result, ensure_ascii=False, default=str) if as_json else sentence)


@notify_app.command("send")
def send_command(as_json: Json = False) -> None:
    """Write the messages that are due, and send them: one pass, for cron every minute or five."""
    from serving.notifications.outbox import run

    office = _office()
    try:
        done = run(office)
    finally:
        office.database.dispose()
    sentence = "{planned} written, {sent} sent, {put_off} put off, {given_up} given up".format(**done)
    _print(done, sentence, as_json=as_json)


@notify_app.command("status")
def status_command(as_json: Json = False) -> None:
    """Say how many messages wait, and which were given up, without their addresses."""
    from serving.notifications import repository

    office = _office()
    try:
        with office.database.read() as session:
            counts = repository.tally(session, office.now())
            rows = [_failed(*row) for row in repository.given_up(session)]
    finally:
        office.database.dispose()
    lines = ["{waiting} wait ({due} due, {retrying} tried again), {sent_24h} sent in 24 h, {given_up} given up"]
    lines = [lines[0].format(**counts)]
    lines += [f"{row['gave_up_at']}  {row['kind']:<16} {row['to']:<24} {row['failure']}" for row in rows]
    _print({**counts, "failed": rows}, "\n".join(lines), as_json=as_json)


def _failed(message: Any, account: Any, channel: Any) -> dict[str, str]:
    who = account.username if account else f"webhook {message.webhook_id}" if message.webhook_id else "team"
    return {
        "kind": message.kind,
        "to": f"{who} ({channel.kind})" if channel else who,
        "failure": message.failure or "",
        "gave_up_at": message.gave_up_at.isoformat(timespec="minutes"),
    }


@notify_app.command("test")
def trial_command(
    to: Annotated[str, typer.Option("--to", help="Username of the account.")], as_json: Json = False
) -> None:
    """Send a trial message to every place where an account is reached; exit code 1 when one fails."""
    from serving.accounts import repository as accounts
    from serving.notifications import outbox, repository, service
    from serving.problems import NotFoundError

    office = _office()
    try:
        with office.database.write() as session:
            account = accounts.by_username(session, to)
            if account is None:
                raise NotFoundError("no account has this username", where="--to", todo="filrouge accounts list")
            keys = service.try_account(session, account, now=office.now())
        outbox.deliver(office)
        with office.database.read() as session:
            found = repository.by_keys(session, keys)
            rows = [{"channel": one.channel_id or "email", "failure": one.failure or ""} for one in found]
    finally:
        office.database.dispose()
    lines = [f"channel {row['channel']}: {row['failure'] or 'sent'}" for row in rows]
    _print({"channels": rows}, "\n".join(lines), as_json=as_json)
    if any(row["failure"] for row in rows):
        raise typer.Exit(1)
