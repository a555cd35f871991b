"""One learner's page, picture and follow-up, and scores by the API; the list is in `browsing.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from serving import choices, keys, pages
from serving.access import FOLLOWERS, AsMentor, AsMentorOrScientist, Person, TheSite, Transaction
from serving.actions import repository as actions
from serving.alerts import policy as alert_policy
from serving.alerts import repository as alerts
from serving.alerts import service as alert_service
from serving.alerts.endpoints import Told, named, told
from serving.alerts.schemas import ReasonView
from serving.forms import number
from serving.language import Speech
from serving.learners import bulk, calendar, policy, repository, timeline
from serving.learners.picture import Rule
from serving.learners.schemas import ScorePage, ScoreView
from serving.live import repository as live_scores
from serving.paging import After, link
from serving.playbooks import service as playbooks
from serving.problems import DOCUMENTED, NotFoundError, NotReadyError, Problem
from serving.quality import words as quality_words
from serving.quality.appointments import repository as appointments
from serving.site import Site
from serving.tables import Roster, Score, ScoreRun

page = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["scores"], responses={**DOCUMENTED, 503: {"model": Problem}})


@page.get("/enrolments/{enrolment_id}")
def learner_page(
    request: Request, enrolment_id: str, session: Transaction, person: AsMentor, site: TheSite
) -> HTMLResponse:
    """Show one learner: the picture and its table, the reasons, the figure and its limits, what was done."""
    enrolment = own(session, person, site, enrolment_id)
    speech = pages.speech_of(request, person)
    run = alerts.latest_run(session, until=site.clock.today())
    score = repository.score(session, run.id, enrolment.enrolment_id) if run else None
    history = alerts.of_enrolment(session, enrolment.enrolment_id, until=site.clock.today())
    live = next((alert for alert in history if alert.closed_at is None), None)
    return pages.render(
        request,
        "learner.html",
        person=person,
        enrolment=enrolment,
        name=named(site, speech, [enrolment.learner_id])[enrolment.learner_id],
        weeks=_weeks(site, enrolment, run),
        run=run,
        hundred=policy.in_a_hundred(score.probability) if score else None,
        level=_level(session, run, score, alerted=live is not None) if run and score else "",
        reasons=told(site, score.reasons, speech.language) if score else [],
        score=score,
        since=_since(session, site, run, enrolment, speech),
        sure=_sureness(run, score),
        place=_place(session, person, site, run, score),
        play=playbooks.play(session, live.kind, speech.language) if live else None,
        undoable=bulk.undoable(session, site, person),
        live=live,
        alerts=history,
        actions=actions.of_enrolment(session, enrolment.enrolment_id),
        appointments=appointments.of_enrolment(session, enrolment.enrolment_id),
        quality=quality_words,
        now=site.clock.now(),
        transitions=alert_policy.TRANSITIONS,
        capacity=site.settings.alerts_per_week,
        mentors=alert_service.takers(
            session, site.directory.mentors(), speech, today=site.clock.today(), settings=site.settings
        ),
    )


@dataclass(frozen=True)
class Since:
    """What records that came since the list was made say of a learner."""

    at: datetime
    level: str
    reasons: list[Told]


def _since(session: Transaction, site: Site, run: ScoreRun | None, enrolment: Roster, speech: Speech) -> Since | None:
    live = live_scores.live_score(session, enrolment.enrolment_id)
    if run is None or live is None or live.run_id != run.id:
        return None
    level = policy.level(live.probability, average=repository.average(session, run.id), alerted=False)
    return Since(live.at, level, told(site, live.reasons, speech.language))


def _sureness(run: ScoreRun | None, score: Score | None) -> str:
    if run is None or score is None:
        return ""
    return policy.sureness(run.level, low=score.low, high=score.high, history_days=score.history_days)


@dataclass(frozen=True)
class Place:
    """Where a learner stands among those of the same person, and the risks of the first without an alert, in words."""

    rank: int
    of: int
    next: list[tuple[int, str]]


def _place(session: Transaction, person: Person, site: Site, run: ScoreRun | None, score: Score | None) -> Place | None:
    if run is None or score is None:
        return None
    rank = 1 + repository.greater(session, person, run.id, score.probability)
    others = repository.left_out(session, person, run.id, until=site.clock.today(), limit=4)
    following = [
        (1 + repository.greater(session, person, run.id, one.probability), _level(session, run, one, alerted=False))
        for one in others
        if one.enrolment_id != score.enrolment_id
    ]
    return Place(rank, repository.count_mine(session, person, run.id), following[:3])


@page.get("/enrolments/{enrolment_id}/follow-up.ics")
def follow_up(request: Request, enrolment_id: str, session: Transaction, person: AsMentor, site: TheSite) -> Response:
    """Give a follow-up to put in one's own calendar: a day and a link, nobody's name."""
    enrolment, now = own(session, person, site, enrolment_id), site.clock.now()
    promised = next((row.Action.next_step_on for row in actions.of_enrolment(session, enrolment.enrolment_id)), None)
    event = calendar.FollowUp(
        title=pages.speech_of(request, person).say("Filrouge: a follow-up to make"),
        link=pages.address(request, site, f"/enrolments/{enrolment_id}"),
        on=calendar.day_of(promised, site.clock.today()),
    )
    uid = keys.digest(site.cookie_key, "follow-up", f"{enrolment_id}:{event.on.isoformat()}")[:32]
    body = calendar.write(event, uid=uid, now=now, zone=site.clock.zone)
    given = {"Content-Disposition": 'attachment; filename="filrouge.ics"'}
    return Response(body, media_type="text/calendar; charset=utf-8", headers=given)


@page.get("/enrolments/{enrolment_id}/timeline.svg")
def picture(request: Request, enrolment_id: str, session: Transaction, person: AsMentor, site: TheSite) -> Response:
    """Draw one learner's weeks."""
    enrolment = own(session, person, site, enrolment_id)
    speech = pages.speech_of(request, person)
    weeks = _weeks(site, enrolment, alerts.latest_run(session, until=site.clock.today()))
    rules = _rules(session, site, enrolment, speech)
    return Response(site.pictures.draw(weeks, rules, speech), media_type="image/svg+xml")


def _level(session: Transaction, run: ScoreRun, score: Score, *, alerted: bool) -> str:
    return policy.level(score.probability, average=repository.average(session, run.id), alerted=alerted)


def own(session: Transaction, person: Person, site: Site, enrolment_id: str) -> Roster:
    """Return one of the mentor's own enrolments.

    Raises
    ------
    NotFoundError : the mentor follows no such enrolment.
    """
    enrolment = repository.enrolment(session, person, number(enrolment_id), on=site.clock.today())
    if enrolment is None:
        raise NotFoundError("there is no such learner")
    return enrolment


def _weeks(site: Site, enrolment: Roster, run: ScoreRun | None) -> tuple[timeline.Week, ...]:
    until = (run.as_of_on if run else site.clock.today()) - timedelta(days=1)
    span = timeline.Span(
        enrolment.enrolment_id,
        enrolment.session_id,
        enrolment.started_on,
        min(until, enrolment.ended_on) if enrolment.ended_on else until,
        site.settings.timezone,
    )
    records = site.records
    weekly = records.kept(span.of_session, lambda con: timeline.weekly(con, span.of_session))
    return records.kept(span, lambda con: timeline.read(con, span, weekly))


def _rules(session: Transaction, site: Site, enrolment: Roster, speech: Speech) -> list[Rule]:
    opened = alerts.of_enrolment(session, enrolment.enrolment_id, until=site.clock.today())
    found = [Rule(one.opened_on, speech.say("Alert")) for one in opened]
    for row in actions.of_enrolment(session, enrolment.enrolment_id):
        found.append(Rule(row.Action.done_on, speech.say(choices.KINDS[row.Action.kind])))
    return found


@api.get("/scores")
def list_scores(
    request: Request,
    response: Response,
    session: Transaction,
    person: AsMentorOrScientist,
    site: TheSite,
    after: After,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> ScorePage:
    """Return the latest run's scores: a mentor's own learners, everybody's for a data scientist; never a name.

    503 when nothing was scored yet.
    """
    run = alerts.latest_run(session, until=site.clock.today())
    if run is None:
        raise NotReadyError("nothing was scored yet", todo="filrouge score")
    mine = person if person.role in FOLLOWERS else None
    rows = repository.scores(session, run.id, person=mine, after=after, limit=limit)
    language = pages.speech_of(request, person).language
    views = [_view(row.Score, row.Roster, site, language) for row in rows]
    return ScorePage(
        as_of_on=run.as_of_on,
        horizon_days=run.horizon_days,
        model=f"{run.model_name} {run.model_version}",
        level=run.level,
        scores=views,
        next=link(request, response, rows[-1].Score.enrolment_id if len(rows) == limit else None),
    )


def _view(score: Score, enrolment: Roster, site: Site, language: str) -> ScoreView:
    sentences = [reason.text for reason in told(site, score.reasons, language)]
    return ScoreView(
        enrolment_id=str(score.enrolment_id),
        session_id=enrolment.session_id,
        probability=score.probability,
        rank=score.rank,
        reasons=[
            ReasonView.model_validate({**reason, "sentence": text})
            for reason, text in zip(score.reasons, sentences, strict=True)
        ],
    )
