"""The key figures: a page for the quality team, and the same as CSV with small figures suppressed."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from serving import pages
from serving.access import AsQuality, Person, TheSite, Transaction
from serving.language import Speech
from serving.quality.figures import periods, policy, service, sheet
from serving.quality.figures.catalog import (
    BY_CODE,
    FIGURES,
    HOURS,
    LEFT_OUT,
    PER_MEMBER,
    PUBLISHED,
    SHARE,
    THEMES,
    WORKING_HOURS,
    Figure,
)
from serving.quality.figures.inputs import Value
from serving.quality.figures.periods import Period
from serving.quality.figures.policy import Asked
from serving.quality.figures.service import Row, Table
from serving.quality.sheets import as_csv
from serving.site import Site

page = APIRouter(include_in_schema=False)
BESIDE = ("abandonment", "completion", "lsat", "survey_return", "response")
"""Figures told for each course, or each session of one."""


@page.get("/quality/figures")
def figures_page(request: Request, session: Transaction, person: AsQuality, site: TheSite) -> HTMLResponse:
    """Show the key figures of a period, a course or a session, with what each counts and who is left out."""
    return _page(request, session, person, site)


def _page(request: Request, session: Transaction, person: Person, site: Site, refused: str = "") -> HTMLResponse:
    """Show the figures; `refused` is why no file was given, said beside the choice of its period."""
    asked, wrong = policy.read(request.query_params, today=site.clock.today())
    found, speech = _table(session, site, asked), pages.speech_of(request, person)
    row = found.row(asked.course, asked.session)
    return pages.render(
        request,
        "figures.html",
        person=person,
        status=422 if wrong or refused else 200,
        asked=asked,
        typed={name: request.query_params.get(name, "")[:20] for name in wrong},
        wrong=wrong,
        refused=refused,
        query=request.url.query,
        row=row,
        themes=[_theme(row, theme, speech) for theme in THEMES] if row else [],
        published=[_one(row, BY_CODE[code], speech) for code in PUBLISHED] if row else [],
        beside=_beside(found, asked, speech),
        periods=[
            (one.code, _named(one, speech))
            for one in periods.offered(site.settings.figures_by, today=site.clock.today())
        ],
        beside_names=[BY_CODE[code].name for code in BESIDE],
        courses=[one for one in found.rows if one.place[0] and not one.place[1]],
        sessions=[one for one in found.rows if one.place[1] and asked.course in ("", one.place[0])],
        nothing=not any(value.denominator for value in found.rows[0].values.values()),
    )


def _table(session: Transaction, site: Site, asked: Asked) -> Table:
    days = {"since": asked.from_on, "until": min(asked.until_on, site.clock.today()), "today": site.clock.today()}
    return service.table(session, site.records, zone=site.clock.zone, week=site.settings.working_days, **days)


def _theme(row: Row, theme: str, speech: Speech) -> tuple[str, str, list[dict[str, Any]]]:
    """Return a theme's words, its window where its figures have the same, its figures."""
    mine = [figure for figure in FIGURES if figure.theme == theme]
    windows = {figure.window for figure in mine}
    window = mine[0].window if len(windows) == 1 else ""
    return THEMES[theme], window, [_one(row, figure, speech) for figure in mine]


def _one(row: Row, figure: Figure, speech: Speech) -> dict[str, Any]:
    value = row.values[figure.code]
    return {
        "figure": figure,
        "value": value,
        "told": told(value, figure, speech),
        "counts": counts(value, speech),
        "inside": figure.code in row.hidden,
        "left_out": [(LEFT_OUT[name], n) for name, n in value.left_out],
    }


def told(value: Value, figure: Figure, speech: Speech) -> str:
    """Return a figure as a person reads it; a dash where nothing can be counted."""
    number = sheet.rounded(value, figure)
    if number is None:
        return "–"
    if figure.unit == SHARE:
        return speech.percent(number)
    words = {HOURS: "\u00a0h", WORKING_HOURS: "\u00a0h", PER_MEMBER: ""}.get(figure.unit, "")
    return speech.number(number) + words


def counts(value: Value, speech: Speech) -> str:
    """Return what a figure divides: « 12 / 40 »."""
    return f"{speech.number(value.numerator)} / {speech.number(value.denominator)}"


def _beside(found: Table, asked: Asked, speech: Speech) -> list[tuple[Row, list[dict[str, Any]]]]:
    """Return the courses, or the sessions of the one asked for, each with a few figures."""
    if asked.session:
        return []
    rows = [
        one
        for one in found.rows
        if (one.place[1] and one.place[0] == asked.course if asked.course else one.place[0] and not one.place[1])
    ]
    return [(one, [_one(one, BY_CODE[code], speech) for code in BESIDE]) for one in rows]


@page.get("/quality/figures.csv")
def download(request: Request, session: Transaction, person: AsQuality, site: TheSite, rates: str = "") -> Response:
    """Give the figures of a whole period that is over as CSV, small ones suppressed, for all scopes or those asked for.

    What is suppressed is worked out on the whole table, and on those of the shorter periods inside it.
    """
    return _download(request, session, person, site, rates=bool(rates))


def _download(request: Request, session: Transaction, person: Person, site: Site, *, rates: bool) -> Response:
    told, today, shortest = request.query_params, site.clock.today(), site.settings.figures_by
    period = periods.read(told.get("period", ""))
    if period is None or not periods.may_leave(period, shortest, today=today):
        return _page(request, session, person, site, policy.NOT_WHOLE)
    asked = Asked(period.first, period.last, told.get("course", ""), told.get("session", ""))
    speech, settings = pages.speech_of(request, person), site.settings
    found = service.leaving(session, site.records, period, shortest, today=today, zone=site.clock.zone,
                            week=settings.working_days)  # fmt: skip
    made = sheet.published(found, speech) if rates else sheet.figures(_kept(found, asked), speech)
    name = f"{'taux-publies' if rates else 'indicateurs'}-{period.code}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    body = "".join(as_csv(made, site.clock.zone))
    return Response(body.encode(), media_type="text/csv; charset=utf-8", headers=headers)


def _named(period: Period, speech: Speech) -> str:
    """Return a period in words: « mars 2026 », « 1er trimestre 2026 », « 2026 »."""
    styles = {periods.MONTH: "MMMM y", periods.QUARTER: "QQQQ y"}
    style = styles.get(period.length)
    return speech.day(period.first, style) if style else str(period.first.year)


def _kept(found: Table, asked: Asked) -> Table:
    """Return the rows asked for: those of a session, of a course, or all."""
    rows = [row for row in found.rows if asked.course in ("", row.place[0]) and asked.session in ("", row.place[1])]
    return Table(found.window, tuple(rows))
