"""The one worker that takes what waits: a thread of the server, or a command; one a home, however many servers."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from data.errors import FilrougeError
from data.home import Home
from serving.clock import Clock
from serving.database import Database
from serving.live import service
from serving.live.refresh import Refresher
from serving.settings import Settings
from serving.site import Site

LOG = logging.getLogger("filrouge.live")
LOCK = ".live.lock"
TRIES = 3
"""Times a group is tried before it is left for the next start."""
PATIENCE = 10.0
"""Seconds a server that is not the one at work waits before it asks again; and after a failure."""


@contextmanager
def at_work(home: Home) -> Iterator[bool]:
    """Yield whether this process is the one that takes what waits; freed even when it is killed."""
    handle = os.open(home.root / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(handle)


def once(parts: service.Parts) -> service.Pass:
    """Finish what was left, then take everything that waits; return what was done in all."""
    held = touched = refreshed = 0
    for mark in service.unfinished(parts.database):
        service.finish(parts, mark)
    while (done := service.take(parts)).held:
        held, touched, refreshed = held + done.held, touched + done.touched, refreshed + done.refreshed
    return service.Pass(held, touched, refreshed)


@contextmanager
def running(site: Site, *, seconds: float) -> Iterator[None]:
    """Have the worker of a server at work inside the block, unless it is off; it then has some seconds to end."""
    if not site.settings.live:
        yield
        return
    worker = Worker(site.settings.folder, site.database, site.clock, site.settings)
    worker.start()
    try:
        yield
    finally:
        worker.stop(seconds)


class Worker:
    """Takes what waits, from `start` to `stop`, in a thread of its own."""

    def __init__(self, home: Home, database: Database, clock: Clock, settings: Settings) -> None:
        self._parts = service.Parts(home, database, clock, settings, Refresher(home, settings.rules))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Let the pass under way end, for some seconds at most: what it leaves is finished by the next start."""
        self._stopped.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopped.is_set():
            with at_work(self._parts.home) as mine:
                if mine:
                    self._work()
            self._stopped.wait(PATIENCE)

    def _work(self) -> None:
        """Take what waits until stopped."""
        if service.has_programs(self._parts.database):
            service.warm_up(self._parts)
        tries = dict.fromkeys(service.unfinished(self._parts.database), 0)
        while not self._stopped.is_set():
            if not self._turn(tries):
                self._stopped.wait(self._parts.settings.live_seconds)

    def _turn(self, tries: dict[str, int]) -> bool:
        """Finish one group that was left, or take what waits; say whether there was any.

        A group that fails is tried again, then left for the next start.
        """
        left = next((mark for mark, n in tries.items() if n < TRIES), None)
        try:
            if left is not None:
                service.finish(self._parts, left)
                tries.pop(left)
            elif not service.waits(self._parts.database):
                return False
            else:
                start = time.perf_counter()
                done = service.take(self._parts)
                LOG.info("live: %d taken, %d touched, %d refreshed, %.2f s", done.held, done.touched, done.refreshed,
                         time.perf_counter() - start)  # fmt: skip
        except Exception as error:  # noqa: BLE001 - the worker outlives whatever one group holds
            LOG.error("live: %s", error.what if isinstance(error, FilrougeError) else type(error).__name__)
            self._count(tries, left)
            self._stopped.wait(1)
        return True

    def _count(self, tries: dict[str, int], left: str | None) -> None:
        """Count a failure: of the group that was being finished, or of the one just taken."""
        if left is not None:
            tries[left] += 1
            return
        for mark in service.unfinished(self._parts.database):
            tries.setdefault(mark, 1)
