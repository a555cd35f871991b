"""Arrays shown to DuckDB's queries as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray


@contextmanager
def shown(con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, NDArray[Any]]) -> Iterator[None]:
    """Show columns as a table of this name while the block lasts: days as dates, objects as text.

    They are handed over as NumPy arrays: for an Arrow table DuckDB imports all of `pyarrow.dataset`, a fifth of a
    second of every short process.
    """
    con.register(f"{name}_arrays", {column: _plain(values) for column, values in columns.items()})
    listed = ", ".join(_selected(column, values.dtype) for column, values in columns.items())
    con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {listed} FROM {name}_arrays")
    try:
        yield
    finally:
        con.execute(f"DROP VIEW {name}")
        con.unregister(f"{name}_arrays")


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    return values.view(np.int64) if values.dtype.kind == "M" else values


def _selected(column: str, dtype: np.dtype[Any]) -> str:
    """Return the SQL of a column: DuckDB takes no array of days, and takes an empty array of objects for numbers."""
    if dtype.kind == "M":
        return f"DATE '1970-01-01' + {column}::INT AS {column}"
    return f"{column}::VARCHAR AS {column}" if dtype == np.object_ else column
