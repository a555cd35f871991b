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


class StaleError(ChangedError):
    """The thing changed since the version that the request names."""

    http_status = 412


class RefusedError(FilrougeError):
    """A value sent is not accepted."""

    http_status = 422


class TooManyError(FilrougeError):
    """Too many tries; wait."""

    http_status = 429


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
    422: "value not accepted",
    429: "too many tries",
    500: "internal error",
    503: "not ready",
}


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


def problem(status: int, detail: str = "", errors: list[Refusal] | None = None) -> Problem:
    """Return the problem of a status; its type is a stable name of ours."""
    title = TITLES.get(status, "error")
    return Problem(
        type=f"urn:filrouge:problem:{title.replace(' ', '-')}",
        title=title,
        status=status,
        detail=detail,
        errors=errors or [],
    )


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
    for status in (401, 403, 404, 409, 422)
}
"""The problems of an API route, for its OpenAPI description."""
