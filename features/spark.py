"""The same table, by the same functions, on Spark: sessions are shared out whole, and each part is a small store.

Only activity is shuffled, by session: what a feature needs of the rest of the session is always in the same part. Where
a feature compares with earlier sessions, parts are whole courses. The other tables are small: each part reads them.
Features of what the learner does in other sessions are refused, since those may lie in another part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import duckdb
import pyarrow as pa

from data import checks, reading
from data.contracts import TABLES
from data.errors import FilrougeError
from features.catalog import catalog, entry
from features.schedule import Schedule
from features.table import build

ELSEWHERE = ("actions_elsewhere_30d", "share_of_actions_here_30d")
"""Features that read the activity of other sessions."""
Part = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]
_KEY = "filrouge_part"


def on_spark(
    spark: Any,
    files: Mapping[str, Sequence[str]],
    schedule: Schedule,
    *,
    names: Sequence[str] | None = None,
    parts: int = 64,
) -> Any:
    """Return `table.build` of the schedule as a Spark DataFrame, its lines in no order.

    Parameters
    ----------
    spark : a SparkSession whose workers have this package, and see the files.
    files : the Parquet files of each canonical table; what may not be read must not be in them.
    names : the features wanted; all but those of ELSEWHERE by default.
    parts : how many parts the sessions are shared out into; the records of one fit in a worker's memory.

    Raises
    ------
    FilrougeError : a feature reads other sessions' activity.
    """
    wanted = list(names) if names is not None else [name for name in catalog() if name not in ELSEWHERE]
    if refused := [name for name in wanted if name in ELSEWHERE]:
        raise FilrougeError("a feature reads the learner's other sessions", where=", ".join(refused),
                            todo="build it on one machine")  # fmt: skip
    functions = import_module("pyspark.sql.functions")
    column = "course_id" if any(entry(name).scope == "course" for name in wanted) else "session_id"
    work = part_of(files, schedule, wanted, column)
    homes = spark.read.parquet(*files["enrolments"]).select("enrolment_id", functions.col(column).alias(_KEY))
    acts = spark.read.parquet(*files["activity"]).select(*TABLES["activity"].names)
    acts = acts.join(functions.broadcast(homes), "enrolment_id")
    silent = homes.select(_KEY).distinct()
    shared = acts.unionByName(silent, allowMissingColumns=True).repartition(parts, _KEY)
    return shared.mapInArrow(work, _schema(wanted))


def part_of(files: Mapping[str, Sequence[str]], schedule: Schedule, names: Sequence[str], column: str) -> Part:
    """Return the work of one part: its records in, its lines of the table out."""
    paths = {name: list(files.get(name, ())) for name in TABLES}

    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        held = list(batches)
        if not held:
            return
        records = pa.Table.from_batches(held)
        held.clear()
        keys = records[_KEY].unique().to_pylist()
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'UTC'; SET threads = 1")
            _show(con, paths, records)
            query = f"SELECT DISTINCT session_id FROM enrolments WHERE list_contains(?, {column})"
            here = {session for (session,) in con.execute(query, [keys]).fetchall()}
            mine = {session: dates for session, dates in schedule.items() if session in here}
            found = build(con, mine, names=names)
        yield from pa.Table.from_pandas(found, preserve_index=False).cast(_arrow(names)).to_batches()

    return work


def _show(con: duckdb.DuckDBPyConnection, paths: Mapping[str, Sequence[str]], records: pa.Table) -> None:
    """Show the part's activity, and the other tables whole."""
    reading.show(con, {**paths, "activity": ()}, {})
    con.register("filrouge_part_records", records)
    listed = checks.casts(TABLES["activity"])
    source = f"SELECT {listed} FROM filrouge_part_records WHERE record_id IS NOT NULL"
    con.execute(f"CREATE OR REPLACE VIEW activity AS {source}")


_IDENTITY = {
    "enrolment_id": "bigint", "learner_id": "bigint", "mentor_id": "bigint", "session_id": "string",
    "course_id": "string", "as_of_on": "timestamp_ntz", "day_of_course": "bigint",
}  # fmt: skip
_ARROW = {"bigint": pa.int64(), "string": pa.string(), "timestamp_ntz": pa.timestamp("us")}


def _schema(names: Sequence[str]) -> str:
    return ", ".join([*(f"{name} {kind}" for name, kind in _IDENTITY.items()), *(f"{name} double" for name in names)])


def _arrow(names: Sequence[str]) -> pa.Schema:
    identity = [pa.field(name, _ARROW[kind]) for name, kind in _IDENTITY.items()]
    return pa.schema([*identity, *(pa.field(name, pa.float64()) for name in names)])
