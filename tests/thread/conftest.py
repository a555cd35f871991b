"""The example site run once, as a newcomer does: for the tests of this folder."""

import json
import os
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
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("thread") / "home"


@pytest.fixture(scope="session")
def first(home):
    return json.loads(filrouge(home, "run", "--no-serve", "--json").stdout)


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
