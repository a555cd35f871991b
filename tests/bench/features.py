"""The thirteen features of `features.oracle`, ours and each peer's, from the same Parquet files.

`python -m tests.bench.features ours /tmp/made 2` prints what one run took, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from features import cores, rollup_activity, table
from features.oracle import NAMES
from tests.bench import made_records
from tests.bench.peers.scan import scan

Way = Callable[[Path], pd.DataFrame]


def _peer(module: str) -> Way:
    """Return a peer's way; it is imported only when it is used."""

    def found(folder: Path) -> pd.DataFrame:
        peer = import_module(f"tests.bench.peers.{module}")
        made: pd.DataFrame = peer.features(folder, np.datetime64(made_records.START), made_records.last_days())
        return made

    return found


PEERS: dict[str, Way] = {
    "pandas per date": _peer("pandas_per_date"),
    "tuned pandas": _peer("pandas_tuned"),
    "Polars": _peer("polars_weeks"),
    "DuckDB range join": _peer("duckdb_ranges"),
}


def ours(folder: Path, threads: int, names: Sequence[str] | None = NAMES) -> pd.DataFrame:
    """Return our table, from the files to the frame; `names` null: the whole catalogue."""
    cores.THREADS = threads
    with made_records.connect(folder, threads) as con:
        return table.build(con, made_records.schedule(folder), names=names)


def agree(found: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    """Return the names of the features whose numbers differ from the oracle's; decayed sums by their last digits."""
    if "date" not in found:
        found = found.assign(date=_days(found["as_of_on"]))
    found = found.sort_values(["date", "enrolment_id"], ignore_index=True)
    expected = expected.assign(date=_days(expected["as_of_on"]))
    expected = expected.sort_values(["date", "enrolment_id"], ignore_index=True)
    differ = [name for name in ("date", "enrolment_id") if not np.array_equal(found[name], expected[name])]
    for name in NAMES:
        tolerance = 1e-12 if "decayed" in name else 0.0
        one, other = (frame[name].to_numpy(np.float64) for frame in (found, expected))
        if not np.allclose(one, other, rtol=tolerance, atol=0, equal_nan=True):
            differ.append(name)
    return differ


def _days(dates: pd.Series) -> pd.Series:
    return (dates - pd.Timestamp(made_records.START)).dt.days


def _run(what: str, folder: Path, threads: int) -> object:
    if what == "scan":
        return scan(folder, threads)
    if what in ("ours", "catalogue"):
        return ours(folder, threads, NAMES if what == "ours" else None)
    if what == "read":
        return _read(folder, threads)
    return PEERS[what](folder)


def _read(folder: Path, threads: int) -> object:
    """Read and roll up only: what the table costs before its first feature."""
    with made_records.connect(folder, threads) as con:
        people = table.roster.read(con, made_records.schedule(folder))
        days = [table.roster.day_number(max(dates)) for dates in made_records.schedule(folder).values()]
        return rollup_activity.roll(con, people, np.array(days, np.int64)[people.session])


def main() -> None:
    """Print the seconds and the CPU seconds of one run; what is imported first is not counted."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("what", choices=["scan", "ours", "catalogue", "read", *PEERS])
    asked.add_argument("folder", type=Path)
    asked.add_argument("threads", type=int, nargs="?", default=2)
    given = asked.parse_args()
    made_records.connect(given.folder).close()
    if given.threads == 1:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])  # no thread of anybody's works beside it
    start, cpu = time.perf_counter(), time.process_time()
    _run(given.what, given.folder, given.threads)
    took = {"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - cpu}
    print(json.dumps(took))  # noqa: T201


if __name__ == "__main__":
    main()
