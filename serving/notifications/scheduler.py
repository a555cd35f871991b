"""Sends what is due every minute inside `filrouge serve`; stops cleanly, never in the middle of a message."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger("filrouge")

EVERY_SECONDS = 60.0


class Scheduler:
    """A thread that does one thing again and again until it is stopped.

    Parameters
    ----------
    tick : what is done; whatever it raises is written in the log by its class, and it is done again the next time.
    wait : waits between two times, and answers whether to stop; the tests give their own.
    stopping : set by `stop`; one's own, when what is done looks at it between two messages.
    """

    def __init__(
        self,
        tick: Callable[[], object],
        *,
        wait: Callable[[float], bool] | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self._tick = tick
        self._stopping = stopping or threading.Event()
        self._wait = wait or self._stopping.wait
        self._thread = threading.Thread(target=self.loop, name="filrouge-notify", daemon=True)

    def start(self) -> None:
        """Begin; the first time comes at once."""
        self._thread.start()

    def stop(self, seconds: float = 15.0) -> bool:
        """Ask to stop and wait for the message under way; return whether it has."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def loop(self) -> None:
        """Do it until stopped."""
        while not self._stopping.is_set():
            try:
                self._tick()
            except Exception as error:  # noqa: BLE001 - a database away for a minute must not end the sending for ever
                logger.error('{"event": "notify_failed", "error": "%s"}', type(error).__name__)
            if self._wait(EVERY_SECONDS):
                return
