"""`filrouge simulate`: learners whose risk is known, into the store; the truth apart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.commands import AsJson, Quiet, summary
from data.errors import SourceError
from data.home import Home
from data.progress import bar

if TYPE_CHECKING:
    from data.simulated.plan import Outage, Shift


class Contacts(StrEnum):
    """How mentors contact simulated learners."""

    none = "none"
    random = "random"
    at_risk = "at_risk"


Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day seen. Default: the last session's end.")
]


def simulate(  # noqa: PLR0913 - one option each
    learners: Annotated[int, typer.Option(min=2, help="Learners a session.")] = 100,
    sessions: Annotated[int, typer.Option(min=1, max=99, help="Sessions, one every eight weeks.")] = 6,
    weeks: Annotated[int, typer.Option(min=4, max=104, help="Weeks a session.")] = 34,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same learners.")] = 1,
    until: Day = None,
    truth: Annotated[Path | None, typer.Option(help="Parquet file of the truth. Default: truth.parquet, home.")] = None,
    rows: Annotated[
        int | None, typer.Option(min=1, help="About so many activity rows: sets the learners and the sessions.")
    ] = None,
    actions: Annotated[
        Contacts, typer.Option(help="Mentors' contacts: none, at random, or the more the less is seen.")
    ] = Contacts.none,
    outage: Annotated[
        list[str] | None, typer.Option(help="A table goes quiet: TABLE:FIRST_DAY:LAST_DAY; may be repeated.")
    ] = None,
    shift: Annotated[
        str | None, typer.Option(help="Learners change: DAY:STRENGTH, then :relation (what tells) or :rate (how many).")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Simulate learners whose risk is known, into the store; the truth is written apart."""
    from data.simulator import Plan, keep, sized

    plan = Plan(
        sessions=sessions, learners=learners, weeks=weeks, seed=seed, until=until.date() if until else None,
        actions=actions.value, outages=outages_of(outage or ()), shift=shift_of(shift),
    )  # fmt: skip
    plan = sized(plan, rows) if rows else plan
    home = Home.from_environment().prepare()
    with bar(quiet=quiet or as_json) as report:
        manifest = keep(home, plan, at=datetime.now(UTC), truth_file=truth, report=report)
    if as_json:
        typer.echo(json.dumps(manifest.as_dict()))
    elif not quiet:
        typer.echo(summary(manifest) + (" (already simulated: nothing to do)" if manifest.already else ""))


def outages_of(told: Sequence[str]) -> tuple[Outage, ...]:
    """Return outages written `TABLE:FIRST_DAY:LAST_DAY`.

    Raises
    ------
    SourceError : one is not written so.
    """
    from data.simulated.plan import Outage

    made = []
    for each in told:
        kind, days = each.partition(":")[0], each.split(":")[1:]
        if len(days) != 2:
            raise _unreadable("--outage", "TABLE:FIRST_DAY:LAST_DAY")
        made.append(Outage(kind, *(_day(day, "--outage") for day in days)))
    return tuple(made)


def shift_of(told: str | None) -> Shift | None:
    """Return a shift written `DAY:STRENGTH` or `DAY:STRENGTH:KIND`.

    Raises
    ------
    SourceError : it is not written so.
    """
    from data.simulated.plan import Shift

    if told is None:
        return None
    day, _, rest = told.partition(":")
    strength, _, kind = rest.partition(":")
    try:
        value = float(strength)
    except ValueError as error:
        raise _unreadable("--shift", "DAY:STRENGTH, the strength being a number") from error
    return Shift(_day(day, "--shift"), value, kind or "people")


def _day(told: str, option: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError as error:
        raise _unreadable(option, "days written 2025-01-31") from error


def _unreadable(option: str, accepted: str) -> SourceError:
    return SourceError("an option cannot be read", where=option, accepted=accepted)
