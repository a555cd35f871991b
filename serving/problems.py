"""What can go wrong in a request, and how it is said: RFC 9457 for programs, a page for people."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse

from data.errors import FilrougeError


class SignInNeededError(FilrougeError):
    """Nobody is signed in."""

    http_status = 401


class ForbiddenError(FilrougeError):
    """The person's role does not reach this."""

    http_status = 403


class NotFoundError(FilrougeError):
    """There is nothing here, or nothing that this person may know of."""

    http_status = 404


class ConflictError(FilrougeError):
    """The thing is no longer in the state the request supposes."""

    http_status = 409


class ChangedError(ConflictError):
    """Somebody else took the thing elsewhere since the page was shown."""

    slug = "changed"


class KeyInUseError(ConflictError):
    """A request with the same idempotency key is being answered at this very moment."""

    slug = "idempotency-key-in-use"
    retry_after = 1


class StaleError(ChangedError):
    """The thing changed since the version that the request names."""

    http_status = 412
    slug = "precondition-failed"


class RefusedError(FilrougeError):
    """A value sent is not accepted."""

    http_status = 422


class KeyReusedError(RefusedError):
    """An idempotency key came back with another request."""

    slug = "idempotency-key-reused"


class TokenError(SignInNeededError):
    """The API token is unknown, revoked or over."""

    slug = "token-not-accepted"


class ScopeError(ForbiddenError):
    """The API token's scopes do not open this."""

    slug = "scope-missing"


class TooManyError(FilrougeError):
    """Too many tries; wait."""

    http_status = 429
    retry_after = 900


class TooFastError(TooManyError):
    """Too many requests in a minute, or too many streams at once."""

    slug = "too-many-requests"
    retry_after = 60


class NotReadyError(FilrougeError):
    """The server has nothing to serve yet."""

    http_status = 503


TITLES = {
    400: "bad request",
    401: "sign-in needed",
    403: "not allowed",
    404: "not found",
    405: "method not allowed",
    409: "conflict",
    412: "precondition failed",
    413: "too large",
    415: "unsupported media type",
    422: "value not accepted",
    428: "precondition required",
    429: "too many tries",
    500: "internal error",
    503: "not ready",
}
URI = "urn:filrouge:problem:"
TYPES: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be read as what it says it is."),
    "sign-in-needed": (401, "Nobody is signed in: sign in, or send `Authorization: Bearer` with an API token."),
    "token-not-accepted": (401, "The API token is unknown, revoked or over. Make another on the page `/account`."),
    "not-allowed": (403, "The account's role does not reach this, or the `X-CSRF-Token` of a session is missing."),
    "scope-missing": (403, "The API token lacks the scope that `detail` names, or no token opens this."),
    "not-found": (
        404,
        "There is nothing here, or nothing that this account may know of: the two are never told apart.",
    ),
    "method-not-allowed": (405, "The address exists, not with this method; `Allow` says which."),
    "conflict": (409, "The thing is not in the state that the request supposes."),
    "changed": (409, "Somebody else changed the thing since it was read: read it again, then decide."),
    "idempotency-key-in-use": (409, "A request with the same `Idempotency-Key` is being answered: send it again."),
    "precondition-failed": (412, "`If-Match` names a version that is no longer the current one: read the thing again."),
    "too-large": (413, "The body is larger than what is taken here."),
    "unsupported-media-type": (415, "The body is of a type that is not read here."),
    "value-not-accepted": (422, "A value is not accepted; `errors` says where and why, and never repeats the value."),
    "idempotency-key-reused": (422, "The `Idempotency-Key` was used in the last 24 hours for another request."),
    "precondition-required": (428, "The request must say which version it changes, with `If-Match`."),
    "too-many-tries": (429, "Too many sign-ins failed; `Retry-After` says for how long to wait."),
    "too-many-requests": (429, "Too many requests in a minute, or too many streams at once; see `Retry-After`."),
    "internal-error": (500, "A fault of the server; it is in its log."),
    "not-ready": (503, "There is no model or no scored list yet."),
    "database-away": (503, "The database is away or busy: nothing was recorded; send it again after `Retry-After`."),
}
"""Every problem's name, its status and what it means; a name is never given another meaning."""


class Refusal(BaseModel):
    """One value refused: where it is and why, never the value itself."""

    where: str
    what: str


class Problem(BaseModel):
    """An RFC 9457 problem."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[Refusal] = []


def problem(status: int, detail: str = "", errors: list[Refusal] | None = None, *, slug: str = "") -> Problem:
    """Return the problem of a status; its type is a stable name of ours, `slug` when it has one of its own."""
    title = slug.replace("-", " ") or TITLES.get(status, "error")
    return Problem(
        type=URI + title.replace(" ", "-"),
        title=title,
        status=status,
        detail=detail,
        errors=errors or [],
    )


def page() -> str:
    """Return the page that lists every problem, `docs/problems.md`."""
    lines = [
        "# Problems",
        "",
        "Every refusal of the API is an RFC 9457 problem (`application/problem+json`): `type`, `title`, `status`, and",
        "`detail` or `errors` where there is more to say, never a value that was sent. Programs decide by `type`:",
        f"`{URI}` and a name of this list. The words of `title` and `detail` may change.",
        "This page is made from `serving/problems.py`; a test says so.",
        "",
        "| name | status | meaning |",
        "|---|---|---|",
    ]
    return "\n".join(lines + [f"| `{name}` | {status} | {what} |" for name, (status, what) in TYPES.items()]) + "\n"


def respond(answer: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a problem as `application/problem+json`."""
    body = answer.model_dump(exclude_defaults=True)
    return JSONResponse(body, answer.status, headers, media_type="application/problem+json")


def refusals(errors: list[Any]) -> list[Refusal]:
    """Turn pydantic's errors into refusals, leaving the values out."""
    return [
        Refusal(
            where=".".join(str(part) for part in error["loc"]), what=str(error["msg"]).removeprefix("Value error, ")
        )
        for error in errors
    ]


def for_programs(request: Request) -> bool:
    """Whether the answer goes to a program: the API and the probes; everything else is a page."""
    return request.url.path.startswith(("/api/", "/xAPI/")) or request.url.path in {"/healthz", "/readyz", "/metrics"}


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": TITLES[status], "content": {"application/problem+json": {}}}
    for status in (401, 403, 404, 409, 422, 429)
}
"""The problems of an API route, for its OpenAPI description."""
