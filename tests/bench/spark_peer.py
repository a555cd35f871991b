"""The thirteen features on Spark, from the same Parquet files, written as Parquet: run by Spark's own environment.

`.venv/spark/bin/python -m tests.bench.spark_peer /tmp/made /tmp/out.parquet` prints the seconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession

from data.contracts import TABLES
from features.oracle import NAMES
from features.spark import on_spark
from tests.bench import made_records


def main() -> None:
    """Build, write, and print what it took; Spark's own start is not counted."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    folder, out = Path(sys.argv[1]), sys.argv[2]
    spark = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "3g").config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    )  # fmt: skip
    files = {name: sorted(str(path) for path in folder.glob(f"{name}*.parquet")) for name in TABLES}
    start = time.perf_counter()
    on_spark(spark, files, made_records.schedule(folder), names=NAMES, parts=16).write.parquet(out)
    print(json.dumps({"seconds": time.perf_counter() - start}))  # noqa: T201
    spark.stop()


if __name__ == "__main__":
    main()
