"""Make and revoke API tokens, on the page of one's own account."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from serving import pages
from serving.access import AsAnybody, TheSite, Transaction
from serving.accounts.service import existing
from serving.clock import Clock
from serving.forms import Fields, accept, number
from serving.problems import RefusedError
from serving.profile.endpoints import Said, account_page, refusals_of
from serving.tokens import service
from serving.tokens.schemas import NewToken

page = APIRouter(include_in_schema=False)
SCOPE = "scope:"


@page.post("/account/tokens")
def create_token(
    request: Request, fields: Fields, session: Transaction, person: AsAnybody, site: TheSite
) -> HTMLResponse:
    """Make a token and show it once."""
    chosen = [name.removeprefix(SCOPE) for name in fields if name.startswith(SCOPE)]
    try:
        wanted = accept(NewToken, {name: value for name, value in fields.items() if not name.startswith(SCOPE)})
        account, now = existing(session, person.account_id), Clock(site.clock.zone).now()
        _, secret = service.create(
            session, account, wanted.name, chosen, days=wanted.days, now=now, author_id=account.id
        )
    except RefusedError as error:
        return account_page(request, session, person, site, Said(refusals_of(error)))
    return account_page(request, session, person, site, Said(token=secret))


@page.post("/account/tokens/{token_id}/revoke")
def revoke_token(
    request: Request, token_id: str, session: Transaction, person: AsAnybody, site: TheSite
) -> RedirectResponse:
    """Revoke one of one's own tokens."""
    service.revoke(
        session, person.account_id, number(token_id), now=Clock(site.clock.zone).now(), author_id=person.account_id
    )
    return pages.go(request, "/account", flash="token_revoked")
