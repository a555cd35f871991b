"""A difficulty or an incident declared by whoever follows the learner; they see only what they declared."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from starlette.responses import HTMLResponse

from serving import choices, pages
from serving.access import AsMentor, Person, TheSite, Transaction
from serving.alerts.endpoints import named
from serving.forms import Fields, accept
from serving.learners.endpoints import own
from serving.problems import Refusal, RefusedError
from serving.profile.endpoints import refusals_of
from serving.quality import words
from serving.quality.complaints import policy, repository, service
from serving.quality.complaints.schemas import Declared
from serving.quality.procedure.service import procedure_on
from serving.site import Site
from serving.tables import Roster

page = APIRouter(include_in_schema=False)


@page.get("/difficulties")
def declared_page(request: Request, session: Transaction, person: AsMentor, site: TheSite) -> HTMLResponse:
    """Show what one declared, and where it stands."""
    rows, speech = repository.declared_by(session, person), pages.speech_of(request, person)
    names = named(site, speech, [row.Roster.learner_id for row in rows if row.Roster])
    return pages.render(request, "difficulties.html", person=person, rows=rows, names=names, words=words)


@page.get("/enrolments/{enrolment_id}/difficulties/new")
def difficulty_form(
    request: Request, enrolment_id: str, session: Transaction, person: AsMentor, site: TheSite
) -> HTMLResponse:
    """Ask what the difficulty is."""
    filled = {"kind": "difficulty", "told_by": "learner", "channel": "phone",
              "received_on": site.clock.today().isoformat()}  # fmt: skip
    return _form(request, session, person, site, own(session, person, site, enrolment_id), filled)


def _form(
    request: Request, session: Transaction, person: Person, site: Site, enrolment: Roster, filled: dict[str, str],
    errors: Sequence[Refusal] = (),
) -> HTMLResponse:  # fmt: skip
    speech = pages.speech_of(request, person)
    return pages.render(
        request,
        "difficulty.html",
        person=person,
        status=422 if errors else 200,
        enrolment=enrolment,
        name=named(site, speech, [enrolment.learner_id])[enrolment.learner_id],
        kinds={code: words.COMPLAINT_KINDS[code] for code in policy.DECLARED},
        words=words,
        channels=choices.CHANNELS,
        filled=filled,
        procedure=procedure_on(session, site.clock.today()),
        wrong={error.where: error.what for error in errors},
    )


@page.post("/enrolments/{enrolment_id}/difficulties")
def declare(
    request: Request, enrolment_id: str, fields: Fields, session: Transaction, person: AsMentor, site: TheSite
) -> Response:
    """Declare a difficulty or an incident of one of one's learners to the quality team."""
    enrolment = own(session, person, site, enrolment_id)
    try:
        service.declare(session, site, enrolment, accept(Declared, fields), author_id=person.account_id)
    except RefusedError as error:
        return _form(request, session, person, site, enrolment, fields, refusals_of(error))
    return pages.go(request, f"/enrolments/{enrolment.enrolment_id}", flash="difficulty_declared")
