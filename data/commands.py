"""`filrouge import`, `filrouge simulate`: records come in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.home import Home
from data.progress import bar

if TYPE_CHECKING:
    from data.batches import Manifest

import_app = typer.Typer(no_args_is_help=True, help="Import records: each import is one batch, all or nothing.")

Folder = Annotated[Path, typer.Argument(help="The folder of table exports.", show_default=False)]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The export's today. Default: the last day a learner did something."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option(help="No progress bar, no summary.")]


@import_app.command("moodle")
def import_moodle(folder: Folder, as_of: AsOf = None, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Import a folder of Moodle tables (mdl_*.csv or .csv.gz)."""
    _import("moodle", folder, as_of, as_json=as_json, quiet=quiet)


@import_app.command("oulad")
def import_oulad(folder: Folder, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Import the OULAD tables, with studentVle.csv or its 30-day windows."""
    _import("oulad", folder, None, as_json=as_json, quiet=quiet)


@import_app.command("log")
def import_log(as_json: AsJson = False) -> None:
    """List the batches imported so far, oldest first."""
    from data.store import RecordStore

    manifests = RecordStore(Home.from_environment()).batches()
    if as_json:
        typer.echo(json.dumps({"batches": [manifest.as_dict() for manifest in manifests]}))
        return
    for manifest in manifests:
        typer.echo(f"{manifest.imported_at}  {summary(manifest)}")
    if not manifests:
        typer.echo("Nothing was imported yet.")


def simulate(
    learners: Annotated[int, typer.Option(min=2, help="Learners a session.")] = 100,
    sessions: Annotated[int, typer.Option(min=1, help="Sessions, one every eight weeks.")] = 6,
    weeks: Annotated[int, typer.Option(min=4, help="Weeks a session.")] = 34,
    seed: Annotated[int, typer.Option(help="Same seed, same learners.")] = 1,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day seen. Default: the last session's end.")
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="Parquet file of the truth. Default: truth.parquet, home.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Simulate learners whose risk is known, into the store; the truth is written apart."""
    from data.simulator import Plan, keep
    from data.store import RecordStore

    home = Home.from_environment().prepare()
    home.keep_apart("simulated", holds_records=bool(RecordStore(home).batches()))
    plan = Plan(sessions=sessions, learners=learners, weeks=weeks, seed=seed, until=until.date() if until else None)
    with bar(quiet=quiet or as_json) as report:
        manifest = keep(home, plan, at=datetime.now(UTC), truth_file=truth, report=report)
    home.name_site("simulated")
    if as_json:
        typer.echo(json.dumps(manifest.as_dict()))
    elif not quiet:
        _tell(manifest)


def summary(manifest: Manifest) -> str:
    """Return one line on what a batch did."""
    new = sum(count.new for count in manifest.tables.values())
    changed = sum(count.changed for count in manifest.tables.values())
    return (
        f"{manifest.source}: {manifest.rows_in:,} rows read, {manifest.rows_kept:,} kept, "
        f"{manifest.rows_out_of_scope:,} out of scope, {manifest.rows_quarantined:,} quarantined; "
        f"{new:,} records new, {changed:,} changed"
    )


def _import(source: str, folder: Path, as_of: datetime | None, *, as_json: bool, quiet: bool) -> None:
    from data.imports import import_folder, site_of
    from data.store import RecordStore

    home, site = Home.from_environment().prepare(), site_of(source, str(folder))
    home.keep_apart(site, holds_records=bool(RecordStore(home).batches()))
    with bar(quiet=quiet or as_json) as report:
        manifest = import_folder(home, source, folder, as_of=as_of.date() if as_of else None, report=report)
    home.name_site(site)
    if as_json:
        typer.echo(json.dumps(manifest.as_dict()))
    elif not quiet:
        _tell(manifest)


def _tell(manifest: Manifest) -> None:
    typer.echo(summary(manifest) + (" (already imported: nothing to do)" if manifest.already else ""))
    fates = {"quarantined": manifest.quarantined, "out of scope": manifest.out_of_scope, "refused": manifest.refused}
    for fate, reasons in fates.items():
        for reason, n in reasons.items():
            typer.echo(f"  {fate}: {reason}, {n:,}")
