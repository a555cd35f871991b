"""Records posted at a steady rate to a real server: answered, imported, learners looked at again. One JSON line.

`python -m tests.bench.bench_live HOME 2026-06-15` copies a home that has records and a champion, serves the copy by
`filrouge serve` on this machine, and posts 200 records a second for a minute: four of five as canonical batches, the
fifth as xAPI statements. Then it counts what is in the store.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from data.home import Home
from data.identities import Vault
from data.store import RecordStore
from tests.bench.machine import machine
from tests.bench.measure import ROOT

GOAL_SECONDS = 5.0
CONNECTIONS = 8
SETTLED_SECONDS = 120
FIRST_HOUR = 4
LRS = "https://bench.example.org"


@dataclass
class Sent:
    """What was posted: when each request left, how long its answer took, and how many were not accepted."""

    left: dict[str, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    refused: int = 0
    late: float = 0.0


def learners(home: Home, day: date) -> list[str]:
    """Return Moodle's numbers of the learners whose session runs on a day."""
    vault = Vault(home.identities_database)
    known = {number: one.source_id for number, one in vault.find("learner").items()}
    vault.close()
    query = """SELECT DISTINCT learner_id FROM enrolments WHERE started_on < $day AND planned_end_on > $day
               AND outcome = 'ongoing' ORDER BY 1"""
    with RecordStore(home).connect() as con:
        return [known[n] for (n,) in con.execute(query, {"day": day}).fetchall() if n in known]


def command(*told: str) -> list[str]:
    """Return a command of ours."""
    return [sys.executable, str(ROOT / "filrouge.py"), *told]


@contextmanager
def served(environment: dict[str, str]) -> Iterator[str]:
    """Serve until the block ends; yield the host and port."""
    process = subprocess.Popen(command("serve", "--port", "0"), env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    try:
        address = next(line for line in process.stderr if "serves at" in line).split("//")[1].strip()
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def requests(people: list[str], day: date, records: int, each: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield the name, path and body of each request; no two records have the same instant."""
    start = datetime(day.year, day.month, day.day, FIRST_HOUR, tzinfo=UTC)
    for n in range(0, records, each):
        rows = [(people[i % len(people)], start + timedelta(seconds=i)) for i in range(n, min(n + each, records))]
        if (n // each) % 5 < 4:
            told = [{"person": who, "kind": "view", "occurred_at": at.isoformat()} for who, at in rows]
            batch = {"batch_id": f"bench-{n}", "system": "moodle", "tables": {"activity": told}}
            yield f"bench-{n}", "/api/v1/records", json.dumps(batch).encode()
        else:
            statements = [_statement(n + k, who, at) for k, (who, at) in enumerate(rows)]
            yield statements[0]["id"], "/xAPI/statements", json.dumps(statements).encode()


def _statement(n: int, who: str, at: datetime) -> dict[str, Any]:
    return {
        "id": str(UUID(int=(n + 1) | (4 << 76) | (8 << 60))),
        "actor": {"account": {"homePage": LRS, "name": who}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
        "object": {"id": f"{LRS}/page/{n}"},
        "timestamp": at.isoformat(),
    }


def post(address: str, key: str, wanted: Iterator[tuple[str, str, bytes]], *, every: float) -> Sent:
    """Post each request at its time, `every` so many seconds, on a few connections kept open."""
    sent, here = Sent(), threading.local()
    headers = {"Authorization": "Basic " + base64.b64encode(key.encode()).decode(), "Content-Type": "application/json",
               "X-Experience-API-Version": "1.0.3"}  # fmt: skip
    start = time.monotonic() + 0.5

    def one(rank: int, name: str, path: str, body: bytes) -> None:
        if not hasattr(here, "connection"):
            here.connection = http.client.HTTPConnection(address, timeout=60)
        wait = start + rank * every - time.monotonic()
        sent.late = max(sent.late, -wait)
        time.sleep(max(wait, 0))
        sent.left[name], began = time.time(), time.monotonic()
        here.connection.request("POST", path, body, headers)
        answer = here.connection.getresponse()
        answer.read()
        sent.took.append(time.monotonic() - began)
        sent.refused += answer.status not in (200, 202)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(one, rank, *told) for rank, told in enumerate(wanted)]:
            done.result()
    return sent


def settle(work: Path) -> dict[str, float]:
    """Wait until nothing waits; return when each batch and statement was imported and its learners looked at again."""
    until = time.monotonic() + SETTLED_SECONDS
    query = ("SELECT substr(id, instr(id, ':') + 1), imported_at FROM received_batches"
             " UNION ALL SELECT id, imported_at FROM statements")  # fmt: skip
    while True:
        with sqlite3.connect(work) as con:
            rows = con.execute(query).fetchall()
        if all(at for _, at in rows) or time.monotonic() > until:
            return {name: datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() for name, at in rows if at}
        time.sleep(1)


def stored(home: Home, day: date) -> tuple[int, int]:
    """Return how many of the posted actions the store has, and how many it counts."""
    query = """SELECT count(DISTINCT occurred_from), coalesce(sum(count), 0) FROM activity
               WHERE kind = 'view' AND occurred_from >= ?::TIMESTAMPTZ
               AND occurred_from < ?::TIMESTAMPTZ + INTERVAL 20 HOURS"""
    start = datetime(day.year, day.month, day.day, FIRST_HOUR, tzinfo=UTC)
    with RecordStore(home).connect() as con:
        found = con.execute(query, [start, start]).fetchone()
    assert found
    return int(found[0]), int(found[1])


def measure(source: Path, day: date, *, rate: int, seconds: int, each: int) -> dict[str, Any]:
    """Return what posting at a rate gave."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(shutil.copytree(source, Path(folder) / "home")))
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "FILROUGE_HOME": str(home.root),
                       "FILROUGE_TODAY": day.isoformat(), "FILROUGE_LIVE_PEOPLE": "moodle",
                       "FILROUGE_PUSHES_PER_MINUTE": "100000"}  # fmt: skip
        made = subprocess.run(command("xapi-keys", "create", "bench"), env=environment, capture_output=True, text=True,
                              check=True)  # fmt: skip
        before, total = stored(home, day), rate * seconds
        people = learners(home, day)
        with served(environment) as address:
            warm = list(islice(requests(people, day - timedelta(days=1), 1, 1), 1))
            post(address, made.stdout.strip(), iter([("warm", warm[0][1], warm[0][2].replace(b"bench-0", b"warm"))]),
                 every=0)  # fmt: skip
            settle(home.work_database)
            start = time.monotonic()
            sent = post(address, made.stdout.strip(), requests(people, day, total, each), every=each / rate)
            took = time.monotonic() - start
            imported = settle(home.work_database)
        after = stored(home, day)
    waits = sorted(imported[name] - at for name, at in sent.left.items() if name in imported)
    lost, twice = total - (after[0] - before[0]), (after[1] - before[1]) - (after[0] - before[0])
    p95 = _share(waits, 0.95)
    return {
        "name": f"live: {rate} records/s for {seconds} s, {each} a request: p95 of post to score refreshed, s",
        "records": total, "learners": len(people), "requests": len(sent.took), "refused": sent.refused, "lost": lost,
        "twice": twice, "seconds": round(took, 2), "records_per_second": round(total / took, 1),
        "answer_p50_ms": round(1000 * _share(sorted(sent.took), 0.5), 1),
        "answer_p95_ms": round(1000 * _share(sorted(sent.took), 0.95), 1),
        "refreshed_p50_s": round(_share(waits, 0.5), 2), "refreshed_p95_s": round(p95, 2),
        "refreshed_worst_s": round(waits[-1], 2) if waits else None, "goal": GOAL_SECONDS,
        "met": p95 < GOAL_SECONDS and not (lost or twice or sent.refused) and took <= 1.05 * seconds + 1,
        **machine(),
    }  # fmt: skip


def _share(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def main() -> None:
    """Print one line."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("home", type=Path)
    asked.add_argument("day", type=date.fromisoformat)
    asked.add_argument("--rate", type=int, default=200, help="records a second")
    asked.add_argument("--seconds", type=int, default=60)
    asked.add_argument("--each", type=int, default=1, help="records a request")
    given = asked.parse_args()
    print(json.dumps(measure(given.home, given.day, rate=given.rate, seconds=given.seconds, each=given.each)))  # noqa: T201


if __name__ == "__main__":
    main()
