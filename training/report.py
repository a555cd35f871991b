"""The evaluation report: one page a person can read, and the same as JSON. It says where it is weak."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from data.steps import written_whole
from training.baselines import RULES
from training.card import write_cards
from training.wording import level, outcomes, records, why_it_serves

COLUMNS = (
    "n", "n_sessions", "base_rate", "roc_auc", "pr_auc", "brier", "ece", "precision_at_10pct", "recall_at_20pct",
    "leaky_roc_auc",
)  # fmt: skip
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2733}"
    "table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}"
    "td,th{border:1px solid #cfd6dd;padding:.3rem .6rem;text-align:right;font-variant-numeric:tabular-nums}"
    "th:first-child,td:first-child{text-align:left}img{max-width:100%}li{margin:.3rem 0}"
)


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
    page = _page(result, pictures) if result.get("measured", True) else _unmeasured_page(result)
    (folder / "report.html").write_text(page, encoding="utf-8")
    write_cards(folder, plain(result))
    with written_whole(folder / "report.json") as partial:
        partial.write_text(json.dumps(plain(result), indent=1), encoding="utf-8")


def _page(result: Mapping[str, Any], pictures: Mapping[str, bytes]) -> str:
    drawn = "".join(
        f'<img alt="{escape(name.replace("_", " "))}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
        for name, png in pictures.items()
    )
    parts = [
        f"<h1>{escape(result['task'])}: {escape(level(result['level']))}</h1>",
        f"<p>{escape(result['definition'])}. Horizon: {result['horizon_days']} days. {escape(_folds(result))}</p>",
        f"<p>{escape(why_it_serves(result))}</p>",
        f"<p>{escape(outcomes(result['outcomes']))}. {escape(records(result['table_versions']))}</p>",
        "<h2>Where it is weak</h2>",
        _list(result["weaknesses"]),
        "<h2>Each date of the test</h2>",
        _table(["as_of_day", *COLUMNS], [*result["rows"], {"as_of_day": "pooled"} | dict(result["pooled"])]),
        "<p>The leaky figure is the same level on a random split with learners already gone kept: it flatters, and is"
        " here only so that nobody compares like with unlike.</p>",
        "<h2>The ladder</h2>",
        _table(
            ["level", "pr_auc", "low", "high", "roc_auc", "brier", "ece", "against", "gain", "passed"], _ladder(result)
        ),
        "<p>A level serves only where its PR-AUC beats the one then serving by an interval above zero, out of time."
        " Intervals: bootstrap by session and learner.</p>",
        f"<h2>At the mentors' capacity ({result['alerts']['capacity']} alerts each time)</h2>",
        _table(["figure", "value"], [{"figure": k, "value": v} for k, v in result["alerts"].items()]),
        "<h2>Subgroups</h2>",
        *[_subgroups(name, audit) for name, audit in result["fairness"].items()],
        "" if result["fairness"] else "<p>The site records no attribute to audit by.</p>",
        f"<h2>Pictures</h2>{drawn}",
        _cost(result),
    ]
    return _document(result, parts)


def _unmeasured_page(result: Mapping[str, Any]) -> str:
    """The page of rules that nothing on the site has measured."""
    parts = [
        f"<h1>{escape(result['task'])}: {escape(level(result['level']))}, not measured on this site</h1>",
        _list(result["weaknesses"]),
        f"<p>{escape(result['definition'])}. Horizon: {result['horizon_days']} days.</p>",
        f"<p>{escape(outcomes(result['outcomes']))}. {escape(records(result['table_versions']))}</p>",
        f"<h2>Points</h2>{_table(['feature', 'passes', 'points'], _rules())}",
        f"<h2>Default probability by points</h2>{_table(['points', 'probability'], result['defaults'])}",
        "<p>A stated default, the same for every site; between two lines, in between.</p>",
        _cost(result),
    ]
    return _document(result, parts)


def _rules() -> list[dict[str, Any]]:
    return [{"feature": r.feature, "passes": f"{r.op} {r.threshold:g}", "points": r.points} for r in RULES]


def _cost(result: Mapping[str, Any]) -> str:
    return f"<p>Took {result['seconds']} s, {result['peak_mb']} MB at most.</p>"


def _document(result: Mapping[str, Any], parts: Sequence[str]) -> str:
    title = f"<title>Filrouge: {escape(result['task'])}</title>"
    head = f'<!doctype html><html lang="en"><meta charset="utf-8">{title}<style>{STYLE}</style>'
    return head + "<body>" + "\n".join(parts) + "</body></html>"


def _folds(result: Mapping[str, Any]) -> str:
    folds = result["folds"]
    sizes = ", ".join(
        f"{name} {folds[name]['n']} rows of {folds[name]['n_sessions']} sessions" for name in ("fit", "tune", "test")
    )
    return f"Split: {folds['protocol']} ({sizes}). Last training day {result['trained_until']}."


def _ladder(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"level": level(step["level"]), "against": level(step["against"]), "passed": "yes" if step["passed"] else "no"}
        | {key: result["levels"][step["level"]]["pooled"][key] for key in ("pr_auc", "roc_auc", "brier", "ece")}
        | {key: result["levels"][step["level"]]["intervals"]["pr_auc"][key] for key in ("low", "high")}
        | {"gain": _interval(step["gain"])}
        for step in result["ladder"]
    ]


def _interval(gain: Mapping[str, float] | None) -> str:
    return "" if gain is None else f"{gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]"


def _subgroups(name: str, audit: Mapping[str, Any]) -> str:
    keys = ["group", "n_learners", "base_rate", "tpr", "fpr", "calibration_gap"]
    return f"<h3>{escape(name.replace('_', ' '))}</h3>" + _table(keys, audit["groups"])


def _list(items: Sequence[str]) -> str:
    return (
        "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>" if items else "<p>Nothing found.</p>"
    )


def _table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(_cell(row.get(c)))}</td>" for c in columns) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
