"""The register of prevention: page, chain of one alert, CSV, API, check of the journal."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from serving import pages
from serving.access import AsQuality, TheSite, Transaction
from serving.accounts.repository import display_names
from serving.alerts.endpoints import named, told
from serving.forms import Fields, number
from serving.paging import After, link
from serving.problems import DOCUMENTED, NotFoundError
from serving.quality import anchors, journal, recently, repository, service, words
from serving.quality.register import Register
from serving.quality.schemas import RegisterPage, StepView, Verification

page = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/register", tags=["register"], responses=DOCUMENTED)
PER_PAGE = 40


@page.get("/register")
def register_page(
    request: Request, session: Transaction, person: AsQuality, site: TheSite, before: str = ""
) -> HTMLResponse:
    """Show the alerts, the latest first, and whether the journal is intact."""
    speech = pages.speech_of(request, person)
    seen = recently.verdict(session, site.database, site.clock.now(), lambda: anchors.of_packs(site.settings.folder))
    rows = repository.latest_alerts(session, before=number(before) if before else None, limit=PER_PAGE)
    names = named(site, speech, [row.Alert.learner_id for row in rows])
    return pages.render(
        request,
        "register.html",
        person=person,
        rows=[
            {
                "alert": row.Alert,
                "session": row.Roster.session_name if row.Roster else row.Alert.session_id,
                "name": names[row.Alert.learner_id],
                "n_actions": row.n_actions,
            }
            for row in rows
        ],
        older=rows[-1].Alert.id if len(rows) == PER_PAGE else None,
        verdict=seen.verdict,
        checked_at=seen.at,
        differs=words.DIFFERS,
        tally=repository.tally(session),
    )


@page.get("/register/alerts/{alert_id}")
def chain_page(request: Request, alert_id: str, session: Transaction, person: AsQuality, site: TheSite) -> HTMLResponse:
    """Show one alert's whole chain: alert, decision, actions, outcome."""
    speech = pages.speech_of(request, person)
    alert = repository.alert(session, number(alert_id))
    if alert is None:
        raise NotFoundError("there is no such alert")
    enrolment = repository.enrolment(session, alert.enrolment_id)
    steps = Register(speech, site.words, site.directory).steps(session, repository.Among(alert_id=alert.id))
    return pages.render(
        request,
        "chain.html",
        person=person,
        alert=alert,
        session=enrolment.session_name if enrolment else alert.session_id,
        name=named(site, speech, [alert.learner_id])[alert.learner_id],
        reasons=told(site, alert.reasons, speech.language),
        steps=steps,
    )


@page.post("/register/csv")
def download(request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite) -> Response:
    """Give the register as CSV, with names only when they are asked for; the download is written down."""
    directory = site.directory if fields.get("names") == "yes" else None
    speech = pages.speech_of(request, person)
    body, _ = service.export(session, speech, site.words, directory, now=site.clock.now(), author_id=person.account_id)
    name = f"registre-prevention-{site.clock.today().isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body.encode(), media_type="text/csv; charset=utf-8", headers=headers)


@api.get("")
def read_register(
    request: Request,
    response: Response,
    session: Transaction,
    person: AsQuality,  # noqa: ARG001
    after: After,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> RegisterPage:
    """Return the steps of prevention in order, as the journal holds them."""
    authors = display_names(session)
    steps = [_view(row, authors) for row in repository.register(session, after=after, limit=limit)]
    return RegisterPage(steps=steps, next=link(request, response, steps[-1].number if len(steps) == limit else None))


@api.get("/verification")
def verify(session: Transaction, person: AsQuality, site: TheSite) -> Verification:  # noqa: ARG001
    """Check the whole journal, and that the entries that packs rest on are there."""
    return Verification(**vars(journal.verify(session, anchors.of_packs(site.settings.folder))))


def _view(row: Any, authors: dict[int, str]) -> StepView:
    entry, where = row.JournalEntry, row.Roster or row.Alert
    return StepView(
        number=entry.seq,
        at=datetime.fromisoformat(entry.at),
        event=entry.event,
        author=authors.get(entry.author_id),
        alert_id=None if entry.alert_id is None else str(entry.alert_id),
        action_id=None if entry.action_id is None else str(entry.action_id),
        enrolment_id=None if entry.enrolment_id is None else str(entry.enrolment_id),
        session_id=where.session_id if where else None,
        details=json.loads(entry.details),
        hash=entry.hash,
    )
