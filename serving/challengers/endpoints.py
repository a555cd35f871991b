"""A person decides of the challenger that waits: it serves, or it is set aside; either can be undone."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving import pages
from serving.access import AsScientist, Person, TheSite, Transaction
from serving.challengers import service
from serving.challengers.schemas import DISMISSED, PROMOTED, RECALLED, Decision, SecondThought
from serving.challengers.service import Deed
from serving.forms import Fields, FormRefusedError, accept
from serving.site import Site
from serving.watch.endpoints import show_model

page = APIRouter(include_in_schema=False)


@page.post("/model/challenger/promote")
def promote(request: Request, fields: Fields, session: Transaction, person: AsScientist, site: TheSite) -> Response:
    """Make the challenger serve from the next scores on, with the reason; the journal and the history keep it."""
    return _decide(request, fields, session, person, site, PROMOTED)


@page.post("/model/challenger/dismiss")
def dismiss(request: Request, fields: Fields, session: Transaction, person: AsScientist, site: TheSite) -> Response:
    """Set the challenger aside, with the reason; it can be set to wait again."""
    return _decide(request, fields, session, person, site, DISMISSED)


@page.post("/model/challenger/recall")
def recall(request: Request, fields: Fields, session: Transaction, person: AsScientist, site: TheSite) -> Response:
    """Make a challenger that was set aside wait again."""
    said = accept(SecondThought, fields)
    deed = Deed(RECALLED, said.version, person.display_name, person.account_id)
    service.carry_out(session, site.settings.folder, deed, key=site.journal_key, now=site.clock.now())
    return pages.go(request, "/model", flash="challenger_recalled")


def _decide(
    request: Request, fields: Fields, session: Transaction, person: Person, site: Site, what: str
) -> Response:  # fmt: skip
    try:
        said = accept(Decision, fields)
    except FormRefusedError as refused:
        wrong = {one.where for one in refused.refusals}
        if wrong != {"reason"}:
            raise
        return show_model(request, session, person, site, given=fields, wrong=what)
    deed = Deed(what, said.version, person.display_name, person.account_id, said.reason)
    service.carry_out(session, site.settings.folder, deed, key=site.journal_key, now=site.clock.now())
    return pages.go(request, "/model", flash=f"challenger_{what}")
