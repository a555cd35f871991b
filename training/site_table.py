"""The table of a site that rolls its tests, in docs/evaluation.md, from what `filrouge train --json` printed.

filrouge import moodle data/sample/moodle --as-of 2026-06-15
filrouge train --json > example.json
python -m training.site_table example.json docs/evaluation.md
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.anchors import at_capacity, ladder, short

BEGIN, END = "<!-- site: begin -->", "<!-- site: end -->"
FIGURES = ("roc_auc", "pr_auc", "brier", "ece", "precision_at_10pct", "recall_at_20pct")
ALERTS = ("precision", "recall", "alerts_per_list_and_date", "share_of_abandoned_alerted_14d_ahead", "lead_days_median")


def table(result: Mapping[str, Any]) -> str:
    """Return the Markdown of a run: each level with its intervals, the ladder, each test, each week, what is weak."""
    pooled, folds = result["pooled"], result["folds"]
    head = (
        f"{result['task']}: {folds['n_tests']} tests, one after the other, {pooled['n']} rows of {pooled['n_learners']}"
        f" learners in {pooled['n_sessions']} sessions, {pooled['n_positive']} of leavers (base rate"
        f" {short(pooled['base_rate'])}); {result['level']} serves; leaky ROC AUC {short(pooled['leaky_roc_auc'])}."
    )
    weak = [f"- {line}" for line in result["weaknesses"]]
    parts = [
        head,
        _levels(result),
        ladder(result),
        _tests(result),
        _weeks(result),
        "\n".join(at_capacity(result)).strip(),
    ]
    return "\n\n".join([*filter(None, parts), "What the report itself holds against it:", "\n".join(weak)])


def _levels(result: Mapping[str, Any]) -> str:
    """Each level's figures, with the intervals there are, and its alerts at capacity."""
    rows = []
    for name, one in result["levels"].items():
        cells = [_with_interval(one["pooled"][figure], one["intervals"].get(figure)) for figure in FIGURES]
        rows.append([name, *cells, *(short(one["alerts"][figure]) for figure in ALERTS)])
    return _markdown(["level", *FIGURES, *(f"alerts: {name}" for name in ALERTS)], rows)


def _tests(result: Mapping[str, Any]) -> str:
    """PR-AUC of each level on each test."""
    levels = list(result["levels"])
    rows = []
    for one in result["by_fold"]:
        of = one["levels"]
        counted = [of[levels[0]]["n"], of[levels[0]]["base_rate"]]
        rows.append([f"{one['first_on']} to {one['last_on']}", *counted, *(of[name]["pr_auc"] for name in levels)])
    return _markdown(["test", "n", "base_rate", *(f"pr_auc, {name}" for name in levels)], rows)


def _weeks(result: Mapping[str, Any]) -> str:
    """ROC AUC and PR-AUC of each level, week by week of the course."""
    levels = result["levels"]
    of = {name: {row["as_of_day"]: row for row in one["rows"]} for name, one in levels.items()}
    rows = [
        [one["as_of_day"], one["n"], one["base_rate"]] + [_pair(of[name].get(one["as_of_day"])) for name in levels]
        for one in result["rows"]
    ]
    return _markdown(["day of the course", "n", "base_rate", *(f"{name}: ROC, PR" for name in levels)], rows)


def _pair(row: Mapping[str, Any] | None) -> str:
    return f"{short(row['roc_auc'])}, {short(row['pr_auc'])}" if row else short(None)


def _with_interval(value: float, interval: Mapping[str, float] | None) -> str:
    return f"{short(value)} ({short(interval['low'])} to {short(interval['high'])})" if interval else short(value)


def _markdown(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    cells = [[one if isinstance(one, str) else short(one) for one in row] for row in rows]
    lines = ["| " + " | ".join(line) + " |" for line in [list(columns), *cells]]
    return "\n".join([lines[0], "|" + "---|" * len(columns), *lines[1:]])


def main(arguments: Sequence[str]) -> None:
    """Write the tables between the two marks of a document."""
    source, document = map(Path, arguments)
    before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    written = table(json.loads(source.read_text(encoding="utf-8")))
    document.write_text(f"{before}{BEGIN}\n{written}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
