"""What the watch finds on simulated sites, and what it says when nothing happens: one JSON object a world.

`python -m tests.bench.bench_watch` measures the worlds that `docs/watch.jsonl` does not hold yet and adds a line for
each as it goes: cut it whenever you like, it goes on where it stopped. `python -m docs.build` writes the page.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

from tests.bench import watch_drift, watch_estimate, watch_labels, watch_sources
from tests.bench.machine import machine

LINES = Path(__file__).parents[2] / "docs" / "watch.jsonl"
FIRST_SEED = 101
"""Thresholds were set by looking at worlds 1 to 20: none of those is measured."""
Line = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """How a world is measured, in a kind of world, and how many worlds are enough.

    The first `seen` of them are left out: a rule was decided by looking at them.
    """

    measure: Callable[[int], Line]
    worlds: int
    kind: str = ""
    seen: int = 0


BENCHES: Mapping[str, Sequence[Bench]] = {
    "drift": [Bench(partial(watch_drift.nothing_changes, sessions=name), 40, name) for name in watch_drift.SPREADS],
    "sources": [Bench(watch_sources.sources, 40)],
    "changes": [Bench(partial(watch_drift.changes, sessions=name), 16, name) for name in watch_drift.SPREADS],
    "winter": [Bench(watch_sources.winter, 12)],
    "christmas": [Bench(watch_drift.christmas, 12)],
    "labels": [
        Bench(partial(watch_labels.labels, learners=learners), worlds, str(learners), seen=3)
        for learners, worlds in watch_labels.SIZES.items()
    ],
    "estimate": [Bench(watch_estimate.estimate, 16)],
}


def wanted(
    names: Sequence[str], seeds: range, done: set[tuple[str, str, int]], kind: str | None
) -> list[tuple[str, Bench, int]]:
    """Return what is left to measure, ordered so that a cut leaves the same share of each."""
    every = [
        (n / bench.worlds, name, bench, seed)
        for name in names
        for bench in BENCHES[name]
        for n, seed in enumerate(seeds[bench.seen : bench.seen + bench.worlds])
    ]
    left = [one for one in every if (one[1], one[2].kind, one[3]) not in done and kind in (None, one[2].kind)]
    return [(name, bench, seed) for _, name, bench, seed in sorted(left, key=lambda one: one[0])]


def measured(path: Path) -> set[tuple[str, str, int]]:
    """Return what a file of lines holds."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {(one["what"], one["kind"], one["seed"]) for one in map(json.loads, lines)}


def main(given: argparse.Namespace) -> None:
    """Measure what is left, a line a world, the seconds of processor that it took beside."""
    seeds, done = range(given.first, given.first + given.worlds), measured(given.into)
    for name, bench, seed in wanted(given.what or list(BENCHES), seeds, done, given.kind):
        began = process_time()
        line = bench.measure(seed)
        about = {"what": name, "kind": bench.kind, "seed": seed, **line, "seconds": round(process_time() - began, 1)}
        with given.into.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(about | {"measured_on": machine()["measured_on"]}, separators=(",", ":")) + "\n")
        sys.stdout.write(f"{name} {bench.kind} {seed}: {about['seconds']} s\n")
        sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", help=f"default: all of {', '.join(BENCHES)}")
    parser.add_argument("--kind", help="of sessions (alike, different), or their learners (40, 150); default: all")
    parser.add_argument("--worlds", type=int, default=40, help="at most so many of each kind")
    parser.add_argument("--first", type=int, default=FIRST_SEED)
    parser.add_argument("--into", type=Path, default=LINES)
    warnings.simplefilter("ignore")
    main(parser.parse_args())
