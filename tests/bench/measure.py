"""One measure a line: what a command took, its peak memory, and a peer measured in the same run."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.machine import machine

ROOT = Path(__file__).parents[2]
LAUNCH = """
import json, os, sys
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
os.write(int(sys.argv[1]), json.dumps([usage.ru_maxrss, usage.ru_utime + usage.ru_stime]).encode())
sys.exit(os.waitstatus_to_exitcode(status) % 256)
"""
"""Starts a command from a small process: Linux counts in a process's peak what the one that started it holds."""


@dataclass(frozen=True)
class Taken:
    """What a process took: wall and CPU seconds, with its children's, the most memory, in MB, and what it printed."""

    seconds: float
    peak_mb: float
    told: str = ""
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class Measure:
    """One line of a bench; a `goal` of 0 is no goal, `met` is then null. `peer_*` are null without a peer.

    On a busy machine the CPU tells more than the clock: `cpu_seconds` and `rows_per_cpu_second` do not count waiting.
    """

    name: str
    rows: int
    seconds: float
    peak_mb: float
    rows_per_second: int
    peer: str | None = None
    peer_seconds: float | None = None
    ratio: float | None = None
    goal: float | None = None
    met: bool | None = None
    cpu_seconds: float | None = None
    rows_per_cpu_second: int | None = None
    peer_cpu_seconds: float | None = None

    def line(self) -> str:
        """Return the measure as one JSON object, with what it was taken on."""
        return json.dumps({**asdict(self), **machine()})


def take(command: Sequence[str], *, home: Path | None = None, environment: dict[str, str] | None = None) -> Taken:
    """Run a command alone, and return what it took.

    Raises
    ------
    subprocess.CalledProcessError : it failed.
    """
    given = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    if home:
        given["FILROUGE_HOME"] = str(home)
    reads, writes = os.pipe()
    launch = [sys.executable, "-S", "-c", LAUNCH, str(writes), *command]
    start = time.perf_counter()
    process = subprocess.Popen(launch, env=given, stdout=subprocess.PIPE, cwd=ROOT, pass_fds=[writes])
    os.close(writes)
    told = process.communicate()[0].decode()
    seconds = time.perf_counter() - start
    with os.fdopen(reads) as usage:
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        kilobytes, cpu = json.load(usage)
    return Taken(seconds, kilobytes / 1024, told, cpu)


def measured(name: str, rows: int, took: Taken, peer: str = "", peer_took: Taken | None = None) -> Measure:
    """Return a measure, beside a peer when there is one."""
    cpu = took.cpu_seconds
    beside = {"cpu_seconds": round(cpu, 2), "rows_per_cpu_second": round(rows / cpu)} if cpu else {}
    if peer_took:
        beside |= {"peer": peer, "peer_seconds": round(peer_took.seconds, 2),
                  "ratio": round(took.seconds / peer_took.seconds, 2)}  # fmt: skip
    return Measure(name, rows, round(took.seconds, 2), round(took.peak_mb, 1), round(rows / took.seconds), **beside)


def filrouge(*words: str) -> list[str]:
    """Return a command of ours."""
    return [sys.executable, str(ROOT / "filrouge.py"), *words]


def print_each(
    about: str | None, jobs: Iterable[str], bench: Callable[[str, int, Path], Iterator[Measure]], rows: int
) -> None:
    """Print one line a measure, of each job asked for on the command line at each size; `rows` is the usual one."""
    asked = argparse.ArgumentParser(description=about)
    asked.add_argument("rows", type=int, nargs="*", default=[rows])
    asked.add_argument("--only", choices=sorted(jobs), action="append")
    given = asked.parse_args()
    for name in given.only or jobs:
        for size in given.rows:
            with tempfile.TemporaryDirectory() as folder:
                for measure in bench(name, size, Path(folder)):
                    print(measure.line(), flush=True)  # noqa: T201
