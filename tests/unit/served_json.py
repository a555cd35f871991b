"""A local server that answers JSON as it is told, keeps what it was asked, and misbehaves on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request: its path, its parameters, its headers in small letters."""

    path: str
    params: Mapping[str, list[str]]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """One answer; `body` is sent as JSON, or as it is when it is bytes."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Rule = Callable[[Asked], Answer | None]
SOON = {"Retry-After": "0"}


@dataclass
class Served:
    """A running server: `base` is its address; `troubles` answer first, once each, where their path is met."""

    base: str = ""
    asked: list[Asked] = field(default_factory=list)
    troubles: list[tuple[str, Answer]] = field(default_factory=list)

    def paths(self) -> list[str]:
        """Return the paths asked for, in order."""
        return [asked.path for asked in self.asked]

    def trouble(self, path: str) -> Answer | None:
        """Take the first trouble that waits for a path."""
        for place, (where, answer) in enumerate(self.troubles):
            if path.startswith(where):
                del self.troubles[place]
                return answer
        return None


@contextmanager
def serve(rule: Rule) -> Iterator[Served]:
    """Yield a server on a free port of this machine; it is stopped at the end."""
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(parts.path, parse_qs(parts.query), headers)
            served.asked.append(asked)
            answer = served.trouble(parts.path) or rule(asked) or Answer({"errors": ["not found"]}, 404)
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            if "Content-Length" not in answer.headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = "Content-Length" in answer.headers

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    served.base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
