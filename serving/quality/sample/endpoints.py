"""The auditor's sample: its form, the enrolments drawn, the complete chain of each."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from serving import pages
from serving.access import AsQuality, Person, TheSite, Transaction
from serving.forms import Fields, accept, number
from serving.language import Speech
from serving.problems import NotFoundError, RefusedError
from serving.profile.endpoints import refusals_of
from serving.quality.sample import policy, service
from serving.quality.sample.chains import chains, told
from serving.quality.sample.schemas import FIRST, WantedDraw
from serving.quality.scope import Scope
from serving.site import Site

page = APIRouter(include_in_schema=False)
NAMES = ("n", "seed", "from_on", "until_on", "alerted", "names")


@page.get("/quality/sample")
def sample_page(request: Request, session: Transaction, person: AsQuality, site: TheSite) -> HTMLResponse:
    """Show the form of a draw, and the enrolments drawn when the address says which draw."""
    given = {name: request.query_params[name] for name in NAMES if name in request.query_params}
    if "seed" not in given:
        return _page(request, person, _usual(site) | given)
    try:
        wanted = _accepted(given, site)
    except RefusedError as error:
        return _page(request, person, _usual(site) | {"alerted": "", "names": ""} | given, refused=error)
    scope = _scope(session, site, pages.speech_of(request, person), wanted)
    drawn = service.draw(session, site.records, wanted.wish())
    found = {
        "draw": drawn,
        "sentences": service.frame_sentences(drawn, scope),
        "chains": chains(scope, drawn.drawn),
        "marks": {one: policy.mark_of(wanted.seed, one) for one in drawn.drawn},
        "entry": service.written(session, drawn),
        "suffix": "?" + urlencode(_query(wanted)),
    }
    return _page(request, person, _usual(site) | {"alerted": "", "names": ""} | given, found=found)


@page.post("/quality/sample")
def draw_sample(request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite) -> Response:
    """Draw a sample and write the draw in the journal; the address of the result says the draw."""
    try:
        wanted = _accepted(fields, site)
    except RefusedError as error:
        return _page(request, person, _usual(site) | {"alerted": "", "names": ""} | fields, refused=error)
    drawn = service.draw(session, site.records, wanted.wish())
    service.write_down(session, drawn, now=site.clock.now(), author_id=person.account_id)
    return pages.go(request, "/quality/sample?" + urlencode(_query(wanted)))


@page.get("/quality/sample/{drawn_id}")
def chain_page(
    request: Request, drawn_id: str, session: Transaction, person: AsQuality, site: TheSite, names: str = ""
) -> HTMLResponse:
    """Show the complete chain of one enrolment, until today."""
    speech, today = pages.speech_of(request, person), site.clock.today()
    directory = site.directory if names == "yes" else None
    scope = Scope(session, speech, site.words, site.records, directory, FIRST, today, today)
    found = chains(scope, [number(drawn_id)])
    if not found:
        raise NotFoundError("there is no such enrolment")
    return pages.render(
        request,
        "quality_chain.html",
        person=person,
        chain=found[0],
        told=lambda step: told(step, speech),
        back=f"?{request.url.query}" if "seed" in request.query_params else "",
    )


def _accepted(given: dict[str, str], site: Site) -> WantedDraw:
    wanted = accept(WantedDraw, given)
    wanted.check(site.clock.today())
    return wanted


def _usual(site: Site) -> dict[str, str]:
    """Return what the form holds before anybody writes in it; a day is a seed as good as any."""
    from_on, until_on = policy.days_until(site.clock.today())
    return {
        "n": "10",
        "seed": str(policy.seed_of(until_on)),
        "from_on": from_on.isoformat(),
        "until_on": until_on.isoformat(),
        "alerted": "",
        "names": "",
    }


def _query(wanted: WantedDraw) -> dict[str, str]:
    query = {"n": str(wanted.n), "seed": str(wanted.seed), "from_on": wanted.from_on.isoformat(),
             "until_on": wanted.until_on.isoformat()}  # fmt: skip
    return query | {name: "yes" for name in ("alerted", "names") if getattr(wanted, name)}


def _scope(session: Transaction, site: Site, speech: Speech, wanted: WantedDraw) -> Scope:
    directory = site.directory if wanted.names else None
    return Scope(session, speech, site.words, site.records, directory, wanted.from_on, wanted.until_on,
                 site.clock.today())  # fmt: skip


def _page(
    request: Request,
    person: Person,
    given: dict[str, str],
    *,
    refused: RefusedError | None = None,
    found: dict[str, Any] | None = None,
) -> HTMLResponse:
    wrong = {one.where: one.what for one in refusals_of(refused)} if refused else {}
    return pages.render(
        request,
        "quality_sample.html",
        person=person,
        status=422 if refused else 200,
        given=given,
        wrong=wrong,
        found=found,
        most=policy.MOST_DRAWN,
        largest=policy.LARGEST_SEED,
    )
