"""`filrouge quality figures`: the key figures of a period, small ones suppressed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.commands import Json, clock_of, quality_app, show, work

if TYPE_CHECKING:
    from serving.language import Speech
    from serving.quality.figures.service import Row, Table

First = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day. Default: a year before today.")
]
Last = Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day. Default: today.")]


@quality_app.command("figures")
def figures(
    from_on: First = None,
    until_on: Last = None,
    course: Annotated[str, typer.Option(help="Only this course.")] = "",
    session_id: Annotated[str, typer.Option("--session", help="Only this session.")] = "",
    inside: Annotated[bool, typer.Option(help="With small figures too: for the organisation alone.")] = False,
    lang: Annotated[str, typer.Option(help="fr or en.")] = "fr",
    as_json: Json = False,
) -> None:
    """Tell the key figures with what each counts; those that concern fewer than five people are suppressed."""
    from zoneinfo import ZoneInfo

    from serving.language import LANGUAGES, Speech
    from serving.problems import RefusedError

    if lang not in LANGUAGES:
        raise RefusedError("the figures are not told in this language", where="--lang", accepted="fr or en")
    days = {"from_on": _text(from_on), "until_on": _text(until_on)}
    found, zone = _found({**days, "course": course, "session": session_id})
    rows = [one for one in found.rows if course in ("", one.place[0]) and session_id in ("", one.place[1])]
    if not rows:
        raise RefusedError("nothing is counted there in this period", where="--course, --session")
    speech = Speech(lang, ZoneInfo(zone))
    told = [_row(one, speech, inside=inside) for one in rows]
    result = {"from": str(found.window.since), "until": str(found.window.until), "as_of": str(found.window.today),
              "scopes": told}  # fmt: skip
    show(result, "\n".join(_lines(told[0])), as_json=as_json)


def _text(day: datetime | None) -> str:
    return day.date().isoformat() if day else ""


def _found(told: dict[str, str]) -> tuple[Table, str]:
    from zoneinfo import ZoneInfo

    from serving.problems import RefusedError
    from serving.quality.figures import policy, service
    from serving.sources import StoreRecords

    with work() as (session, settings):
        today = clock_of(settings).today()
        asked, wrong = policy.read(told, today=today)
        if wrong:
            name, what = next(iter(wrong.items()))
            raise RefusedError(what, where=f"--{name.removesuffix('_on')}")
        records, zone = StoreRecords(settings.folder), ZoneInfo(settings.timezone)
        days = {"since": asked.from_on, "until": min(asked.until_on, today), "today": today}
        return service.table(session, records, zone=zone, week=settings.working_days, **days), settings.timezone


def _row(row: Row, speech: Speech, *, inside: bool) -> dict[str, Any]:
    from serving.quality.figures.catalog import FIGURES
    from serving.quality.figures.service import shown_outside

    figures: list[dict[str, Any]] = []
    for figure in FIGURES:
        value = row.values[figure.code] if inside else shown_outside(row, figure.code)
        counted = value and {"value": value.value, "numerator": value.numerator, "denominator": value.denominator}
        words = {"figure": figure.code, "name": speech.say(figure.name), "formula": speech.say(figure.formula),
                 "unit": figure.unit, "publishable": figure.code not in row.hidden}  # fmt: skip
        left = {"left_out": dict(value.left_out)} if value and inside else {}
        figures.append({**words, **(counted or {"value": None, "numerator": None, "denominator": None}), **left})
    return {"course": row.place[0], "session": row.place[1], "figures": figures}


def _lines(told: dict[str, Any]) -> list[str]:
    lines = []
    for one in told["figures"]:
        value = "–" if one["value"] is None else f"{one['value']:.3f}"
        counted = f"{one['numerator']:g} / {one['denominator']}" if one["denominator"] is not None else "suppressed"
        lines.append(f"{one['figure']:<18}{value:>10}  {counted}")
    return lines
