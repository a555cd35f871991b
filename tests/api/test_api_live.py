"""A real server, killed while records come in: none is lost, none is there twice."""

import base64
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from serving.database import Database
from serving.ingestion import service
from serving.live import repository
from tests.unit.small_home import rows, small_home

ROOT = Path(__file__).parents[2]
BATCHES, EACH = 50, 8
FIRST = datetime(2026, 2, 20, 8, tzinfo=UTC)
PATIENCE = 60


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


@contextmanager
def served(home):
    environment = {**os.environ, "FILROUGE_HOME": str(home.root), "FILROUGE_LIVE_SECONDS": "0.2"}
    started = [sys.executable, str(ROOT / "filrouge.py"), "serve", "--port", "0"]
    with subprocess.Popen(started, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            address = next(line for line in process.stderr if "serves at" in line).split("//")[1].strip()
            yield process, address
        finally:
            process.kill()


def batch(n):
    people = ("ada", "bob", "cleo")
    at = [FIRST + timedelta(seconds=EACH * n + k) for k in range(EACH)]
    told = [
        {"person": people[k % 3], "session": "S1", "kind": "view", "occurred_at": one.isoformat()}
        for k, one in enumerate(at)
    ]
    return json.dumps({"batch_id": f"b-{n}", "system": "roster", "tables": {"activity": told}})


def statements(n):
    at = FIRST + timedelta(days=1, seconds=n)
    told = {"id": f"00000000-0000-4000-8000-{n:012d}", "actor": {"mbox": "mailto:ada@example.org"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
            "object": {"id": f"https://site.example.org/{n}"}, "timestamp": at.isoformat()}  # fmt: skip
    return json.dumps([told])


def post(address, key, n):
    """Post a batch, or a statement; return whether it was accepted: an answer may never come."""
    headers = {"Authorization": "Basic " + base64.b64encode(key.encode()).decode(), "Content-Type": "application/json",
               "X-Experience-API-Version": "1.0.3"}  # fmt: skip
    path, body = ("/xAPI/statements", statements(n)) if n % 5 == 4 else ("/api/v1/records", batch(n))
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status in (200, 202)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "nothing came of it"
        time.sleep(0.05)


def test_killed_in_the_middle_nothing_is_lost_and_nothing_is_there_twice(home):
    database = Database(f"sqlite:///{home.work_database}")
    database.upgrade()
    with database.write() as session:
        key, secret = service.create_key(session, "prog", now=datetime.now(UTC))
        told = f"{key.name}:{secret}"

    def held():
        with database.read() as session:
            return bool(repository.unfinished(session))

    with served(home) as (process, address):
        with ThreadPoolExecutor(4) as pool:
            answers = pool.map(lambda n: post(address, told, n), range(BATCHES))
            wait(held)
            process.send_signal(signal.SIGKILL)
            accepted = list(answers)
        process.wait(PATIENCE)
    assert any(accepted)
    with served(home) as (_, address):
        again = [n for n, done in enumerate(accepted) if not done or n % 3 == 0]
        assert all(post(address, told, n) for n in again)

        def imported():
            with database.read() as session:
                return not any(repository.waiting(session).values())

        wait(imported)
    database.dispose()
    found = rows(home, "SELECT epoch_us(occurred_from), count FROM activity ORDER BY 1")
    n_statements = len([n for n in range(BATCHES) if n % 5 == 4])
    assert len(found) == (BATCHES - n_statements) * EACH + n_statements
    assert {count for _, count in found} == {1}
