"""Pages that erase a learner in two steps: read what goes, then say why and type the name; then comes the receipt."""

from __future__ import annotations

import logging
import unicodedata

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import HTMLResponse, Response

from data import erasure
from data.errors import FilrougeError, StoreError
from data.privacy import reference
from serving import pages
from serving.access import AsAdmin, Person, TheSite, Transaction
from serving.forms import Fields, number
from serving.language import Speech, mark
from serving.problems import ConflictError
from serving.quality import journal
from serving.rights import erasures, policy, receipts, service, telling
from serving.rights.endpoints import HERE, Wrong, given
from serving.rights.erasing import ASKED
from serving.rights.hooks import hang
from serving.site import Site

page = APIRouter(include_in_schema=False)
logger = logging.getLogger("filrouge")
LONGEST = 200


@page.get(HERE + "/{learner_id}/erase")
def erase_page(request: Request, learner_id: str, session: Transaction, person: AsAdmin, site: TheSite) -> HTMLResponse:
    """Show what an erasure would take, place by place, and what it asks before it begins."""
    return _asking(request, session, person, site, number(learner_id))


def _asking(
    request: Request, session: Transaction, person: Person, site: Site, learner: int, *, wrong: Wrong | None = None,
    reason: str = "", status: int = 422,
) -> HTMLResponse:  # fmt: skip
    found = service.holdings_of(session, site.settings.folder, learner)
    told = [one for one in found if one.name != "purposes"]
    answer = pages.render(
        request, "person_erase.html", person=person, status=status if wrong else 200, wrong=wrong or {},
        learner=learner, name=service.name_in(found), called=service.name_in(found) or reference(learner),
        places=telling.PLACES, tables=telling.TABLES, becomes=policy.BECOMES, reason=reason,
        holdings=[(one, policy.becomes(one.place, one.name)) for one in told], seen=service.seen(found),
        copies=service.copies(session, pages.speech_of(request, person), site.clock.today()),
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"
    return answer


@page.post(HERE + "/{learner_id}/erase")
def erase(
    request: Request, learner_id: str, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite
) -> Response:
    """Write the erasure down, then do it once the answer has left; it cannot be undone."""
    learner, home = number(learner_id), site.settings.folder
    found = service.holdings_of(session, home, learner)
    reason = fields.get("reason", "").strip()
    wrong = _refused(fields, service.name_in(found) or reference(learner), service.seen(found))
    if wrong:
        return _asking(request, session, person, site, learner, wrong=wrong, reason=reason)
    try:
        asked = erasure.ask(home, learner, by=person.display_name, at=site.clock.now(), reason=reason)
    except StoreError:
        busy = {"busy": mark("an import is running: ask again when it is over")}
        return _asking(request, session, person, site, learner, wrong=busy, reason=reason, status=409)
    journal.append(session, ASKED, at=site.clock.now(), author_id=person.account_id, details={"request": asked})
    return _begun(request, site, asked)


def _refused(fields: dict[str, str], called: str, seen: str) -> Wrong:
    """Return what is wrong with the second step, field by field."""
    wrong: Wrong = {}
    if fields.get("seen") != seen:
        wrong["seen"] = mark("what is held has changed: read it again")
    if not 0 < len(fields.get("reason", "").strip()) <= LONGEST:
        wrong["reason"] = mark("say why, in a few words that name nobody")
    if _folded(fields.get("typed", "")) != _folded(called):
        wrong["typed"] = mark("this is not what is asked for: type it as it is shown")
    return wrong


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFD", " ".join(text.split()))
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()


def _begun(request: Request, site: Site, asked: int) -> Response:
    """Answer with the erasure's own page, and do the work once the answer has left and its transaction is over."""
    answer = pages.go(request, f"{HERE}/erasures/{asked}")
    if erasures.begin(site.settings.folder, asked):
        answer.background = BackgroundTask(_do, site, asked)
    return answer


def _do(site: Site, asked: int) -> None:
    """Erase and prove; what stops it is written in the log, and the page says that it was cut short."""
    hang()
    try:
        erasure.finish(site.settings.folder, asked, at=site.clock.now())
    except FilrougeError as error:
        logger.error('{"event": "erasure_cut_short", "error": "%s"}', type(error).__name__)
    finally:
        erasures.end(site.settings.folder, asked)


@page.get(HERE + "/erasures/{erasure_id}")
def erasure_page(
    request: Request, erasure_id: str, session: Transaction, person: AsAdmin, site: TheSite
) -> HTMLResponse:
    """Show where an erasure stands; once it is proven, the receipt that the person is given."""
    told = erasures.known(session, site.settings.folder, number(erasure_id))
    speech = pages.speech_of(request, person)
    receipt = _receipt(session, told, site, speech) if told.state == "proven" else []
    answer = pages.render(request, "erasure.html", person=person, told=told, states=receipts.STATES, receipt=receipt)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@page.post(HERE + "/erasures/{erasure_id}")
def go_on(request: Request, erasure_id: str, session: Transaction, person: AsAdmin, site: TheSite) -> Response:  # noqa: ARG001
    """Go on with an erasure that was cut short, or read every file once more.

    Raises
    ------
    ConflictError : it is being done.
    """
    told = erasures.known(session, site.settings.folder, number(erasure_id))
    if told.running:
        raise ConflictError("this erasure is being done", where="state")
    return _begun(request, site, told.number)


@page.post(HERE + "/erasures/{erasure_id}/receipt")
def give_receipt(request: Request, erasure_id: str, session: Transaction, person: AsAdmin, site: TheSite) -> Response:
    """Give the receipt of a proven erasure as a text.

    Raises
    ------
    ConflictError : it is not proven.
    """
    told = erasures.known(session, site.settings.folder, number(erasure_id))
    if told.state != "proven":
        raise ConflictError("this erasure is not proven yet", where="state")
    text = "\n\n".join((*_receipt(session, told, site, pages.speech_of(request, person)), ""))
    return given(text.encode(), "text/plain; charset=utf-8", f"effacement-{told.number}.txt")


def _receipt(session: Transaction, told: receipts.Told, site: Site, speech: Speech) -> list[str]:
    """Return the receipt of an erasure; a backup made before it was over may hold the person."""
    over = max(one for one in (told.asked_at, told.finished_at, told.proven_at) if one)
    copies = service.declared_copies(session, speech, over.astimezone(speech.zone).date())
    return list(receipts.lines(told, copies, site.settings.organisation, speech))
