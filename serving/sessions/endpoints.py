"""« Sessions »: what a course lead looks after."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from serving import pages
from serving.access import AsLead, TheSite, Transaction
from serving.alerts import service as alerts
from serving.alerts.endpoints import named
from serving.forms import Fields, number
from serving.sessions import service

page = APIRouter(include_in_schema=False)


@page.get("/sessions")
def sessions(request: Request, session: Transaction, person: AsLead, site: TheSite) -> HTMLResponse:
    """Show the sessions of the person's courses."""
    found = service.overviews(session, person, site.clock.today())
    return pages.render(request, "sessions.html", person=person, sessions=found)


@page.get("/sessions/{session_id}")
def session_page(
    request: Request, session_id: str, session: Transaction, person: AsLead, site: TheSite
) -> HTMLResponse:
    """Show one session: how far it is, who sinks, what was escalated."""
    seen, sinking, escalated = service.one(session, person, session_id, site.clock.today())
    learners = {one.enrolment.learner_id for one in (*sinking, *escalated)}
    carriers = {one.alert.mentor_id for one in escalated if one.alert and one.alert.mentor_id}
    return pages.render(
        request,
        "session.html",
        person=person,
        seen=seen,
        sinking=sinking,
        escalated=escalated,
        names=named(site, pages.speech_of(request, person), learners),
        mentors=site.directory.names(carriers),
    )


@page.post("/signals/{signal_id}/close")
def close_signal(
    request: Request, signal_id: str, fields: Fields, session: Transaction, person: AsLead, site: TheSite
) -> RedirectResponse:
    """Close a session's signal with a word on what was found."""
    now, today = site.clock.now(), site.clock.today()
    alerts.close_signal(session, person, number(signal_id), fields.get("word", ""), now=now, today=today)
    return pages.go(request, pages.own_page(fields.get("back", "/sessions")), flash="signal_closed")
