"""Surveys after the training: whom to ask again today, and what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import HTMLResponse, RedirectResponse

from serving import pages
from serving.access import AsQuality, TheSite, Transaction
from serving.alerts.endpoints import named
from serving.forms import ID, Fields
from serving.language import Speech, mark
from serving.quality import delays, downloads, lists, words
from serving.quality.surveys import policy, repository, service
from serving.quality.surveys.policy import Standing
from serving.quality.surveys.sheet import sheet
from serving.site import Site

page = APIRouter(include_in_schema=False)
ALL = "all"
MOST = 100
SUBJECT = mark("Your opinion of your training")
BODY = mark(
    "Hello,\n\nYour training ended and we asked you what you thought of it. Your answer helps those who come after "
    "you; it takes three minutes.\n\nThe link is in our first message. If you no longer have it, answer this one and "
    "we send it again.\n\nThank you,\n%(organisation)s"
)


async def ticked(request: Request) -> list[service.Who]:
    """Return the enrolments and waves ticked in a form; what is not one of ours is left out."""
    told = [one for one in (await request.form()).getlist("who") if isinstance(one, str)]
    pairs = [one.split(":", 1) for one in told if ":" in one]
    return [(int(who), wave) for who, wave in pairs if ID.fullmatch(who) and wave in policy.WAVES]


Ticked = Annotated[list[service.Who], Depends(ticked)]


@page.get("/quality/surveys")
def surveys_page(request: Request, session: Transaction, person: AsQuality, site: TheSite) -> HTMLResponse:
    """Show whom to ask again today, by session and wave, and the return of each wave."""
    speech, today = pages.speech_of(request, person), site.clock.today()
    pace = delays.in_force(session, today).surveys
    found = service.standings(session, site.records, today=today, pace=pace)
    accepted: lists.Accepted = {"state": (ALL, *policy.STANDINGS), "wave": ("", *policy.WAVES), "session": None}
    asked = dict(request.query_params)
    wanted = lists.read({"state": policy.TO_CHASE, **asked}, accepted)
    lines = sorted((one for one in found if _kept(one, wanted)), key=_by_group)
    shown = lists.show(lines, wanted.page)
    return pages.render(
        request,
        "quality_surveys.html",
        person=person,
        words=words,
        wanted=wanted,
        shown=shown,
        groups=_groups(shown.lines),
        known=bool(found),
        to_chase=sum(one.state == policy.TO_CHASE for one in found),
        rates=policy.rates(found),
        pace=pace,
        session_names=(names := repository.session_names(session)),
        sessions=sorted({(one.ended.session_id, names.get(one.ended.session_id, "")) for one in found}),
        names=named(site, speech, [one.ended.learner_id for one in shown.lines]),
        undoable=service.undoable(session, site, person.account_id),
        **_message(site, speech),
        **_surveys(session, site),
    )


def _kept(one: Standing, wanted: lists.Wanted) -> bool:
    return (
        wanted["state"] in ("", ALL, one.state)
        and wanted["wave"] in ("", one.wave)
        and wanted["session"] in ("", one.ended.session_id)
    )


def _by_group(one: Standing) -> tuple[str, int, str, int]:
    due = one.until_on or one.due_on
    return one.ended.session_id, policy.WAVES.index(one.wave), due.isoformat(), one.ended.enrolment_id


def _groups(lines: Sequence[Standing]) -> list[tuple[str, str, list[Standing]]]:
    """Return the lines of a page by session and wave."""
    found: dict[tuple[str, str], list[Standing]] = {}
    for one in lines:
        found.setdefault((one.ended.session_id, one.wave), []).append(one)
    return [(session_id, wave, people) for (session_id, wave), people in found.items()]


def _message(site: Site, speech: Speech) -> dict[str, Any]:
    """Return a message to adapt, and the address that opens it in one's own mail: nobody's name is in it."""
    subject, body = speech.say(SUBJECT), speech.say(BODY, organisation=site.settings.organisation)
    return {"message": body, "mailto": f"mailto:?subject={quote(subject)}&body={quote(body)}"}


def _surveys(session: Transaction, site: Site) -> dict[str, Any]:
    """Return the surveys of the records, those of the end of a training first, and the wave told of each."""
    found = sorted(service.known(site.records), key=lambda one: one[2] not in service.AFTER)
    return {"surveys": found[:MOST], "told": repository.waves(session)}


@page.post("/quality/surveys/chase")
def chase(
    request: Request, fields: Fields, who: Ticked, session: Transaction, person: AsQuality, site: TheSite
) -> RedirectResponse:
    """Write down that those ticked were asked again today."""
    pace, channel = delays.in_force(session, site.clock.today()).surveys, fields.get("channel", "email")
    done = service.chase(session, site, who, channel=channel, author_id=person.account_id, pace=pace)
    return pages.go(request, _back(fields), flash="survey_chased" if done else "survey_nobody")


@page.post("/quality/surveys/undo")
def undo(request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite) -> RedirectResponse:
    """Take one's last reminders back."""
    done = service.undo(session, site, author_id=person.account_id)
    return pages.go(request, _back(fields), flash="undone" if done else "not_undone")


def _back(fields: Mapping[str, str]) -> str:
    back = pages.own_page(fields.get("back", "/quality/surveys"))
    return back if back.startswith("/quality/surveys") else "/quality/surveys"


@page.post("/quality/surveys/csv")
def download(request: Request, fields: Fields, session: Transaction, person: AsQuality, site: TheSite) -> Response:
    """Give survey chasing as CSV, with names only when they are asked for; the download is written down."""
    return downloads.answer(request, session, site, person, fields, sheet)


@page.post("/quality/surveys/{survey_id}/wave")
def tell_wave(
    request: Request, survey_id: str, fields: Fields, session: Transaction, person: AsQuality, site: TheSite
) -> RedirectResponse:
    """Say which wave a survey of the records is; empty: by its day."""
    service.tell_wave(session, site, survey_id, fields.get("wave", ""), author_id=person.account_id)
    return pages.go(request, "/quality/surveys", flash="survey_wave_told")
