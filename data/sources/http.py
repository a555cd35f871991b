"""Reading from an address: tried again when the other side is busy, never sending a token to another host.

What a server says wrong is told by its status and address, without what was asked or answered: both may hold a
person's data.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from data.errors import SourceError

ATTEMPTS = 6
TIMEOUT = 60.0
LONGEST_WAIT = 120.0
LARGEST = 256 << 20
"""Bytes of one answer; a page of a well-behaved service is far below."""
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})


class AnswerError(SourceError):
    """A service answers with an error; `status` says which, for a caller that can do without the answer."""

    def __init__(self, status: int, what: str, *, where: str, todo: str) -> None:
        super().__init__(what, where=where, todo=todo)
        self.status = status


class Address:
    """A service read over HTTP: one connection, its headers, and its patience.

    Parameters
    ----------
    base : where paths start from. Without TLS only this machine is accepted, since a token goes with every request.
    headers : sent with every request; they may hold the token.
    wait : how to wait, in seconds; a test gives its own.
    asked : how long this service's answer asks to wait, where it has a manner of its own to say that it is
        busy; None when the answer does not say so.
    """

    def __init__(
        self,
        base: str,
        *,
        headers: Mapping[str, str] | None = None,
        wait: Callable[[float], None] = time.sleep,
        asked: Callable[[httpx.Response], float | None] = lambda _: None,
    ) -> None:
        self.base = base.rstrip("/")
        self._host = _host(self.base)
        self._wait, self._asked = wait, asked
        self._client = httpx.Client(headers=dict(headers or {}), timeout=TIMEOUT, follow_redirects=False)

    def __enter__(self) -> Address:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> httpx.Response:
        """Return the answer to a GET; `path` may be a whole address of the same host.

        Raises
        ------
        SourceError : it cannot be reached, refuses, keeps being busy, or answers too much.
        """
        return self.send("GET", path, params=params)

    def post(self, path: str, data: Mapping[str, Any]) -> httpx.Response:
        """Return the answer to a POST of a form; as `get`."""
        return self.send("POST", path, data=data)

    def send(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Return the answer to a request, tried again while the other side is busy; as `get`."""
        url = self._url(path)
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._once(method, url, last=attempt == ATTEMPTS, **given)
            asked = self._asked(answer) if answer is not None else None
            if answer is not None and asked is None and answer.status_code not in BUSY:
                return self._checked(answer)
            if answer is not None and attempt == ATTEMPTS:
                raise SourceError(f"the service stays busy (HTTP {answer.status_code})", where=_told(url),
                                  todo="try again later")  # fmt: skip
            self._wait(_patience(answer, attempt) if asked is None else min(asked, LONGEST_WAIT))
        raise AssertionError("the last attempt answers or raises")

    def json(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON of the answer to a GET; as `get`."""
        return parsed(self.get(path, params))

    def _once(self, method: str, url: str, *, last: bool, **given: Any) -> httpx.Response | None:
        """Return one answer; None when nothing came and there is another try."""
        try:
            with self._client.stream(method, url, **given) as answer:
                _read_bounded(answer)
                return answer
        except httpx.TransportError as error:
            if last:
                raise SourceError(
                    "the service cannot be reached", where=_told(url), todo="check its address"
                ) from error
            return None

    def _url(self, path: str) -> str:
        """Return a whole address; one of another host is refused, since the token would go there."""
        if "://" not in path:
            return f"{self.base}/{path.lstrip('/')}"
        if _host(path) != self._host:
            raise SourceError("the service points to another host", where=_told(path), accepted=_told(self.base))
        return path

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        status = answer.status_code
        where = f"{_told(str(answer.url))}, HTTP {status}"
        if status in {401, 403}:
            raise AnswerError(status, "the service refuses the token", where=where,
                              todo="check the token and its rights")  # fmt: skip
        if answer.is_redirect:
            raise AnswerError(status, "the service has moved", where=where, todo="give its final address")
        if answer.is_error:
            raise AnswerError(status, "the service does not answer as expected", where=where,
                              todo="check the address")  # fmt: skip
        return answer


def parsed(answer: httpx.Response) -> Any:
    """Return the JSON of an answer.

    Raises
    ------
    SourceError : it is not JSON.
    """
    try:
        return answer.json()
    except ValueError as error:
        raise SourceError("the answer is not JSON", where=_told(str(answer.url)), todo="check the address") from error


def _read_bounded(answer: httpx.Response) -> None:
    """Read an answer whole, unless it is larger than any page should be."""
    read = bytearray()
    for chunk in answer.iter_bytes():
        read += chunk
        if len(read) > LARGEST:
            raise SourceError("the answer is too large", where=_told(str(answer.url)), accepted=f"{LARGEST >> 20} MB")
    answer._content = bytes(read)


def _patience(answer: httpx.Response | None, attempt: int) -> float:
    """Return how long to wait: what the service asks, or twice as long each time."""
    asked = answer.headers.get("retry-after", "") if answer is not None else ""
    wait = float(asked) if asked.replace(".", "", 1).isdigit() else 0.5 * 2**attempt
    return min(wait, LONGEST_WAIT)


def _host(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SourceError("not an address", where=_told(url), accepted="https://…")
    if parts.scheme == "http" and parts.hostname not in LOCAL:
        raise SourceError("the address is not protected", where=_told(url), accepted="https://…")
    return parts.scheme, parts.hostname, parts.port


def _told(url: str) -> str:
    """Return an address fit for a message: without user, password, query or fragment."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}" if parts.hostname else "the address given"
