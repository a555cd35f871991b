"""The model's card, in French and English, after Mitchell et al. (2019): from a run's report, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.data_sheet import data_sheet, definition, outcomes, versions
from training.document import Document, Items, Section, Table, as_markdown, as_page
from training.findings import findings, level
from training.words import LANGUAGES, Said

POOLED = (
    "n", "n_sessions", "n_learners", "n_positive", "base_rate", "pr_auc", "roc_auc", "brier", "ece",
    "precision_at_10pct", "recall_at_20pct", "leaky_roc_auc",
)  # fmt: skip
ALERTS = (
    "capacity", "n_alerts", "alerts_per_list_and_date", "precision", "recall", "share_of_abandoned_alerted_14d_ahead",
    "lead_days_q1", "lead_days_median", "lead_days_q3", "share_of_others_ever_alerted",
)  # fmt: skip
LADDER = ("pr_auc", "roc_auc", "brier", "ece")


def write_cards(folder: Path, result: Mapping[str, Any]) -> None:
    """Write the card and the data sheet in each language, as Markdown and as a page."""
    for name, document in (("card", card(result)), ("data_sheet", data_sheet(result))):
        for language in LANGUAGES:
            path = folder / f"{name}.{language}"
            path.with_name(path.name + ".md").write_text(as_markdown(document, language), encoding="utf-8")
            path.with_name(path.name + ".html").write_text(as_page(document, language), encoding="utf-8")


def card(result: Mapping[str, Any]) -> Document:
    """Return the card of a run, from its report alone."""
    measured = result.get("measured", True)
    told = (
        measured_sections(result)
        if measured
        else [Section(Said("card.figures"), [Said("card.none"), default_probabilities(result)])]
    )
    return Document(
        Said("card.title"),
        result["model"],
        [
            Section(Said("card.use"), [Said("card.use_text"), Items([Said(f"card.use_{n}") for n in (1, 2, 3)])]),
            Section(Said("card.not"), [Items([Said(f"card.not_{n}") for n in (1, 2, 3, 4, 5)])]),
            Section(Said("card.task"), [task_of(result), definition(result), outcomes(result)]),
            Section(Said("card.serves"), [why(result)]),
            *told,
            Section(Said("card.weak"), [Items(findings(result) or [Said("weak.none")])]),
            Section(Said("card.oversight"), [Items([Said(f"card.oversight_{n}") for n in (1, 2, 3, 4)])]),
            Section(Said("card.contacts"), contacts(result)),
            Section(Said("card.made"), [made(result), versions(result)]),
        ],
    )


def measured_sections(result: Mapping[str, Any]) -> list[Section]:
    """Return what only a measured run can tell."""
    return [
        Section(Said("card.protocol"), [_protocol(result), _folds(result), Said("card.protocol_leaky")]),
        Section(Said("card.figures"), [Said("card.figures_text"), _pooled(result), _tests(result)]),
        Section(Said("card.ladder"), [Said("card.ladder_text"), _ladder(result)]),
        Section(Said("card.calibration"), [Said("card.calibration_text", result["pooled"]), _reliability(result)]),
        Section(Said("card.sure"), [Said("card.sure_text")]),
        Section(Said("card.alerts"), [_alerts(result), *_alerts_by_day(result)]),
        Section(Said("card.groups"), [Said("card.groups_text"), *_groups(result)]),
    ]


def task_of(result: Mapping[str, Any]) -> Said:
    """Return what the model predicts."""
    kind = "fail" if result["task"] == "fail_or_withdrawn" else "abandoned"
    return Said(f"card.task_{kind}", {"days": result["horizon_days"], "task": result["task"]})


def why(result: Mapping[str, Any]) -> Said:
    """Return why the level that serves does."""
    if not result.get("measured", True):
        return Said("card.why_unmeasured")
    mine = next(step for step in result["ladder"] if step["level"] == result["level"])
    if not mine["gain"]:
        return Said("card.why_lowest", {"level": level(result["level"])})
    return Said("card.why_gain", {"level": level(result["level"]), "against": level(mine["against"]), **mine["gain"]})


def _protocol(result: Mapping[str, Any]) -> Said:
    kind = "oulad" if result["folds"]["protocol"] == "oulad" else "rolling"
    return Said(f"card.protocol_{kind}", {"n": result["folds"]["n_tests"], "until": result["trained_until"]})


def _folds(result: Mapping[str, Any]) -> Table:
    columns = ("n", "n_sessions", "base_rate", "first_on", "last_on")
    rows = [[Said(f"fold.{f}"), *(result["folds"][f][c] for c in columns)] for f in ("fit", "tune", "refit", "test")]
    return named("fold", columns, rows)


def _pooled(result: Mapping[str, Any]) -> Table:
    rows = []
    for name in POOLED:
        around = result["intervals"].get(name) or {"low": None, "high": None}
        rows.append([Said(f"column.{name}"), result["pooled"].get(name), around["low"], around["high"]])
    return named("figure", ("value", "low", "high"), rows)


def _tests(result: Mapping[str, Any]) -> Table:
    columns = ("n", "base_rate", "pr_auc", "roc_auc", "ece")
    rows = [
        [f"{one['first_on']} – {one['last_on']}", *(one["levels"][result["level"]][c] for c in columns)]
        for one in result["by_fold"]
    ]
    return named("test", columns, rows)


def _ladder(result: Mapping[str, Any]) -> Table:
    rows = []
    for step in result["ladder"]:
        gain = step["gain"] or {"value": None, "low": None, "high": None}
        figures = result["levels"][step["level"]]["pooled"]
        passed = Said("word.yes" if step["passed"] else "word.no")
        rows.append(
            [level(step["level"]), *(figures[c] for c in LADDER), gain["value"], gain["low"], gain["high"], passed]
        )
    return named("level", (*LADDER, "gain", "low", "high", "passed"), rows)


def _reliability(result: Mapping[str, Any]) -> Table:
    points = result["levels"][result["level"]]["reliability"]
    return Table([Said(f"column.{c}") for c in ("mean_probability", "observed", "n")], [list(one) for one in points])


def _alerts(result: Mapping[str, Any]) -> Table:
    return named("figure", ("value",), [[Said(f"alerts.{name}"), result["alerts"][name]] for name in ALERTS])


def _groups(result: Mapping[str, Any]) -> Sequence[Said | Table]:
    """One table an attribute; a group too small to be shown has its name and nothing else."""
    if not result["fairness"]:
        return [Said("card.groups_none")]
    out: list[Said | Table] = []
    columns = ("n_learners", "base_rate", "tpr", "fpr", "calibration_gap")
    for name, audit in result["fairness"].items():
        rows = [
            [one["group"], *([Said("word.too_few")] + [None] * 4 if one["suppressed"] else [one[c] for c in columns])]
            for one in audit["groups"]
        ]
        differences = {key: audit[key] for key in ("delta_tpr", "p_tpr", "delta_fpr", "p_fpr")}
        out += [named(f"attribute.{name}", columns, rows), Said("card.groups_gap", differences)]
    return out


def contacts(result: Mapping[str, Any]) -> Sequence[Said | Table]:
    """Return what is said of contacts, and the figures with and without the rows that one may have changed."""
    counts = result["censored"]
    if not counts.get("contacted"):
        return [Said("card.contacts_none")]
    out: list[Said | Table] = [Said("card.contacts_known", counts)]
    told = result.get("treated")
    if not told:
        return out
    columns = ("n", "base_rate", "pr_auc", "roc_auc", "brier", "ece", "precision_at_10pct")
    rows = [[Said(f"treated.{one}"), *(told[one][c] for c in columns)] for one in ("without", "with")]
    return [*out, Said("card.treated_text", {"rows": told["rows"]}), named("figure", columns, rows)]


def _alerts_by_day(result: Mapping[str, Any]) -> Sequence[Said | Table]:
    """The precision of each date's alerts beside the best that its base rate allows."""
    days = result.get("alerts_by_day")
    if not days:
        return []
    columns = ("n", "base_rate", "n_alerts", "precision", "best_possible")
    rows = [[one["as_of_day"], *(one[c] for c in columns)] for one in days]
    return [Said("card.alerts_by_day"), named("as_of_day", columns, rows)]


def default_probabilities(result: Mapping[str, Any]) -> Table:
    """Return the default probabilities of rules that nothing measured, by points."""
    rows = [[one["points"], one["probability"]] for one in result["defaults"]]
    return Table([Said("column.points"), Said("column.default")], rows)


def made(result: Mapping[str, Any]) -> Said:
    """Return the run, the code and the last day that training looked at."""
    commit = result["code"]["commit"] or Said("word.unknown")
    told = {"run": result["run_key"], "commit": commit, "fingerprint": result["code"]["fingerprint"]}
    return Said("card.made_text", told | {"until": result["trained_until"], "level": level(result["level"])})


def named(first: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """Return a table from the keys of its columns; the first may name its part of the words (`attribute.gender`)."""
    key = first if "." in first else f"column.{first}"
    return Table([Said(key), *(Said(f"column.{name}") for name in columns)], rows)
