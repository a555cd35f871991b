"""What a Canvas site answers, page by page, and how its values are told.

Canvas says that it is busy with 403 (429 on newer sites) and "Rate Limit Exceeded"; a refused token is a 401.
Sources: developerdocs.instructure.com (throttling, pagination), github.com/instructure/canvas-lms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from data.errors import SourceError
from data.sources.http import Address, parsed
from data.sources.spool import Spool

A_PAGE = 100
QUOTA_WAIT = 5.0
"""Seconds after which an exhausted quota has filled enough to go on."""
Record = Mapping[str, Any]


class Ranks:
    """Counts records as they come, and gives each its rank, which stands for a line."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._last: dict[str, int] = {}

    def next(self, file: str) -> int:
        """Count one record of a file, and return its rank."""
        self._spool.seen(file)
        self._last[file] = self._last.get(file, 0) + 1
        return self._last[file]


def open_canvas(place: str, token: str, wait: Callable[[float], None]) -> Address:
    """Return the address of a site's API.

    Raises
    ------
    SourceError : there is no token, or the address is not accepted.
    """
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable():
        raise SourceError(
            "no token",
            accepted="an access token of Canvas",
            todo="put it in FILROUGE_CANVAS_TOKEN, or in a file: --secret-file FILE",
        )
    site = place.rstrip("/").removesuffix("/api/v1")
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json+canvas-string-ids"}
    return Address(f"{site}/api/v1", headers=headers, wait=wait, asked=asked_to_wait)


def asked_to_wait(answer: httpx.Response) -> float | None:
    """Return how long to wait when the quota is used up; None when the answer says nothing of it."""
    if answer.status_code != 403 or b"rate limit exceeded" not in answer.content[:1000].lower():
        return None
    told = answer.headers.get("retry-after", "")
    return float(told) if told.replace(".", "", 1).isdigit() else QUOTA_WAIT


def pages(site: Address, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Record]:
    """Yield the records of a list, from page to page by its `Link` headers.

    Raises
    ------
    SourceError : as `Address.get`; or an answer is no list.
    """
    asked: Mapping[str, Any] | None = {"per_page": A_PAGE, **(params or {})}
    met: set[str] = set()
    while path not in met:
        met.add(path)
        answer = site.get(path, asked)
        listed = parsed(answer)
        if not isinstance(listed, list):
            raise SourceError("the answer has another shape than Canvas's", where=path.split("?")[0].split("://")[-1],
                              todo="check that the address is the site's own")  # fmt: skip
        yield from (record for record in listed if isinstance(record, dict))
        path, asked = str(answer.links.get("next", {}).get("url", path)), None


def one(site: Address, path: str, params: Mapping[str, Any] | None = None) -> Record:
    """Return one record.

    Raises
    ------
    SourceError : as `Address.get`; or the answer is no object.
    """
    found = site.json(path, params)
    if not isinstance(found, dict):
        raise SourceError("the answer has another shape than Canvas's", where=path,
                          todo="check that the address is the site's own")  # fmt: skip
    return found


def key(told: object) -> str:
    """Return an identifier as text: Canvas tells the same one as a number here and as text there."""
    return str(told) if isinstance(told, str | int) and not isinstance(told, bool) else ""


def instant(told: object) -> datetime | None:
    """Return an instant of our time; None where nothing, or nothing readable, is said."""
    try:
        found = datetime.fromisoformat(str(told).replace("Z", "+00:00")) if told else None
    except ValueError:
        return None
    return found if found and found.tzinfo and 1900 <= found.year < 2200 else None


def day(told: object, zone: str) -> date | None:
    """Return the day of an instant in a time zone, or a day as it is written."""
    if isinstance(told, date) and not isinstance(told, datetime):
        return told
    found = told if isinstance(told, datetime) else instant(told)
    return found.astimezone(ZoneInfo(zone)).date() if found else None


def number(told: object) -> float | None:
    """Return a number; None for anything else."""
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else None
