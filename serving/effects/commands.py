"""`filrouge monitor effects`: did prevention help, by what is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from data.home import Home
    from serving.effects.schemas import Rows

Measure = Callable[["Home", "Rows", date, int], dict[str, Any]]
"""What monitoring makes of the rows: home, rows, the last day known, the horizon in days."""


def command_of(measure: Measure) -> Callable[..., None]:
    """Return the command.

    Parameters
    ----------
    measure : what monitoring does; its room is not ours to enter.
    """

    def effects(
        horizon: Annotated[int, typer.Option(min=7, max=365, help="Days in which an abandonment counts.")] = 28,
        as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default: today.")] = None,
        lang: Annotated[str, typer.Option(help="fr or en.")] = "fr",
        as_json: Annotated[bool, typer.Option("--json", help="Print the figures as one JSON object.")] = False,
    ) -> None:
        """Say whether contacts changed abandonment, how sure that is, and which comparisons mislead."""
        from serving.language import LANGUAGES
        from serving.problems import RefusedError

        if lang not in LANGUAGES:
            raise RefusedError("the effect is not told in this language", where="--lang", accepted="fr or en")
        told = measured(measure, as_of.date() if as_of else None, horizon)
        typer.echo(json.dumps(told) if as_json else sentences(told, lang))

    return effects


def measured(measure: Measure, until: date | None, horizon: int) -> dict[str, Any]:
    """Measure on the work database and the records of the environment, up to a day (today by default)."""
    from serving.commands import clock_of, work
    from serving.effects.service import rows

    with work() as (session, settings):
        day = until or clock_of(settings).today()
        found = rows(session, settings.folder, until=day)
    return measure(settings.folder, found, found.until, horizon)  # models are fitted with nothing held open


def sentences(told: dict[str, Any], lang: str) -> str:
    """Return what was measured in words, a line each."""
    from zoneinfo import ZoneInfo

    from serving.effects.wording import tell
    from serving.language import Speech

    words = tell(told, Speech(lang, ZoneInfo("UTC")))
    colon = "\u00a0:" if lang == "fr" else ":"
    figures = [f"{name}{colon} {value}" for name, value in words.figures]
    misleading = [f"{text} {why}" for text, why in words.misleading]
    return "\n".join([words.headline, *words.sentences, *figures, *misleading, *words.limits])
