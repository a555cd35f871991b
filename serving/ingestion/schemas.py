"""What a push holds: one statement or several, each fit to be stored; what is refused is named, never repeated."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from data.errors import FilrougeError
from data.sources.xapi_files import decoded
from data.sources.xapi_statements import UnfitError, check_strictly, uuid


class BadRequestError(FilrougeError):
    """A request that the standard bids a store to refuse."""

    http_status = 400


class PreconditionError(FilrougeError):
    """The statement is not in the state that the request wants."""

    http_status = 412


def statements_of(content: bytes, content_type: str) -> list[dict[str, Any]]:
    """Return the statements of a body, each with its id.

    Raises
    ------
    BadRequestError : the body is no JSON, or a statement is not what the standard says, or an id comes twice.
    """
    value = _json(content, content_type)
    given = value if isinstance(value, list) else [value]
    found = [_accepted(one, f"statements[{rank}]" if len(given) > 1 else "") for rank, one in enumerate(given)]
    if len({one["id"] for one in found}) < len(found):
        raise BadRequestError("two statements have the same id", accepted="one statement an id")
    return found


def statement_of(content: bytes, content_type: str, wanted: str) -> dict[str, Any]:
    """Return the one statement of a body, under the id of the address.

    Raises
    ------
    BadRequestError : as `statements_of`; or the statement says that it has another id.
    """
    value = _json(content, content_type)
    if isinstance(value, list):
        raise BadRequestError("a PUT holds one statement", accepted="one JSON object")
    statement = _accepted({"id": wanted, **value} if isinstance(value, dict) else value, "")
    if statement["id"] != wanted:
        raise BadRequestError("the statement has another id", where="id", accepted="the statementId of the address")
    return statement


def _json(content: bytes, content_type: str) -> Any:
    if content_type.partition(";")[0].strip().casefold() != "application/json":
        raise BadRequestError("the content type is not read here", accepted="application/json, without attachments")
    read = decoded(content)
    if read.fault:
        raise BadRequestError("the body cannot be read", where=read.fault, accepted="JSON")
    return read.value


def statement_id(told: str | None) -> str:
    """Return the `statementId` of a request, in small letters.

    Raises
    ------
    BadRequestError : it is missing or is no UUID.
    """
    try:
        return uuid(told, "statementId")
    except UnfitError as unfit:
        raise BadRequestError(unfit.reason, where=unfit.column, accepted="the UUID of one statement") from None


def _accepted(value: object, where: str) -> dict[str, Any]:
    try:
        statement = dict(check_strictly(value))
    except UnfitError as unfit:
        place = ".".join(part for part in (where, unfit.column) if part)
        raise BadRequestError(unfit.reason, where=place, todo="see xAPI 1.0.3, Part Two") from None
    statement["id"] = statement["id"].lower() if "id" in statement else str(uuid4())
    return statement


def written(statement: dict[str, Any]) -> str:
    """Return a statement as it is kept."""
    return json.dumps(statement, ensure_ascii=False, separators=(",", ":"))
