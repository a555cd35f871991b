"""The page where an organisation writes what its mentors are told to do."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from serving import pages
from serving.access import AsKeeper, Person, TheSite, Transaction
from serving.forms import Fields, FormRefusedError, accept
from serving.language import LANGUAGES
from serving.playbooks import service
from serving.playbooks.schemas import NewWords

page = APIRouter(include_in_schema=False)


@page.get("/playbooks")
def playbooks(
    request: Request, session: Transaction, person: AsKeeper, language: str = "", changed: str = ""
) -> HTMLResponse:
    """Show what is said about each kind of alert, to be changed."""
    return _page(request, session, person, language=language, opened=changed)


def _page(
    request: Request, session: Transaction, person: Person, *, language: str, opened: str = "", refused: bool = False
) -> HTMLResponse:
    spoken = language if language in LANGUAGES else pages.speech_of(request, person).language
    return pages.render(
        request,
        "playbooks.html",
        person=person,
        status=422 if refused else 200,
        plays=list(service.plays(session, spoken).values()),
        written_in=spoken,
        languages=LANGUAGES,
        opened=opened,
        refused=refused,
    )


@page.post("/playbooks/{kind}")
def write(
    request: Request, kind: str, fields: Fields, session: Transaction, person: AsKeeper, site: TheSite
) -> Response:
    """Keep the organisation's own words about a kind, or come back to ours."""
    language, now = fields.get("language", ""), site.clock.now()
    if "ours" in fields:
        service.forget(session, person, kind, language, now=now)
    else:
        try:
            words = accept(NewWords, fields)
        except FormRefusedError:
            return _page(request, session, person, language=language, opened=kind, refused=True)
        service.write(session, person, kind, words, now=now)
    return pages.go(request, f"/playbooks?language={language}&changed={kind}#{kind}", flash="playbook_changed")
