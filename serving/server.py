"""Runs the application: one process, one socket, a graceful end."""

from __future__ import annotations

import errno
import logging
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

from data.errors import FilrougeError
from serving.app import create_app
from serving.database import Database
from serving.language import Speech
from serving.live.worker import running
from serving.notifications import outbox
from serving.notifications.delivery import NetworkSender
from serving.notifications.outbox import Office
from serving.notifications.scheduler import Scheduler
from serving.problems import NotReadyError
from serving.scoring.kept import KeptScorer
from serving.settings import Settings
from serving.site import Site
from serving.stream.policy import Streams
from serving.tokens import repository as tokens

if TYPE_CHECKING:
    from serving.daily.schedule import Mornings

GRACE_SECONDS = 10
SCORES = "scores:write"
"""Scope of the tokens of programs that ask for scores."""


class ServeError(FilrougeError):
    """The server cannot listen."""

    exit_code = 7


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises
    ------
    ServeError : the port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(128)
    except OSError as error:
        opened.close()
        taken = error.errno == errno.EADDRINUSE
        raise ServeError(
            "the port is already in use" if taken else "the server cannot listen there",
            where=f"{host}:{port}",
            todo="choose another port (--port, or PORT= with make run)" if taken else "choose another --host or --port",
        ) from None
    return opened


class EndingServer(uvicorn.Server):
    """A server that ends its event streams before it waits for the requests under way.

    Parameters
    ----------
    streams : the streams of the application (`app.state.streams`).
    """

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self.streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what is open, streams first."""
        self.streams.close()
        await super().shutdown(sockets)


def warm_up(site: Site, scorer: KeptScorer) -> None:
    """Draw an empty picture, and load the model where a program may ask for scores, so that nobody waits for them."""
    site.pictures.draw([], [], Speech(site.settings.language, site.languages.zone))
    with site.database.read() as session:
        asked = tokens.any_with(session, SCORES)
    if asked:
        with suppress(NotReadyError):
            scorer.load()


def run(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    log: bool = False,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until interrupted; requests under way are finished first.

    Parameters
    ----------
    ready : called with the address once the server is about to answer.

    Raises
    ------
    ServeError : the server cannot listen.
    """
    opened = listen(host, port)
    _prepare_log(visible=log)
    app = create_app(settings)
    threading.Thread(target=warm_up, args=(app.state.site, app.state.scorer), daemon=True).start()
    scheduler, mornings = _scheduler(app.state.site), _mornings(app.state.site)
    config = uvicorn.Config(
        app, access_log=False, log_level="warning", server_header=False, timeout_graceful_shutdown=GRACE_SECONDS
    )
    name = f"[{host}]" if ":" in host else host
    if ready:
        ready(f"http://{name}:{opened.getsockname()[1]}")
    try:
        with running(app.state.site, seconds=GRACE_SECONDS):
            EndingServer(config, app.state.streams).run(sockets=[opened])
    except KeyboardInterrupt:
        return
    finally:
        for one in (mornings, scheduler):
            if one:
                one.stop()
        opened.close()


def _scheduler(site: Site) -> Scheduler | None:
    """Start what sends the messages that are due; None when the settings leave that to `filrouge notify send`."""
    if not site.settings.notify:
        return None
    office = Office(Database(site.settings.database), site.settings, NetworkSender(site.settings), site.clock.now)
    stopping = threading.Event()
    scheduler = Scheduler(partial(outbox.run, office, stopping=stopping.is_set), stopping=stopping)
    scheduler.start()
    return scheduler


def _mornings(site: Site) -> Mornings | None:
    """Start what starts the daily run; None when the settings leave that to cron."""
    if site.settings.daily_hour is None:
        return None
    from serving.daily.schedule import begin

    return begin(site)


def _prepare_log(*, visible: bool) -> None:
    logger = logging.getLogger("filrouge")
    logger.setLevel(logging.INFO if visible else logging.ERROR)
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
        logger.propagate = False
