"""The same request again and again on a few connections kept open, in a process of its own.

`python -m tests.bench.load HOST:PORT FILE CONNECTIONS SECONDS` sends what FILE holds and prints one JSON object;
`python -m tests.bench.load answer` answers always the same, to tell how fast this can ask.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from pathlib import Path
from typing import Any

WARM_SECONDS = 0.5
LONGEST_WAIT = 60.0
FEWEST = 50
"""Answers without which no share of them says anything: a slow server is asked for longer."""
FIXED = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


class Caller:
    """One connection: the request under way, and what came back of its answer."""

    def __init__(self, address: str, request: bytes) -> None:
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=LONGEST_WAIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request, self.left, self.wanted = request, 0.0, 0
        self.came = bytearray()

    def ask(self) -> None:
        """Send the request."""
        self.came.clear()
        self.wanted, self.left = 0, time.perf_counter()
        self.socket.sendall(self.request)

    def whole(self) -> bool:
        """Read what came, and say whether the answer is whole.

        Raises
        ------
        ConnectionError : the server ended the connection, or refused.
        """
        told = self.socket.recv(65_536)
        if not told:
            raise ConnectionError("the server ended the connection")
        self.came += told
        if not self.wanted and b"\r\n\r\n" in self.came:
            head = bytes(self.came).split(b"\r\n\r\n")[0]
            if b" 200 " not in head.split(b"\r\n")[0]:
                raise ConnectionError(head.split(b"\r\n")[0].decode())
            self.wanted = len(head) + 4 + int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return bool(self.wanted) and len(self.came) >= self.wanted


def drive(address: str, request: bytes, connections: int, seconds: float) -> dict[str, Any]:
    """Ask for some seconds, and return how many answers came and how long they took; the first moments do not count."""
    callers = {one.socket.fileno(): one for one in (Caller(address, request) for _ in range(connections))}
    poll = select.epoll()
    for number, caller in callers.items():
        poll.register(number, select.EPOLLIN)
        caller.ask()
    start = time.perf_counter() + WARM_SECONDS
    end, last, took = start + seconds, start + LONGEST_WAIT, list[float]()
    while (now := time.perf_counter()) < (end if len(took) >= FEWEST else last):
        for number, _ in poll.poll(max(end - now, 0.01)):
            caller = callers[number]
            if caller.whole():
                if caller.left >= start:
                    took.append(time.perf_counter() - caller.left)
                caller.ask()
    spent = time.perf_counter() - start
    for caller in callers.values():
        caller.socket.close()
    took.sort()
    return {
        "answers": len(took),
        "per_second": len(took) / spent,
        "p50": _share(took, 0.5),
        "p99": _share(took, 0.99),
    }


def _share(took: list[float], share: float) -> float:
    return took[min(len(took) - 1, int(share * len(took)))] if took else float("nan")


def _answered(caller: socket.socket) -> bool:
    """Answer what came; False when the caller is gone."""
    try:
        told = caller.recv(65_536)
        if told:
            caller.sendall(FIXED)
    except ConnectionError:
        return False
    return bool(told)


def answer() -> None:
    """Answer every request the same, until stopped; the port is printed first."""
    opened = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(opened.getsockname()[1], flush=True)  # noqa: T201
    poll, held = select.epoll(), {opened.fileno(): opened}
    poll.register(opened.fileno(), select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            if number == opened.fileno():
                made, _ = opened.accept()
                held[made.fileno()] = made
                poll.register(made.fileno(), select.EPOLLIN)
            elif not _answered(held[number]):
                poll.unregister(number)
                held.pop(number).close()


if __name__ == "__main__":
    if sys.argv[1] == "answer":
        answer()
    else:
        where, file, n, wait = sys.argv[1:]
        print(json.dumps(drive(where, Path(file).read_bytes(), int(n), float(wait))))  # noqa: T201
