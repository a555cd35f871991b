"""A learning record store on this machine, for tests: statements by pages, its filters, and its ways to go wrong."""

from __future__ import annotations

import base64
import json
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit


class Served:
    """A store; `clock` is what its `since` filters on, `trap` what goes wrong after the first page."""

    def __init__(self, secret: str) -> None:
        self.secret, self.statements, self.asked = secret, list[dict[str, Any]](), list[Any]()
        self.clock, self.through, self.trap, self.busy = "stored", "", "", list[tuple[int, str | None]]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:  # noqa: N805 - the library's name; `self` is the store
                self.answer(handler)

            def log_message(handler, *_: object) -> None:  # noqa: N805
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/xAPI"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Served:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        self.asked.append(handler)
        query = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        if self.busy:
            status, after = self.busy.pop(0)
            return _send(handler, status, b"", {"Retry-After": after} if after else {})
        if not self._knows(handler.headers.get("Authorization", "")):
            return _send(handler, 401, b"{}")
        if "verb" not in query and self._goes_wrong(handler, query):
            return None
        more, page = self._page(query)
        body = json.dumps({"statements": page, **({"more": more} if more else {})}).encode()
        headers = {"X-Experience-API-Consistent-Through": self.through} if self.through else {}
        return _send(handler, 200, body, {"Content-Type": "application/json", **headers})

    def _knows(self, given: str) -> bool:
        basic = "Basic " + base64.b64encode(self.secret.encode()).decode()
        return given in (basic, f"Bearer {self.secret}")

    def _page(self, query: dict[str, str]) -> tuple[str, list[dict[str, Any]]]:
        found = [one for one in self.statements if query.get("verb", one["verb"]["id"]) == one["verb"]["id"]]
        if "since" in query:
            since = datetime.fromisoformat(query["since"])
            found = [one for one in found if datetime.fromisoformat(one[self.clock]) > since]
        start, size = int(query.get("start", "0")), int(query.get("limit", "100"))
        rest = urlencode({**query, "start": start + size})
        return (f"/xAPI/statements?{rest}" if start + size < len(found) else ""), found[start : start + size]

    def _goes_wrong(self, handler: BaseHTTPRequestHandler, query: dict[str, str]) -> bool:
        first = [{**one} for one in self.statements[:1]]
        n = len(self.asked)
        more = {"loop": "/xAPI/statements?page=2", "circles": f"/xAPI/statements?n={n}",
                "elsewhere": "https://elsewhere.example/xAPI/statements?page=2"}  # fmt: skip
        if self.trap in more:
            _send(handler, 200, json.dumps({"statements": first, "more": more[self.trap]}).encode())
        elif self.trap and self.trap != "empty" and "start" in query:
            bad = {"html": (200, b"<html>"), "list": (200, b"[]"), "fails": (500, b""), "gone": (404, b""),
                   "redirect": (302, b"")}[self.trap]  # fmt: skip
            _send(handler, bad[0], bad[1], {"Location": "https://elsewhere.example/"} if bad[0] == 302 else {})
        else:
            return False
        return True


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
