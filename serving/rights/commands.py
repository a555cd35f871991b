"""`filrouge person access|export|backups|requests`: hung on `filrouge person` by the front door."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.person_commands import AsJson, By, Learner, number_of
from serving.commands import clock_of, show, work

if TYPE_CHECKING:
    from data.correcting import Rectification

Lang = Annotated[str, typer.Option(help="fr or en.")]


def access(
    learner: Learner,
    out: Annotated[Path | None, typer.Option(help="File to write, private; the screen by default.")] = None,
    lang: Lang = "fr",
) -> None:
    """Tell all that is held on a learner, in words, table by table; the journal keeps the fact."""
    from zoneinfo import ZoneInfo

    from serving.language import LANGUAGES, Speech
    from serving.problems import RefusedError
    from serving.rights import service
    from serving.sources import CatalogueWords

    if lang not in LANGUAGES:
        raise RefusedError("this is not told in this language", where="--lang", accepted="fr or en")
    with work(write=True) as (session, settings):
        speech = Speech(lang, ZoneInfo(settings.timezone))
        text = service.access(
            session, settings.folder, number_of(learner), speech, CatalogueWords(), now=clock_of(settings).now(),
            author_id=None,
        )  # fmt: skip
    if out is None:
        typer.echo(text)
        return
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise RefusedError(f"the file cannot be written: {error.strerror}", where="--out") from None
    typer.echo(f"written to {out}, for its owner only")


def export(
    learner: Learner,
    out: Annotated[Path, typer.Option(help="ZIP file to write, outside the working folder.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Give all that is held on a learner as JSON and CSV in one private ZIP (portability, GDPR art. 20)."""
    from serving.rights import service

    with work(write=True) as (session, settings):
        now = clock_of(settings).now()
        rows = service.export(session, settings.folder, number_of(learner), out, now=now, author_id=None)
    show({"file": str(out), "rows": rows}, f"{rows} rows written to {out}, for its owner only", as_json=as_json)


def backups(
    declare: Annotated[str, typer.Option(help="Where copies are kept, in a few words.")] = "",
    days: Annotated[int, typer.Option(help="For how many days each copy is kept.")] = 0,
    end: Annotated[int, typer.Option(help="Number of a backup that is not kept any more.")] = 0,
    by: Annotated[str, typer.Option(help="Who declares it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Declare where copies are kept and for how long, or list them: who is erased is there until then."""
    from serving.rights import repository, service
    from serving.rights.backups import until

    with work(write=bool(declare or end)) as (session, settings):
        clock = clock_of(settings)
        if declare:
            service.declare_backup(session, declare, days, by=by, now=clock.now())
        if end:
            service.end_backup(session, end, now=clock.now())
        rows: list[dict[str, Any]] = [
            {"backup": one.id, "place": one.place, "days": one.keep_days, "declared_by": one.declared_by,
             "until": until(clock.today(), one.keep_days).isoformat()}
            for one in repository.backups(session)
        ]  # fmt: skip
    lines = [f"{r['backup']}  {r['place']}: {r['days']} days; erased today, gone on {r['until']}" for r in rows]
    show({"backups": rows}, "\n".join(lines) or "no backup is declared", as_json=as_json)


def request(
    kind: Annotated[str, typer.Argument(help="access, export, rectify, object or erase.", show_default=False)],
    learner: Learner,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day received; today by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a request of a learner down in the register of requests; it is due in one month."""
    from serving.rights import service

    with work(write=True) as (session, settings):
        clock = clock_of(settings)
        day: date = on.date() if on else clock.today()
        made = service.receive(
            session, kind, number_of(learner), day, now=clock.now(), today=clock.today(), author_id=None
        )
        told = {"request": made.id, "kind": kind, "due_on": made.due_on.isoformat()}
    show(told, f"request {told['request']}: {kind}, due on {told['due_on']}", as_json=as_json)


def rectify(
    learner: Learner,
    by: By,
    reason: Annotated[str, typer.Option(help="Why, in a few words that name nobody; kept.", show_default=False)],
    name: Annotated[str | None, typer.Option(help="The right name.")] = None,
    email: Annotated[str | None, typer.Option(help="The right e-mail address.")] = None,
    as_json: AsJson = False,
) -> None:
    """Correct a learner's name or e-mail, everywhere: words that people wrote say what is right, packs go.

    The next import does not undo it, and the journal keeps the fact alone. Exit code 4 when a file still holds what
    was wrong.
    """
    from data.correcting import correct, finish
    from data.errors import StoreError

    given = {"display_name": name, "email": email}
    wanted = {one: value for one, value in given.items() if value is not None}
    with work(write=True) as (_, settings):  # the work database is made and up to date
        home, at = settings.folder, clock_of(settings).now()
    names = correct(home, number_of(learner), wanted, by=by, reason=reason, at=at)
    done = finish(home, at=at)
    show({"corrected": names, "done": [asdict(one) for one in done]}, _told(names, done), as_json=as_json)
    if any(one.still_in for one in done):
        raise typer.Exit(StoreError.exit_code)


def _told(names: Sequence[str], done: Sequence[Rectification]) -> str:
    lines = [f"corrected: {', '.join(names)}; kept over what sources say"]
    for one in done:
        lines += [f"said as it is now: {table} {n:,}" for table, n in one.rows.items()]
        lines += [f"Deleted, to be made again: {path}" for path in one.deleted]
        lines += [f"somebody else has the same {name}: words about others, and files, are as they were"
                  for name in one.shared]  # fmt: skip
        lines += ["a source knows them by what was wrong: the vault keeps it"] if one.kept_as_identifier else []
        lines += [f"STILL HELD IN: {path}" for path in one.still_in]
    if done and not any(one.still_in or one.shared or one.kept_as_identifier for one in done):
        lines.append("No file of this folder holds what was wrong any more.")
    return "\n".join(lines)


def add_to(app: typer.Typer) -> None:
    """Hang these commands on `filrouge person`."""
    known = {one.callback for one in app.registered_commands}
    for command in (access, export, rectify, backups, request):
        if command not in known:
            app.command()(command)
