"""The evaluation report: one page a person can read, in French then in English, and the same as JSON.

The page is the card's document with each date of the test, the pictures and the cost; it says first where the run
is weak.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from data.steps import written_whole
from training.baselines import RULES
from training.card import contacts, default_probabilities, made, measured_sections, named, task_of, why, write_cards
from training.data_sheet import definition, outcomes, versions
from training.document import Document, Items, Section, as_page_in_all
from training.findings import findings
from training.words import Said

COLUMNS = (
    "n", "n_sessions", "base_rate", "roc_auc", "pr_auc", "brier", "ece", "precision_at_10pct", "recall_at_20pct",
    "leaky_roc_auc",
)  # fmt: skip


def plain(value: Any) -> Any:
    """Return JSON's own types only; a figure that cannot be worked out is null, a day is its ISO text."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.isoformat() if isinstance(value, date) else value


def write_report(folder: Path, result: Mapping[str, Any], pictures: Mapping[str, bytes]) -> None:
    """Write `report.json`, `report.html`, cards and data sheets by language, and the pictures, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, png in pictures.items():
        (folder / f"{name}.png").write_bytes(png)
    told = plain(result)
    (folder / "report.html").write_text(as_page_in_all(report(told), pictures), encoding="utf-8")
    write_cards(folder, told)
    with written_whole(folder / "report.json") as partial:
        partial.write_text(json.dumps(told, indent=1), encoding="utf-8")


def report(result: Mapping[str, Any]) -> Document:
    """Return the report as a document of every language, from what was measured alone.

    Parameters
    ----------
    result : the run as plain JSON.
    """
    measured = result.get("measured", True)
    return Document(
        Said("report.title" if measured else "report.unmeasured"),
        result["model"],
        [
            Section(Said("card.serves"), [why(result)]),
            Section(Said("card.weak"), [Items(findings(result) or [Said("weak.none")])]),
            Section(Said("card.task"), [task_of(result), definition(result), outcomes(result)]),
            *([_days(result), *measured_sections(result)] if measured else _unmeasured(result)),
            Section(Said("card.contacts"), contacts(result)),
            Section(Said("card.made"), [made(result), versions(result)]),
            Section(Said("report.cost"), [Said("report.cost_text", result)]),
        ],
    )


def _days(result: Mapping[str, Any]) -> Section:
    """The figures of each date, and of all of them together."""
    rows = [[one["as_of_day"], *(one[name] for name in COLUMNS)] for one in result["rows"]]
    rows.append([Said("report.pooled"), *(result["pooled"][name] for name in COLUMNS)])
    return Section(Said("report.days"), [named("as_of_day", COLUMNS, rows)])


def _unmeasured(result: Mapping[str, Any]) -> list[Section]:
    """The rules that serve before anything could be measured: their points, and what these are taken to mean."""
    rows = [[rule.feature, f"{rule.op} {rule.threshold:g}", rule.points] for rule in RULES]
    return [
        Section(Said("report.rules"), [named("feature", ("passes", "points"), rows)]),
        Section(Said("report.rules_default"), [Said("report.rules_text"), default_probabilities(result)]),
    ]
