"""Sign in and out; accounts, for the administration."""

from __future__ import annotations

import secrets
from hmac import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from serving import access, pages
from serving.access import AsAdmin, AsAnybody, TheSite, Transaction
from serving.accounts import repository, service
from serving.accounts.schemas import AccountPage, AccountView, CreatedAccount, Credentials, Me, NewAccount
from serving.clock import Clock
from serving.daily import service as daily
from serving.forms import Fields, FormRefusedError, accept, number
from serving.paging import After, link
from serving.problems import DOCUMENTED, ConflictError, Problem, Refusal, RefusedError, TooManyError
from serving.site import Site, site_of
from serving.tables import Account
from serving.watch.reports import silent_kinds

page = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["accounts"], responses=DOCUMENTED)
OPEN_SIGN_IN = Depends(access.Open("nobody can be signed in before signing in"))


@page.get("/sign-in", dependencies=[OPEN_SIGN_IN])
def sign_in_page(request: Request, next: str = "/") -> HTMLResponse:  # noqa: A002 - the query parameter's name
    """Show the sign-in page."""
    return sign_in_page_of(request, next)


def sign_in_page_of(
    request: Request, back: str, *, status: int = 200, refused: str = "", username: str = ""
) -> HTMLResponse:
    """Return the sign-in page, with what was refused if something was."""
    secret = pages.visit_of(request) or secrets.token_urlsafe(16)
    answer = pages.render(
        request,
        "sign_in.html",
        status=status,
        back=pages.own_page(back),
        refused=refused,
        username=username,
        visit=pages.visit_token(request, secret),
        organisation_signs_in=bool(site_of(request).settings.oidc_issuer),
        left=request.cookies.get(pages.FLASH_COOKIE) == "signed_out",
    )
    secure = access.secure(request, site_of(request))
    answer.set_cookie(access.VISIT_COOKIE, secret, 3600, secure=secure, httponly=True, samesite="lax")
    return answer


@page.post("/sign-in", dependencies=[OPEN_SIGN_IN])
def sign_in(request: Request, fields: Fields, site: TheSite) -> Response:
    """Open a session and go to the page asked for; say on the form what was refused."""
    back, username = fields.get("next", "/"), fields.get("username", "")
    secret = pages.visit_of(request)
    if not secret or not compare_digest(fields.get("csrf", "").encode(), pages.visit_token(request, secret).encode()):
        refused = "plain" if not secret and access.over_plain_http(request, site) else "expired"
        return sign_in_page_of(request, back, status=403, refused=refused)
    try:
        token, _ = _enter(request, site, username, fields.get("password", ""))
    except RefusedError:
        return sign_in_page_of(request, back, status=422, refused="wrong", username=username)
    except TooManyError:
        return sign_in_page_of(request, back, status=429, refused="wait", username=username)
    answer = RedirectResponse(pages.own_page(back), 303)
    answer.delete_cookie(access.VISIT_COOKIE)
    keep_session(request, site, answer, token)
    return answer


def _enter(request: Request, site: Site, username: str, password: str) -> tuple[str, Account]:
    address = request.client.host if request.client else ""
    entrance = service.Entrance(site.settings, site.cookie_key)
    now = Clock(site.clock.zone).now()
    return service.sign_in(site.database, entrance, username[:80], password[:400], address=address, now=now)


def keep_session(request: Request, site: Site, answer: Response, token: str) -> None:
    """Give the browser the cookie of its session."""
    answer.set_cookie(
        access.SESSION_COOKIE,
        token,
        site.settings.session_hours * 3600,
        secure=access.secure(request, site),
        httponly=True,
        samesite="lax",
    )


@page.post("/sign-out")
def sign_out(request: Request, session: Transaction, person: AsAnybody) -> RedirectResponse:  # noqa: ARG001
    """Close the session."""
    repository.sign_out(session, request.cookies[access.SESSION_COOKIE])
    answer = pages.go(request, "/sign-in", flash="signed_out")
    answer.delete_cookie(access.SESSION_COOKIE)
    return answer


@page.get("/")
def home(person: AsAnybody) -> RedirectResponse:
    """Lead each role to its first page."""
    return RedirectResponse(pages.HOMES[person.role], 303)


@page.get("/admin")
def admin_page(request: Request, session: Transaction, person: AsAdmin, site: TheSite) -> HTMLResponse:
    """Show the daily run, the accounts and the imports."""
    return _admin_page(request, session, person, site)


def _admin_page(
    request: Request,
    session: Transaction,
    person: access.Person,
    site: Site,
    *,
    errors: list[Refusal] | None = None,
    fresh: tuple[str, str] | None = None,
) -> HTMLResponse:
    accounts = repository.listed(session)
    followed = [account.mentor_id for account in accounts if account.mentor_id is not None]
    return pages.render(
        request,
        "admin.html",
        silent=silent_kinds(site.settings.folder.reports / "watch", today=site.clock.today()),
        person=person,
        status=422 if errors else 200,
        accounts=accounts,
        mentors=site.directory.names(followed),
        choosable=site.directory.mentors(),
        imports=site.records.imports()[:20],
        daily=daily.last(session, Clock(site.clock.zone).now()),
        hour=site.settings.daily_at,
        wrong={error.where: error.what for error in errors or ()},
        fresh=fresh,
    )


@page.post("/admin/accounts")
def create_on_page(
    request: Request, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite
) -> HTMLResponse:
    """Create an account and show its password once."""
    try:
        wanted = accept(NewAccount, {name: value for name, value in fields.items() if value})
        account, password = _create(session, person, site, wanted)
    except FormRefusedError as error:
        return _admin_page(request, session, person, site, errors=error.refusals)
    except (RefusedError, ConflictError) as error:
        return _admin_page(request, session, person, site, errors=[Refusal(where=error.where, what=error.what)])
    return _admin_page(request, session, person, site, fresh=(account.username, password))


def _create(session: Transaction, person: access.Person, site: Site, new: NewAccount) -> tuple[Account, str]:
    return service.create(session, new, now=site.clock.now(), author_id=person.account_id)


@page.post("/admin/accounts/{account_id}/password")
def reset_on_page(
    request: Request, account_id: str, session: Transaction, person: AsAdmin, site: TheSite
) -> HTMLResponse:
    """Give an account a new password and show it once."""
    account = service.existing(session, number(account_id))
    password = service.reset_password(session, account.username, now=site.clock.now(), author_id=person.account_id)
    return _admin_page(request, session, person, site, fresh=(account.username, password))


@page.post("/admin/accounts/{account_id}/state")
def open_or_close_on_page(
    request: Request, account_id: str, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite
) -> RedirectResponse:
    """Close an account, or open it again."""
    active = fields.get("active") == "yes"
    service.set_active(session, number(account_id), active=active, now=site.clock.now(), author_id=person.account_id)
    return pages.go(request, "/admin", flash="account_changed")


@api.post("/sign-in", dependencies=[OPEN_SIGN_IN], responses={429: {"model": Problem}})
def sign_in_api(request: Request, credentials: Credentials, site: TheSite) -> JSONResponse:
    """Open a session: the cookie is set, the token for changes is given."""
    token, account = _enter(request, site, credentials.username, credentials.password)
    me = _me(account, csrf=access.csrf_token(site.cookie_key, token))
    answer = JSONResponse(me.model_dump())
    keep_session(request, site, answer, token)
    return answer


@api.post("/sign-out", status_code=204)
def sign_out_api(request: Request, session: Transaction, person: AsAnybody) -> Response:  # noqa: ARG001
    """Close the session."""
    repository.sign_out(session, request.cookies[access.SESSION_COOKIE])
    answer = Response(status_code=204)
    answer.delete_cookie(access.SESSION_COOKIE)
    return answer


@api.get("/me")
def me(person: AsAnybody) -> Me:
    """Return the account signed in."""
    return _me(person, csrf=person.csrf)


@api.get("/accounts")
def list_accounts(
    request: Request,
    response: Response,
    session: Transaction,
    person: AsAdmin,  # noqa: ARG001
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AccountPage:
    """Return the accounts, closed ones too."""
    rows = repository.following(session, after=after, limit=limit)
    following = link(request, response, rows[-1].id if len(rows) == limit else None)
    return AccountPage(accounts=[_view(account) for account in rows], next=following)


@api.post("/accounts", status_code=201)
def create_account(new: NewAccount, session: Transaction, person: AsAdmin, site: TheSite) -> CreatedAccount:
    """Create an account; its first password is given once."""
    account, password = _create(session, person, site, new)
    return CreatedAccount(**_view(account).model_dump(), password=password)


def _me(account: Account | access.Person, *, csrf: str) -> Me:
    names = {name: getattr(account, name) for name in ("username", "display_name", "role")}
    return Me.model_validate(names | {"csrf_token": csrf})


def _view(account: Account) -> AccountView:
    names = ("username", "display_name", "role", "unassigned", "courses", "active", "created_at")
    mentor_id = None if account.mentor_id is None else str(account.mentor_id)
    known = {name: getattr(account, name) for name in names}
    return AccountView.model_validate(known | {"id": str(account.id), "mentor_id": mentor_id})
