"""`filrouge texts`: keep the texts of learners' posts for some days, or no more."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

if TYPE_CHECKING:
    from data.texts import Texts

texts_app = typer.Typer(no_args_is_help=True, help="Keep the texts of posts, or not: see docs/privacy.md.")

Reason = Annotated[str, typer.Option(help="On what ground, in a few words; kept.", show_default=False)]
By = Annotated[str, typer.Option(help="Who answers for it.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@texts_app.command()
def keep(
    days: Annotated[int, typer.Option(min=1, max=366, help="For how many days from the day a post is known.")],
    reason: Reason, by: By, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record that the texts of learners' posts are kept for some days, those imported from now on.

    Only posts that may be read (the purposes alerts and community); the staff's never. A shorter time than before holds
    for the texts that are there too.
    """
    told = _texts().decide(days, reason=reason, by=by, at=datetime.now(UTC))
    line = f"Texts are kept for {told.days} days, recorded by {told.recorded_by}."
    _print(asdict(told), line, as_json=as_json)


@texts_app.command()
def stop(reason: Reason, by: By, as_json: AsJson = False) -> None:
    """Record that texts are kept no more, and delete all of them."""
    texts = _existing()
    gone = texts.count()
    told = texts.decide(0, reason=reason, by=by, at=datetime.now(UTC))
    _print({**asdict(told), "deleted": gone}, f"Texts are kept no more; {gone:,} deleted.", as_json=as_json)


@texts_app.command()
def status(as_json: AsJson = False) -> None:
    """Show whether texts are kept, how many are there, and who decided what."""
    texts = _existing()
    decisions, days, held = texts.decisions(), texts.days, texts.count()
    lines = [f"Texts are kept for {days} days; {held:,} are there." if days else "Texts are not kept."]
    lines += [f"{one.decided_at}  {one.days} days, by {one.recorded_by}: {one.reason}" for one in decisions]
    told = {"days": days, "texts": held, "decisions": [asdict(one) for one in decisions]}
    _print(told, "\n".join(lines), as_json=as_json)


@texts_app.command()
def purge(as_json: AsJson = False) -> None:
    """Delete the texts whose day has come; each import does it too."""
    from data.imports import time_zone

    gone = _existing().purge(today=datetime.now(ZoneInfo(time_zone())).date())
    _print({"deleted": gone}, f"{gone:,} deleted.", as_json=as_json)


def _texts() -> Texts:
    from data.home import Home
    from data.texts import Texts

    return Texts(Home.from_environment())


def _existing() -> Texts:
    """Return the texts of a home that is there: of one that is not, nobody is told that its texts are gone."""
    from data.commands import existing_home
    from data.texts import Texts

    return Texts(existing_home())


def _print(values: dict[str, Any], text: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(values, ensure_ascii=False) if as_json else text)
