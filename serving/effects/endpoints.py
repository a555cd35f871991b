"""The page that says whether prevention helped, and decides whether a share of the alerts is drawn by lot."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, Response

from serving import pages
from serving.access import ADMIN, DATA_SCIENTIST, QUALITY, Person, TheSite, Transaction, only
from serving.accounts.repository import display_names
from serving.effects import draws, repository, service
from serving.effects.schemas import NewShare
from serving.effects.wording import tell
from serving.forms import Fields, FormRefusedError, accept
from serving.site import Site

page = APIRouter(include_in_schema=False)
AsWatcher = Annotated[Person, Depends(only(DATA_SCIENTIST, QUALITY, ADMIN), scope="function")]
USUAL_PERCENT = 10


@page.get("/watch/effects")
def effects_page(request: Request, session: Transaction, person: AsWatcher, site: TheSite) -> HTMLResponse:
    """Show the latest measure up to today, in words, with its limits and what misleads; and the share drawn by lot."""
    return _shown(request, session, person, site)


@page.post("/watch/effects/draw")
def decide(request: Request, fields: Fields, session: Transaction, person: AsWatcher, site: TheSite) -> Response:
    """Decide on the share drawn by lot, with the reason; the journal keeps the decision."""
    try:
        new = accept(NewShare, fields)
    except FormRefusedError as refused:
        wrong = {one.where for one in refused.refusals}
        return _shown(request, session, person, site, given=fields, wrong=wrong)
    draws.decide(session, new, account_id=person.account_id, key=site.journal_key, now=site.clock.now())
    return pages.go(request, "/watch/effects", flash="draw_decided")


def _shown(
    request: Request, session: Session, person: Person, site: Site, *, given: Mapping[str, str] | None = None,
    wrong: Collection[str] = (),
) -> HTMLResponse:  # fmt: skip
    today, speech = site.clock.today(), pages.speech_of(request, person)
    found = [one for one in service.files(site.settings.folder.reports / "effects") if one.as_of <= today]
    decided = repository.draw_setting(session)
    return pages.render(
        request, "effects.html", person=person, status=422 if wrong else 200,
        told=tell(found[0].summary, speech) if found else None,
        share=draws.share_of(session),
        decided=decided, by=display_names(session).get(decided.changed_by, "") if decided else "",
        given=given or {"percent": str(USUAL_PERCENT), "reason": ""}, wrong=wrong,
    )  # fmt: skip
