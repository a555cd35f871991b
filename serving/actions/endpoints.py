"""The form that records an action, and actions by the API."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from serving import choices, pages
from serving.access import AsMentor, Person, TheSite, Transaction
from serving.actions import repository, service
from serving.actions.schemas import ActionView, NewAction
from serving.alerts import repository as alerts
from serving.alerts.endpoints import named
from serving.forms import Fields, FormRefusedError, IdText, accept, number
from serving.learners.endpoints import own
from serving.problems import DOCUMENTED, Refusal, RefusedError
from serving.quality.appointments import service as appointments
from serving.quality.appointments.policy import ACTION_OF
from serving.site import Site
from serving.tables import Action, Appointment, Roster

page = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/enrolments", tags=["actions"], responses=DOCUMENTED)


@page.get("/enrolments/{enrolment_id}/actions/new")
def action_form(
    request: Request, enrolment_id: str, session: Transaction, person: AsMentor, site: TheSite, kind: str = "call",
    appointment: str = "",
) -> HTMLResponse:  # fmt: skip
    """Ask what was done, the usual answers already chosen: those of an appointment when it tells of one."""
    enrolment = own(session, person, site, enrolment_id)
    usual = {"call": "phone", "message": "email", "interview": "video"}
    kind = kind if kind in choices.KINDS else "call"
    filled = {"kind": kind, "channel": usual.get(kind, "phone"), "done_on": site.clock.today().isoformat()}
    if appointment:
        filled = _of_appointment(appointments.one(session, person, number(appointment)), site)
    return _form(request, session, person, site, enrolment, filled=filled)


def _of_appointment(row: Appointment, site: Site) -> dict[str, str]:
    on = min(row.at.astimezone(site.clock.zone).date(), site.clock.today())
    kind = ACTION_OF[row.kind]
    return {"appointment": str(row.id), "kind": kind, "channel": row.channel, "done_on": on.isoformat()}


def _form(
    request: Request,
    session: Transaction,
    person: Person,
    site: Site,
    enrolment: Roster,
    *,
    filled: dict[str, str],
    errors: list[Refusal] | None = None,
) -> HTMLResponse:
    speech = pages.speech_of(request, person)
    return pages.render(
        request,
        "action.html",
        person=person,
        status=422 if errors else 200,
        enrolment=enrolment,
        name=named(site, speech, [enrolment.learner_id])[enrolment.learner_id],
        live=alerts.open_of_enrolment(session, enrolment.enrolment_id, until=site.clock.today()),
        filled=filled,
        wrong={error.where: error.what for error in errors or ()},
    )


@page.post("/enrolments/{enrolment_id}/actions")
def record_on_page(
    request: Request, enrolment_id: str, fields: Fields, session: Transaction, person: AsMentor, site: TheSite
) -> Response:
    """Record an action and go back to the learner; say on the form what was refused."""
    enrolment = own(session, person, site, enrolment_id)
    try:
        said = {name: value for name, value in fields.items() if name != "appointment"}
        action = _record(session, person, site, enrolment, accept(NewAction, said))
        if fields.get("appointment"):
            appointments.tell(session, site, person, number(fields["appointment"]), action)
    except FormRefusedError as error:
        return _form(request, session, person, site, enrolment, filled=fields, errors=error.refusals)
    except RefusedError as error:
        refused = [Refusal(where=error.where, what=error.what)]
        return _form(request, session, person, site, enrolment, filled=fields, errors=refused)
    return pages.go(request, f"/enrolments/{enrolment.enrolment_id}", flash="action_recorded")


def _record(session: Transaction, person: Person, site: Site, enrolment: Roster, new: NewAction) -> Action:
    now, today = site.clock.now(), site.clock.today()
    return service.record(session, person, enrolment.enrolment_id, new, key=site.journal_key, now=now, today=today)


@api.get("/{enrolment_id}/actions")
def list_actions(enrolment_id: IdText, session: Transaction, person: AsMentor, site: TheSite) -> list[ActionView]:
    """Return what was done for one of the mentor's own learners, the latest first."""
    rows = repository.of_enrolment(session, own(session, person, site, enrolment_id).enrolment_id)
    return [_view(row.Action, row.display_name) for row in rows]


@api.post("/{enrolment_id}/actions", status_code=201)
def record_action(
    enrolment_id: IdText, new: NewAction, session: Transaction, person: AsMentor, site: TheSite
) -> ActionView:
    """Record what was done for one of the mentor's own learners."""
    action = _record(session, person, site, own(session, person, site, enrolment_id), new)
    return _view(action, person.display_name)


def _view(action: Action, author: str) -> ActionView:
    names = ("kind", "channel", "done_on", "result", "next_step", "next_step_on", "note", "recorded_at")
    return ActionView.model_validate(
        {name: getattr(action, name) for name in names}
        | {
            "id": str(action.id),
            "enrolment_id": str(action.enrolment_id),
            "alert_id": None if action.alert_id is None else str(action.alert_id),
            "author": author,
        }
    )
