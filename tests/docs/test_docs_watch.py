"""The page of the watch is what its command makes of the lines kept."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bench.watch_page import page, read

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_made_from_the_lines() -> None:
    told = "make it again: python -m docs.build"
    assert (DOCS / "watch.md").read_text(encoding="utf-8") == page(read(DOCS / "watch.jsonl")), told


def test_the_last_line_of_a_thing_counts_and_nothing_found_is_said(tmp_path: Path) -> None:
    line = {"what": "drift: x", "sessions": "alike", "worlds": 4, "found": 0, "days": 49, "median_delay": None,
            "longest_delay": None}  # fmt: skip
    later = {**line, "found": 3, "median_delay": 14.0, "longest_delay": 21}
    path = tmp_path / "lines"
    path.write_text("\n".join(map(json.dumps, [line])), encoding="utf-8")
    assert "| x | alike | 0 of 4 | 49 days | – |" in page(read(path))
    path.write_text("\n".join(map(json.dumps, [line, later])), encoding="utf-8")
    assert "| x | alike | 3 of 4 | 49 days | 14, 21 |" in page(read(path))
    assert "0 of 4" not in page(read(path))
