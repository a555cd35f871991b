"""Absences: a mentor's own on the page of their account, everybody's for the administration."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from serving import pages
from serving.absences import repository, service
from serving.absences.schemas import NewAbsence
from serving.access import AsAdmin, AsMentor, Person, TheSite, Transaction
from serving.accounts.repository import display_names
from serving.forms import Fields, accept, number
from serving.language import mark
from serving.problems import ForbiddenError, Refusal, RefusedError
from serving.profile.endpoints import Said, account_page, refusals_of
from serving.site import Site

page = APIRouter(include_in_schema=False)


def _own(person: Person) -> int:
    if person.mentor_id is None:
        raise ForbiddenError("only a mentor has absences")
    return person.mentor_id


@page.post("/account/absences")
def record_own(request: Request, fields: Fields, session: Transaction, person: AsMentor, site: TheSite) -> Response:
    """Say when one is away, and who stands in."""
    mentor_id = _own(person)
    try:
        new = accept(NewAbsence, {name: value for name, value in fields.items() if name != "mentor_id"})
        _record(session, person, site, mentor_id, new)
    except RefusedError as error:
        return account_page(request, session, person, site, Said(refusals_of(error)))
    return pages.go(request, "/account", flash="absence_recorded")


def _record(session: Transaction, person: Person, site: Site, mentor_id: int, new: NewAbsence) -> None:
    now, today = site.clock.now(), site.clock.today()
    service.record(session, mentor_id, new, author_id=person.account_id, now=now, today=today)


@page.post("/account/absences/{absence_id}/end")
def end_own(
    request: Request, absence_id: str, session: Transaction, person: AsMentor, site: TheSite
) -> RedirectResponse:
    """End one of one's own absences."""
    _end(session, person, site, absence_id, mentor_id=_own(person))
    return pages.go(request, "/account", flash="absence_ended")


def _end(session: Transaction, person: Person, site: Site, absence_id: str, *, mentor_id: int | None) -> None:
    service.end(
        session,
        number(absence_id),
        mentor_id=mentor_id,
        author_id=person.account_id,
        now=site.clock.now(),
        today=site.clock.today(),
    )


@page.get("/admin/absences")
def absences_page(request: Request, session: Transaction, person: AsAdmin, site: TheSite) -> HTMLResponse:
    """Show who is away, from today on, and who stands in."""
    return _absences_page(request, session, person, site)


def _absences_page(
    request: Request, session: Transaction, person: Person, site: Site, errors: list[Refusal] | None = None
) -> HTMLResponse:
    found = repository.from_day(session, site.clock.today())
    return pages.render(
        request,
        "absences.html",
        person=person,
        status=422 if errors else 200,
        absences=found,
        mentors=site.directory.mentors() | site.directory.names([one.mentor_id for one in found]),
        deputies=repository.deputies(session),
        deputy_names=display_names(session),
        wrong={error.where: error.what for error in errors or ()},
    )


@page.post("/admin/absences")
def record_absence(request: Request, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite) -> Response:
    """Say when a mentor is away, and who stands in."""
    try:
        new = accept(NewAbsence, fields)
        if new.mentor_id is None or int(new.mentor_id) not in site.directory.mentors():
            raise RefusedError(mark("choose a mentor"), where="mentor_id")
        _record(session, person, site, int(new.mentor_id), new)
    except RefusedError as error:
        return _absences_page(request, session, person, site, refusals_of(error))
    return pages.go(request, "/admin/absences", flash="absence_recorded")


@page.post("/admin/absences/{absence_id}/end")
def end_absence(
    request: Request, absence_id: str, session: Transaction, person: AsAdmin, site: TheSite
) -> RedirectResponse:
    """End a mentor's absence."""
    _end(session, person, site, absence_id, mentor_id=None)
    return pages.go(request, "/admin/absences", flash="absence_ended")
