"""The anchors table of docs/evaluation.md, written from what `filrouge train --json` printed; no figure is typed.

filrouge train --task fail_or_withdrawn --json > fail.json
filrouge train --task withdrawn_28d --json > withdrawn.json
python -m training.anchors fail.json withdrawn.json docs/evaluation.md
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- anchors: begin -->", "<!-- anchors: end -->"
AT_CAPACITY = 0.82
"""The precision that the project asks of the alerts at the mentors' capacity, where the base rate allows it."""
READ = """**How these figures were reached.** Model choices were made on 2013B → 2013J → 2014B. One later fix (trees
that start from nothing start from the base rate) followed a failure on those development folds. 2014J's figures were
printed more than once while the code was being finished: read them as those of a test seen several times, not once."""
"""Written under the table each time, whatever the figures."""


@dataclass(frozen=True)
class Anchor:
    """One figure to compare with: what others and two trials reached, and what is aimed at."""

    task: str
    day: int | None
    figure: str
    published: str
    plain: float | None
    stronger: float | None
    aim: float
    lower_is_better: bool = False

    def met(self, value: float) -> bool:
        """Whether the aim is met, at the precision it is written with."""
        digits = 4 if self.aim < 0.1 else 3
        gap = round(value, digits) - self.aim
        return gap <= 0 if self.lower_is_better else gap >= 0


FAIL, WITHDRAWN = "fail_or_withdrawn", "withdrawn_28d"
ANCHORS = (
    Anchor(FAIL, 35, "roc_auc", ".728 (day 30)", 0.725, 0.730, 0.740),
    Anchor(FAIL, 65, "roc_auc", ".784 (day 60)", 0.792, 0.801, 0.810),
    Anchor(FAIL, 95, "roc_auc", ".822 (day 90)", 0.828, 0.839, 0.848),
    Anchor(FAIL, 35, "precision_at_10pct", ".846 (day 30)", 0.782, 0.779, 0.86),
    Anchor(FAIL, 65, "precision_at_10pct", ".916 (day 60)", 0.929, 0.940, 0.95),
    Anchor(FAIL, 95, "precision_at_10pct", "–", 0.967, 0.964, 0.97),
    Anchor(WITHDRAWN, None, "roc_auc", ".768 (weekly)", 0.777, 0.797, 0.805),
    Anchor(WITHDRAWN, None, "pr_auc", ".123 (base .031, weekly)", 0.143, 0.136, 0.160),
    Anchor(WITHDRAWN, None, "brier", "–", 0.0360, 0.0358, 0.0355, lower_is_better=True),
    Anchor(WITHDRAWN, None, "ece", "–", None, None, 0.01, lower_is_better=True),
)


def table(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the anchors table as Markdown, how its figures were reached, then each task's dates.

    Parameters
    ----------
    results : by task, the object that `filrouge train --json` printed.
    """
    head = (
        "| task | day | figure | published | plain | stronger | aim | **serves** | 95 % | met | lightgbm | met |"
        "\n|---|---|---|---|---|---|---|---|---|---|---|---|"
    )
    lines = [_line(anchor, results[anchor.task]) for anchor in ANCHORS if anchor.task in results]
    parts = ["\n".join([head, *lines]), READ, *(_dates(task, result) for task, result in results.items())]
    return "\n\n".join(parts)


def _line(anchor: Anchor, result: Mapping[str, Any]) -> str:
    value, trees = (_value(anchor, one) for one in (result, result["levels"]["lightgbm"]))
    interval = result["intervals"].get(anchor.figure) if anchor.day is None else None
    cells = [
        anchor.task,
        "pooled" if anchor.day is None else str(anchor.day),
        anchor.figure,
        anchor.published,
        short(anchor.plain),
        short(anchor.stronger),
        f"{'≤' if anchor.lower_is_better else '≥'} {short(anchor.aim)}",
        f"**{short(value)}**",
        f"{short(interval['low'])} to {short(interval['high'])}" if interval else "",
        "yes" if anchor.met(value) else "**no**",
        short(trees),
        "yes" if anchor.met(trees) else "**no**",
    ]
    return "| " + " | ".join(cells) + " |"


def _value(anchor: Anchor, measured: Mapping[str, Any]) -> float:
    """One figure of what serves, or of one level: pooled, or on the anchor's day."""
    days = [row for row in measured["rows"] if row["as_of_day"] == anchor.day]
    return float((measured["pooled"] if anchor.day is None else days[0])[anchor.figure])


def _dates(task: str, result: Mapping[str, Any]) -> str:
    columns = (
        "as_of_day", "n", "base_rate", "roc_auc", "pr_auc", "brier", "ece", "precision_at_10pct", "recall_at_20pct",
        "leaky_roc_auc",
    )  # fmt: skip
    rows = [*result["rows"], {"as_of_day": "pooled"} | dict(result["pooled"])]
    body = ["| " + " | ".join(short(row[name]) for name in columns) + " |" for row in rows]
    seeds = result["seeds"]["roc_auc"]
    spread = f"ROC AUC of each of {len(seeds)} seeds alone: {min(seeds):.4f} to {max(seeds):.4f}." if seeds else ""
    return "\n".join(
        [
            f"### {task}, each date of 2014J ({result['level']}; {result['seconds']} s, {result['peak_mb']} MB)",
            "",
            *([spread, ""] if spread else []),
            "| " + " | ".join(columns) + " |",
            "|" + "---|" * len(columns),
            *body,
            "",
            ladder(result),
            "",
            *at_capacity(result),
            "What the report itself holds against it:",
            "",
            *[f"- {line}" for line in result["weaknesses"]],
        ]
    )


def at_capacity(result: Mapping[str, Any]) -> list[str]:
    """Return the precision of the alerts of each date beside the best its base rate allows; none in an older run."""
    told = result.get("alerts_by_day")
    if not told:
        return []
    capacity = int(result["alerts"]["capacity"])
    lines = [
        f"At the mentors' capacity ({capacity} alerts for 25 learners each time, nobody again within"
        f" {result['horizon_days']} days), the aim is a precision of {AT_CAPACITY:.2f} where a perfect order could"
        " reach it (leavers who may be alerted that day over alerts given):",
        "",
        f"| as_of_day | n | base_rate | alerts | best possible | precision | ≥ {AT_CAPACITY:.2f} |",
        "|" + "---|" * 7,
    ]
    pooled = {"as_of_day": "pooled", **_pooled_alerts(result, told)}
    for one in [*told, pooled]:
        names = ("as_of_day", "n", "base_rate", "n_alerts", "best_possible", "precision")
        lines.append("| " + " | ".join([*(short(one[name]) for name in names), _reached(one)]) + " |")
    return [*lines, ""]


def _pooled_alerts(result: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    given = sum(one["n_alerts"] for one in told)
    found = sum(one["best_possible"] * one["n_alerts"] for one in told if one["n_alerts"])
    return {
        "n": result["pooled"]["n"],
        "base_rate": result["pooled"]["base_rate"],
        "n_alerts": given,
        "best_possible": found / given if given else None,
        "precision": result["alerts"]["precision"],
    }


def _reached(one: Mapping[str, Any]) -> str:
    """Whether the precision asked is reached, or out of reach of any order."""
    if not one["n_alerts"]:
        return "no alert"
    if one["best_possible"] < AT_CAPACITY:
        return "out of reach"
    return "yes" if round(one["precision"], 3) >= AT_CAPACITY else "**no**"


def ladder(result: Mapping[str, Any]) -> str:
    """Return the ladder's table: each level's figures, what it gained, and whether it serves."""
    lines = ["| level | pr_auc | roc_auc | brier | ece | gain in PR-AUC | against | serves |", "|" + "---|" * 8]
    for step in result["ladder"]:
        pooled, gain = result["levels"][step["level"]]["pooled"], step["gain"]
        told = f"{gain['value']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f})" if gain else ""
        figures = " | ".join(short(pooled[name]) for name in ("pr_auc", "roc_auc", "brier", "ece"))
        lines.append(
            f"| {step['level']} | {figures} | {told} | {step['against']} | {'yes' if step['passed'] else 'no'} |"
        )
    return "\n".join(lines)


def short(value: object) -> str:
    """Return a figure as tables show it: three decimals, four where it is small; a dash for none."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 0.1 else f"{value:.3f}"
    return str(value)


def main(arguments: Sequence[str]) -> None:
    """Write the table between the two marks of a document."""
    *sources, document = [Path(argument) for argument in arguments]
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sources]
    text = document.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    written = table({result["task"]: result for result in read})
    document.write_text(f"{before}{BEGIN}\n{written}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
