"""The procedure, the courses it holds for and the standard: pages of the quality team."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from serving import pages
from serving.access import AsQuality, Person, TheSite, Transaction
from serving.accounts.repository import display_names
from serving.forms import Fields
from serving.problems import NotFoundError, RefusedError
from serving.quality.procedure import applicability, policy, repository, service, sheet
from serving.quality.procedure.applicability import Decided
from serving.quality.procedure.policy import Procedure
from serving.quality.procedure.prose import sections
from serving.quality.scope import Scope
from serving.quality.sheets import as_csv
from serving.site import Site

page = APIRouter(include_in_schema=False)


@page.get("/quality/procedure")
def procedure_page(
    request: Request, session: Transaction, person: AsQuality, site: TheSite, version: str = ""
) -> HTMLResponse:
    """Show the written procedure in force, or another version of it, its history, and the form to change it."""
    return _procedure(request, session, person, site, version=version)


def _procedure(
    request: Request,
    session: Transaction,
    person: Person,
    site: Site,
    *,
    version: str = "",
    form: dict[str, Any] | None = None,
) -> HTMLResponse:
    today, speech = site.clock.today(), pages.speech_of(request, person)
    versions = repository.versions(session)
    current = policy.in_force(versions, today)
    shown = next((one for one in versions if str(one.id) == version), None)
    if version and shown is None:
        raise NotFoundError("there is no such version of the procedure")
    read = shown or current
    told = policy.from_choices(read.choices) if read else service.before_any(site.settings)
    form = form or {"of": told, "from_on": today.isoformat(), "reason": "", "wrong": {}, "preview": None}
    return pages.render(
        request,
        "procedure.html",
        person=person,
        status=422 if form["wrong"] else 200,
        sections=sections(told, speech),
        read=read,
        current=current,
        versions=versions,
        authors=display_names(session),
        people=service.nameable(session),
        form=form,
        preview=sections(form["preview"], speech) if form["preview"] else None,
        policy=policy,
    )


@page.post("/quality/procedure")
def write_procedure(
    request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite
) -> Response:
    """Show what a new procedure would say, or keep it from a day on."""
    procedure, wrong = policy.read(fields)
    from_on, reason, undecided = policy.read_decision(fields, today=site.clock.today())
    wrong |= undecided
    if wrong or from_on is None or fields.get("step") != "keep":
        form = _form(fields, procedure, wrong)
        return _procedure(request, session, person, site, form=form)
    now = site.clock.now()
    service.keep(session, procedure, from_on=from_on, reason=reason, author_id=person.account_id, now=now)
    return pages.go(request, "/quality/procedure", flash="procedure_kept")


def _form(fields: Mapping[str, str], procedure: Procedure, wrong: policy.Wrong) -> dict[str, Any]:
    """Return the form as it was sent; what is wrong is shown as it was typed."""
    typed = {name: fields.get(name, "")[:20] for name in wrong if name in policy.BOUNDS}
    return {"of": procedure, "typed": typed, "from_on": fields.get("from_on", "")[:10],
            "reason": fields.get("reason", ""), "wrong": wrong, "preview": None if wrong else procedure}  # fmt: skip


@page.get("/quality/courses")
def courses_page(request: Request, session: Transaction, person: AsQuality, site: TheSite) -> HTMLResponse:
    """Show whether indicator 12 holds for each course, and why."""
    return _courses(request, session, person, site)


def _courses(
    request: Request, session: Transaction, person: Person, site: Site, *, wrong: tuple[str, str, str] | None = None
) -> HTMLResponse:
    speech = pages.speech_of(request, person)
    found = service.applicable(session, site.records, today=site.clock.today())
    return pages.render(
        request,
        "quality_courses.html",
        person=person,
        status=422 if wrong else 200,
        courses=[(one, sheet.kinds(one, speech), sheet.hours(one.runs)) for one in found],
        unknown=sum(one.answer.applies == applicability.UNKNOWN for one in found),
        answers=sheet.ANSWERS,
        why=applicability.WHY,
        wrong=wrong,
    )


@page.post("/quality/courses")
def decide_course(request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite) -> Response:
    """Decide of a course against the rule, or come back to the rule."""
    course_id, now, reason = fields.get("course_id", ""), site.clock.now(), fields.get("reason", "")
    known = service.applicable(session, site.records, today=site.clock.today())
    if "rule" in fields:
        service.undecide(session, known, course_id, author_id=person.account_id, now=now)
        return pages.go(request, "/quality/courses", flash="course_ruled")
    decided = Decided(fields.get("applies") == "yes", reason)
    try:
        service.decide(session, known, course_id, decided, author_id=person.account_id, now=now)
    except RefusedError as error:
        return _courses(request, session, person, site, wrong=(course_id, error.what, reason))
    return pages.go(request, "/quality/courses", flash="course_decided")


@page.get("/quality/standard")
def standard_page(request: Request, session: Transaction, person: AsQuality, changed: str = "") -> HTMLResponse:
    """Show what each indicator asks, and the form for the exact words."""
    return _standard(request, session, person, opened=changed)


def _standard(
    request: Request, session: Transaction, person: Person, *, opened: str = "", wrong: str = "", typed: str = ""
) -> HTMLResponse:
    speech = pages.speech_of(request, person)
    return pages.render(
        request,
        "standard.html",
        person=person,
        status=422 if wrong else 200,
        standard=service.standard_of(session, speech.language),
        levels=sheet.LEVELS,
        opened=opened,
        wrong=wrong,
        typed=typed,
        most=service.LONGEST_TEXT,
    )


@page.post("/quality/standard/{indicator}")
def put_in_words(
    request: Request, indicator: str, fields: Fields, session: Transaction, person: AsQuality, site: TheSite
) -> Response:
    """Keep the exact words of an indicator, or take them away."""
    words = "" if "ours" in fields else fields.get("words", "")
    try:
        service.put_in(session, indicator, words, author_id=person.account_id, now=site.clock.now())
    except RefusedError as error:
        return _standard(request, session, person, opened=indicator, wrong=error.what, typed=words)
    return pages.go(request, f"/quality/standard?changed={indicator}#i{indicator}", flash="standard_kept")


def scope_of(request: Request, session: Transaction, person: Person, site: Site, days: tuple[date, date]) -> Scope:
    """Return what a sheet is about, names left out: the days asked for, as of today."""
    speech = pages.speech_of(request, person)
    return Scope(session, speech, site.words, site.records, None, *days, site.clock.today())


@page.get("/quality/courses.csv")
def download_courses(request: Request, session: Transaction, person: AsQuality, site: TheSite) -> Response:
    """Give the courses and whether indicator 12 holds for each, as CSV."""
    today = site.clock.today()
    made = sheet.courses(scope_of(request, session, person, site, (today, today)))
    headers = {"Content-Disposition": f'attachment; filename="indicateur-12-{today.isoformat()}.csv"'}
    body = "".join(as_csv(made, site.clock.zone))
    return Response(body.encode(), media_type="text/csv; charset=utf-8", headers=headers)
