"""What the watch finds on simulated sites, and what it says when nothing happens: one JSON object a line.

`python -m tests.bench.bench_watch drift --worlds 40 >> docs/watch.jsonl`; `python -m docs.build` writes the page.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from features.table import IDENTITY
from monitoring.drift import SCORE, Comparison, compare
from tests.bench.machine import machine
from tests.bench.watched_worlds import CHANGE_AT, CHANGE_ON, CHANGES, LOOKS, lists_of, reference_of, tables_of

ALARMS = ("watch", "drifted")
SPREADS = {"alike": 0.0, "different": 0.3}
"""Between sessions: none, or a third of the spread between learners."""
Line = dict[str, Any]


def looks(reference: Any, lists: dict[date, Any]) -> Iterator[tuple[date, Comparison]]:
    """Yield what each Monday's look says."""
    names = [SCORE, *(name for name in reference if name not in (SCORE, *IDENTITY))]
    for day, rows in lists.items():
        yield day, compare(reference, rows, names)


def episodes(alarms: Sequence[bool]) -> int:
    """Return how many times an alarm begins."""
    return sum(now and not before for before, now in zip([False, *alarms], alarms, strict=False))


def quiet_worlds(name: str, spread: float, seeds: Sequence[int]) -> Line:
    """Look at worlds where nothing changes."""
    alarms, columns, compared = [list[bool]() for _ in seeds], 0, 0
    for told, seed in zip(alarms, seeds, strict=True):
        tables = tables_of(seed, spread=spread)
        for _, one in looks(reference_of(tables), lists_of(tables)):
            told.append(one.verdict in ALARMS)
            columns += sum(c.drifted for c in one.columns)
            compared += len(one.columns)
    flat = [one for told in alarms for one in told]
    return {
        "what": "drift: nothing changes", "sessions": name, "spread": spread, "worlds": len(seeds), "looks": len(flat),
        "false_alarms": sum(flat), "share_of_looks": sum(flat) / len(flat),
        "episodes_a_year": sum(map(episodes, alarms)) * 52 / len(flat), "columns_moved": columns / compared,
    }  # fmt: skip


def changed_worlds(what: str, name: str, spread: float, seeds: Sequence[int]) -> Line:
    """Look at worlds where something changes on the eve of a look, from that look on."""
    delays: list[int | None] = []
    for seed in seeds:
        tables = CHANGES[what](tables_of(seed, spread=spread))
        found = looks(reference_of(tables), lists_of(tables, range(CHANGE_AT, LOOKS)))
        new = what == "a new course"
        seen = (day for day, one in found if one.verdict in ALARMS or (new and one.new_courses))
        first = next(seen, None)
        delays.append(None if first is None else (first - CHANGE_ON).days)
    caught = sorted(delay for delay in delays if delay is not None)
    return {
        "what": f"drift: {what}", "sessions": name, "spread": spread, "worlds": len(seeds), "found": len(caught),
        "days": 7 * (LOOKS - CHANGE_AT - 1), "median_delay": statistics.median(caught) if caught else None,
        "longest_delay": caught[-1] if caught else None,
    }  # fmt: skip


def drift(worlds: int) -> None:
    """Print the lines of drift."""
    for name, spread in SPREADS.items():
        tell(quiet_worlds(name, spread, range(1, worlds + 1)))
        for what in CHANGES:
            tell(changed_worlds(what, name, spread, range(1, worlds // 2 + 1)))


def tell(line: Line) -> None:
    """Print a line, with what it was measured on."""
    sys.stdout.write(json.dumps({**line, **machine()}) + "\n")
    sys.stdout.flush()


BENCHES = {"drift": drift}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=BENCHES)
    parser.add_argument("--worlds", type=int, default=40)
    given = parser.parse_args()
    BENCHES[given.what](given.worlds)
