"""« Preuves manquantes »: the quality team's home, and the same by the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import HTMLResponse, RedirectResponse

from serving import pages
from serving.access import AsMentor, AsQuality, Person, TheSite, Transaction
from serving.accounts.repository import display_names
from serving.alerts.endpoints import named
from serving.forms import Fields
from serving.language import mark
from serving.paging import After, link
from serving.problems import DOCUMENTED, NotFoundError, RefusedError
from serving.quality import delays, downloads, lists, words
from serving.quality.proofs import facts, policy, service
from serving.quality.proofs.schemas import GapPage, GapView
from serving.quality.proofs.service import Line
from serving.quality.proofs.sheet import sheet
from serving.site import Site

page = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/quality/gaps", tags=["quality"], responses=DOCUMENTED)
STATES = {"": mark("To be mended"), "explained": mark("Explained")}


def wanted_of(values: Mapping[str, str]) -> lists.Wanted:
    """Return what an address asks of the inbox."""
    accepted: lists.Accepted = {"kind": ("", *policy.RULES), "session": None, "person": None, "state": tuple(STATES)}
    return lists.read(values, accepted)


def kept(line: Line, wanted: lists.Wanted) -> bool:
    """Whether a filter keeps a gap."""
    return (
        wanted["kind"] in ("", line.gap.kind)
        and wanted["session"] in ("", line.session_id)
        and wanted["person"] in ("", line.person)
        and bool(line.reason) == (wanted["state"] == "explained")
    )


@page.get("/quality")
def inbox_page(request: Request, session: Transaction, person: AsQuality, site: TheSite) -> HTMLResponse:
    """Show which proofs are missing before the audit, the one due first at the head."""
    return _page(request, session, person, site, wanted_of(request.query_params))


def _page(
    request: Request, session: Transaction, person: Person, site: Site, wanted: lists.Wanted,
    wrong: str = "",
) -> HTMLResponse:  # fmt: skip
    speech, today = pages.speech_of(request, person), site.clock.today()
    lines = service.inbox(session, site.records, speech.zone, today=today)
    shown = lists.show([one for one in lines if kept(one, wanted)], wanted.page)
    running = service.running(service.clocks(session, speech.zone, today=today), today)
    mentors = site.directory.mentors()
    return pages.render(
        request,
        "quality_gaps.html",
        person=person,
        status=422 if wrong else 200,
        words=words,
        wanted=wanted,
        shown=shown,
        counts=service.by_kind(service.open_lines(lines)),
        open_count=len(service.open_lines(lines)),
        explained_count=len(lines) - len(service.open_lines(lines)),
        sessions=sorted({(one.session_id, one.session) for one in lines if one.session_id}, key=lambda pair: pair[1]),
        people=_people(lines, mentors, speech.say),
        mentors=mentors,
        names=named(site, speech, [one.enrolment.learner_id for one in (*shown.lines, *running) if one.enrolment]),
        authors=display_names(session),
        delays=delays.in_force(session, today),
        running=running,
        earlier=service.earlier(session, today=today),
        wrong=wrong,
    )


def _people(lines: Sequence[Line], mentors: Mapping[int, str], say: Callable[[str], str]) -> list[tuple[str, str]]:
    """Return whose turn it may be, by name: mentors, then the roles."""
    turns = {one.person for one in lines}
    told = [(code, mentors[int(code)]) for code in turns if code.isdecimal() and int(code) in mentors]
    roles = [(code, say(words.TURNS[code])) for code in words.TURNS if code in turns]
    return sorted(told, key=lambda pair: pair[1]) + roles


@page.get("/missing")
def mine_page(request: Request, session: Transaction, person: AsMentor, site: TheSite) -> HTMLResponse:
    """Show which proofs are asked of whoever follows the learners, the one due first at the head."""
    speech, today = pages.speech_of(request, person), site.clock.today()
    lines = service.of_person(session, service.inbox(session, site.records, speech.zone, today=today), person)
    shown = lists.show(lines, lists.read(request.query_params, {}).page)
    running = service.of_person(
        session, service.running(service.clocks(session, speech.zone, today=today), today), person
    )
    return pages.render(
        request,
        "missing.html",
        person=person,
        words=words,
        shown=shown,
        running=running,
        wanted=lists.Wanted({}, shown.page),
        names=named(site, speech, [one.enrolment.learner_id for one in (*shown.lines, *running) if one.enrolment]),
    )


@page.post("/quality/gaps/explain")
def explain(request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite) -> Response:
    """Say why a proof will not come; or, when none is named, all that the filters of the list show."""
    chosen, now = _chosen(fields, session, site, explained=False), site.clock.now()
    try:
        service.explain(
            session, chosen, fields.get("reason", ""), key=site.journal_key, author_id=person.account_id, now=now
        )
    except RefusedError as error:
        return _page(request, session, person, site, wanted_of({}), error.what)
    return pages.go(request, _back(fields), flash="gap_explained")


@page.post("/quality/gaps/again")
def ask_again(
    request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite
) -> RedirectResponse:
    """Take back the reason for which a proof would not come; or, when none is named, those that the filters show."""
    chosen, now = _chosen(fields, session, site, explained=True), site.clock.now()
    service.take_back(session, chosen, key=site.journal_key, author_id=person.account_id, now=now)
    return pages.go(request, _back(fields), flash="gap_asked_again")


def _chosen(fields: Mapping[str, str], session: Transaction, site: Site, *, explained: bool) -> list[Line]:
    """Return the gaps that a form names: one, or all of a kind that its filters show, as many as were shown.

    Raises
    ------
    NotFoundError : there is none, or there are more or fewer than were shown.
    """
    lines = service.inbox(session, site.records, site.clock.zone, today=site.clock.today())
    told = {**fields, "state": "explained" if explained else ""}
    found = [one for one in lines if kept(one, wanted_of(told)) and fields.get("kind")]
    if "subject" in fields:
        found = [one for one in found if one.gap.subject == fields["subject"]]
    if not found or ("subject" not in fields and str(len(found)) != fields.get("n")):
        raise NotFoundError("these gaps are not those that the list showed", todo="read the list again")
    return found


def _back(fields: dict[str, str]) -> str:
    back = pages.own_page(fields.get("back", "/quality"))
    return back if back.startswith("/quality") else "/quality"


@page.post("/quality/gaps/csv")
def download(request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite) -> Response:
    """Give the missing proofs as CSV, with names only when they are asked for; the download is written down."""
    return downloads.answer(request, session, site, person, fields, sheet)


@api.get("")
def list_gaps(
    request: Request,
    response: Response,
    session: Transaction,
    person: AsQuality,  # noqa: ARG001
    site: TheSite,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> GapPage:
    """Return the proofs that are missing today, the one due first at the head; never a name nor a reason.

    The list is made again at each request: a page goes on after as many gaps as those before it showed.
    """
    today = site.clock.today()
    lines = service.inbox(session, site.records, site.clock.zone, today=today)
    found = lines[after : after + limit]
    following = after + limit if after + limit < len(lines) else None
    return GapPage(as_of_on=today, gaps=[_view(one) for one in found], next=link(request, response, following))


def _view(line: Line) -> GapView:
    gap = line.gap
    return GapView(
        kind=gap.kind,
        subject=gap.subject,
        turn=gap.turn,
        since_on=gap.since_on,
        until_on=gap.until_on,
        enrolment_id=None if gap.enrolment_id is None else str(gap.enrolment_id),
        session_id=line.session_id or None,
        mentor_id=None if line.mentor_id is None or gap.turn != facts.MENTOR else str(line.mentor_id),
        explained=bool(line.reason),
    )
