"""Complaints: registered and followed by the quality team; the same by the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import HTMLResponse

from serving import choices, pages
from serving.access import AsQuality, Person, TheSite, Transaction
from serving.accounts.repository import display_names
from serving.alerts.endpoints import named
from serving.forms import Fields, accept, number, version_of
from serving.language import mark
from serving.paging import After, link
from serving.problems import DOCUMENTED, ChangedError, Refusal, RefusedError
from serving.profile.endpoints import refusals_of
from serving.quality import delays, downloads, lists, words
from serving.quality.complaints import policy, repository, service
from serving.quality.complaints.schemas import ComplaintPage, ComplaintView, Followed, NewComplaint
from serving.quality.complaints.sheet import sheet
from serving.quality.delays import Delays, Promises
from serving.site import Site
from serving.tables import Complaint

page = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/quality/complaints", tags=["quality"], responses=DOCUMENTED)
LATE = "late"
FILTERS = {LATE: mark("Late"), **words.COMPLAINT_STATES}


@page.get("/quality/complaints")
def complaints_page(request: Request, session: Transaction, person: AsQuality, site: TheSite) -> HTMLResponse:
    """Show the complaints, difficulties and incidents: what is due first at the head."""
    speech, today = pages.speech_of(request, person), site.clock.today()
    held = delays.promises(session, today)
    accepted: lists.Accepted = {"state": ("", *FILTERS), "kind": ("", *policy.KINDS), "session": None}
    wanted = lists.read(request.query_params, accepted)
    rows = sorted(
        repository.listed(session), key=lambda one: policy.order(one.state, one.received_on, one.id, _held(one, held))
    )
    late = {one.id for one in rows if policy.is_late(one.state, one.received_on, _held(one, held), today)}
    shown = lists.show([one for one in rows if _kept(one, wanted, late)], wanted.page)
    people = repository.learners(session, [one.enrolment_id for one in shown.lines if one.enrolment_id])
    return pages.render(
        request,
        "quality_complaints.html",
        person=person,
        words=words,
        filters=FILTERS,
        wanted=wanted,
        shown=shown,
        all=len(rows),
        late=late,
        due={one.id: policy.due_on(one.state, one.received_on, _held(one, held)) for one in shown.lines},
        delays=held.on(today),
        untold={
            one.id: until
            for one in shown.lines
            if one.authority_told_on is None and (until := policy.breach_until(one, site.clock.zone))
        },
        now=site.clock.now(),
        people=people,
        names=named(site, speech, people.values()),
        sessions=repository.sessions(session),
    )


def _held(one: Complaint, held: Promises) -> Delays:
    """Return the delays of a complaint: those that were promised on the day of its receipt."""
    return held.on(one.received_on)


def _kept(one: Complaint, wanted: lists.Wanted, late: set[int]) -> bool:
    return (
        (wanted["state"] in ("", one.state) or (wanted["state"] == LATE and one.id in late))
        and wanted["kind"] in ("", one.kind)
        and wanted["session"] in ("", one.session_id)
    )


@page.get("/quality/complaints/new")
def new_page(request: Request, session: Transaction, person: AsQuality, site: TheSite) -> HTMLResponse:
    """Ask what was received."""
    filled = {"kind": "complaint", "told_by": "learner", "channel": "email",
              "received_on": site.clock.today().isoformat()}  # fmt: skip
    return _page(request, session, person, site, None, filled)


@page.post("/quality/complaints")
def record(request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite) -> Response:
    """Register a complaint, a difficulty or an incident."""
    try:
        row = service.record(session, site, accept(NewComplaint, fields), author_id=person.account_id)
    except RefusedError as error:
        return _page(request, session, person, site, None, fields, refusals_of(error))
    return pages.go(request, f"/quality/complaints/{row.id}", flash="complaint_recorded")


@page.get("/quality/complaints/{complaint_id}")
def complaint_page(
    request: Request, complaint_id: str, session: Transaction, person: AsQuality, site: TheSite
) -> HTMLResponse:
    """Show one complaint, to follow it to its end, with its history."""
    row = service.one(session, number(complaint_id))
    return _page(request, session, person, site, row, filled_of(session, site, row))


def filled_of(session: Transaction, site: Site, row: Complaint) -> dict[str, str]:
    """Return a complaint as its form holds it."""
    told = {name: getattr(row, name) for name in Followed.model_fields if name != "learner"}
    as_text = {name: "" if value is None else str(value) for name, value in told.items()}
    return as_text | {"learner": service.called(session, site.directory, row), "version": str(row.version)}


def _page(
    request: Request, session: Transaction, person: Person, site: Site, row: Complaint | None, filled: dict[str, str],
    errors: Sequence[Refusal] = (), status: int = 422,
) -> HTMLResponse:  # fmt: skip
    promised = delays.promises(session, site.clock.today())
    held = _held(row, promised) if row else promised.on(site.clock.today())
    history, standing = service.history(session, site, row) if row else ([], "")
    return pages.render(
        request,
        "quality_complaint.html",
        person=person,
        status=status if errors else 200,
        words=words,
        channels=choices.CHANNELS,
        row=row,
        due=policy.due_on(row.state, row.received_on, held) if row else None,
        late=row is not None and policy.is_late(row.state, row.received_on, held, site.clock.today()),
        breach_until=policy.breach_until(row, site.clock.zone) if row else None,
        now=site.clock.now(),
        filled=filled,
        wrong={error.where: error.what for error in errors},
        sessions=repository.sessions(session),
        improvements=repository.improvements(session),
        history=history,
        standing=standing,
        authors=display_names(session),
    )


@page.post("/quality/complaints/csv")
def download(request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite) -> Response:
    """Give the complaints as CSV; names and free text only when they are asked for; the download is written down."""
    return downloads.answer(request, session, site, person, fields, sheet)


@page.post("/quality/complaints/{complaint_id}")
def change(
    request: Request, complaint_id: str, fields: Fields, session: Transaction, person: AsQuality, site: TheSite
) -> Response:
    """Say what became of a complaint; what somebody else changed meanwhile is not lost."""
    row = service.one(session, number(complaint_id))
    said = {name: value for name, value in fields.items() if name != "version"}
    version = version_of(fields)
    try:
        service.change(session, site, row.id, accept(Followed, said), version, author_id=person.account_id)
    except RefusedError as error:
        return _page(request, session, person, site, row, fields, refusals_of(error))
    except ChangedError as error:
        now = {**fields, "version": str(row.version)}
        return _page(request, session, person, site, row, now, [Refusal(where="version", what=error.what)], 409)
    return pages.go(request, f"/quality/complaints/{row.id}", flash="complaint_changed")


@api.get("")
def list_complaints(
    request: Request,
    response: Response,
    session: Transaction,
    person: AsQuality,  # noqa: ARG001
    site: TheSite,
    after: After,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> ComplaintPage:
    """Return the complaints by number: codes and days, never a name nor what was written."""
    rows, held = repository.listed(session, after=after, limit=limit), delays.promises(session, site.clock.today())
    views = [_view(one, _held(one, held), site) for one in rows]
    following = rows[-1].id if len(rows) == limit else None
    return ComplaintPage(complaints=views, next=link(request, response, following))


def _view(one: Complaint, held: Delays, site: Site) -> ComplaintView:
    late = policy.is_late(one.state, one.received_on, held, site.clock.today())
    made = ("id", "enrolment_id", "improvement_id")
    texts = {name: None if getattr(one, name) is None else str(getattr(one, name)) for name in made}
    others = set(ComplaintView.model_fields) - {*made, "due_on", "late", "authority_due_at"}
    return ComplaintView.model_validate(
        {name: getattr(one, name) for name in others}
        | texts
        | {"due_on": policy.due_on(one.state, one.received_on, held), "late": late}
        | {"authority_due_at": policy.breach_until(one, site.clock.zone)}
    )
