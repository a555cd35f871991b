"""The page of the watch is what its command makes of the lines kept."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bench.watch_page import page, read

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_made_from_the_lines() -> None:
    told = "make it again: python -m docs.build"
    assert (DOCS / "watch.md").read_text(encoding="utf-8") == page(read(DOCS / "watch.jsonl")), told


def line(seed: int, days: int | None) -> dict[str, object]:
    """Return a world in which one change is seen after some days, or never."""
    one_course = {"A": {"whole": None, "own": days}}
    return {"what": "changes", "kind": "alike", "seed": seed, "found": {"x": days}, "one_course": one_course}


def test_a_world_measured_twice_counts_once_and_a_rate_has_its_interval(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("\n".join(map(json.dumps, [line(1, None), line(2, None)])), encoding="utf-8")
    assert "| x | alike | 0 of 2 (0% to 84%) | – |" in page(read(path))
    path.write_text("\n".join(map(json.dumps, [line(1, None), line(2, 7), line(1, 21)])), encoding="utf-8")
    told = page(read(path))
    assert "| x | alike | 2 of 2 (16% to 100%) | 14, 21 |" in told
    assert "changes (alike) 2" in told


def test_nothing_measured_is_said() -> None:
    assert "Nothing was measured yet." in page([])
