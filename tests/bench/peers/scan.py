"""A plain scan and sum of the columns that the features are made from: no table of features can cost less."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

QUERY = """
SELECT sum(enrolment_id % 1000), max(kind), sum(count), max(known_on),
       max(epoch_us(occurred_from)), max(epoch_us(occurred_to))
FROM read_parquet(?)
"""


def scan(folder: Path, threads: int) -> list[tuple[object, ...]]:
    """Read the columns on so many threads."""
    with duckdb.connect() as con:
        con.execute(f"SET threads = {threads}")
        return con.execute(QUERY, [[str(path) for path in sorted(folder.glob("activity*.parquet"))]]).fetchall()


if __name__ == "__main__":
    scan(Path(sys.argv[1]), int(sys.argv[2]))
