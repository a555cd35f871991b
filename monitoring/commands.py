"""`filrouge monitor`: look at what is served."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from data.errors import StoreError
from data.home import Home

monitor_app = typer.Typer(
    help="Watch what is served: drift, sources, performance, and what to do.", no_args_is_help=True
)


def latest_scored(home: Home, *, as_of: date | None = None) -> Path:
    """Return the folder of the newest scored list, of a given as-of date if one is named.

    Raises
    ------
    StoreError : nothing was scored yet.
    """
    pattern = f"{as_of or '[0-9]*'}-*/run.json"
    runs = sorted(home.scored.glob(pattern), key=lambda path: path.stat().st_mtime_ns)
    if not runs:
        raise StoreError("no scored list to watch", where=str(home.scored), todo="run `filrouge score` first")
    return runs[-1].parent


@monitor_app.command()
def drift(
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default: the last list scored.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as one JSON object.")] = False,
) -> None:
    """Compare a scored list with earlier sessions in the same weeks of their course (Evidently draws the page)."""
    from data.store import RecordStore
    from monitoring.freshness import closures
    from monitoring.report import write_drift_report

    home = Home.from_environment().prepare()
    scored = latest_scored(home, as_of=as_of.date() if as_of else None)
    with RecordStore(home).connect() as con:
        report = write_drift_report(scored, home.reports / "drift", closures=closures(con))
    if as_json:
        typer.echo(report.json.read_text(encoding="utf-8"))
        return
    result = report.comparison
    moved = sum(c.drifted for c in result.columns)
    typer.echo(f"{_plain(result.verdict)}: {moved} of {len(result.columns)} columns moved")
    for column in result.columns[:10]:
        if column.drifted:
            usual, nulls = _figure(column.usual), f"nulls {column.missing_current:.0%}"
            typer.echo(f"  {column.name}: distance {_figure(column.distance)} (usual: up to {usual}), {nulls}")
    typer.echo(f"The page to read: {report.html}")


@monitor_app.command()
def verdict(
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default: the last list scored.")] = None,
    timezone: Annotated[
        str, typer.Option(envvar="FILROUGE_TIMEZONE", help="Time zone in which sources keep their hours.")
    ] = "Europe/Paris",
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole watch as one JSON object.")] = False,
) -> None:
    """Watch drift, sources and matured labels, and say what to do with the model: keep, recalibrate, train again…"""
    from monitoring.holdout import LOTS
    from monitoring.report import read_run
    from monitoring.watch import write_watch

    home = Home.from_environment().prepare()
    scored = latest_scored(home, as_of=as_of.date() if as_of else None)
    lot = next((read(home, date.fromisoformat(read_run(scored)["as_of"])) for read in LOTS), None)
    _, told = write_watch(home, scored, zone=timezone, lot=lot)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(f"{_plain(told['verdict']['action'])}: {', '.join(map(_plain, told['verdict']['reasons']))}")
    typer.echo(f"drift: {_plain(told['drift'])}")
    for one in told["freshness"]:
        typer.echo(f"{one['kind']}: {_plain(one['state'])}, last at {one['last_at']}")


def _plain(code: str) -> str:
    return code.replace("_", " ")


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"
