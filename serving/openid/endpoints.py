"""Sign in by the organisation's own accounts: go there, come back, leave there."""

from __future__ import annotations

from hmac import compare_digest
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from serving import access, pages
from serving.access import TheSite
from serving.accounts import endpoints as accounts
from serving.clock import Clock
from serving.openid import policy, service
from serving.problems import ForbiddenError, NotFoundError, NotReadyError
from serving.site import Site

page = APIRouter(include_in_schema=False)
OPEN = Depends(access.Open("nobody can be signed in before signing in"))
TRIP_COOKIE = "filrouge_trip"
RETURN = "/sign-in/return"


def _provider(site: Site) -> service.Provider:
    provider = service.provider_of(site.settings)
    if provider is None:
        raise NotFoundError("the organisation's sign-in is not set")
    return provider


@page.get("/sign-in/organisation", dependencies=[OPEN])
def leave(request: Request, site: TheSite, next: str = "/") -> Response:  # noqa: A002 - the query parameter's name
    """Send the browser to the organisation's sign-in."""
    provider, trip = _provider(site), service.new_trip(pages.own_page(next))
    try:
        address = provider.address(trip, pages.address(request, site, RETURN))
    except NotReadyError:
        return accounts.sign_in_page_of(request, trip.back, status=503, refused="organisation_silent")
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        TRIP_COOKIE,
        service.sealed(trip, site.cookie_key),
        service.TRIP_SECONDS,
        path="/sign-in",
        secure=access.secure(request, site),
        httponly=True,
        samesite="lax",
    )
    return answer


@page.get(RETURN, dependencies=[OPEN])
def come_back(
    request: Request,
    site: TheSite,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Open a session for whom the organisation signed in."""
    provider = _provider(site)
    try:
        trip = service.unsealed(request.cookies.get(TRIP_COOKIE, ""), site.cookie_key)
        if not code or not compare_digest(state.encode(), trip.state.encode()):
            raise ForbiddenError("the organisation's sign-in was not completed")
        now = Clock(site.clock.zone).now()
        claims = provider.claims(trip, code, pages.address(request, site, RETURN), now=now)
        told = policy.told_by(claims, provider.issuer)
        with site.database.write() as session:
            account = service.account_of(session, told, create_role=site.settings.oidc_create_role, now=now)
            token = service.enter(session, account, hours=site.settings.session_hours, now=now)
    except ForbiddenError:
        return accounts.sign_in_page_of(request, "/", status=403, refused="organisation")
    except NotReadyError:
        return accounts.sign_in_page_of(request, "/", status=503, refused="organisation_silent")
    answer = RedirectResponse(trip.back, 303)
    answer.delete_cookie(TRIP_COOKIE, path="/sign-in")
    accounts.keep_session(request, site, answer, token)
    return answer


@page.get("/sign-out/organisation", dependencies=[OPEN])
def leave_there(request: Request, site: TheSite) -> RedirectResponse:
    """Send the browser to the organisation's sign-out (RP-initiated logout); the session here is over already."""
    provider = _provider(site)
    address = provider.published().get("end_session_endpoint")
    if not address:
        return RedirectResponse("/sign-in", 303)
    home = pages.address(request, site, "/sign-in")
    told = urlencode({"client_id": provider.client_id, "post_logout_redirect_uri": home})
    return RedirectResponse(f"{address}?{told}", 303)
