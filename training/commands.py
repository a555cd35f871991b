"""`filrouge train`."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from data.home import Home
from data.progress import bar

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
    tune: Annotated[
        int, typer.Option(min=0, help="Trials of Optuna for the trees' parameters; default: the house's.")
    ] = 0,
    as_json: Json = False,
    quiet: Annotated[bool, typer.Option(help="No progress bar.")] = False,
) -> None:
    """Train, measure out of time, and register.

    The first measured model serves at once; a later one waits as challenger (`filrouge models promote`). The same
    records, options and code are not trained twice, and a training that was stopped goes on where it was.
    """
    from training.ladder import Options
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
            options=Options(trials=tune),
            report=report,
        )
    typer.echo(json.dumps(result.told) if as_json else f"{result.summary}\nThe report: {result.folder / 'report.html'}")
