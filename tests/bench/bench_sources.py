"""Rows a second and peak memory of each source, at the sizes asked: one JSON object a line.

Each import runs alone, in a process and a home of its own, beside a plain scan of the same file (DuckDB reading every
column of it as text). `python -m tests.bench.bench_sources 1000000 10000000 --only xapi`.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from tests.bench import made_exports as exports
from tests.bench import made_files as made
from tests.bench.measure import Measure, filrouge, measured, print_each, take

Make = Callable[[Path, int], Path]
SCAN = "import duckdb, sys; print(duckdb.sql(sys.argv[1]).fetchall())"


@dataclass(frozen=True)
class Job:
    """How to make a source's file of so many rows, how to import it, and how to scan it plainly."""

    make: Make
    words: Callable[[Path], list[str]]
    scan: Callable[[Path], str]
    needs_roster: bool = True


def _text(pattern: str) -> Callable[[Path], str]:
    return lambda path: f"SELECT count(COLUMNS(*)) FROM read_csv('{path / pattern}', all_varchar = true)"


def _csv(path: Path) -> str:
    return f"SELECT count(COLUMNS(*)) FROM read_csv('{path}', all_varchar = true)"


def _parquet(path: Path) -> str:
    return f"SELECT count(COLUMNS(*)) FROM read_parquet('{path}')"


def _json(path: Path) -> str:
    return f"SELECT count(json) FROM read_json_objects('{path}', format = 'auto', maximum_object_size = 2000000000)"


JOBS: dict[str, Job] = {
    "moodle": Job(made.moodle_folder, lambda p: ["moodle", str(p)], _text("mdl_logstore_standard_log.csv"), False),
    "moodle-csv": Job(exports.logs, lambda p: ["moodle-csv", str(p)], _csv),
    "xapi": Job(exports.statements, lambda p: ["xapi", str(p)], _json),
    "table": Job(exports.presences, lambda p: ["table", str(p), "--preset", "attendance"], _csv),
    "table-parquet": Job(exports.connections, lambda p: ["table", str(p), "--preset", "activity"], _parquet),
    "slack": Job(exports.slack, lambda p: ["slack", str(p)], lambda p: _json(p / "general" / "*.json")),
    "discord": Job(
        exports.discord,
        lambda p: ["discord", str(p), "--people", str(p.parent / "people.csv")],
        lambda p: _json(p / "*.json"),
    ),
    "oulad": Job(made.oulad_folder, lambda p: ["oulad", str(p)], _text("studentVle.csv"), False),
}


def bench(name: str, rows: int, folder: Path) -> Iterator[Measure]:
    """Yield the measures of one source at one size: the import, and the same import again."""
    job, home = JOBS[name], folder / "home"
    place = _made(job, folder, rows)
    if job.needs_roster:
        roster = shutil.copytree(made.SAMPLE, folder / "roster")
        take(filrouge("import", "moodle", str(roster), "--quiet"), home=home)
    scan = take([sys.executable, "-c", SCAN, job.scan(place)])
    command = filrouge("import", *job.words(place), "--json")
    took = take(command, home=home)
    if json.loads(took.told)["rows_kept"] < rows / 2:
        raise RuntimeError(f"{name}: fewer than half of the made-up rows were kept")
    yield measured(f"import {name}", rows, took, "plain scan", scan)
    yield measured(f"import {name}, again", rows, take(command, home=home))


def _made(job: Job, folder: Path, rows: int) -> Path:
    """Make the file in a process of its own: what this one holds would count in the peak of those it starts."""
    with get_context("spawn").Pool(1) as alone:
        return alone.apply(job.make, (folder, rows))


if __name__ == "__main__":
    print_each(__doc__, JOBS, bench, 1_000_000)
