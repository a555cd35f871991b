"""xAPI statements, from files or from any learning record store.

A store is read from where the last import stopped, and a stretch before it again: stores filter `since` on different
clocks (Ralph on when it was done, others on when it was stored), so that a statement that arrived late would be
missed by who asks for the newest only.
"""

from __future__ import annotations

import base64
import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from data.errors import SourceError
from data.sources.base import Clock, Request
from data.sources.http import Address, parsed
from data.sources.spelling import refuse_unknown
from data.sources.spool import Spool, refuse_nothing
from data.sources.xapi_files import files_of, may_hold, records
from data.sources.xapi_index import Index, Intake
from data.sources.xapi_rows import Reading, Sessions
from data.sources.xapi_statements import VERSION, VOIDED, UnfitError, check, instant, voids

OPTIONS = ("sessions", "session_pattern", "session_extension", "people", "overlap_hours", "page_size")
OVERLAP_HOURS = "48"
PAGE_SIZE = "500"
IN_CIRCLES = 50
"""Pages in a row that bring nothing new, after which a store is not believed."""
FETCHED = "GET /statements"


class Xapi:
    """Reads xAPI statements."""

    name = system = "xapi"
    any_text = False

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return the files of statements; none for a store."""
        if _is_address(request.place):
            return {}
        if request.place == "received":
            raise SourceError("what was pushed is in the work database", where="received",
                              todo="import it with `filrouge import received`")  # fmt: skip
        return files_of(request.place)

    def read(self, request: Request, spool: Spool) -> Mapping[str, object]:
        """Fill the spool; return where the next import from this store goes on from."""
        reading = _reading(request.options)
        with Index(request.spool / "statements.db") as index:
            intake = Intake(index, spool, reading)
            if _is_address(request.place):
                return _pull(request, intake)
            found = files_of(request.place)
            _read_files(request, found, intake)
            intake.finish()
            refuse_nothing(intake.n, request.place)
            return {}


def _is_address(place: str) -> bool:
    return place.startswith(("https://", "http://"))


def _read_files(request: Request, found: Mapping[str, Path], intake: Intake) -> None:
    for name, path in found.items():
        if may_hold(path, b"voided"):
            intake.foresee(_voided(record.value for record in records(path)), name)
    for done, (name, path) in enumerate(found.items()):
        request.report("reading", done, len(found))
        for record in records(path):
            intake.take(name, record.line, record.value, record.fault)
    request.report("reading", len(found), len(found))


def _voided(values: Iterator[object]) -> Iterator[str]:
    """Yield the ids that voiding statements take back."""
    for value in values:
        try:
            target = voids(check(value))
        except UnfitError:
            continue  # `take` sets it aside with its reason
        if target:
            yield target


def _pull(request: Request, intake: Intake) -> Mapping[str, object]:
    """Read a store from where the last import stopped, less the overlap."""
    since = _since(request)
    params = {"ascending": "true", "limit": str(_whole(request.options, "page_size", PAGE_SIZE)), **since}
    with Address(request.place, headers=_headers(request.secret)) as store:
        for _, page in _pages(store, {**params, "verb": VOIDED}):
            intake.foresee(_voided(iter(page)), FETCHED)
        settled, last = "", request.cursor.get("stored", "")
        for answer, page in _pages(store, params):
            settled = settled or answer.headers.get("X-Experience-API-Consistent-Through", "")
            last = max(last, _take_page(page, intake, request.clock))
            request.report("statements", intake.n, intake.n)
    intake.finish()
    if not since:
        refuse_nothing(intake.n, request.place)
    return {"place": request.place, "stored": _not_after(last, settled)} if last else {}


def _take_page(page: list[Any], intake: Intake, clock: Clock) -> str:
    """Take a page in, and return the latest instant at which the store stored one of its statements."""
    last = ""
    for statement in page:
        intake.take(FETCHED, intake.n + 1, statement)
        told = statement.get("stored") or statement.get("timestamp") if isinstance(statement, dict) else None
        try:
            stored = instant(told, "stored").astimezone(UTC)
        except (UnfitError, OverflowError):
            continue  # set aside by `take`, or without an instant: nothing to go on from
        if stored.date() <= clock.latest + timedelta(days=1):
            last = max(last, _written(stored))
    return last


def _pages(store: Address, params: Mapping[str, str]) -> Iterator[tuple[httpx.Response, list[Any]]]:
    """Yield the pages of a list of statements, following `more` on the same host only."""
    path, query, asked, known, idle = "statements", dict(params) or None, set[str](), set[str](), 0
    while path:
        answer = store.get(path, query)
        page, more = _page_of(answer)
        fresh = {one.get("id") for one in page if isinstance(one, dict)} - known
        idle = 0 if fresh else idle + 1
        known = {one for one in fresh if isinstance(one, str)} or known
        if more in asked or idle > IN_CIRCLES:
            raise SourceError("the service repeats its pages", where=_place(answer), todo="tell its maintainers")
        asked.add(more)
        yield answer, page
        path, query = urljoin(f"{store.base}/statements", more) if more else "", None


def _page_of(answer: httpx.Response) -> tuple[list[Any], str]:
    body = parsed(answer)
    page, more = (body.get("statements"), body.get("more") or "") if isinstance(body, dict) else (None, "")
    if not isinstance(page, list) or not isinstance(more, str):
        raise SourceError("the answer is not a page of statements", where=_place(answer),
                          accepted="the address of an xAPI endpoint, as in https://…/xAPI")  # fmt: skip
    return page, more


def _place(answer: httpx.Response) -> str:
    return f"{answer.url.scheme}://{answer.url.netloc.decode().rpartition('@')[2]}{answer.url.path}"


def _since(request: Request) -> dict[str, str]:
    hours = _hours(request.options)
    stored = request.cursor.get("stored")
    if not stored:
        return {}
    start = instant(stored, "stored") - timedelta(hours=hours) - timedelta(seconds=1)
    return {"since": _written(start)}


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _not_after(last: str, settled: str) -> str:
    """Return where to go on from: not after the instant through which the store vouches for what it gave."""
    try:
        return min(last, _written(instant(settled, "header"))) if settled else last
    except UnfitError:
        return last  # a header nobody can read vouches for nothing; the overlap still covers


def _headers(secret: str) -> dict[str, str]:
    headers = {"X-Experience-API-Version": VERSION, "Accept": "application/json"}
    if secret:
        token, basic = secret.removeprefix("Bearer "), base64.b64encode(secret.encode()).decode()
        bearer = secret.startswith("Bearer ") or ":" not in secret
        headers["Authorization"] = f"Bearer {token}" if bearer else f"Basic {basic}"
    return headers


def _reading(options: Mapping[str, str]) -> Reading:
    refuse_unknown("xapi", options, OPTIONS)
    _hours(options)
    system, _, home_page = options.get("people", "").partition("@")
    codes = _codes(Path(options["sessions"])) if "sessions" in options else {}
    sessions = Sessions(codes, _pattern(options.get("session_pattern", "")), options.get("session_extension", ""))
    return Reading(sessions, system, home_page.rstrip("/"))


def _pattern(told: str) -> re.Pattern[str] | None:
    try:
        pattern = re.compile(told) if told else None
    except re.error as error:
        raise SourceError("not a regular expression", where="--set session_pattern") from error
    if pattern is not None and pattern.groups < 1:
        raise SourceError("the pattern has no group", where="--set session_pattern", accepted=r"as in course/(\w+)")
    return pattern


def _codes(path: Path) -> dict[str, str]:
    """Return the session of each IRI, from a TOML or JSON file."""
    try:
        text = path.expanduser().read_text(encoding="utf-8-sig")
        told = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise SourceError("the file of sessions cannot be read", where=f"--sessions {path}",
                          accepted='TOML or JSON: "IRI" = "session"') from error  # fmt: skip
    if not isinstance(told, dict) or not all(isinstance(code, str) for code in told.values()):
        raise SourceError(
            "not a list of sessions",
            where=f"--sessions {path}",
            accepted='"IRI" = "session", one a line',
        )
    return told


def _hours(options: Mapping[str, str]) -> float:
    told = options.get("overlap_hours", OVERLAP_HOURS)
    try:
        hours = float(told)
    except ValueError:
        hours = math.nan
    if not 0 <= hours <= 24 * 366:
        raise SourceError("not a number of hours", where="--overlap-hours", accepted="0 to 8784")
    return hours


def _whole(options: Mapping[str, str], name: str, usual: str) -> int:
    told = options.get(name, usual)
    if not told.isascii() or not told.isdigit() or not 1 <= int(told) <= 10_000:
        raise SourceError("not a number of statements", where=f"--set {name}", accepted="1 to 10000")
    return int(told)
