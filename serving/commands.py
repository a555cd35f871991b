"""`filrouge serve`, `quality`, `accounts`: the server and the work database from the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from serving.clock import Clock
    from serving.settings import Settings

quality_app = typer.Typer(help="The register of prevention and its journal.", no_args_is_help=True)
accounts_app = typer.Typer(help="The people who sign in.", no_args_is_help=True)

PLAIN = (
    "filrouge: {host} is reached over plain HTTP: put a proxy that speaks HTTPS in front, "
    "nobody can sign in from another machine without it"
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@contextmanager
def work(*, write: bool = False) -> Iterator[tuple[Session, Settings]]:
    """Open the work database of the environment for one command: one command, one transaction."""
    from serving.database import Database
    from serving.settings import read_settings

    settings = read_settings()
    settings.folder.prepare()
    database = Database(settings.database)
    database.upgrade()
    try:
        with database.write() if write else database.read() as session:
            yield session, settings
    finally:
        database.dispose()


def clock_of(settings: Settings) -> Clock:
    """Return the clock that the settings ask for."""
    from zoneinfo import ZoneInfo

    from serving.clock import Clock

    return Clock(ZoneInfo(settings.timezone), settings.today)


def show(result: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    """Print a result as one JSON object, or as a sentence."""
    typer.echo(json.dumps(result, ensure_ascii=False, default=str) if as_json else sentence)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any that is free.")] = 8000,
    log: Annotated[bool, typer.Option(help="Write one JSON line per request (route and role, no person).")] = False,
    quiet: Annotated[bool, typer.Option(help="Do not print the address.")] = False,
) -> None:
    """Serve the pages and the API until interrupted."""
    from serving.settings import read_settings

    serve_pages(read_settings(), host=host, port=port, log=log, quiet=quiet)


def check_port(port: int, *, host: str = "127.0.0.1") -> None:
    """Return when the port is free.

    Raises
    ------
    ServeError : it is taken.
    """
    from serving.server import listen

    listen(host, port).close()


def serve_pages(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    log: bool = False,
    quiet: bool = False,
    demo: bool = False,
) -> None:
    """Serve until interrupted; the address is told on standard error, and that HTTPS is missing beyond this machine.

    Parameters
    ----------
    demo : tell the demonstration accounts and their passwords too.
    """
    from serving.access import LOOPBACK
    from serving.server import run

    def announce(address: str) -> None:
        lines = _demo_lines(settings) if demo else []
        if not quiet:
            typer.echo("\n".join(["", f"Filrouge serves at {address}", *lines, "Ctrl+C stops it."]), err=True)

    if host not in LOOPBACK:
        typer.echo(PLAIN.format(host=host), err=True)
    run(settings, host=host, port=port, log=log, ready=announce)


def _demo_lines(settings: Settings) -> list[str]:
    from serving.accounts.service import open_demo_accounts
    from serving.database import Database

    database = Database(settings.database)
    try:
        with database.read() as session:
            known = open_demo_accounts(session, settings.folder)
    finally:
        database.dispose()
    return [f"  {one.role:<15} {one.username:<14} {one.password}" for one in known]


@quality_app.command("register")
def register_command(
    out: Annotated[Path, typer.Option(help="CSV file to write.", dir_okay=False)],
    names: Annotated[bool, typer.Option(help="With the learners' names.")] = False,
    lang: Annotated[str, typer.Option(help="fr or en.")] = "fr",
    as_json: Json = False,
) -> None:
    """Write the register of prevention as a CSV that Excel opens; the export is written in the journal."""
    from zoneinfo import ZoneInfo

    from data.steps import written_whole
    from serving.language import LANGUAGES, Speech
    from serving.problems import RefusedError
    from serving.quality import service
    from serving.sources import CatalogueWords, VaultDirectory

    if lang not in LANGUAGES:
        raise RefusedError("the register is not written in this language", where="--lang", accepted="fr or en")
    with work(write=True) as (session, settings):
        directory = VaultDirectory(settings.folder) if names else None
        speech = Speech(lang, ZoneInfo(settings.timezone))
        text, lines = service.export(
            session, speech, CatalogueWords(), directory, now=clock_of(settings).now(), author_id=None
        )
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(out) as partial:
                partial.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise RefusedError(f"the register cannot be written: {error.strerror}", where=str(out)) from None
    show({"file": str(out), "steps": lines, "names": names}, f"{lines} steps written to {out}", as_json=as_json)


@quality_app.command("verify")
def verify_command(
    pack: Annotated[Path | None, typer.Option(help="Folder of a pack: check its files, and that it is ours.")] = None,
    seal: Annotated[str, typer.Option(help="Seal at the foot of a register kept apart: 812:9f2c…")] = "",
    as_json: Json = False,
) -> None:
    """Check the journal from its first entry to its head, and a pack against it; exit code 1 when one was altered.

    The entries that the packs kept here rest on must be there too: they are told outside the table.
    """
    from serving.quality import anchors, journal
    from serving.quality.packs import service as packs

    given = [anchors.read(seal)] if seal else []
    with work() as (session, settings):
        verdict = journal.verify(session, [*given, *anchors.of_packs(settings.folder)])
        of_pack = packs.check(session, pack) if pack else None
    sentence = f"the journal is intact: {verdict.checked} entries checked"
    if verdict.differs is not None:
        sentence = f"{verdict.reason}: {verdict.what} {verdict.differs}"
    elif not verdict.intact:
        sentence = f"the journal was altered at entry {verdict.first_broken}: {verdict.reason}"
    told = vars(verdict) | ({"pack": vars(of_pack)} if of_pack else {})
    show(told, "\n".join([sentence, *([of_pack.sentence()] if of_pack else [])]), as_json=as_json)
    if not verdict.intact or (of_pack and not of_pack.intact):
        raise typer.Exit(1)


@accounts_app.command("create")
def create_command(
    username: Annotated[str, typer.Argument(help="2 to 40 of a-z 0-9 . _ -")],
    role: Annotated[str, typer.Option(help="mentor, deputy, course_lead, data_scientist, quality or admin.")],
    name: Annotated[str, typer.Option(help="Name shown on the pages.")],
    mentor: Annotated[str, typer.Option(help="Pseudonym of the mentor followed: see `accounts mentors`.")] = "",
    unassigned: Annotated[bool, typer.Option(help="Follows the learners given to no mentor.")] = False,
    email: Annotated[str, typer.Option(help="Where messages go.")] = "",
    course: Annotated[list[str] | None, typer.Option(help="A course that a lead follows; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Create an account and print its password, made at random, once."""
    from serving.accounts import service
    from serving.accounts.schemas import NewAccount
    from serving.forms import accept

    wanted = {"username": username, "display_name": name, "role": role, "unassigned": str(unassigned)}
    given = {"mentor_id": mentor, "email": email, "courses": course}
    new = accept(NewAccount, wanted | {name: value for name, value in given.items() if value})
    with work(write=True) as (session, settings):
        account, password = service.create(session, new, now=clock_of(settings).now())
        result = {"username": account.username, "role": account.role, "password": password}
    show(result, f"{username}: {password}", as_json=as_json)


@accounts_app.command("list")
def list_accounts_command(as_json: Json = False) -> None:
    """List the accounts."""
    from serving.accounts import repository

    with work() as (session, _):
        rows = [
            {"username": one.username, "name": one.display_name, "role": one.role, "active": one.active}
            for one in repository.listed(session)
        ]
    lines = [f"{r['role']:<15} {r['username']:<24} {r['name']}{'' if r['active'] else '  (closed)'}" for r in rows]
    show({"accounts": rows}, "\n".join(lines) or "no account", as_json=as_json)


@accounts_app.command("mentors")
def list_mentors_command(as_json: Json = False) -> None:
    """List the mentors that the records name, with the pseudonym that `accounts create --mentor` takes."""
    from serving.settings import read_settings
    from serving.sources import VaultDirectory

    found = VaultDirectory(read_settings().folder.prepare()).mentors()
    rows = [{"mentor": str(number), "name": name} for number, name in found.items()]
    lines = [f"{row['mentor']:<20} {row['name']}" for row in rows]
    show({"mentors": rows}, "\n".join(lines) or "no mentor", as_json=as_json)


@accounts_app.command("token")
def token_command(
    username: str,
    scope: Annotated[list[str], typer.Option(help="What it may do, such as alerts:read; may be repeated.")],
    name: Annotated[str, typer.Option(help="What it is for.")],
    days: Annotated[int, typer.Option(help="How long it lasts: 30, 90 or 365 days.")] = 90,
    as_json: Json = False,
) -> None:
    """Make an API token for an account and print it once; it is revoked on the account's own page."""
    from datetime import UTC, datetime

    from serving.accounts import repository
    from serving.forms import accept
    from serving.problems import NotFoundError
    from serving.tokens import service
    from serving.tokens.schemas import NewToken

    wanted = accept(NewToken, {"name": name, "days": str(days)})
    with work(write=True) as (session, _):
        account = repository.by_username(session, username)
        if account is None:
            raise NotFoundError("no account has this username", where="username", todo="filrouge accounts list")
        token, secret = service.create(
            session, account, wanted.name, scope, days=wanted.days, now=datetime.now(UTC), author_id=None
        )
        until = token.expires_at.date().isoformat() if token.expires_at else None
        result = {"username": username, "name": name, "scopes": token.scopes, "until": until, "token": secret}
    show(result, secret, as_json=as_json)


@accounts_app.command("reset")
def reset_command(username: str, as_json: Json = False) -> None:
    """Give an account a new password, sign it out everywhere, and print the password once."""
    from serving.accounts import service

    with work(write=True) as (session, settings):
        password = service.reset_password(session, username, now=clock_of(settings).now())
    show({"username": username, "password": password}, f"{username}: {password}", as_json=as_json)
