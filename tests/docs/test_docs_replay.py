"""The page of replays is what its command makes of the lines kept; of one site, the last line counts."""

from __future__ import annotations

import json
from pathlib import Path

from serving.replay.page import main, markdown, read

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_made_from_the_lines() -> None:
    text = (DOCS / "replay.md").read_text(encoding="utf-8")
    assert text == markdown(read(DOCS / "replay.jsonl")), "make it again: make pages"


def test_no_line_names_anybody_and_each_bears_its_intervals() -> None:
    for told in read(DOCS / "replay.jsonl"):
        assert not {"enrolment_id", "learner_id", "mentor_id"} & set(json.dumps(told).replace('"', " ").split())
        for order in (told["product"], *told["others"].values()):
            assert all({"n", "found", "low", "high"} <= set(share) for share in order["shares"].values())


def test_the_last_line_of_a_site_counts(tmp_path: Path) -> None:
    first, last = main(["a"], json.dumps({"n": 1})), main(["a", "why"], json.dumps({"n": 2}))
    (tmp_path / "lines").write_text(f"{first}\n{main(['b'], '{}')}\n{last}\n", encoding="utf-8")
    assert read(tmp_path / "lines") == [{"site": "a", "note": "why", "n": 2}, {"site": "b"}]
