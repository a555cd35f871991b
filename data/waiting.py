"""Rows of a stream that wait in a file until they are read again."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.home import make_private

ROWS_A_GROUP = 50_000


def keep_stream(rows: pa.RecordBatchReader | pa.Table, path: Path) -> None:
    """Write a stream, or a table, to a Parquet file, batch by batch.

    Not by DuckDB: it holds on to the text of the batches it is given until its own file is written, so that its memory
    grows with the stream.
    """
    make_private(path.parent)
    with pq.ParquetWriter(path, rows.schema) as writer:
        for batch in rows.to_batches() if isinstance(rows, pa.Table) else rows:
            writer.write_batch(batch, row_group_size=ROWS_A_GROUP)
