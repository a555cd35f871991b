"""A table of evidence as CSV: what Excel reads, and what it must not run."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from serving.quality.sheets import Sheet, as_csv

PARIS = ZoneInfo("Europe/Paris")
CELLS = [
    ("text", "text"),
    ("a;b", '"a;b"'),
    ("=1+1", "'=1+1"),
    (" -x", "' -x"),
    (-3, "-3"),
    (-0.5, "-0,5"),
    (None, ""),
    (date(2026, 6, 1), "01/06/2026"),
    (datetime(2026, 6, 1, 22, 30, tzinfo=UTC), "02/06/2026 00:30"),
]


@pytest.mark.parametrize(("cell", "told"), CELLS)
def test_a_cell_is_told_as_a_spreadsheet_reads_it(cell, told):
    sheet = Sheet("one", "One", ("Head", "Other"), ((cell, "end"),))
    first, line = as_csv(sheet, PARIS)
    assert first == "\ufeffHead;Other\r\n"
    assert line == f"{told};end\r\n"
