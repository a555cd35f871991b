"""`filrouge train` and `filrouge models`."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.home import Home
from data.progress import bar

if TYPE_CHECKING:
    from training.registry import Registered

models_app = typer.Typer(help="Registered models: list, show.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class Definition(StrEnum):
    """How abandonment is read from the records."""

    recorded = "recorded"
    recorded_or_silence = "recorded_or_silence"


def train(
    task: Annotated[str, typer.Option(help="abandoned_28d (withdrawn_28d) or fail_or_withdrawn.")] = "abandoned_28d",
    horizon: Annotated[int | None, typer.Option(min=1, max=365, help="Days; default: the task's own, 28.")] = None,
    definition: Annotated[
        Definition | None, typer.Option(help="What counts as abandonment; default: what the records allow.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day to be known.")] = None,
    capacity: Annotated[int, typer.Option(min=1, help="Alerts a mentor takes each time, in the figures.")] = 3,
    as_json: Json = False,
    quiet: Annotated[bool, typer.Option(help="No progress bar.")] = False,
) -> None:
    """Train, measure out of time, and register the model that serves.

    The same records, options and code are not trained twice.
    """
    from training.pipeline import train as train_and_register

    home = Home.from_environment().prepare()
    with bar(quiet=quiet or as_json) as report:
        result = train_and_register(
            home,
            task=task,
            horizon_days=horizon,
            until=until.date() if until else None,
            definition=definition.value if definition else None,
            capacity=capacity,
            report=report,
        )
    typer.echo(
        json.dumps(result.payload) if as_json else f"{result.summary}\nThe report: {result.folder / 'report.html'}"
    )


@models_app.command("list")
def list_models(as_json: Json = False) -> None:
    """List the registered versions, newest first; * marks the one that serves."""
    from training.registry import versions

    found = versions(Home.from_environment().prepare())
    if as_json:
        typer.echo(json.dumps({"models": [_plain(one) for one in found]}))
        return
    for one in found:
        mark = "*" if one.aliases else " "
        typer.echo(f"{mark} {one.name}/{one.version}  {one.tags.get('level', '')}  {one.tags.get('task', '')}")
    if not found:
        typer.echo("no model yet: run `filrouge train`")


@models_app.command("show")
def show_model(
    model: Annotated[str, typer.Argument(help="name, name/version or name@alias")] = "filrouge", as_json: Json = False
) -> None:
    """Show one version: its card, or with --json its tags and whole report."""
    from training.registry import find

    home = Home.from_environment().prepare()
    one = find(home, model)
    folder = home.reports / "training" / one.tags.get("run_key", "")
    if as_json:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        typer.echo(json.dumps(_plain(one) | {"report": report}))
        return
    typer.echo((folder / "card.md").read_text(encoding="utf-8"))


def _plain(one: Registered) -> dict[str, Any]:
    return {
        "name": one.name,
        "version": one.version,
        "run_id": one.run_id,
        "aliases": list(one.aliases),
        "tags": one.tags,
    }
