"""Turns every failure into its answer: a problem for programs, a page for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from data.errors import FilrougeError
from serving import pages
from serving.answers.service import AnsweredBeforeError
from serving.problems import (
    ChangedError,
    ConflictError,
    Refusal,
    TokenError,
    for_programs,
    problem,
    refusals,
    respond,
)

logger = logging.getLogger("filrouge")
RETRY_AFTER = 5
"""Seconds after which to ask a database that was away again."""


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(FilrougeError, _ours)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_exception_handler(AnsweredBeforeError, _again)
    app.add_exception_handler(DataError, _unfit)
    app.add_exception_handler(OperationalError, _away)
    app.add_exception_handler(HTTPException, _standard)


def answer(
    request: Request,
    status: int,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
    *,
    said: str = "",
    slug: str = "",
    errors: list[Refusal] | None = None,
) -> Response:
    """Return a failure as a problem or as a page.

    Parameters
    ----------
    said : what the page says of it, when it is a message of ours.
    slug : name of the problem, when it has one of its own.
    errors : the values refused, for programs.
    """
    if for_programs(request):
        return respond(problem(status, detail, errors, slug=slug), dict(headers or {}))
    person = getattr(request.state, "person", None)
    sent = request.method != "GET"
    shown = 409 if status == 412 else status  # a page says of both that somebody else changed the thing
    page = pages.render(request, "failure.html", person=person, status=status, failure=shown, said=said, sent=sent)
    page.headers.update(headers or {})
    return page


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, FilrougeError)  # noqa: S101 - registered for this class only
    if error.http_status == 401 and not for_programs(request):
        return RedirectResponse(pages.sign_in_address(request), 303)
    told = isinstance(error, ConflictError) and not isinstance(error, ChangedError)
    slug, said = getattr(error, "slug", ""), error.what if told else ""
    refused: list[Refusal] | None = getattr(error, "refusals", None)
    return answer(request, error.http_status, error.line(), _headers(error), said=said, slug=slug, errors=refused)


def _headers(error: FilrougeError) -> dict[str, str]:
    if isinstance(error, TokenError):
        return {"WWW-Authenticate": 'Bearer realm="Filrouge", error="invalid_token"'}
    wait: int | None = getattr(error, "retry_after", None)
    return {} if wait is None else {"Retry-After": str(wait)}


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    if not for_programs(request):
        return answer(request, 422)
    return respond(problem(422, "some values are not accepted", refusals(list(error.errors()))))


def _again(request: Request, error: Exception) -> Response:  # noqa: ARG001 - a handler's shape
    assert isinstance(error, AnsweredBeforeError)  # noqa: S101 - registered for this class only
    return error.response


def _unfit(request: Request, error: Exception) -> Response:  # noqa: ARG001 - it may repeat the value
    """Refuse what the database cannot hold: PostgreSQL keeps no NUL in a text, as SQLite does."""
    return answer(request, 422, "a value cannot be kept by the database")


def _away(request: Request, error: Exception) -> Response:
    """Ask to try again when the database is away, or gave up on one of two steps that waited for each other."""
    assert isinstance(error, OperationalError)  # noqa: S101 - registered for this class only
    logger.error('{"event": "database_away", "error": "%s"}', type(error.orig).__name__)
    headers = {"Retry-After": str(RETRY_AFTER)}
    return answer(request, 503, "the database is away or busy; nothing was recorded", headers, slug="database-away")


def _standard(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    return answer(request, error.status_code, headers=error.headers)


def unexpected(request: Request) -> Response:
    """Return the answer to a fault of ours; the shield sends it, so that it is armed as any other."""
    return answer(request, 500)
