"""One's own account: password, language, sessions, tokens, absences; an account's details for the administration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from serving import access, pages
from serving.absences import repository as absences
from serving.access import AsAdmin, AsAnybody, Person, TheSite, Transaction
from serving.accounts import repository as accounts
from serving.accounts import service as accounts_service
from serving.accounts.repository import hash_of
from serving.clock import Clock
from serving.forms import Fields, FormRefusedError, accept, number
from serving.language import COOKIE as LANGUAGE_COOKIE
from serving.problems import Refusal, RefusedError
from serving.profile import repository, service
from serving.profile.schemas import Details, Ended, NewPassword, Words
from serving.site import Site
from serving.tokens import policy as tokens_policy
from serving.tokens import repository as tokens
from serving.tokens.known import KNOWN

page = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Said:
    """What a form of the page was answered: the fields refused, a new token shown once."""

    errors: list[Refusal] = field(default_factory=list)
    token: str = ""


def refusals_of(error: RefusedError) -> list[Refusal]:
    """Return what a form must show of an error."""
    return error.refusals if isinstance(error, FormRefusedError) else [Refusal(where=error.where, what=error.what)]


def account_page(
    request: Request, session: Transaction, person: Person, site: Site, said: Said | None = None
) -> HTMLResponse:
    """Show one's own account, with what a form was answered."""
    said, now = said or Said(), Clock(site.clock.zone).now()
    account = accounts_service.existing(session, person.account_id)
    return pages.render(
        request,
        "account.html",
        person=person,
        status=422 if said.errors else 200,
        account=account,
        sessions=repository.sessions(session, person.account_id, now=now),
        this_session=hash_of(request.cookies.get(access.SESSION_COOKIE, "")),
        tokens=tokens.of_account(session, person.account_id),
        now=now,
        scopes={scope: tokens_policy.SCOPES[scope] for scope in tokens_policy.OF_ROLE[person.role]},
        token_days=tokens_policy.DAYS,
        fresh=said.token,
        wrong={error.where: error.what for error in said.errors},
        **_away(session, person, site),
    )


def _away(session: Transaction, person: Person, site: Site) -> dict[str, Any]:
    if person.mentor_id is None:
        return {"absences": [], "deputies": [], "deputy_names": {}}
    able = [one for one in absences.deputies(session) if one.mentor_id != person.mentor_id]
    found = absences.from_day(session, site.clock.today(), mentor_id=person.mentor_id)
    return {"absences": found, "deputies": able, "deputy_names": accounts.display_names(session)}


@page.get("/account")
def my_account(request: Request, session: Transaction, person: AsAnybody, site: TheSite) -> HTMLResponse:
    """Show one's own account."""
    return account_page(request, session, person, site)


@page.post("/account/password")
def change_password(
    request: Request, fields: Fields, session: Transaction, person: AsAnybody, site: TheSite
) -> Response:
    """Change one's password; the other sessions are signed out."""
    entrance = accounts_service.Entrance(site.settings, site.cookie_key)
    kept, now = hash_of(request.cookies[access.SESSION_COOKIE]), Clock(site.clock.zone).now()
    try:
        wanted = accept(NewPassword, fields)
        service.change_password(session, entrance, person.account_id, wanted, kept=kept, now=now)
    except RefusedError as error:
        return account_page(request, session, person, site, Said(refusals_of(error)))
    return pages.go(request, "/account", flash="password_changed")


@page.post("/account/language")
def change_language(request: Request, fields: Fields, session: Transaction, person: AsAnybody) -> RedirectResponse:
    """Keep the language of one's pages and messages."""
    accounts_service.existing(session, person.account_id).language = accept(Words, fields).language
    KNOWN.forget_after(session)
    answer = pages.go(request, "/account", flash="account_changed")
    answer.delete_cookie(LANGUAGE_COOKIE)
    return answer


@page.post("/account/sessions/end")
def end_session(request: Request, fields: Fields, session: Transaction, person: AsAnybody) -> RedirectResponse:
    """End one of one's own sessions, or all the others."""
    wanted = accept(Ended, fields).session
    if wanted == "others":
        repository.end_others(session, person.account_id, hash_of(request.cookies[access.SESSION_COOKIE]))
    else:
        repository.end(session, person.account_id, wanted)
    return pages.go(request, "/account", flash="session_ended")


@page.get("/admin/accounts/{account_id}")
def details_page(request: Request, account_id: str, session: Transaction, person: AsAdmin) -> HTMLResponse:
    """Show where to write to an account, and the courses that it leads."""
    return _details_page(request, session, person, number(account_id))


def _details_page(
    request: Request, session: Transaction, person: Person, account_id: int, errors: list[Refusal] | None = None
) -> HTMLResponse:
    return pages.render(
        request,
        "account_details.html",
        person=person,
        status=422 if errors else 200,
        account=accounts_service.existing(session, account_id),
        courses=accounts.courses(session),
        wrong={error.where: error.what for error in errors or ()},
    )


@page.post("/admin/accounts/{account_id}/details")
def change_details(
    request: Request, account_id: str, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite
) -> Response:
    """Keep an account's address and courses; tokens, sessions and password stay."""
    chosen = [name.removeprefix("course:") for name in fields if name.startswith("course:")]
    try:
        known = accept(Details, {"email": fields["email"]} if fields.get("email") else {})
        wanted = known.model_copy(update={"courses": chosen})
        service.set_details(session, number(account_id), wanted, now=site.clock.now(), author_id=person.account_id)
    except RefusedError as error:
        return _details_page(request, session, person, number(account_id), refusals_of(error))
    return pages.go(request, "/admin", flash="account_changed")
