"""`filrouge quality pack`: what the auditor takes away, in one command."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.commands import Json, clock_of, show, work

if TYPE_CHECKING:
    from datetime import date

    from serving.quality.packs.schemas import NewPack


def pack(  # noqa: PLR0913 - a command: each parameter is an option
    from_on: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day. Default: 364 days before.")
    ] = None,
    until_on: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day. Default: that of --as-of.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Tell nothing later than this day. Default: today.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the sample. Default: the day, as 20260615.")] = None,
    draw: Annotated[int, typer.Option(min=1, max=200, help="How many enrolments the sample draws.")] = 10,
    alerted: Annotated[bool, typer.Option("--alerted", help="Draw only enrolments with an alert.")] = False,
    names: Annotated[bool, typer.Option("--names", help="With the learners' names.")] = False,
    lang: Annotated[str, typer.Option(help="fr or en.")] = "fr",
    out: Annotated[Path | None, typer.Option(help="Write the files here too, in a new folder.")] = None,
    as_json: Json = False,
) -> None:
    """Make the pack of proof: PDF, workbook, CSV files and their sums; it is kept, and written in the journal."""
    from serving.quality.packs import folder, service
    from serving.quality.packs.compose import Order
    from serving.quality.scope import scope_of

    with work(write=True) as (session, settings):
        clock = clock_of(settings)
        day = _day(as_of, clock.today())
        wanted = _wanted(from_on, until_on, day, seed, draw, lang)
        days = (wanted.from_on, wanted.until_on)
        scope = scope_of(session, settings, days, day, names=names, language=wanted.language)
        order = Order(settings.organisation, wanted.seed, wanted.drawn, alerted)
        made = service.make(scope, order, settings.folder, now=clock.now(), author_id=None)
        place = folder.place(settings.folder, made.key)
        if out is not None:
            folder.write(out, service.files_of(settings.folder, made))
            place = out
        n_files = len(made.files)
        result = {"key": made.key, "folder": str(place), "manifest": made.manifest, "named": made.named,
                  "journal_entry": made.journal_seq, "seal": made.journal_hash, "files": made.files}  # fmt: skip
    show(result, f"pack {result['key']} in {place}: {n_files} files", as_json=as_json)


def _day(as_of: datetime | None, today: date) -> date:
    """Return the day of the pack, never after today."""
    from serving.problems import RefusedError

    day = as_of.date() if as_of else today
    if day > today:
        raise RefusedError("a pack cannot be of a day to come", where="--as-of", accepted=f"{today} at the latest")
    return day


def _wanted(
    from_on: datetime | None, until_on: datetime | None, day: date, seed: int | None, draw: int, lang: str
) -> NewPack:
    """Return the pack asked for; what is not said follows from its day."""
    from serving.forms import accept
    from serving.quality.packs.schemas import NewPack
    from serving.quality.sample import policy

    until = until_on.date() if until_on else day
    wanted = accept(
        NewPack,
        {
            "from_on": from_on.date() if from_on else policy.days_until(until)[0],
            "until_on": until,
            "seed": policy.seed_of(day) if seed is None else seed,
            "drawn": draw,
            "language": lang,
        },
    )
    wanted.check(day)
    return wanted
