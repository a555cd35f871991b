"""Feature tables kept as Parquet, named by what made them, so that none is built twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from data.errors import HomeError
from data.progress import Report, silent
from data.steps import code_fingerprint, written_whole
from features.schedule import Schedule


@dataclass(frozen=True)
class Kept:
    """A table on disk; `already` when it was there before."""

    path: Path
    rows: int
    features: int
    already: bool


def keep(
    con: duckdb.DuckDBPyConnection,
    schedule: Schedule,
    *,
    versions: Mapping[str, int],
    folder: Path,
    name: str = "features",
    out: Path | None = None,
    report: Report = silent,
) -> Kept:
    """Build the table of a schedule, or find it: same records, dates, catalogue and code, same file.

    Parameters
    ----------
    versions : versions of the tables that `con` reads.
    folder : where tables are kept; `out` writes elsewhere, always anew.
    name : what its files are called; readers who may not see the same learners do not share a name.

    Raises
    ------
    HomeError : the file cannot be written.
    """
    import pyarrow.parquet as pq

    from features.table import IDENTITY, build

    path = out or folder / f"{name}-{key(schedule, versions)}.parquet"
    already = out is None and path.exists()
    if not already:
        table = build(con, schedule, report=report)
        try:
            with written_whole(path) as partial:
                table.to_parquet(partial, index=False)
        except OSError as error:
            raise HomeError("the features cannot be written", where=str(path), todo="choose another file") from error
    with pq.ParquetFile(path) as file:
        return Kept(path, file.metadata.num_rows, file.metadata.num_columns - len(IDENTITY), already)


def key(schedule: Schedule, versions: Mapping[str, int]) -> str:
    """Return a short hash of the dates, the tables' versions, the catalogue and the code."""
    dates = {session: [day.isoformat() for day in days] for session, days in schedule.items()}
    content = json.dumps([dates, sorted(versions.items()), code_fingerprint([Path(__file__).parent])])
    return hashlib.sha256(content.encode()).hexdigest()[:16]
