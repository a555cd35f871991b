"""Pages of the administration: find a person, see what is held on them, answer their requests; retention.

A name is never in an address: a search is posted, and written in the journal without what was looked for.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import HTMLResponse, RedirectResponse, Response

from data.consents import Consents
from data.correcting import correct, finish
from data.deciding import HIDING
from data.errors import FilrougeError, StoreError
from data.identities import Identity, Vault
from serving import pages
from serving.access import AsAdmin, Person, TheSite, Transaction
from serving.forms import Fields, number
from serving.language import mark
from serving.problems import NotFoundError, RefusedError
from serving.quality import journal
from serving.retention import policy as retention
from serving.retention import service as retaining
from serving.retention.repository import runs
from serving.rights import erasures, exporting, receipts, repository, requests, service, telling
from serving.rights.hooks import hang
from serving.site import Site

page = APIRouter(include_in_schema=False)
logger = logging.getLogger("filrouge")
HERE = "/admin/people"
KEEPING = "/admin/retention"
FEWEST = 2
MOST = 50
Wrong = dict[str, str]
UNSURE = {"sure": mark("say that you know who asks, and that it may be given to them")}


@page.get(HERE)
def people_page(request: Request, session: Transaction, person: AsAdmin, site: TheSite) -> HTMLResponse:
    """Show the search, the requests to answer and the backups declared."""
    return _people(request, session, person, site)


def _people(
    request: Request, session: Transaction, person: Person, site: Site, *, found: list[Identity] | None = None,
    wrong: Wrong | None = None,
) -> HTMLResponse:  # fmt: skip
    waiting = repository.requests(session)
    answer = pages.render(
        request, "people.html", person=person, status=422 if wrong else 200, found=found, wrong=wrong or {},
        requests=waiting, backups=repository.backups(session), kinds=requests.KINDS, states=requests.STATES,
        steps=requests.STEPS, erasures=erasures.listed(session, site.settings.folder), told=receipts.STATES,
        names=site.directory.names([one.learner_id for one in waiting if one.learner_id]),
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"
    return answer


@page.post(HERE)
def search(request: Request, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite) -> HTMLResponse:
    """Find learners by part of a name or e-mail, or by a source's identifier; the search is written down."""
    text = fields.get("text", "").strip()
    if len(text) < FEWEST:
        return _people(request, session, person, site, wrong={"text": mark("type two characters at least")})
    vault = Vault(site.settings.folder.identities_database)
    found = [one for one in vault.look_for(text) if one.kind == "learner"]
    vault.close()
    details: dict[str, journal.Scalar] = {"found": len(found)}
    journal.append(session, "people_searched", at=site.clock.now(), author_id=person.account_id, details=details)
    return _people(request, session, person, site, found=found[:MOST])


@page.post(HERE + "/requests/{request_id}")
def settle(
    request: Request, request_id: str, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite
) -> RedirectResponse:
    """Say what became of a request; one settled by mistake is received again."""
    service.settle(
        session, number(request_id), fields.get("state", ""), now=site.clock.now(), today=site.clock.today(),
        author_id=person.account_id,
    )  # fmt: skip
    return pages.go(request, HERE, flash="request_kept")


@page.post(HERE + "/backups")
def declare(request: Request, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite) -> Response:
    """Declare where copies are kept, and for how long."""
    days = int(fields["days"]) if fields.get("days", "").isdecimal() and len(fields["days"]) < 6 else 0
    try:
        place = fields.get("place", "")[:200]
        service.declare_backup(session, place, days, by=person.display_name, now=site.clock.now())
    except RefusedError:
        wrong = {"place": mark("say where, and for how many days: 1 to 3,650")}
        return _people(request, session, person, site, wrong=wrong)
    return pages.go(request, HERE, flash="backup_kept")


@page.post(HERE + "/backups/{backup_id}/end")
def end_backup(
    request: Request, backup_id: str, session: Transaction, person: AsAdmin, site: TheSite  # noqa: ARG001
) -> RedirectResponse:  # fmt: skip
    """Say that copies are not kept there any more."""
    service.end_backup(session, number(backup_id), now=site.clock.now())
    return pages.go(request, HERE, flash="backup_kept")


@page.get(HERE + "/{learner_id}")
def person_page(
    request: Request, learner_id: str, session: Transaction, person: AsAdmin, site: TheSite
) -> HTMLResponse:
    """Show what is held on a learner, table by table, what they decided, and what can be done about it."""
    return _person(request, session, person, site, number(learner_id))


def _person(
    request: Request, session: Transaction, person: Person, site: Site, learner: int, wrong: Wrong | None = None
) -> HTMLResponse:
    found = service.holdings_of(session, site.settings.folder, learner)
    access = Consents(site.settings.folder).access()
    named = next((dict(zip(one.columns, one.rows[0], strict=True)) for one in found if one.name == "identities"), {})
    answer = pages.render(
        request, "person_held.html", person=person, status=422 if wrong else 200, learner=learner, wrong=wrong or {},
        name=named.get("display_name") or site.directory.names([learner]).get(learner, ""),
        email=named.get("email") or "", waiting=service.is_being_corrected(site.settings.folder, learner),
        places=telling.PLACES, tables=telling.TABLES, kinds=requests.KINDS,
        holdings=[one for one in found if one.name != "purposes"],
        purposes=[(row[0], row[1 if pages.speech_of(request, person).language == "fr" else 2],
                   access[row[0]].reads(learner)) for one in found if one.name == "purposes" for row in one.rows],
        copies=service.copies(session, pages.speech_of(request, person), site.clock.today()),
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"
    return answer


@page.post(HERE + "/{learner_id}/access")
def tell(
    request: Request, learner_id: str, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite
) -> Response:
    """Give all that is held on a learner in words, once it is confirmed who asks; the journal keeps the fact."""
    if fields.get("sure") != "yes":
        return _person(request, session, person, site, number(learner_id), UNSURE)
    speech = pages.speech_of(request, person)
    text = service.access(
        session, site.settings.folder, number(learner_id), speech, site.words, now=site.clock.now(),
        author_id=person.account_id,
    )  # fmt: skip
    return given(text.encode(), "text/plain; charset=utf-8", "acces.txt")


@page.post(HERE + "/{learner_id}/export")
def export(
    request: Request, learner_id: str, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite
) -> Response:
    """Give all that is held on a learner as JSON and CSV in a ZIP, once it is confirmed who asks; the journal knows."""
    if fields.get("sure") != "yes":
        return _person(request, session, person, site, number(learner_id), UNSURE)
    found = service.holdings_of(session, site.settings.folder, number(learner_id))
    service.note(session, "person_exported", found, now=site.clock.now(), author_id=person.account_id)
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, told in exporting.contents(found, at=site.clock.now()).items():
            archive.writestr(name, told)
    return given(kept.getvalue(), "application/zip", "portabilite.zip")


def given(body: bytes, kind: str, name: str) -> Response:
    """Return a file to keep, that no cache keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=kind, headers=headers)


@page.post(HERE + "/{learner_id}/rectify")
def rectify(
    request: Request, learner_id: str, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite
) -> Response:
    """Correct a learner's name or e-mail; imports do not undo it. What was wrong is taken out once the answer left."""
    learner, now = number(learner_id), site.clock.now()
    wanted = {name: fields[name].strip() for name in ("display_name", "email") if fields.get(name, "").strip()}
    try:
        correct(site.settings.folder, learner, wanted, by=person.display_name, reason=fields.get("reason", ""), at=now,
                account_id=person.account_id)  # fmt: skip
    except StoreError:
        wrong = {"reason": mark("give the right name or e-mail, and the reason")}
        return _person(request, session, person, site, learner, wrong)
    answer = pages.go(request, f"{HERE}/{learner}", flash="person_corrected")
    answer.background = BackgroundTask(_reword, site)
    return answer


def _reword(site: Site) -> None:
    """Take what was wrong out; while an import runs it is put off, and the next import does it."""
    hang()
    try:
        finish(site.settings.folder, at=site.clock.now())
    except FilrougeError as error:
        logger.error('{"event": "rectification_put_off", "error": "%s"}', type(error).__name__)


@page.post(HERE + "/{learner_id}/decide")
def decide(
    request: Request, learner_id: str, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite
) -> RedirectResponse:
    """Write down that a learner objects to a purpose, or agrees again; who refuses alerts leaves the pages at once."""
    learner, purpose, choice = number(learner_id), fields.get("purpose", ""), fields.get("choice", "")
    if choice not in ("objected", "granted"):
        raise NotFoundError("there is no such decision")
    service.holdings_of(session, site.settings.folder, learner)
    consents = Consents(site.settings.folder)
    try:
        consents.record(learner, purpose, choice, by=person.display_name, at=site.clock.now())
    except StoreError:
        raise NotFoundError("there is no such purpose") from None
    if purpose == HIDING and choice == "objected":
        repository.hide(session, learner)
    told: dict[str, journal.Scalar] = {"purpose": purpose, "choice": choice}
    journal.append(session, "decision_recorded", at=site.clock.now(), author_id=person.account_id, details=told)
    return pages.go(request, f"{HERE}/{learner}", flash="decision_kept")


@page.post(HERE + "/{learner_id}/requests")
def receive(
    request: Request, learner_id: str, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite
) -> Response:
    """Write a request down; it is due in one month."""
    learner, kind = number(learner_id), fields.get("kind", "")
    try:
        day = date.fromisoformat(fields.get("received_on", ""))
        now, today = site.clock.now(), site.clock.today()
        service.receive(session, kind, learner, day, now=now, today=today, author_id=person.account_id)
    except (ValueError, RefusedError):
        wrong = {"received_on": mark("choose what was asked, and a day that is not to come")}
        return _person(request, session, person, site, learner, wrong)
    return pages.go(request, f"{HERE}/{learner}", flash="request_kept")


@page.get(KEEPING)
def retention_page(request: Request, session: Transaction, person: AsAdmin, site: TheSite) -> HTMLResponse:
    """Show how long each class of data is kept, why, what is past its time, and what went before."""
    return _retention(request, session, person, site)


def _retention(
    request: Request, session: Transaction, person: Person, site: Site, *, wrong: Wrong | None = None
) -> HTMLResponse:
    rules = retention.read_rules(site.settings.retention)
    found = retaining.due(session, site.settings.folder, rules, site.clock.today())
    return pages.render(
        request, "retention.html", person=person, status=422 if wrong else 200, wrong=wrong or {},
        due=[{**asdict(one), "rule": one.rule} for one in found], runs=runs(session),
        total=sum(one.count for one in found), seen=_seen(found),
        labels={rule.code: rule.label for rule in rules}, daily=site.settings.retention_daily,
    )  # fmt: skip


@page.post(KEEPING)
def retain(request: Request, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite) -> Response:
    """Remove what is past its time, once its count was read and confirmed; it cannot be undone."""
    rules = retention.read_rules(site.settings.retention)
    found = retaining.due(session, site.settings.folder, rules, site.clock.today())
    if fields.get("sure") != "yes" or fields.get("seen") != _seen(found):
        wrong = {"sure": mark("read what goes, then say that you are sure")}
        return _retention(request, session, person, site, wrong=wrong)
    answer = pages.go(request, KEEPING, flash="retention_done")
    answer.background = BackgroundTask(_retain, site, person.account_id)
    return answer


def _retain(site: Site, author_id: int) -> None:
    """Remove what is past its time once the answer has left and its transaction is over."""
    rules, today, now = retention.read_rules(site.settings.retention), site.clock.today(), site.clock.now()
    try:
        retaining.run(site.database, site.settings.folder, rules, today=today, now=now, dry=False, author_id=author_id)
    except StoreError as error:  # an import is running: nothing went, and the page still tells what would
        logger.error('{"event": "retention_put_off", "error": "%s"}', type(error).__name__)


def _seen(found: Iterable[retention.Due]) -> str:
    """Return how many of each class would go: what the person saw must still hold when they confirm."""
    return ",".join(str(one.count) for one in found)
