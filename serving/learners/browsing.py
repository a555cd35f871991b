"""« Mes apprenants »: a list that is filtered, sorted and paged in its address, and one step for several at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse

from serving import pages
from serving.access import AsMentor, Person, TheSite, Transaction
from serving.alerts import repository as alerts
from serving.alerts import service as alert_service
from serving.alerts.endpoints import named, told
from serving.forms import Fields, number
from serving.learners import bulk, lists, policy, repository
from serving.site import Site
from serving.tables import ScoreRun

page = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Ticked:
    """What the form under the list says: whom it is about, and the step."""

    enrolment_ids: list[int] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


async def ticked(request: Request) -> Ticked:
    """Return the learners ticked, and the other fields of the form."""
    form = await request.form()
    ids = [number(one) for one in form.getlist("enrolment") if isinstance(one, str)]
    rest = {name: one for name, one in form.items() if isinstance(one, str) and name not in ("enrolment", "csrf")}
    return Ticked(ids[: 4 * lists.PER_PAGE], rest)


@page.get("/learners")
def my_learners(request: Request, session: Transaction, person: AsMentor, site: TheSite) -> HTMLResponse:
    """Show the mentor's learners, the risk in words, fifty a page; filters and sort are in the address."""
    return _page(request, session, person, site, lists.read(request.query_params))


@page.post("/learners/search")
def search(request: Request, fields: Fields, session: Transaction, person: AsMentor, site: TheSite) -> HTMLResponse:
    """Show the learners of a name: what is searched for travels in the form, since a name is never in an address."""
    return _page(request, session, person, site, lists.read(fields), searched=fields.get("name", "")[:80].strip())


def _page(
    request: Request, session: Transaction, person: Person, site: Site, wanted: lists.Wanted, *, searched: str = ""
) -> HTMLResponse:
    speech = pages.speech_of(request, person)
    run = alerts.latest_run(session, until=site.clock.today())
    found = _lines(request, session, person, site, run)
    shown = lists.show(found, wanted, search=searched, per_page=lists.PER_PAGE)
    kept = {row.Score.enrolment_id: row for row in _rows(session, person, site, run, shown)}
    reasons = {number: told(site, row.Score.reasons[:1], speech.language) for number, row in kept.items()}
    return pages.render(
        request,
        "learners.html",
        person=person,
        run=run,
        wanted=wanted,
        searched=searched,
        shown=shown,
        followed=len(found),
        rows=[(line, kept[line.enrolment_id]) for line in shown.lines if line.enrolment_id in kept],
        reasons={number: (one[0].text if one else "") for number, one in reasons.items()},
        sessions=sorted({(row.session_id, row.session_name) for row in _sessions(session, person, run)}, key=_by_name),
        choices_of=lists,
        undoable=bulk.undoable(session, site, person),
        mentors=alert_service.takers(
            session, site.directory.mentors(), speech, today=site.clock.today(), settings=site.settings
        ),
    )


def _by_name(pair: tuple[str, str]) -> tuple[str, str]:
    return lists.folded(pair[1]), pair[0]


def _lines(
    request: Request, session: Transaction, person: Person, site: Site, run: ScoreRun | None
) -> list[lists.Line]:
    if run is None:
        return []
    average = repository.average(session, run.id)
    rows = repository.lines(session, person, run.id, until=site.clock.today())
    names = named(site, pages.speech_of(request, person), [row.learner_id for row in rows])
    return [
        lists.Line(
            row.enrolment_id,
            names[row.learner_id],
            row.session_id,
            row.probability,
            policy.level(row.probability, average=average, alerted=row.state is not None),
            row.state or lists.NO_ALERT,
            row.silent_days,
        )
        for row in rows
    ]


def _rows(session: Transaction, person: Person, site: Site, run: ScoreRun | None, shown: lists.Shown) -> Any:
    if run is None:
        return []
    wanted = [line.enrolment_id for line in shown.lines]
    return repository.mine(session, person, run.id, until=site.clock.today(), among=wanted, limit=len(wanted))


def _sessions(session: Transaction, person: Person, run: ScoreRun | None) -> Any:
    return repository.sessions(session, person, run.id) if run else []


@page.post("/learners/bulk")
def several(
    request: Request,
    form: Annotated[Ticked, Depends(ticked)],
    session: Transaction,
    person: AsMentor,
    site: TheSite,
) -> RedirectResponse:
    """Take one step for every learner ticked, and go back to the list as it was."""
    wanted = lists.read(dict(parse_qsl(form.fields.get("list", ""))))
    done = bulk.take(session, site, person, form.enrolment_ids, form.fields)
    return pages.go(request, f"/learners{wanted.address().rstrip('?')}", flash="bulk_done" if done else "bulk_nothing")


@page.post("/undo")
def undo(request: Request, fields: Fields, session: Transaction, person: AsMentor, site: TheSite) -> RedirectResponse:
    """Take back the person's last step on alerts, the one that the page showed, all of it when it was for several."""
    done = bulk.undo(session, site, person, fields.get("seq", ""))
    return pages.go(request, pages.own_page(fields.get("back", "/today")), flash="undone" if done else "not_undone")
