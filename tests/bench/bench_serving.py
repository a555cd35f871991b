"""Scores over HTTP beside `mlflow models serve` on the same champion, and what the pages take: one JSON object a line.

`python -m tests.bench.bench_serving` makes two homes: a made-up model of the shape that training grows, then the
example site, whose pages are measured too. With a home that was run, only that one: `… bench_serving HOME 2026-06-15`.
Both servers are one worker each on this machine, asked in turn by the same process, with the same row.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pandas as pd

from data.home import Home
from serving.scoring.champion import load_champion
from tests.bench.measure import ROOT, Measure
from tests.bench.served_models import Server, example_home, made_home, mlflows, ours, request, token

PEER = "mlflow models serve"
CONNECTIONS = 16
P99, REASONS, SPEED = 40.0, 10.0, 50.0
"""How many times better than MLflow's, as promised."""
PAGE_MS, PAGE_KB, TIMES = 150.0, 100.0, 20
PAGES = (
    ("mentor", "/today"), ("mentor", "/learners"), ("mentor", "/enrolments/{}"),
    ("mentor", "/enrolments/{}/timeline.svg"),
    ("mentor", "/community"), ("course_lead", "/sessions"), ("quality", "/register"),
)  # fmt: skip
Told = dict[str, Any]


@dataclass(frozen=True)
class Ask:
    """A request to one of the servers, on so many connections."""

    whose: str
    what: str
    connections: int
    address: str
    file: Path

    def told(self, seconds: float) -> Told:
        """Return what asking for some seconds gave."""
        words = [
            sys.executable,
            "-m",
            "tests.bench.load",
            self.address,
            str(self.file),
            str(self.connections),
            str(seconds),
        ]
        done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        told: Told = json.loads(done.stdout)
        return told


def scores(home: Home, day: date, *, seconds: float, rounds: int) -> Iterator[Measure]:
    """Yield what scoring one row takes, ours and MLflow's, asked in turn."""
    champion, secret = load_champion(home), token(home)
    row = _row(champion.reference, champion.inputs)
    with tempfile.TemporaryDirectory() as folder, ours(home, day) as mine, mlflows(home) as theirs:
        asks = list(_asks(Path(folder), mine, theirs, row, secret))
        for ask in asks:
            ask.told(0.5)
        taken = [[ask.told(seconds) for ask in asks] for _ in range(rounds)]
        medians = [{name: statistics.median(told[name] for told in held) for name in held[0]}
                   for held in zip(*taken, strict=True)]  # fmt: skip
        found = {(ask.whose, ask.what, ask.connections): told for ask, told in zip(asks, medians, strict=True)}
        yield from _compared(found, champion.metadata["level"], mine.peak_mb())


def _row(reference: Path, inputs: list[str]) -> dict[str, Any]:
    """Return a row of the model's reference, as JSON takes it."""
    held = pd.read_parquet(reference).reindex(columns=inputs)
    told = held.iloc[len(held) // 2].astype(object)
    return {str(name): None if value != value else value for name, value in told.items()}


def _asks(folder: Path, mine: Server, theirs: Server, row: Mapping[str, Any], secret: str) -> Iterator[Ask]:
    split = {"columns": list(row), "data": [list(row.values())]}
    for what in ("score", "score with reasons"):
        reasons = what != "score"
        bodies = {
            "ours": request(
                mine, "/api/v1/scores", {"rows": [row], "reasons": reasons}, {"Authorization": f"Bearer {secret}"}
            ),
            "theirs": request(theirs, "/invocations", {"dataframe_split": split, "params": {"reasons": reasons}}),
        }
        for whose, server in (("ours", mine), ("theirs", theirs)):
            file = folder / f"{whose} {what}"
            file.write_bytes(bodies[whose])
            for connections in (1, CONNECTIONS):
                yield Ask(whose, what, connections, server.address, file)


def _compared(found: Mapping[tuple[str, str, int], Told], level: str, peak: float) -> Iterator[Measure]:
    for what in ("score", "score with reasons"):
        for connections in (1, CONNECTIONS):
            mine, its = (found[whose, what, connections] for whose in ("ours", "theirs"))
            name = f"{what} over HTTP, {level}, {connections} connection{'s' if connections > 1 else ''}"
            first = replace(_line("", mine["p50"], peak), rows=1, rows_per_second=round(mine["per_second"]))
            many = connections == CONNECTIONS
            goal = (REASONS if "reasons" in what else P99) if many else None
            for share in ("p50", "p99"):
                yield _beside(
                    first, f"{name}, {share}: × lower", mine[share], its[share], goal if share == "p99" else None
                )
            wanted = SPEED if many and what == "score" else None
            yield _beside(
                first, f"{name}, a request: × more a second", 1 / mine["per_second"], 1 / its["per_second"], wanted
            )


def _beside(line: Measure, name: str, mine: float, its: float, goal: float | None) -> Measure:
    ratio = round(its / mine, 1)
    met = None if goal is None else ratio >= goal
    return replace(
        line, name=name, seconds=round(mine, 6), peer=PEER, peer_seconds=round(its, 5), ratio=ratio, goal=goal, met=met
    )


def _line(name: str, seconds: float, peak: float) -> Measure:
    return Measure(name, 1, round(seconds, 5), round(peak, 1), round(1 / seconds))


def ceiling(seconds: float) -> Iterator[Measure]:
    """Yield how fast the load generator asks a server that does nothing."""
    words = [sys.executable, "-m", "tests.bench.load", "answer"]
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(words, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout
        try:
            port = int(process.stdout.readline())
            file = Path(folder) / "request"
            file.write_bytes(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            told = Ask("nobody", "", CONNECTIONS, f"127.0.0.1:{port}", file).told(seconds)
        finally:
            process.terminate()
    name = f"the load generator alone, {CONNECTIONS} connections, a request"
    yield replace(_line(name, 1 / told["per_second"], 0.0), rows_per_second=round(told["per_second"]))


def pages(home: Home, day: date) -> Iterator[Measure]:
    """Yield what each page takes and weighs: one person at a time, each learner once."""
    known = json.loads((home.keys / "demo_accounts.json").read_text(encoding="utf-8"))
    passwords = {one["role"]: (one["username"], one["password"]) for one in known}
    with ours(home, day) as server:
        cookies = {role: _signed_in(server.address, *passwords[role]) for role, _ in PAGES}
        _, listed = _get(server.address, "/learners", cookies["mentor"])
        people = list(dict.fromkeys(re.findall(rb'"/enrolments/(\d+)"', listed)))
        for role, path in PAGES:
            wanted = (
                [path.format(people[n % len(people)].decode()) for n in range(TIMES)]
                if "{}" in path
                else [path] * TIMES
            )
            held = [_get(server.address, one, cookies[role]) for one in wanted]
            took, most = sorted(seconds for seconds, _ in held), max(len(body) for _, body in held) / 1000
            yield from _of_page(path.replace("{}", "…"), took, most, server.peak_mb())


def _of_page(path: str, took: list[float], most: float, peak: float) -> Iterator[Measure]:
    for share, told in (("p50", statistics.median(took)), ("p95", took[int(0.95 * (len(took) - 1))])):
        ms = round(1000 * told, 1)
        yield replace(_line(f"page {path}, {share}: ms", told, peak), ratio=ms, goal=PAGE_MS, met=ms <= PAGE_MS)
    yield replace(_line(f"page {path}: kB", took[-1], peak), ratio=round(most, 1), goal=PAGE_KB, met=most <= PAGE_KB)


def _signed_in(address: str, username: str, password: str) -> str:
    asked = http.client.HTTPConnection(address, timeout=60)
    body = json.dumps({"username": username, "password": password})
    asked.request("POST", "/api/v1/sign-in", body, {"Content-Type": "application/json"})
    answer = asked.getresponse()
    answer.read()
    cookie: SimpleCookie = SimpleCookie(answer.headers["set-cookie"])
    return "; ".join(f"{name}={one.value}" for name, one in cookie.items())


def _get(address: str, path: str, cookie: str) -> tuple[float, bytes]:
    asked, start = http.client.HTTPConnection(address, timeout=60), time.perf_counter()
    asked.request("GET", path, headers={"Cookie": cookie, "Accept-Language": "fr"})
    answer = asked.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path.split('/')[1]}: {answer.status}")
    return time.perf_counter() - start, body


def measures(given: argparse.Namespace) -> Iterator[Measure]:
    """Yield every measure asked for."""
    asked = {"seconds": given.seconds, "rounds": given.rounds}
    if "scores" in given.only:
        yield from ceiling(given.seconds)
    with tempfile.TemporaryDirectory() as folder:
        if given.home is None and "scores" in given.only:
            yield from scores(made_home(Path(folder) / "made"), given.day, **asked)
        home = Home(given.home) if given.home else example_home(Path(folder) / "example")
        if "scores" in given.only:
            yield from scores(home, given.day, **asked)
        if "pages" in given.only:
            yield from pages(home, given.day)


def main() -> None:
    """Print one line a measure."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("home", type=Path, nargs="?")
    asked.add_argument("day", type=date.fromisoformat, nargs="?", default=date(2026, 6, 15))
    asked.add_argument("--only", choices=("scores", "pages"), nargs="*", default=("scores", "pages"))
    asked.add_argument("--seconds", type=float, default=5.0, help="how long each server is asked, each time")
    asked.add_argument("--rounds", type=int, default=3, help="times each server is asked, in turn; the median counts")
    for measure in measures(asked.parse_args()):
        print(measure.line(), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
