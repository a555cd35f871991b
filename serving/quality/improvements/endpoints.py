"""The improvement plan: its list, its lines, and the same by the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import HTMLResponse

from serving import pages
from serving.access import AsQuality, Person, TheSite, Transaction
from serving.accounts.repository import display_names
from serving.forms import Fields, accept, number, version_of
from serving.language import mark
from serving.paging import After, link
from serving.problems import DOCUMENTED, ChangedError, Refusal, RefusedError
from serving.profile.endpoints import refusals_of
from serving.quality import downloads, lists, words
from serving.quality.improvements import policy, repository, service
from serving.quality.improvements.schemas import ImprovementPage, ImprovementView, Line
from serving.quality.improvements.sheet import sheet
from serving.site import Site
from serving.tables import Improvement

page = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/quality/improvements", tags=["quality"], responses=DOCUMENTED)
OURS = ("version",)
LATE = "late"
FILTERS = {LATE: mark("Late"), **words.IMPROVEMENT_STATES}


@page.get("/quality/improvements")
def plan_page(request: Request, session: Transaction, person: AsQuality, site: TheSite) -> HTMLResponse:
    """Show the improvement plan, what is late at the head."""
    today = site.clock.today()
    accepted: lists.Accepted = {
        "state": ("", *FILTERS),
        "source": ("", *policy.SOURCES),
        "indicator": words.STANDARD_INDICATORS,
    }
    wanted = lists.read(request.query_params, accepted)
    rows = sorted(repository.listed(session), key=lambda one: policy.order(one.state, one.due_on, one.id, today))
    return pages.render(
        request,
        "quality_improvements.html",
        person=person,
        words=words,
        filters=FILTERS,
        wanted=wanted,
        shown=lists.show([one for one in rows if _kept(one, wanted, site)], wanted.page),
        all=len(rows),
        late={one.id for one in rows if policy.is_late(one.state, one.due_on, today)},
        to_check=sum(one.state == policy.DONE for one in rows),
    )


def _kept(one: Improvement, wanted: lists.Wanted, site: Site) -> bool:
    late = policy.is_late(one.state, one.due_on, site.clock.today())
    return (
        (wanted["state"] in ("", one.state) or (wanted["state"] == LATE and late))
        and wanted["source"] in ("", one.source)
        and wanted["indicator"] in ("", one.indicator)
    )


@page.get("/quality/improvements/new")
def new_page(
    request: Request,
    session: Transaction,
    person: AsQuality,
    site: TheSite,
    complaint: str = "",
    source: str = "",
    indicator: str = "",
) -> HTMLResponse:
    """Ask what was found and decided; one that comes from a complaint is tied to it."""
    filled = {"source": source if source in policy.SOURCES else "audit", "indicator": indicator}
    if complaint and repository.complaint(session, number(complaint)) is not None:
        filled = {"source": service.COMPLAINT, "source_key": complaint, "indicator": "31"}
    return _page(request, session, person, site, None, filled)


@page.post("/quality/improvements")
def record(request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite) -> Response:
    """Write a line of the plan down."""
    try:
        row = service.record(session, site, accept(Line, fields), author_id=person.account_id)
    except RefusedError as error:
        return _page(request, session, person, site, None, fields, refusals_of(error))
    return pages.go(request, f"/quality/improvements/{row.id}", flash="improvement_recorded")


@page.get("/quality/improvements/{improvement_id}")
def improvement_page(
    request: Request, improvement_id: str, session: Transaction, person: AsQuality, site: TheSite
) -> HTMLResponse:
    """Show one line of the plan, to change it, with its history."""
    row = service.one(session, number(improvement_id))
    return _page(request, session, person, site, row, filled_of(row))


def filled_of(row: Improvement) -> dict[str, str]:
    """Return a line as its form holds it."""
    told = {name: getattr(row, name) for name in Line.model_fields}
    effective = "" if row.effective is None else "yes" if row.effective else "no"
    as_text = {name: "" if value is None else str(value) for name, value in told.items()}
    return as_text | {"effective": effective, "version": str(row.version)}


def _page(
    request: Request, session: Transaction, person: Person, site: Site, row: Improvement | None,
    filled: dict[str, str], errors: Sequence[Refusal] = (), status: int = 422,
) -> HTMLResponse:  # fmt: skip
    history, standing = service.history(session, site, row) if row else ([], "")
    return pages.render(
        request,
        "quality_improvement.html",
        person=person,
        status=status if errors else 200,
        words=words,
        row=row,
        filled=filled,
        wrong={error.where: error.what for error in errors},
        history=history,
        standing=standing,
        complaints=repository.complaints_of(session, row.id) if row else [],
        authors=display_names(session),
    )


@page.post("/quality/improvements/csv")
def download(request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite) -> Response:
    """Give the plan as CSV; owners only when names are asked for; the download is written down."""
    return downloads.answer(request, session, site, person, fields, sheet)


@page.post("/quality/improvements/{improvement_id}")
def change(
    request: Request, improvement_id: str, fields: Fields, session: Transaction, person: AsQuality, site: TheSite
) -> Response:
    """Change a line of the plan; what somebody else changed meanwhile is not lost."""
    row = service.one(session, number(improvement_id))
    said = {name: value for name, value in fields.items() if name not in OURS}
    version = version_of(fields)
    try:
        service.change(session, site, row.id, accept(Line, said), version, author_id=person.account_id)
    except RefusedError as error:
        return _page(request, session, person, site, row, fields, refusals_of(error))
    except ChangedError as error:
        now = {**fields, "version": str(row.version)}
        refused = [Refusal(where="version", what=error.what)]
        return _page(request, session, person, site, row, now, refused, status=409)
    return pages.go(request, f"/quality/improvements/{row.id}", flash="improvement_changed")


@api.get("")
def list_improvements(
    request: Request,
    response: Response,
    session: Transaction,
    person: AsQuality,  # noqa: ARG001
    site: TheSite,
    after: After,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> ImprovementPage:
    """Return the improvement plan by number."""
    rows, today = repository.listed(session, after=after, limit=limit), site.clock.today()
    views = [
        ImprovementView.model_validate(
            {name: getattr(one, name) for name in ImprovementView.model_fields if name not in ("id", "late")}
            | {"id": str(one.id), "late": policy.is_late(one.state, one.due_on, today)}
        )
        for one in rows
    ]
    following = rows[-1].id if len(rows) == limit else None
    return ImprovementPage(improvements=views, next=link(request, response, following))
