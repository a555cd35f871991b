"""Appointments: planned and followed by mentors, listed for the quality team."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from serving import choices, keys, pages
from serving.access import AsMentor, AsQuality, Person, TheSite, Transaction
from serving.accounts.repository import display_names
from serving.alerts.endpoints import named
from serving.forms import Fields, accept, number
from serving.learners import calendar
from serving.learners.endpoints import own
from serving.problems import Refusal, RefusedError
from serving.profile.endpoints import refusals_of
from serving.quality import downloads, lists, words
from serving.quality.appointments import policy, repository, service
from serving.quality.appointments.schemas import NewAppointment
from serving.quality.appointments.sheet import sheet
from serving.site import Site
from serving.tables import Roster

page = APIRouter(include_in_schema=False)
AHEAD = timedelta(days=366)


@page.get("/appointments")
def my_appointments(request: Request, session: Transaction, person: AsMentor, site: TheSite) -> HTMLResponse:
    """Show the appointments still planned with one's learners: those past first, then those to come."""
    speech = pages.speech_of(request, person)
    rows = repository.to_see_to(session, person, until=site.clock.now() + AHEAD)
    names = named(site, speech, [row.Roster.learner_id for row in rows])
    return pages.render(
        request, "appointments.html", person=person, rows=rows, names=names, words=words, now=site.clock.now()
    )


@page.get("/enrolments/{enrolment_id}/appointments/new")
def appointment_form(
    request: Request, enrolment_id: str, session: Transaction, person: AsMentor, site: TheSite
) -> HTMLResponse:
    """Ask when to meet a learner, the usual answers already chosen."""
    on = calendar.day_of(None, site.clock.today())
    filled = {"kind": "interview", "channel": "video", "on": on.isoformat(), "hour": "10:00", "minutes": "30"}
    return _form(request, person, site, own(session, person, site, enrolment_id), filled)


def _form(
    request: Request, person: Person, site: Site, enrolment: Roster, filled: dict[str, str],
    errors: Sequence[Refusal] = (),
) -> HTMLResponse:  # fmt: skip
    speech = pages.speech_of(request, person)
    return pages.render(
        request,
        "appointment.html",
        person=person,
        status=422 if errors else 200,
        enrolment=enrolment,
        name=named(site, speech, [enrolment.learner_id])[enrolment.learner_id],
        filled=filled,
        words=words,
        wrong={error.where: error.what for error in errors},
    )


@page.post("/enrolments/{enrolment_id}/appointments")
def plan(
    request: Request, enrolment_id: str, fields: Fields, session: Transaction, person: AsMentor, site: TheSite
) -> Response:
    """Plan an appointment with one of one's learners."""
    enrolment = own(session, person, site, enrolment_id)
    try:
        service.plan(session, site, enrolment, accept(NewAppointment, fields), author_id=person.account_id)
    except RefusedError as error:
        return _form(request, person, site, enrolment, fields, refusals_of(error))
    return pages.go(request, f"/enrolments/{enrolment.enrolment_id}", flash="appointment_planned")


@page.post("/appointments/{appointment_id}/state")
def move(
    request: Request, appointment_id: str, fields: Fields, session: Transaction, person: AsMentor, site: TheSite
) -> RedirectResponse:
    """Say what became of an appointment; kept, it leads to the action to record."""
    row = service.move(session, site, person, number(appointment_id), fields.get("to", ""))
    if row.state == policy.KEPT:
        return pages.go(request, f"/enrolments/{row.enrolment_id}/actions/new?appointment={row.id}",
                        flash="appointment_kept")  # fmt: skip
    return pages.go(request, pages.own_page(fields.get("back", "/appointments")), flash=service.EVENTS[row.state])


@page.get("/appointments/{appointment_id}/appointment.ics")
def put_in_calendar(
    request: Request, appointment_id: str, session: Transaction, person: AsMentor, site: TheSite
) -> Response:
    """Give an appointment to put in one's own calendar: its hour and a link, nobody's name."""
    row = service.one(session, person, number(appointment_id))
    event = calendar.Meeting(
        title=pages.speech_of(request, person).say("Filrouge: an appointment with a learner"),
        link=pages.address(request, site, f"/enrolments/{row.enrolment_id}"),
        at=row.at,
        minutes=row.minutes,
        cancelled=row.state == policy.CANCELLED,
    )
    uid = keys.digest(site.cookie_key, "appointment", str(row.id))[:32]
    given = {"Content-Disposition": 'attachment; filename="filrouge.ics"'}
    body = calendar.write_meeting(event, uid=uid, now=site.clock.now())
    return Response(body, media_type="text/calendar; charset=utf-8", headers=given)


@page.get("/quality/appointments")
def appointments_page(request: Request, session: Transaction, person: AsQuality, site: TheSite) -> HTMLResponse:
    """Show every appointment, the latest first."""
    speech = pages.speech_of(request, person)
    rows = repository.listed(session)
    accepted: lists.Accepted = {"state": ("", *policy.STATES), "session": None, "person": None}
    wanted = lists.read(request.query_params, accepted)
    shown = lists.show([row for row in rows if _kept(row.Appointment, row.Roster, wanted)], wanted.page)
    mentors = site.directory.mentors()
    present = {row.Roster.mentor_id for row in rows if row.Roster}
    return pages.render(
        request,
        "quality_appointments.html",
        person=person,
        words=words,
        channels=choices.CHANNELS,
        wanted=wanted,
        shown=shown,
        all=len(rows),
        sessions=sorted({(row.Roster.session_id, row.Roster.session_name) for row in rows if row.Roster}),
        people=[(str(code), name) for code, name in mentors.items() if code in present],
        names=named(site, speech, [row.Roster.learner_id for row in shown.lines if row.Roster]),
        authors=display_names(session),
        now=site.clock.now(),
    )


def _kept(row: object, who: Roster | None, wanted: lists.Wanted) -> bool:
    return (
        wanted["state"] in ("", getattr(row, "state", ""))
        and wanted["session"] in ("", who.session_id if who else "")
        and wanted["person"] in ("", str(who.mentor_id) if who else "")
    )


@page.post("/quality/appointments/csv")
def download(request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite) -> Response:
    """Give the appointments as CSV, with names only when they are asked for; the download is written down."""
    return downloads.answer(request, session, site, person, fields, sheet)
