"""The example site run once, as a newcomer does: for the tests of this folder."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def filrouge(home, *words, check=True):
    environment = {**os.environ, "FILROUGE_HOME": str(home), "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-m", "filrouge", *map(str, words)], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0 or not check, done.stderr
    return done


def answered(address):
    """Return the status of a server that may still be starting."""
    for _ in range(1200):
        try:
            with urllib.request.urlopen(address) as answer:  # noqa: S310
                return answer.status
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{address} never answered")


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """Return the folder of the example run by one worker for all, then typed again: nobody writes in it."""
    together = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        together = together.parent
    place = together / "example"
    with (together / "example.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first worker runs it, the others wait for it, then copy
        if not (place / "told.json").exists():
            told, again = (filrouge(place / "home", "run", "--no-serve", "--json").stdout for _ in range(2))
            (place / "again.json").write_text(again)
            (place / "told.json").write_text(told)
    return place


@pytest.fixture(scope="session")
def home(tmp_path_factory, example):
    """Return this worker's own copy of the example."""
    here = tmp_path_factory.mktemp("thread") / "home"
    shutil.copytree(example / "home", here)
    return here


@pytest.fixture(scope="session")
def first(example, home):
    """Return what the first run told."""
    return json.loads((example / "told.json").read_text())


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
