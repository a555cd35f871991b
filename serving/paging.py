"""Pages of a list by an opaque cursor: the one that ends a page begins the next, whatever was added meanwhile."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from serving.problems import RefusedError

LARGEST = 2**63 - 1
_KIND = "c1:"


def cursor(after: int) -> str:
    """Return the cursor that goes on after an id; what it holds may change, so programs only hand it back.

    >>> position(cursor(42))
    42
    """
    return base64.urlsafe_b64encode(f"{_KIND}{after}".encode()).decode().rstrip("=")


def position(text: str) -> int:
    """Return the id that a cursor goes on after; 0 without one.

    Raises
    ------
    RefusedError : it is not a cursor of ours.
    """
    if not text:
        return 0
    try:
        told = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        told = ""
    number = told.removeprefix(_KIND)
    if told == number or not number.isdecimal() or int(number) > LARGEST or cursor(int(number)) != text:
        raise RefusedError("the cursor is not one of ours", where="after", accepted="the `next` of a page before")
    return int(number)


def _after(
    after: Annotated[str, Query(max_length=60, description="the `next` of the page before; none: the first page")] = "",
) -> int:
    return position(after)


After = Annotated[int, Depends(_after)]
"""The id after which a page begins, from the query's cursor."""


def link(request: Request, response: Response, after: int | None) -> str | None:
    """Return the cursor of the next page, None at the end, and say its address in the `Link` header (RFC 8288)."""
    if after is None:
        return None
    address = request.url.include_query_params(after=cursor(after))
    response.headers["Link"] = f'<{address.path}?{address.query}>; rel="next"'
    return cursor(after)
