"""Around every request: security headers, figures, a log line without personal data."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.metrics import Metrics

LOG = logging.getLogger("filrouge.access")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ARMOUR = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())
LASTING, NEVER = (b"cache-control", b"public, max-age=31536000, immutable"), (b"cache-control", b"no-store")
LARGEST_BODY = 256 * 1024
LARGEST_PUSH = 4 * 1024 * 1024
"""Bytes of a body of statements, records or rows to score."""
PUSHED = ("/xAPI/", "/api/v1/records", "/api/v1/scores")


class Shield:
    """Adds what each answer needs and writes down what happened, by route and role only.

    Parameters
    ----------
    failed : makes the answer to a fault of ours; the fault is raised again once it is sent.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, failed: Callable[[Request], Response]) -> None:
        self.app, self.metrics, self.failed = app, metrics, failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, seen = time.perf_counter(), {"status": 0}

        async def armed(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                _arm(scope, message)
            await send(message)

        try:
            largest = LARGEST_PUSH if scope["path"].startswith(PUSHED) else LARGEST_BODY
            await self.app(scope, limited(receive, largest), armed)
        except Exception:
            if not seen["status"]:
                await self.failed(Request(scope, receive))(scope, receive, armed)
            raise
        finally:
            self._write_down(scope, seen["status"] or 500, time.perf_counter() - start)

    def _write_down(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        self.metrics.observe(scope["method"], route, status, seconds)
        if not LOG.isEnabledFor(logging.INFO):
            return
        person = scope.get("state", {}).get("person")
        line: dict[str, Any] = {
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(1000 * seconds, 1),
            "role": person.role if person else None,
        }
        LOG.info(json.dumps(line))


def limited(receive: Receive, largest: int = LARGEST_BODY) -> Receive:
    """Refuse a body that no form of ours needs, as soon as it is too large (413)."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > largest:
            raise HTTPException(413)
        return message

    return counted


def route_of(scope: Scope) -> str:
    """Return the template of the route that answered, never the address asked for."""
    return getattr(scope.get("route"), "path", "") or ("/static" if scope["path"].startswith("/static/") else "none")


def _arm(scope: Scope, message: Message) -> None:
    given = {name.lower() for name, _ in message["headers"]}
    kept = LASTING if scope["path"].startswith("/static/") else NEVER
    message["headers"] = [*message["headers"], *(one for one in (*ARMOUR, kept) if one[0] not in given)]
