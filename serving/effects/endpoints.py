"""The page that says whether prevention helped."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from serving import pages
from serving.access import DATA_SCIENTIST, QUALITY, Person, TheSite, only
from serving.effects import service
from serving.effects.wording import tell

page = APIRouter(include_in_schema=False)
AsWatcher = Annotated[Person, Depends(only(DATA_SCIENTIST, QUALITY), scope="function")]


@page.get("/watch/effects")
def effects_page(request: Request, person: AsWatcher, site: TheSite) -> HTMLResponse:
    """Show the latest measure up to today, in words, with its limits and what misleads."""
    today, speech = site.clock.today(), pages.speech_of(request, person)
    found = [one for one in service.files(site.settings.folder.reports / "effects") if one.as_of <= today]
    told = tell(found[0].summary, speech) if found else None
    return pages.render(request, "effects.html", person=person, told=told)
