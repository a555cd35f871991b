"""The feature table beside its peers and a plain scan: one JSON object a line.

`python -m tests.bench.bench_features 10600000 32000`. Each run has a process of its own; runs of the different ways
are interleaved, and the median of each is told. Each peer is checked against the oracle on a small size first.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from features.oracle import oracle
from tests.bench import made_records
from tests.bench.features import PEERS, agree, ours
from tests.bench.measure import Measure, Taken, take

BOTH = 2
FASTER = {"pandas per date": 30.0, "tuned pandas": 8.0, "Polars": 5.0, "DuckDB range join": None}
"""How many times faster than each peer we want to be."""
LONG = ("pandas per date",)
"""What is run once: it takes a minute."""
Key = tuple[str, int]


def check() -> None:
    """Check every way against the oracle, on a small size.

    Raises
    ------
    RuntimeError : numbers differ.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = made_records.write(Path(name), 20_000, 200)
        with made_records.connect(folder) as con:
            expected = oracle(con, made_records.schedule(folder))
        for told, way in {**PEERS, "ours": lambda place: ours(place, BOTH)}.items():
            if differ := agree(way(folder), expected):
                raise RuntimeError(f"{told} gives other numbers than the oracle: {differ}")


def runs(keys: Sequence[Key], folder: Path, times: int) -> dict[Key, Taken]:
    """Return the median run of each way, the ways taken in turn."""
    taken: dict[Key, list[Taken]] = defaultdict(list)
    for turn in range(times):
        for what, threads in keys:
            if turn == 0 or what not in LONG:
                taken[what, threads].append(_one(what, folder, threads))
    return {key: _median(held) for key, held in taken.items()}


def _one(what: str, folder: Path, threads: int) -> Taken:
    one_core = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"} if threads == 1 else {}
    took = take([sys.executable, "-m", "tests.bench.features", what, str(folder), str(threads)], environment=one_core)
    told = json.loads(took.told)
    return Taken(told["seconds"], took.peak_mb, cpu_seconds=told["cpu_seconds"])


def _median(held: Sequence[Taken]) -> Taken:
    """Return the median of each figure; by CPU seconds where the machine is busy is for the reader to choose."""
    seconds = statistics.median(took.seconds for took in held)
    return Taken(seconds, max(took.peak_mb for took in held),
                 cpu_seconds=statistics.median(took.cpu_seconds for took in held))  # fmt: skip


def faster(name: str, rows: int, mine: Taken, peer: str, its: Taken, goal: float | None) -> Measure:
    """Return a line whose ratio says how many times faster than its peer we are: the more the better."""
    ratio = its.seconds / mine.seconds
    return _line(f"{name}: × faster than {peer}", rows, mine, peer, its, ratio, goal, goal and ratio >= goal)


def within(name: str, rows: int, mine: Taken, peer: str, its: Taken, goal: float | None) -> Measure:
    """Return a line whose ratio says how many times its peer's time we take: the less the better."""
    ratio = mine.seconds / its.seconds
    return _line(f"{name}: × {peer}", rows, mine, peer, its, ratio, goal, goal and ratio <= goal)


def _line(
    name: str, rows: int, mine: Taken, peer: str, its: Taken, ratio: float, goal: float | None, met: object
) -> Measure:
    return Measure(
        name, rows, round(mine.seconds, 3), round(mine.peak_mb, 1), round(rows / mine.seconds), peer,
        round(its.seconds, 3), round(ratio, 2), goal, None if goal is None else bool(met),
        cpu_seconds=round(mine.cpu_seconds, 3), rows_per_cpu_second=round(rows / mine.cpu_seconds),
        peer_cpu_seconds=round(its.cpu_seconds, 3),
    )  # fmt: skip


def bench(rows: int, people: int, times: int, peers: Sequence[str]) -> Iterator[Measure]:
    """Yield the lines of one size."""
    with tempfile.TemporaryDirectory() as name:
        folder = made_records.write(Path(name), rows, people)
        keys = [("scan", 2), ("scan", 1), ("read", 2), ("ours", 2), ("ours", 1), ("catalogue", 2)]
        took = runs([*keys, *((peer, 2) for peer in peers)], folder, times)
    yield from _lines(rows, took, peers)


def _lines(rows: int, took: Mapping[Key, Taken], peers: Sequence[str]) -> Iterator[Measure]:
    name, mine = "features, 13 × 39 dates", took["ours", 2]
    for peer in peers:
        yield faster(name, rows, mine, peer, took[peer, 2], FASTER[peer])
    yield within(name, rows, mine, "plain scan, both cores", took["scan", 2], 4.0)
    yield within(f"{name}, one core", rows, took["ours", 1], "plain scan, one core", took["scan", 1], 6.0)
    yield within("features, reading and rolling up only", rows, took["read", 2], "plain scan", took["scan", 2], None)
    yield within("features, the whole catalogue × 39 dates", rows, took["catalogue", 2], "plain scan",
                 took["scan", 2], 20.0)  # fmt: skip


def grown(rows: int, people: int) -> Iterator[Measure]:
    """Yield what ten times the records take beside the records: time and memory."""
    took = {}
    for size in (rows, 10 * rows):
        with tempfile.TemporaryDirectory() as name:
            took[size] = runs([("ours", 2)], made_records.write(Path(name), size, people), 3)["ours", 2]
    yield from grown_lines(rows, took[rows], took[10 * rows])


def grown_lines(rows: int, least: Taken, most: Taken) -> Iterator[Measure]:
    """Yield the lines of what so many records took, and ten times as many."""
    yield within("features, ten times the records", 10 * rows, most, "a tenth of them", least, 12.0)
    peak = Measure("features, ten times the records: MB of memory", 10 * rows, round(most.seconds, 2), most.peak_mb,
                   round(10 * rows / most.seconds), "goal in MB", None, round(most.peak_mb, 1), 2000.0,
                   most.peak_mb < 2000)  # fmt: skip
    yield peak


def main() -> None:
    """Print one line a measure."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("rows", type=int, nargs="?", default=10_600_000)
    asked.add_argument("people", type=int, nargs="?", default=32_000)
    asked.add_argument("--times", type=int, default=3)
    asked.add_argument("--full", action="store_true", help="Ten times the records too.")
    asked.add_argument("--peer", choices=list(PEERS), action="append")
    given = asked.parse_args()
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:  # its memory would be the least that a run could show
        alone.submit(check).result()
    for measure in bench(given.rows, given.people, given.times, given.peer or list(PEERS)):
        print(measure.line(), flush=True)  # noqa: T201
    if given.full:
        for measure in grown(given.rows, given.people):
            print(measure.line(), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
