"""The tables of docs/evaluation.md come from printed results, and says a miss is a miss."""

import json
from pathlib import Path

import pytest

from training import site_table
from training.anchors import ANCHORS, BEGIN, END, READ, main

FIGURES = (
    "n",
    "base_rate",
    "roc_auc",
    "pr_auc",
    "brier",
    "ece",
    "precision_at_10pct",
    "recall_at_20pct",
    "leaky_roc_auc",
)


def result(task, value):
    row = dict.fromkeys(FIGURES, value)
    days = [{"as_of_day": day, **row} for day in (35, 65, 95)]
    step = {"level": "rules", "against": "", "gain": None, "passed": True}
    return {
        "task": task, "level": "rules", "seconds": 1.0, "peak_mb": 2, "seeds": {"roc_auc": []}, "weaknesses": ["small"],
        "rows": days, "pooled": row, "ladder": [step],
        "levels": {"rules": {"pooled": row}, "lightgbm": {"pooled": row, "rows": days}},
        "intervals": {"roc_auc": {"value": value, "low": 0.1, "high": 0.9}},
    }  # fmt: skip


@pytest.mark.parametrize(("value", "met"), [(0.99, 8), (0.001, 2)])
def test_the_table_is_written_between_the_marks_with_every_aim_met_or_missed(tmp_path, value, met):
    document = tmp_path / "evaluation.md"
    document.write_text(f"before\n{BEGIN}\nstale figures\n{END}\nafter\n", encoding="utf-8")
    for name in ("fail_or_withdrawn", "withdrawn_28d"):
        (tmp_path / f"{name}.json").write_text(json.dumps(result(name, value)), encoding="utf-8")
    main([str(tmp_path / "fail_or_withdrawn.json"), str(tmp_path / "withdrawn_28d.json"), str(document)])
    text = document.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "stale figures" not in text
    assert text.count("| yes |") - 2 == 2 * met
    assert text.count("| **no** |") == 2 * (len(ANCHORS) - met)
    assert "- small" in text
    assert text.count(READ) == 1


@pytest.mark.parametrize(
    ("figure", "value", "met"),
    [("roc_auc", 0.8046, True), ("roc_auc", 0.8044, False), ("ece", 0.01004, True), ("ece", 0.0102, False)],
)
def test_an_aim_is_read_at_the_precision_it_is_written_with(figure, value, met):
    anchor = next(a for a in ANCHORS if a.figure == figure and a.day is None)
    assert anchor.met(value) is met


def test_the_document_says_what_the_generator_would_say_again():
    document = Path(__file__).parents[2] / "docs" / "evaluation.md"
    written = document.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert written.count(READ) == 1


def test_precision_at_capacity_is_read_where_the_base_rate_allows_it(tmp_path):
    days = [
        {"as_of_day": 5, "n": 100, "base_rate": 0.05, "n_alerts": 10, "precision": 0.3, "best_possible": 0.5},
        {"as_of_day": 35, "n": 100, "base_rate": 0.4, "n_alerts": 10, "precision": 0.8196, "best_possible": 1.0},
        {"as_of_day": 65, "n": 100, "base_rate": 0.4, "n_alerts": 10, "precision": 0.7, "best_possible": 1.0},
        {"as_of_day": 95, "n": 100, "base_rate": 0.4, "n_alerts": 0, "precision": None, "best_possible": None},
    ]
    told = result("fail_or_withdrawn", 0.5) | {
        "horizon_days": 28, "alerts": {"capacity": 3, "precision": 0.62}, "alerts_by_day": days,
    }  # fmt: skip
    document, source = tmp_path / "evaluation.md", tmp_path / "fail.json"
    document.write_text(f"{BEGIN}{END}", encoding="utf-8")
    source.write_text(json.dumps(told), encoding="utf-8")
    main([str(source), str(document)])
    lines = [one for one in document.read_text(encoding="utf-8").splitlines() if one.count("|") == 8][2:]
    assert [line.split(" | ")[-1].rstrip(" |") for line in lines] == [
        "out of reach", "yes", "**no**", "no alert", "**no**",
    ]  # fmt: skip
    assert "| 30 | 0.833 | 0.620 |" in lines[-1]


def test_a_site_is_told_level_by_level_test_by_test_and_week_by_week(tmp_path):
    told = result("abandoned_28d", 0.25)
    pooled = told["pooled"] | {"n": 90, "n_learners": 40, "n_sessions": 3, "n_positive": 9}
    level = {
        "pooled": pooled, "rows": told["rows"], "intervals": {"pr_auc": {"low": 0.2, "high": None}},
        "alerts": dict.fromkeys(site_table.ALERTS, 0.5),
    }  # fmt: skip
    told |= {
        "pooled": pooled, "levels": {"rules": level}, "folds": {"n_tests": 2},
        "by_fold": [{"first_on": "2026-01-05", "last_on": "2026-03-01", "levels": {"rules": pooled}}],
    }  # fmt: skip
    document, source = tmp_path / "page.md", tmp_path / "example.json"
    document.write_text(f"before {site_table.BEGIN} old {site_table.END} after", encoding="utf-8")
    source.write_text(json.dumps(told), encoding="utf-8")
    site_table.main([str(source), str(document)])
    text = document.read_text(encoding="utf-8")
    assert " old " not in text
    assert text.endswith(" after")
    assert "2 tests, one after the other, 90 rows of 40 learners in 3 sessions, 9 of leavers" in text
    assert "| rules | 0.250 | 0.250 (0.200 to –) |" in text
    assert "| 2026-01-05 to 2026-03-01 | 90 | 0.250 | 0.250 |" in text
    assert text.count("| 0.250, 0.250 |") == 3, text
