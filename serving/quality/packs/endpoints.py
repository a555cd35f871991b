"""The packs of proof: those that were made, one button to make another, their files."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from serving import pages
from serving.access import AsQuality, Person, TheSite, Transaction
from serving.accounts.repository import display_names
from serving.forms import Fields, accept, number
from serving.problems import NotFoundError, RefusedError
from serving.profile.endpoints import refusals_of
from serving.quality.packs import repository, service
from serving.quality.packs.compose import Order
from serving.quality.packs.schemas import NewPack
from serving.quality.sample import policy
from serving.quality.scope import Scope
from serving.site import Site
from serving.tables import Pack

page = APIRouter(include_in_schema=False)
TYPES = {".pdf": "application/pdf", ".csv": "text/csv; charset=utf-8", ".json": "application/json",
         ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip


@page.get("/quality/packs")
def packs_page(request: Request, session: Transaction, person: AsQuality, site: TheSite) -> HTMLResponse:
    """Show the packs that were made, the latest first, and the button that makes one."""
    return _page(request, session, person, site)


@page.post("/quality/packs")
def make_pack(request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite) -> Response:
    """Make a pack of proof of some days."""
    today = site.clock.today()
    try:
        wanted = accept(NewPack, {"language": pages.speech_of(request, person).language} | fields)
        wanted.check(today)
    except RefusedError as error:
        return _page(request, session, person, site, given=fields, refused=error)
    speech = site.languages.speech(request, wanted.language)
    directory = site.directory if wanted.names else None
    scope = Scope(
        session,
        speech,
        site.words,
        site.records,
        directory,
        wanted.from_on,
        wanted.until_on,
        today,
        site.settings.working_days,
    )
    order = Order(site.settings.organisation, wanted.seed, wanted.drawn, wanted.alerted)
    made = service.make(scope, order, site.settings.folder, now=site.clock.now(), author_id=person.account_id)
    return pages.go(request, f"/quality/packs/{made.id}", flash="pack_made")


@page.get("/quality/packs/{pack_id}")
def pack_page(request: Request, pack_id: str, session: Transaction, person: AsQuality, site: TheSite) -> HTMLResponse:
    """Show one pack: what it is of, its files and their sums, whether they are as they were made."""
    return _one(request, session, person, site, _known(session, pack_id))


def _one(
    request: Request, session: Transaction, person: Person, site: Site, made: Pack, status: int = 200
) -> HTMLResponse:
    return pages.render(
        request,
        "quality_pack.html",
        person=person,
        status=status,
        pack=made,
        erased_at=service.erased_at(session, made),
        author=display_names(session).get(made.made_by or 0, ""),
        broken=service.broken(site.settings.folder, made),
        alerted=service.alerted(site.settings.folder, made),
    )


@page.post("/quality/packs/{pack_id}/download")
def download_pack(
    request: Request, pack_id: str, fields: Fields, session: Transaction, person: AsQuality, site: TheSite
) -> Response:
    """Give a pack as one ZIP, or one of its files; the download is written down. What is gone is told on its page."""
    made, name = _known(session, pack_id), fields.get("file", "")
    now, home = site.clock.now(), site.settings.folder
    try:
        body = service.take(session, home, made, name, now=now, author_id=person.account_id)
    except NotFoundError:
        return _one(request, session, person, site, made, 404)
    called = f"{made.key}-{name.replace('/', '-')}" if name else f"{made.key}.zip"
    kind = TYPES.get("." + name.rpartition(".")[2], "text/plain; charset=utf-8") if name else "application/zip"
    return Response(body, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{called}"'})


def _known(session: Transaction, pack_id: str) -> Pack:
    made = repository.pack(session, number(pack_id))
    if made is None:
        raise NotFoundError("there is no such pack")
    return made


def _page(
    request: Request,
    session: Transaction,
    person: Person,
    site: Site,
    *,
    given: dict[str, str] | None = None,
    refused: RefusedError | None = None,
) -> HTMLResponse:
    from_on, until_on = policy.days_until(site.clock.today())
    usual = {
        "from_on": from_on.isoformat(),
        "until_on": until_on.isoformat(),
        "drawn": "10",
        "seed": str(policy.seed_of(until_on)),
        "alerted": "",
        "names": "",
    }
    made = repository.packs(session)
    gone = [one for one in made if not service.is_there(site.settings.folder, one)]
    return pages.render(
        request,
        "quality_packs.html",
        person=person,
        status=422 if refused else 200,
        packs=made,
        erased={one.id: service.erased_at(session, one) for one in gone},
        authors=display_names(session),
        given=usual | (given or {}),
        wrong={one.where: one.what for one in refusals_of(refused)} if refused else {},
        most=policy.MOST_DRAWN,
        largest=policy.LARGEST_SEED,
    )
