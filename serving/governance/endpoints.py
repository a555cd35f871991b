"""The governance file on the pages: what is filled in, what is left, and each piece to take."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from serving import pages
from serving.access import ADMIN, DATA_SCIENTIST, QUALITY, Person, TheSite, Transaction, only
from serving.governance import service
from serving.governance.filling import left
from serving.governance.pdf import as_pdf
from serving.governance.schemas import Piece
from serving.problems import NotFoundError
from serving.quality import anchors, recently
from serving.site import Site

page = APIRouter(include_in_schema=False)
AsGovernor = Annotated[Person, Depends(only(DATA_SCIENTIST, QUALITY, ADMIN), scope="function")]


@page.get("/watch/governance")
def governance_page(request: Request, session: Transaction, person: AsGovernor, site: TheSite) -> HTMLResponse:
    """List the pieces of the file as of today, and how much of each is left to fill in."""
    made = _made(session, site)
    rows = [{"name": one.name, "title": one.title, "left": left(one.text)} for one in made]
    return pages.render(request, "governance.html", person=person, rows=rows)


@page.get("/watch/governance/dossier.pdf")
def governance_pdf(session: Transaction, person: AsGovernor, site: TheSite) -> Response:  # noqa: ARG001
    """Give the whole file as one PDF; it names nobody."""
    day = site.clock.today()
    made = _made(session, site)
    body = as_pdf(made, day=day, organisation=site.settings.organisation)
    return _given(body, f"dossier-gouvernance-{day.isoformat()}.pdf", "application/pdf")


@page.get("/watch/governance/{piece}.md")
def governance_piece(piece: str, session: Transaction, person: AsGovernor, site: TheSite) -> Response:  # noqa: ARG001
    """Give one piece as Markdown; it names nobody."""
    made = _made(session, site)
    found = next((one for one in made if one.name == piece), None)
    if found is None:
        raise NotFoundError("there is no such piece")
    return _given(found.text.encode(), f"{piece}.md", "text/markdown; charset=utf-8")


def _made(session: Transaction, site: Site) -> tuple[Piece, ...]:
    """Return the file as of today; the journal is as the register's page says it is."""
    home = site.settings.folder
    seen = recently.verdict(session, site.database, site.clock.now(), lambda: anchors.of_packs(home))
    return service.file_of(session, site.settings, day=site.clock.today(), verdict=seen.verdict)


def _given(body: bytes, name: str, media_type: str) -> Response:
    return Response(body, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
