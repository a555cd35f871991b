"""« Ma journée », and alerts by the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse

from serving import pages
from serving.access import AsMentor, Person, TheSite, Transaction
from serving.actions import repository as actions
from serving.alerts import morning, policy, repository, service
from serving.alerts.schemas import AlertPage, AlertView, ReasonView, State, Transition
from serving.forms import Fields, IdText, accept, number
from serving.language import Speech
from serving.learners import repository as learners
from serving.problems import DOCUMENTED, NotFoundError
from serving.pseudonyms import reference
from serving.site import Site
from serving.tables import Alert, Roster

page = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/alerts", tags=["alerts"], responses=DOCUMENTED)
LIVE = (policy.OPEN, policy.ACKNOWLEDGED, policy.IN_CONTACT)
ORDER = {policy.OPEN: 0, policy.ACKNOWLEDGED: 1, policy.IN_CONTACT: 2}


@dataclass(frozen=True)
class Told:
    """A reason in words; `moved` when the week before reads otherwise."""

    text: str
    moved: bool


@dataclass(frozen=True)
class Card:
    """One alert of the day: who, since when, why, and whether the risk moved since a week before."""

    alert: Alert
    enrolment: Roster
    name: str
    reasons: list[Told]
    trend: str


def told(site: Site, reasons: list[dict[str, object]], language: str) -> list[Told]:
    """Return reasons as sentences in the catalogue's words."""
    return [_told(site, ReasonView.model_validate({**reason, "sentence": ""}), language) for reason in reasons]


def _told(site: Site, reason: ReasonView, language: str) -> Told:
    text = site.words.sentence(reason.feature, reason.value, reason.previous, lang=language)
    alone = site.words.sentence(reason.feature, reason.value, lang=language)
    return Told(text, text != alone)


def named(site: Site, speech: Speech, learner_ids: Iterable[int]) -> dict[int, str]:
    """Return each learner's name; one the vault does not know is called by their reference."""
    wanted = set(learner_ids)
    known, unknown = site.directory.names(wanted), speech.say("Learner")
    return {one: known.get(one) or f"{unknown} {reference(one)}" for one in wanted}


@page.get("/today")
def my_day(request: Request, session: Transaction, person: AsMentor, site: TheSite) -> HTMLResponse:
    """Show the mentor's live alerts: those to look at first, then those under way."""
    speech = pages.speech_of(request, person)
    today = site.clock.today()
    run = repository.latest_run(session, until=today)
    due = actions.due(session, person, today + policy.WEEK)
    found = repository.listed(session, person, LIVE, until=today)
    rows = sorted(found, key=lambda row: (ORDER[row.Alert.state], row.Alert.rank))
    beside = morning.beside(session, site, person, run, speech.language)
    return pages.render(
        request,
        "my_day.html",
        person=person,
        cards=_cards(session, site, speech, [(row.Alert, row.Roster) for row in rows]),
        run=run,
        due=[(row.Action, row.Roster) for row in due],
        names=named(site, speech, [*(row.Roster.learner_id for row in due), *morning.learners_of(beside)]),
        capacity=site.settings.alerts_per_week,
        followed=learners.count_mine(session, person, run.id) if run else 0,
        closed=repository.closed_between(session, person, today - policy.WEEK, today),
        **beside,
    )


def _cards(session: Transaction, site: Site, speech: Speech, rows: list[tuple[Alert, Roster]]) -> list[Card]:
    names = named(site, speech, [enrolment.learner_id for _, enrolment in rows])
    trends = _trends(session, site, rows)
    return [
        Card(
            alert,
            enrolment,
            names[enrolment.learner_id],
            told(site, alert.reasons, speech.language),
            trends.get(alert.enrolment_id, ""),
        )
        for alert, enrolment in rows
    ]


def _trends(session: Transaction, site: Site, rows: list[tuple[Alert, Roster]]) -> dict[int, str]:
    """Say for each enrolment whether its risk rose or fell since the run of a week before."""
    run = repository.latest_run(session, until=site.clock.today())
    earlier = learners.week_before(session, run.as_of_on) if run else None
    if run is None or earlier is None:
        return {}
    ids = [alert.enrolment_id for alert, _ in rows]
    now, before = (learners.probabilities(session, run_id, ids) for run_id in (run.id, earlier))
    return {one: policy.trend(now[one], before.get(one)) for one in ids if one in now}


@page.post("/alerts/{alert_id}/transition")
def move_on_page(
    request: Request, alert_id: str, fields: Fields, session: Transaction, person: AsMentor, site: TheSite
) -> RedirectResponse:
    """Take an alert one step further and go back where the form was."""
    wanted = accept(Transition, {name: value for name, value in fields.items() if name != "back" and value})
    _move(session, site, person, alert_id, wanted)
    return pages.go(request, pages.own_page(fields.get("back", "/today")), flash=wanted.to)


@page.get("/alerts/{alert_id}/close")
def close_page(request: Request, alert_id: str, session: Transaction, person: AsMentor, site: TheSite) -> HTMLResponse:
    """Ask how an alert ended."""
    row = repository.of_mentor(session, person, number(alert_id), until=site.clock.today())
    if row is None:
        raise NotFoundError("there is no such alert")
    if row.Alert.state in policy.CLOSED:
        raise NotFoundError("this alert is closed")
    speech = pages.speech_of(request, person)
    card = _cards(session, site, speech, [(row.Alert, row.Roster)])[0]
    return pages.render(request, "close.html", person=person, card=card, outcomes=policy.OUTCOMES)


def _move(session: Transaction, site: Site, person: Person, alert_id: str, wanted: Transition) -> Alert:
    return service.move(
        session,
        person,
        number(alert_id),
        wanted.to,
        outcome=wanted.outcome,
        now=site.clock.now(),
        today=site.clock.today(),
    )


@api.get("")
def list_alerts(
    request: Request,
    session: Transaction,
    person: AsMentor,
    site: TheSite,
    state: Annotated[list[State] | None, Query(description="states wanted; default: those not closed")] = None,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AlertPage:
    """Return the alerts of the mentor's own learners."""
    rows = repository.listed(session, person, state or LIVE, until=site.clock.today(), after=after, limit=limit)
    speech = pages.speech_of(request, person)
    views = [_view(row.Alert, site, speech) for row in rows]
    return AlertPage(alerts=views, next=views[-1].id if len(views) == limit else None)


@api.get("/{alert_id}")
def get_alert(request: Request, alert_id: IdText, session: Transaction, person: AsMentor, site: TheSite) -> AlertView:
    """Return one alert of the mentor's own learners."""
    row = repository.of_mentor(session, person, number(alert_id), until=site.clock.today())
    if row is None:
        raise NotFoundError("there is no such alert")
    return _view(row.Alert, site, pages.speech_of(request, person))


@api.post("/{alert_id}/transitions")
def move_alert(
    request: Request, alert_id: IdText, wanted: Transition, session: Transaction, person: AsMentor, site: TheSite
) -> AlertView:
    """Take an alert one step further; 409 when it cannot go there from where it is."""
    alert = _move(session, site, person, alert_id, wanted)
    return _view(alert, site, pages.speech_of(request, person))


def _view(alert: Alert, site: Site, speech: Speech) -> AlertView:
    sentences = [reason.text for reason in told(site, alert.reasons, speech.language)]
    return AlertView(
        id=str(alert.id),
        enrolment_id=str(alert.enrolment_id),
        session_id=alert.session_id,
        opened_on=alert.opened_on,
        state=alert.state,  # type: ignore[arg-type]
        state_at=alert.state_at,
        outcome=alert.outcome,  # type: ignore[arg-type]
        rank=alert.rank,
        reasons=[
            ReasonView.model_validate({**reason, "sentence": text})
            for reason, text in zip(alert.reasons, sentences, strict=True)
        ],
    )
