"""A sheet of evidence taken out as CSV: of which days, with or without names; each download is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from serving import pages
from serving.access import Person
from serving.quality import journal
from serving.quality.scope import Scope
from serving.quality.sheets import Sheet, as_csv
from serving.site import Site

YEAR = timedelta(days=365)


def scope_of(request: Request, session: Session, site: Site, person: Person, fields: Mapping[str, str]) -> Scope:
    """Return what a form asks to take out: from `from_on` to `until_on` (a year by default), with `names` or not."""
    today = site.clock.today()
    return Scope(
        session=session,
        speech=pages.speech_of(request, person),
        words=site.words,
        records=site.records,
        directory=site.directory if fields.get("names") == "yes" else None,
        from_on=day_of(fields.get("from_on", "")) or today - YEAR,
        until_on=min(day_of(fields.get("until_on", "")) or today, today),
        today=today,
        week=site.settings.working_days,
    )


def day_of(text: str) -> date | None:
    """Return a day written as ISO 8601, None when it is not one."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def answer(
    request: Request, session: Session, site: Site, person: Person, fields: Mapping[str, str],
    build: Callable[[Scope], Sheet],
) -> Response:  # fmt: skip
    """Give a sheet as CSV; the journal keeps who took which one out, of which days, with names or not."""
    scope = scope_of(request, session, site, person, fields)
    sheet = build(scope)
    details: dict[str, journal.Scalar] = {
        "sheet": sheet.key,
        "names": scope.directory is not None,
        "lines": len(sheet.rows),
        "from": scope.from_on.isoformat(),
        "until": scope.until_on.isoformat(),
    }
    journal.append(session, "sheet_exported", at=site.clock.now(), author_id=person.account_id, details=details)
    name = f"{sheet.key}-{scope.today.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    body = "".join(as_csv(sheet, scope.speech.zone))
    return Response(body.encode(), media_type="text/csv; charset=utf-8", headers=headers)
