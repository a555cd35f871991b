"""« Communauté »: questions left unanswered first, then members apart, then figures."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from serving import pages
from serving.access import AsMentor, TheSite, Transaction
from serving.alerts.endpoints import named
from serving.community import policy, service

page = APIRouter(include_in_schema=False)
MOST = 60


@page.get("/community")
def community(request: Request, session: Transaction, person: AsMentor, site: TheSite) -> HTMLResponse:
    """Show the community of the mentor's own learners."""
    seen = service.look(session, site, person)
    learners = {one.enrolment.learner_id for one in seen.waiting} | {one.learner_id for one in seen.apart}
    return pages.render(
        request,
        "community.html",
        person=person,
        seen=seen,
        most=MOST,
        names=named(site, pages.speech_of(request, person), learners),
        window=policy.WINDOW.days,
        within=policy.ANSWER_WITHIN.days,
    )
