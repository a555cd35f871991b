"""What a reader should distrust of a run: findings by key, so that the report and both cards say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.words import Said, say

MIN_SESSIONS, MAX_ECE, MIN_GAIN, MAX_SHIFT, SURE = 5, 0.02, 2.0, 0.25, 0.05


def findings(result: Mapping[str, Any]) -> list[Said]:
    """Return what weakens a run, worst kinds first; a run that measured nothing says so and when it will."""
    if not result.get("measured", True):
        return _unmeasured(result)
    return [*_left_aside(result), *_figures(result), *_labels(result), *_unfair(result["fairness"])]


def sentences(result: Mapping[str, Any], language: str = "en") -> list[str]:
    """Return the findings in words."""
    return [say(one, language) for one in findings(result)]


def level(name: str) -> Said:
    """Return a level's name."""
    return Said(f"level.{name}")


def _unmeasured(result: Mapping[str, Any]) -> list[Said]:
    on, measure = result.get("measure_possible_on"), "weak.possible_on"
    return [
        Said("weak.nothing_measured"),
        Said("weak.defaults"),
        Said(measure, {"on": on}) if on else Said("weak.possible_later"),
    ]


def _left_aside(result: Mapping[str, Any]) -> list[Said]:
    return [
        Said("weak.left_aside", {"level": level(step["level"]), "against": level(step["against"])})
        for step in result["ladder"]
        if not step["passed"]
    ]


def _figures(result: Mapping[str, Any]) -> list[Said]:
    pooled, trained, out = result["pooled"], result["training_base_rate"], []
    if pooled["n_sessions"] < MIN_SESSIONS:
        out.append(Said("weak.sessions", {"n": pooled["n_sessions"]}))
    if (pooled["ece"] or 0) > MAX_ECE:
        out.append(Said("weak.ece", {"ece": round(pooled["ece"], 3)}))
    if abs(pooled["base_rate"] / trained - 1) > MAX_SHIFT:
        out.append(Said("weak.shift", {"was": round(trained, 3), "now": round(pooled["base_rate"], 3)}))
    weak = [day["as_of_day"] for day in result["rows"] if (day["pr_auc"] or 0) < MIN_GAIN * day["base_rate"]]
    return [*out, Said("weak.days", {"days": weak})] if weak else out


def _labels(result: Mapping[str, Any]) -> list[Said]:
    out, counts = [], result["outcomes"]
    if counts["undated"]:
        out.append(Said("weak.undated", {"n": counts["undated"]}))
    if counts["silence"]:
        still = result["not_yet_gone"]
        rows = result["pooled"]["n"] - still["n"]
        told = {"n": counts["silence"], "rows": rows} | {k: still[k] for k in ("roc_auc", "pr_auc", "base_rate")}
        out.append(Said("weak.silence", told))
    if result["censored"].get("contacted"):
        out.append(Said("weak.contacted", result["censored"]))
    return out


def _unfair(fairness: Mapping[str, Any]) -> list[Said]:
    """Differences between groups that shuffling the learners hardly ever gives."""
    return [
        Said(
            f"weak.{rate}",
            {
                "attribute": Said(f"attribute.{name}"),
                "delta": round(audit[f"delta_{rate}"], 3),
                "p": round(audit[f"p_{rate}"], 3),
            },
        )
        for name, audit in fairness.items()
        for rate in ("tpr", "fpr")
        if audit[f"p_{rate}"] is not None and audit[f"p_{rate}"] < SURE
    ]
