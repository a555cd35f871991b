"""Rows a second and peak memory of the sources that are services, at the sizes asked: one JSON object a line.

Each import reads a service made up on this machine, which runs in a process of its own: neither its time nor its
memory is in `cpu_seconds` and `peak_mb`, but what the import waits for it is in `seconds`.
`python -m tests.bench.bench_services 100000 1000000 --only discourse`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import made_files as made
from tests.bench.measure import ROOT, Measure, filrouge, measured, print_each, take
from tests.unit import served_canvas, served_discourse, served_moodle


@dataclass(frozen=True)
class Job:
    """How a made-up service is imported: the words after its address, and the secret where one is looked for."""

    words: tuple[str, ...] = ()
    secret: dict[str, str] = field(default_factory=dict)
    needs_roster: bool = True
    below: str = ""


JOBS: dict[str, Job] = {
    "xapi": Job(("--as-of", "2026-06-15"), {"FILROUGE_XAPI_SECRET": "user:password"}, below="/xAPI"),
    "discourse": Job(("--as-of", "2026-06-15"), {"FILROUGE_DISCOURSE_KEY": served_discourse.KEY}),
    "canvas": Job(
        ("--courses", "1", "--as-of", "2026-06-15"), {"FILROUGE_CANVAS_TOKEN": served_canvas.TOKEN}, needs_roster=False
    ),
    "moodle-ws": Job(
        ("--set", "calls_per_second=100000", "--as-of", "2026-06-15"), {"FILROUGE_MOODLE_TOKEN": served_moodle.TOKEN},
        needs_roster=False,
    ),
}  # fmt: skip


@contextmanager
def served(name: str, rows: int) -> Iterator[str]:
    """Yield the address of a made-up service, stopped at the end."""
    command = [sys.executable, "-m", "tests.bench.made_sites", name, str(rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip() + JOBS[name].below
        finally:
            process.terminate()


def bench(name: str, rows: int, folder: Path) -> Iterator[Measure]:
    """Yield the measures of one source at one size: the import, and the next one, which reads what may have moved."""
    job, home = JOBS[name], folder / "home"
    if job.needs_roster:
        roster = shutil.copytree(made.SAMPLE, folder / "roster")
        take(filrouge("import", "moodle", str(roster), "--quiet"), home=home)
    with served(name, rows) as address:
        command = filrouge("import", name, address, *job.words, "--json")
        for what in ("", ", again"):
            took = take(command, home=home, environment=job.secret)
            told = json.loads(took.told)
            if told["rows_kept"] < rows / 2 and not what:
                raise RuntimeError(f"{name}: fewer than half of the made-up rows were kept")
            yield measured(f"import {name}, service{what}", told["rows_in"], took)


if __name__ == "__main__":
    print_each(__doc__, JOBS, bench, 100_000)
