"""`/xAPI/statements` and `/xAPI/about`: programs push statements here (xAPI 1.0.3, Part Three).

Only what pushing needs is here: it is no learning record store, as the standard says of such tools. Attachments, the
alternate request syntax, and the filters by agent, verb and activity are refused with 400.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from data.errors import FilrougeError
from data.sources.xapi_statements import VERSION, UnfitError, instant
from serving import keys
from serving.access import Open, TheSite
from serving.accounts import policy as accounts_policy
from serving.accounts import repository as accounts
from serving.clock import Clock
from serving.ingestion import policy, repository, service
from serving.ingestion.schemas import BadRequestError, statement_id, statement_of, statements_of
from serving.problems import NotFoundError, TooManyError, problem, respond
from serving.site import Site
from serving.tables import IngestKey

VERSION_HEADER = "X-Experience-API-Version"
CHALLENGE = {"WWW-Authenticate": 'Basic realm="Filrouge xAPI", charset="UTF-8"'}
PAGE, LARGEST_PAGE = 100, 500
LISTING = frozenset({"since", "until", "limit", "ascending", "format", "attachments", "after"})
SINGLE = frozenset({"statementId", "format", "attachments"})
PACE = policy.Pace()

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StatementsRoute(APIRoute):
    """Answers as the standard bids: its headers on every answer, 400 for what is malformed."""

    def get_route_handler(self) -> Handler:
        """Return the handler, with its failures made answers."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                response = await handle(request)
            except FilrougeError as error:
                wait = {"Retry-After": "60"} if error.http_status == 429 else {}
                response = respond(problem(error.http_status, error.line()), wait)
            except RequestValidationError:
                response = respond(problem(400, "a parameter is not accepted"))
            except HTTPException as error:
                response = respond(problem(error.status_code, error.detail), dict(error.headers or {}))
            response.headers[VERSION_HEADER] = VERSION
            response.headers["X-Experience-API-Consistent-Through"] = _told(datetime.now(UTC))
            return response

        return answered


api = APIRouter(prefix="/xAPI", include_in_schema=False, route_class=StatementsRoute)
KEYED = Depends(Open("programs bring a key made for them, which opens nothing else", "a program's key"))


def program_of(request: Request, site: TheSite) -> IngestKey:
    """Return the key a program brings; a person's session is not looked at.

    Raises
    ------
    HTTPException : 401, no key or not one of ours.
    TooManyError : too many failures, or too many requests.
    """
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != "basic":
        raise HTTPException(401, "a key is needed", CHALLENGE)
    now = Clock(site.clock.zone).now()
    key = _let_in(site, *_name_and_secret(told), address=request.client.host if request.client else "", now=now)
    check_pace(site, key.id, now)
    return key


def check_pace(site: Site, key_id: int, now: datetime) -> None:
    """Count a request of a key.

    Raises
    ------
    TooManyError : too many in the last minute.
    """
    if not PACE.allows(key_id, now, site.settings.pushes_per_minute):
        raise TooManyError("too many requests", todo="send more in each, or wait a minute")


TheProgram = Annotated[IngestKey, Depends(program_of)]


def key_of(request: Request, key: TheProgram) -> IngestKey:
    """Return the key of a program that follows the standard.

    Raises
    ------
    BadRequestError : the request does not name a version of the standard that is read here.
    """
    version = request.headers.get(VERSION_HEADER, "")
    if version != "1.0" and not version.startswith("1.0."):
        raise BadRequestError("the version of the standard is missing or not read here", where=VERSION_HEADER,
                              accepted=VERSION)  # fmt: skip
    return key


TheKey = Annotated[IngestKey, Depends(key_of)]


def _name_and_secret(told: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(told, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise HTTPException(401, "the key cannot be read", CHALLENGE) from None
    return name[:80], secret[:200]


def _let_in(site: Site, name: str, secret: str, *, address: str, now: datetime) -> IngestKey:
    account = keys.digest(site.cookie_key, "ingest", name)
    where = keys.digest(site.cookie_key, "address", address)
    with site.database.read() as session:
        failed = accounts.failures(session, account=account, address=where, since=now - accounts_policy.FAILURE_WINDOW)
        key = service.holder(session, name, secret)
        session.expunge_all()
    _refuse_flood(site, failed, known=key is not None)
    if key is not None:
        return key
    with site.database.write() as session:
        accounts.record_failure(session, account=account, address=where, now=now, keep=accounts_policy.FAILURE_WINDOW)
    raise HTTPException(401, "the key is not one of ours", CHALLENGE)


def _refuse_flood(site: Site, failed: tuple[int, int], *, known: bool) -> None:
    """Make who guesses wait; a right key is let in whatever others guessed at its name."""
    settings = site.settings
    if not known and accounts_policy.must_wait(
        account_failures=failed[0], address_failures=failed[1], account_limit=settings.sign_in_tries,
        address_limit=settings.sign_in_tries_per_address,
    ):  # fmt: skip
        raise TooManyError("too many keys were refused", todo="try again in a quarter of an hour")


async def sent(request: Request, _key: TheKey) -> bytes:
    """Return the body of a request whose key is right."""
    return await request.body()


TheBody = Annotated[bytes, Depends(sent)]


@api.get("/about", dependencies=[Depends(Open("the standard says so; nothing here is about a person"))])
def about() -> dict[str, list[str]]:
    """Say which version of the standard is followed."""
    return {"version": [VERSION]}


@api.post("/statements", dependencies=[KEYED])
def push(request: Request, key: TheKey, body: TheBody, site: TheSite) -> JSONResponse:
    """Keep one statement or several, all or none, and return their ids."""
    _only(request, frozenset())
    statements = statements_of(body, request.headers.get("content-type", ""))
    now = Clock(site.clock.zone).now()
    return JSONResponse(service.receive(site.database, key.id, statements, digest_key=site.journal_key, now=now))


@api.put("/statements", dependencies=[KEYED])
def push_one(request: Request, key: TheKey, body: TheBody, site: TheSite) -> Response:
    """Keep one statement under the id of the address."""
    _only(request, frozenset({"statementId"}))
    wanted = statement_id(request.query_params.get("statementId"))
    given = statement_of(body, request.headers.get("content-type", ""), wanted)
    with site.database.read() as session:
        service.check_preconditions(session, wanted, if_match=request.headers.get("if-match", ""),
                                    if_none_match=request.headers.get("if-none-match", ""))  # fmt: skip
    service.receive(site.database, key.id, [given], digest_key=site.journal_key, now=Clock(site.clock.zone).now())
    return Response(status_code=204)


@api.api_route("/statements", methods=["GET", "HEAD"], dependencies=[KEYED])
def read(request: Request, key: TheKey, site: TheSite) -> JSONResponse:
    """Give back what this key pushed and is not dropped yet: one statement, or pages of them."""
    if "statementId" in request.query_params:
        return _one(request, key, site)
    _only(request, LISTING)
    asked = request.query_params
    ascending, limit, after = asked.get("ascending") == "true", _number(asked.get("limit")), _number(asked.get("after"))
    size = min(limit or PAGE, LARGEST_PAGE)
    with site.database.read() as session:
        found = repository.listed(session, key.id, since=_instant(asked, "since"), until=_instant(asked, "until"),
                                  ascending=ascending, after=after, limit=size + 1)  # fmt: skip
        page = [service.shown(one, site=str(request.base_url), name=key.name) for one in found[:size]]
        more = {**asked, "after": str(found[size - 1].seq)} if len(found) > size else {}
    path = f"{request.url.path}?{urlencode(more)}" if more else ""
    return JSONResponse({"statements": page, "more": path})


def _one(request: Request, key: IngestKey, site: Site) -> JSONResponse:
    _only(request, SINGLE)
    wanted = statement_id(request.query_params["statementId"])
    with site.database.read() as session:
        kept = repository.one(session, key.id, wanted)
        if kept is None:
            raise NotFoundError("there is no such statement here, or its words were dropped after its import")
        headers = {"ETag": service.etag(kept.digest), "Last-Modified": format_datetime(kept.stored_at, usegmt=True)}
        return JSONResponse(service.shown(kept, site=str(request.base_url), name=key.name), headers=headers)


def _only(request: Request, known: frozenset[str]) -> None:
    """Refuse a parameter that is not read here, as the standard bids."""
    if set(request.query_params) - known:
        raise BadRequestError("a parameter is not read here", accepted=", ".join(sorted(known)) or "none")


def _number(told: str | None) -> int:
    if told is None:
        return 0
    if not told.isascii() or not told.isdigit() or len(told) > 18:
        raise BadRequestError("not a number", where="limit")
    return int(told)


def _instant(asked: Any, name: str) -> datetime | None:
    try:
        return instant(asked[name], name) if name in asked else None
    except UnfitError as unfit:
        raise BadRequestError(unfit.reason, where=name, accepted="2026-01-31T09:00:00Z") from None


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
