"""A week earlier is only told where records are finer than a week."""

from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from data.contracts import INSTANT
from serving.scoring.service import weeks_compare


@pytest.mark.parametrize(
    ("days", "expected"),
    [([0], True), ([0, 7], True), ([0, 30], False), ([], True)],
    ids=["daily", "weekly", "monthly", "none"],
)
def test_weeks_compare(days, expected):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = pa.table({"occurred_from": pa.array([start for _ in days], INSTANT),
                     "occurred_to": pa.array([start + timedelta(days=n) for n in days], INSTANT)})  # fmt: skip
    with duckdb.connect() as con:
        con.register("activity", rows)
        assert weeks_compare(con) is expected
