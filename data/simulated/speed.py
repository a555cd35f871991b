"""How fast learners are simulated, and in how much memory: `python -m data.simulated.speed ROWS [FOLDER]`.

Without a folder, records are made and let go; with one, a home is made there and they are written to its store.
One size a run: the peak memory is the whole process's.
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from data.home import Home
from data.privacy import Pseudonymiser
from data.simulated.plan import Plan, blocks, sized
from data.simulated.truth import truth
from data.simulated.world import make_world
from data.simulator import keep, records


def made(plan: Plan) -> dict[str, int]:
    """Make the records and the truth of a plan, block by block, and let them go; return rows by table."""
    pseudonymiser, counts = Pseudonymiser(b"measured" * 4, "simulator"), dict[str, int]()
    for block in blocks(plan):
        worlds = [make_world(plan, part, pseudonymiser) for part in block]
        tables = {**records(worlds, pseudonymiser), "truth": pa.concat_tables([truth(world) for world in worlds])}
        for name, table in tables.items():
            counts[name] = counts.get(name, 0) + table.num_rows
    return counts


def written(plan: Plan, folder: Path) -> dict[str, int]:
    """Write a plan to a new home; return rows by table."""

    def report(label: str, done: int, total: int) -> None:
        sys.stderr.write(f"{label} {done}/{total}, {time.perf_counter() - start:.0f} s, {peak():.0f} MB\n")

    start = time.perf_counter()
    manifest = keep(Home(folder).prepare(), plan, at=datetime.now(UTC), report=report)
    return {name: count.new for name, count in manifest.tables.items()}


def peak() -> float:
    """Return the most memory this process ever held, in MB (Linux tells kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def line(rows: int, folder: Path | None) -> str:
    """Return what one run took, as a row of docs/simulator.md."""
    plan, start = sized(Plan(), rows), time.perf_counter()
    counts = written(plan, folder) if folder else made(plan)
    seconds, every = time.perf_counter() - start, sum(n for name, n in counts.items() if name != "truth")
    where = "made and written" if folder else "made"
    return (
        f"| {where} | {plan.size:,} | {counts['activity']:,} | {every:,} | {seconds:,.1f} "
        f"| {every / seconds:,.0f} | {peak():,.0f} |"
    )


if __name__ == "__main__":
    sys.stdout.write(line(int(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None) + "\n")
