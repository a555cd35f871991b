"""The guard of what programs ask often: no transaction, and a token looked up once in a few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from serving import access
from serving.access import Person
from serving.clock import Clock
from serving.ingestion.policy import Pace
from serving.problems import ForbiddenError, SignInNeededError, TooFastError
from serving.site import Site, site_of
from serving.tokens.known import KNOWN, Holder

PACE = Pace()
"""Requests for scores of each API token in the last minute, in this process."""


@dataclass(frozen=True)
class Quick(access.Guard):
    """As `access.Guard`, for a route that changes nothing: no transaction, no idempotency key, its own pace."""

    async def __call__(self, request: Request) -> Person:  # type: ignore[override]  # FastAPI reads the signature
        """Return the person; refuse as `access.Guard` does.

        Raises
        ------
        SignInNeededError, ForbiddenError, TokenError, ScopeError, TooFastError : as `access.Guard`.
        """
        site, secret = site_of(request), access.bearer_of(request)
        now = Clock(site.clock.zone).now()
        person = await (_visitor(request, site) if secret is None else _program(request, site, secret, now))
        request.state.person = person
        if person.role not in self.roles:
            raise ForbiddenError("this belongs to another role")
        return person


async def _program(request: Request, site: Site, secret: str, now: datetime) -> Person:
    holder = KNOWN.holder(site.database, secret, now)
    if holder is None:
        holder = await run_in_threadpool(_looked_up, site, secret, now)
    if not PACE.allows(holder.token_id, now, site.settings.scores_per_minute):
        raise TooFastError("too many requests with this token", todo="wait a minute")
    access.check_scope(request, holder.person.scopes or frozenset())
    return holder.person


def _looked_up(site: Site, secret: str, now: datetime) -> Holder:
    turn = KNOWN.turn
    with site.database.read() as session:
        holder = access.holder_of(session, site, secret, now)
    today = now.astimezone(site.clock.zone).date()
    if holder.used_on != today:
        access.note_use(site, holder.token_id, today)
    KNOWN.remember(site.database, secret, holder, now=now, turn=turn)
    return holder


async def _visitor(request: Request, site: Site) -> Person:
    """Return the person of a session; its form's token is wanted, as everywhere."""
    person = await run_in_threadpool(_signed_in, request, site)
    if person is None:
        raise SignInNeededError("sign-in needed")
    request.state.person = person
    token = await access.submitted_token(request)
    if request.method not in access.SAFE and not compare_digest(token.encode(), person.csrf.encode()):
        raise ForbiddenError("the form has expired", todo="go back, reload the page and send it again")
    return person


def _signed_in(request: Request, site: Site) -> Person | None:
    with site.database.read() as session:
        return access.person_of(request, session, site)
