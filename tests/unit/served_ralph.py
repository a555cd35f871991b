"""Ralph, the learning record store of France Université Numérique, started on this machine for a test.

It lives in an environment of its own, `.venv/ralph`, or where FILROUGE_RALPH says (its `ralph` command).
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
USER, PASSWORD = "filrouge", "un-secret-de-test"
# Ralph's files refuse a second write unless they are opened to append, which only its code can say.
START = """
import sys, uvicorn
from ralph.backends.data.base import BaseOperationType
from ralph.backends.data.fs import FSDataBackend
FSDataBackend.default_operation_type = BaseOperationType.APPEND
uvicorn.run("ralph.api:app", host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
"""


def command() -> Path | None:
    """Return Ralph's command, None when this machine has none."""
    told = os.environ.get("FILROUGE_RALPH")
    path = Path(told) if told else ROOT / ".venv" / "ralph" / "bin" / "ralph"
    return path if path.exists() else None


class Ralph:
    """A store that keeps its statements in a folder; `address` is its xAPI endpoint."""

    def __init__(self, ralph: Path, folder: Path) -> None:
        self.folder, self._ralph = folder, ralph
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}/xAPI"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Ralph:
        environment = self._prepared()
        python = str(self._ralph.parent / "python")
        log = (self.folder / "log").open("wb")
        self._process = subprocess.Popen(
            [python, "-c", START, str(self._port)], env=environment, stdout=log, stderr=log
        )
        log.close()
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=90)

    def _prepared(self) -> dict[str, str]:
        (self.folder / "fs_lrs.jsonl").touch()
        environment = {
            "PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "RALPH_APP_DIR": str(self.folder),
            "RALPH_RUNSERVER_BACKEND": "fs", "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(self.folder),
        }  # fmt: skip
        auth = [str(self._ralph), "auth", "-u", USER, "-p", PASSWORD, "-s", "all", "-M", "mailto:lrs@example.org",
                "-N", "lrs"]  # fmt: skip
        told = subprocess.run(auth, env=environment, capture_output=True, check=True).stdout.decode()
        account = json.loads(told[told.index("{") :] if told.lstrip()[:1] != "[" else told)
        (self.folder / "auth.json").write_text(json.dumps(account if isinstance(account, list) else [account]))
        return environment

    def _wait(self) -> None:
        for _ in range(900):
            assert self._process is not None
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(f"http://127.0.0.1:{self._port}/whoami", timeout=5).status_code == 401:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text()[-2000:])
