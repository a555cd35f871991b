"""The page of what was measured is what its command makes of the lines kept."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bench.machine import machine
from tests.bench.page import page, read

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_made_from_the_lines() -> None:
    text = (DOCS / "speed.md").read_text(encoding="utf-8")
    told = "make it again: python -m tests.bench.page docs/speed.jsonl docs/speed.md"
    assert text == page(read(DOCS / "speed.jsonl")), told


def test_the_last_line_counts_and_what_is_weak_is_said(tmp_path: Path) -> None:
    """A repeated measure replaces the first; growth, slowness and a missed goal are sentences."""
    base = {"peak_mb": 100.0, "rows_per_second": 10, "seconds": 5.0, "peer": None, "ratio": None, "goal": None}
    lines = [
        {**base, "name": "import x", "rows": 1000, "ratio": 3.0},
        {**base, "name": "import x", "rows": 1000, "ratio": 2.0, **machine(), "load": 0.1, "cores": 2},
        {**base, "name": "import x, again", "rows": 10, "seconds": 1.0},
        {**base, "name": "import x", "rows": 10_000, "ratio": 12.0, "peak_mb": 400.0, "rows_per_cpu_second": 7},
        {"name": "features", "seconds": 2.0, "peak_mb": 50.0, "peer": "p", "peer_seconds": 1.0, "ratio": 2.0,
         "goal": 1.5, "met": False},
    ]  # fmt: skip
    (tmp_path / "lines").write_text("\n".join(map(json.dumps, lines)))
    text = page(read(tmp_path / "lines"))
    assert "| x | 1,000 | 10 |  | 100 | 2.0 | 1.0 |\n| x | 10,000 | 10 | 7 | 400 | 12.0 |  |" in text
    assert "| features |  | 2.0 | 50 | 1.0 | 2.0 | 1.5 | no | p |" in text
    weak = text.split("## What is weak")[1]
    assert "from 100 MB at 1,000 to 400 MB at 10,000" in weak
    assert "12 times a plain scan" in weak
    assert "features: misses its goal" in weak


def test_a_measure_says_what_it_was_taken_on_and_not_where() -> None:
    told = machine()
    assert set(told) == {"measured_on", "cores", "memory_gb", "python", "load"}
