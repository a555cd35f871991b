"""A site behind a real server, on a free port of this machine."""

import socket
import threading
import time
from contextlib import contextmanager

import uvicorn

from serving.app import create_app


@contextmanager
def served(site):
    """Serve a site for as long as the block runs, and give its address."""
    opened = socket.socket()
    opened.bind(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(site.settings, site=site), log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{opened.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    opened.close()
