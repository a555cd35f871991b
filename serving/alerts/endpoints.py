"""« Ma journée », and alerts by the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from starlette.responses import HTMLResponse, RedirectResponse

from serving import pages
from serving.access import AsMentor, Person, TheSite, Transaction
from serving.actions import repository as actions
from serving.alerts import morning, policy, repository, service
from serving.alerts.schemas import AlertPage, AlertView, KindView, ReasonView, State, Transition
from serving.forms import Fields, IdText, accept, number
from serving.language import Speech
from serving.learners import repository as learners
from serving.paging import After, link
from serving.problems import DOCUMENTED, NotFoundError, Problem
from serving.pseudonyms import reference
from serving.quality import words as quality_words
from serving.site import Site
from serving.tables import Alert, Roster
from serving.watch.reports import silent_kinds

page = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/alerts", tags=["alerts"], responses=DOCUMENTED)
LIVE = policy.LIVE
NO_VERSION = 0
PROMISED = timedelta(days=30)
"""For how long a step promised and not taken is told each morning; then it is on the learner's page alone."""
IfMatch = Annotated[str | None, Header(description="ETag of the version seen")]
STALE: dict[int | str, dict[str, Any]] = {
    412: {"model": Problem, "description": "changed since", "content": {"application/problem+json": {}}}
}
ORDER = {policy.OPEN: 0, policy.ACKNOWLEDGED: 1, policy.IN_CONTACT: 2}


def etag(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'


def names_version(header: str, version: int, *, weak: bool = False) -> bool:
    """Whether an If-Match or (weak) If-None-Match header names a version, among others or by `*`."""
    named = [one.strip() for one in header.split(",")]
    told = {one.removeprefix("W/") for one in named} if weak else set(named)
    return "*" in told or etag(version) in told


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


async def chosen_motives(request: Request) -> list[str]:
    """Return the motives ticked in a form: several may be."""
    return [one for one in (await request.form()).getlist("motives") if isinstance(one, str) and one]


Motives = Annotated[list[str], Depends(chosen_motives)]


@page.get("/today")
def my_day(request: Request, session: Transaction, person: AsMentor, site: TheSite) -> HTMLResponse:
    """Show the mentor's live alerts: those to look at first, then those under way."""
    speech = pages.speech_of(request, person)
    today = site.clock.today()
    run = repository.latest_run(session, until=today)
    due = actions.due(session, person, since=today - PROMISED, until=today + policy.WEEK)
    found = repository.listed(session, person, LIVE, until=today)
    rows = sorted(found, key=lambda row: (ORDER[row.Alert.state], row.Alert.rank))
    beside = morning.beside(session, site, person, run, speech)
    return pages.render(
        request,
        "my_day.html",
        silent=silent_kinds(site.settings.folder.reports / "watch", today=today),
        person=person,
        cards=_cards(session, site, speech, [(row.Alert, row.Roster) for row in rows]),
        run=run,
        due=[(row.Action, row.Roster) for row in due],
        names=named(site, speech, [*(row.Roster.learner_id for row in due), *morning.learners_of(beside)]),
        capacity=site.settings.alerts_per_week,
        followed=learners.count_mine(session, person, run.id) if run else 0,
        closed=repository.closed_between(session, person, today - policy.WEEK, today),
        now=site.clock.now(),
        quality=quality_words,
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
    request: Request, alert_id: str, fields: Fields, motives: Motives, session: Transaction, person: AsMentor,
    site: TheSite,
) -> RedirectResponse:  # fmt: skip
    """Take an alert one step further and go back where the form was."""
    said = {name: value for name, value in fields.items() if name not in ("back", "motives") and value}
    wanted = accept(Transition, {**said, "motives": motives})
    alert = _move(session, site, person, alert_id, wanted)
    back, theirs = pages.own_page(fields.get("back", "/today")), f"/enrolments/{alert.enrolment_id}"
    if back == theirs and learners.enrolment(session, person, alert.enrolment_id, on=site.clock.today()) is None:
        back = "/today"  # the step gave away whoever the page was about
    return pages.go(request, back, flash=wanted.to)


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
        wanted.wanted(),
        now=site.clock.now(),
        today=site.clock.today(),
        settings=site.settings,
        version=wanted.version,
    )


@api.get("")
def list_alerts(
    request: Request,
    response: Response,
    session: Transaction,
    person: AsMentor,
    site: TheSite,
    state: Annotated[
        list[State] | None, Query(description="states wanted; default: neither put off nor closed")
    ] = None,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AlertPage:
    """Return the alerts of the mentor's own learners."""
    rows = repository.listed(session, person, state or LIVE, until=site.clock.today(), after=after, limit=limit)
    speech = pages.speech_of(request, person)
    views = [_view(row.Alert, site, speech) for row in rows]
    return AlertPage(alerts=views, next=link(request, response, rows[-1].Alert.id if len(rows) == limit else None))


@api.get("/{alert_id}", responses={304: {"description": "not changed since the version of If-None-Match"}})
def get_alert(
    request: Request, response: Response, alert_id: IdText, session: Transaction, person: AsMentor, site: TheSite,
    if_none_match: Annotated[str | None, Header()] = None,
) -> AlertView:  # fmt: skip
    """Return one alert of the mentor's own learners; its version is its ETag."""
    row = repository.of_mentor(session, person, number(alert_id), until=site.clock.today())
    if row is None:
        raise NotFoundError("there is no such alert")
    response.headers["etag"] = etag(row.Alert.version)
    if if_none_match is not None and names_version(if_none_match, row.Alert.version, weak=True):
        return Response(status_code=304, headers={"etag": etag(row.Alert.version)})  # type: ignore[return-value]
    return _view(row.Alert, site, pages.speech_of(request, person))


@api.post("/{alert_id}/transitions", responses=STALE)
def move_alert(
    request: Request, response: Response, alert_id: IdText, wanted: Transition, session: Transaction,
    person: AsMentor, site: TheSite, if_match: IfMatch = None,
) -> AlertView:  # fmt: skip
    """Take an alert one step further.

    409 when it cannot go there from where it is; 412 when somebody changed it since the version of If-Match.
    """
    if if_match is not None:
        wanted = wanted.model_copy(update={"version": _version_seen(session, site, person, alert_id, if_match)})
    alert = _move(session, site, person, alert_id, wanted)
    response.headers["etag"] = etag(alert.version)
    return _view(alert, site, pages.speech_of(request, person))


def _version_seen(session: Transaction, site: Site, person: Person, alert_id: str, if_match: str) -> int | None:
    """Return the version that a request must find: its own, or none that can be when it names another."""
    row = repository.of_mentor(session, person, number(alert_id), until=site.clock.today())
    if row is None or if_match.strip() == "*":
        return None
    return row.Alert.version if names_version(if_match, row.Alert.version) else NO_VERSION


def _kinds(alert: Alert) -> list[dict[str, object]]:
    """Return an alert's kinds; one opened before kinds were kept has the one that opened it."""
    return alert.kinds or [{"kind": alert.kind, "since": alert.opened_on}]


def _view(alert: Alert, site: Site, speech: Speech) -> AlertView:
    sentences = [reason.text for reason in told(site, alert.reasons, speech.language)]
    return AlertView(
        id=str(alert.id),
        enrolment_id=str(alert.enrolment_id),
        session_id=alert.session_id,
        mentor_id=None if alert.mentor_id is None else str(alert.mentor_id),
        opened_on=alert.opened_on,
        state=alert.state,  # type: ignore[arg-type]
        state_at=alert.state_at,
        outcome=alert.outcome,  # type: ignore[arg-type]
        rank=alert.rank,
        reasons=[
            ReasonView.model_validate({**reason, "sentence": text})
            for reason, text in zip(alert.reasons, sentences, strict=True)
        ],
        kind=alert.kind,  # type: ignore[arg-type]
        kinds=[KindView.model_validate({"kind": one["kind"], "since": one["since"]}) for one in _kinds(alert)],
        version=alert.version,
        snoozed_until=alert.snoozed_until,
        escalated_on=alert.escalated_on,
        reopened_on=alert.reopened_on,
        closed_on=alert.closed_on,
        closed_by=alert.closed_by,  # type: ignore[arg-type]
        motives=alert.motives,  # type: ignore[arg-type]
        useful=alert.useful,
    )
