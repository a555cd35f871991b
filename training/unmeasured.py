"""The first day: rules that nothing on this site has measured yet.

With too little history for three folds by time, the ladder still has its floor. The points of
`baselines.RULES` are the same as on any site; what they are worth is not known here, so each
number of points is read as a stated default probability. Once a measured champion exists,
unmeasured rules never replace it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.home import Home
from training import registry
from training.baselines import RULES, points
from training.evaluation import FIGURES
from training.labels import DEFAULT_HORIZON_DAYS, Task
from training.ladder import Chosen, Fitted, probabilities
from training.report import plain, write_report
from training.result import TrainingResult, code_tags
from training.served_model import Spec
from training.snapshots import CLOCK, PLACE, Snapshots

REFERENCE_ROWS, EXAMPLE_ROWS = 20_000, 5
LEVEL = "rules"

WITHIN_28_DAYS = ((0, 0.03), (1, 0.06), (2, 0.10), (3, 0.16), (4, 0.24), (6, 0.38), (8, 0.50), (16, 0.65))
"""Default probability of abandonment within 28 days, by points. Not measured on this site.

No point: .03, about what leaves an open course in four weeks (the published base rate of weekly dates on
OULAD is .031). Each of the first points nearly doubles the odds, the usual worth of one clear sign; further
signs tell the same story again, so each adds less. Eight points (long silence, work missing, words of leaving) are an
even chance; the sum of all points stays at .65, since certainty would need a measure.
"""
BY_THE_END = ((0, 0.25), (1, 0.35), (2, 0.45), (3, 0.54), (4, 0.62), (6, 0.73), (8, 0.80), (16, 0.90))
"""Default probability that the course is not passed, by points. Not measured on this site.

From what is common in open and distance courses, where a quarter of those who show no sign do not pass; each point
multiplies the odds by one and a half, then less.
"""


@dataclass(frozen=True)
class Young:
    """A site too young to be measured: what was found on it, and why nothing could be measured.

    `present` holds the feature rows that exist, labelled or not; `possible` says when a measure will be.
    """

    found: Snapshots
    present: pd.DataFrame
    why: str
    possible: str
    possible_on: str | None = None


def defaults(task: Task) -> list[tuple[int, float]]:
    """Return the default probability of each number of points, strictly increasing.

    Another horizon than 28 days keeps the same chance each day.
    """
    if not task.by_horizon:
        return list(BY_THE_END)
    days = task.horizon_days / DEFAULT_HORIZON_DAYS
    return [(n, 1 - (1 - chance) ** days) for n, chance in WITHIN_28_DAYS]


def rules_by_default(task: Task, features: list[str]) -> Fitted:
    """Return level 1 with the default probabilities in the place of a calibrator; nothing is learnt."""
    table = defaults(task)
    odds = [math.log(chance / (1 - chance)) for _, chance in table]
    slope = (odds[1] - odds[0]) / (table[1][0] - table[0][0])
    spec = {"features": [*features, CLOCK], "level": LEVEL} | points([*features, CLOCK])
    calibrator = {"kind": "defaults", "x": [slope * n for n, _ in table], "y": odds, "slope": 0.1}
    weight = pd.Series({name: sum(rule.points for rule in RULES if rule.feature == name) for name in features})
    importance = (weight[weight > 0] / weight.sum()).to_dict()
    served: Spec = spec | {"slope": slope, "calibrator": calibrator}
    return Fitted(LEVEL, served, Chosen(0.0, 0.0, 0), {"calibrator": "defaults", "importance": importance})


def when_possible(task: Task, first_on: str | None) -> str:
    """Return the sentence that says when a measure will be possible."""
    asked = "three sessions that follow one another are over, each with learners who left and learners who stayed"
    window = f" ({task.horizon_days} days after its start is enough)" if task.by_horizon else ""
    known = f"by the sessions known today, not before {first_on}" if first_on else "the sessions known today do not do"
    return f"A measure will be possible when {asked}{window}: {known}."


def register_or_keep(
    home: Home, task: Task, young: Young, head: Mapping[str, Any], *, parameters: Mapping[str, Any]
) -> TrainingResult:
    """Register the rules by default as champion, unless a measured champion serves already.

    Parameters
    ----------
    head : what the result says of the run itself: task, run_key, horizon_days, table_versions, ...
    parameters : what was asked, for the registry.
    """
    champion = registry.champion_of(home, task.name)
    if champion is not None and champion.measured:
        return _kept(home, champion, young, head)
    features = _features(young)
    fitted = rules_by_default(task, features)
    result = plain({**head, "model": registry.model_name(task.name), **_payload(task, young, fitted)})
    folder = home.reports / "training" / str(head["run_key"])
    write_report(folder, result, {})
    (folder / "spec.json").write_text(json.dumps(fitted.spec), encoding="utf-8")
    rows = young.present.iloc[:: max(1, -(-len(young.present) // REFERENCE_ROWS))].reset_index(drop=True)
    reference = rows[[*PLACE, *features]].assign(probability=probabilities(fitted, rows))
    reference.to_parquet(folder / "reference.parquet", index=False)
    package = _package(task, result, fitted, rows, folder=folder, parameters=parameters)
    made = registry.register(home, package, run_name=str(head["run_key"]))
    return TrainingResult(made.name, made.version, LEVEL, False, folder, result)


def _kept(home: Home, champion: registry.Registered, young: Young, head: Mapping[str, Any]) -> TrainingResult:
    """The measured champion, as its own report tells of it, with why nothing newer could be measured."""
    folder, told = registry.report_folder(home, champion), registry.report_of(home, champion)
    told |= {"task": head["task"], "reused": True, "kept_because": young.why}
    return TrainingResult(
        champion.name, champion.version, told["level"], True, folder, told, registry.CHAMPION, champion.version
    )


def _features(young: Young) -> list[str]:
    """What the site's rows say anything of, and what a rule reads: a source that is silent now may speak next week."""
    from features.catalog import entry

    read = {rule.feature for rule in RULES}
    said = young.present[list(young.found.features)].notna().any()
    modelled = [name for name in young.found.features if entry(name).modelled]
    return [name for name in modelled if name in read or said[name]]


def _payload(task: Task, young: Young, fitted: Fitted) -> dict[str, Any]:
    """The keys of a measured run, null where nothing was measured."""
    found, nothing = young.found, dict.fromkeys(FIGURES)
    fold = {"n": 0, "n_sessions": 0, "base_rate": None, "first_on": None, "last_on": None}
    return {
        "level": LEVEL,
        "measured": False,
        "not_measured_because": young.why,
        "measure_possible": young.possible,
        "defaults": [{"points": n, "probability": chance} for n, chance in defaults(task)],
        "pooled": nothing | {"leaky_roc_auc": None},
        "not_yet_gone": nothing,
        "rows": [],
        "intervals": {},
        "alerts": {},
        "alerts_by_day": [],
        "ladder": [{"level": LEVEL, "against": "", "gain": None, "passed": True}],
        "levels": {LEVEL: {"pooled": nothing, "rows": [], "intervals": {}, "tuning": fitted.tuning}},
        "seeds": {"n_seeds": 0, "roc_auc": [], "pr_auc": []},
        "by_fold": [],
        "fairness": {},
        "definition": found.definition_text,
        "abandonment": found.definition,
        "outcomes": found.outcomes,
        "censored": found.censored,
        "treated": None,
        "data_end": found.site.data_end.isoformat(),
        "trained_until": found.site.data_end.isoformat(),
        "training_base_rate": None,
        "folds": {"protocol": "none", "n_tests": 0} | dict.fromkeys(("fit", "tune", "refit", "test"), fold),
        "measure_possible_on": young.possible_on,
        "weaknesses": [
            f"Nothing was measured on this site: {young.why}.",
            "Its probabilities are defaults that no record of this site confirms: trust the order, not the number.",
            young.possible,
        ],
    }


def _package(
    task: Task,
    result: Mapping[str, Any],
    fitted: Fitted,
    rows: pd.DataFrame,
    *,
    folder: Path,
    parameters: Mapping[str, Any],
) -> registry.Package:
    """All that the registry keeps of the run: no figure."""
    kept = ("horizon_days", "level", "definition", "trained_until", "table_versions", "run_key", "measured")
    features, inputs = [name for name in fitted.spec["features"] if name != CLOCK], list(fitted.spec["features"])
    metadata = {name: result[name] for name in kept} | {
        "task": task.name,
        "abandonment": result["definition"],
        "features": features,
        "inputs": inputs,
        "figures": {},
        "importance": fitted.tuning["importance"],
        "not_measured_because": result["not_measured_because"],
    }
    tags = {"task": task.name, "level": LEVEL, "run_key": str(result["run_key"]), registry.MEASURED: "no"}
    tags |= code_tags(result)
    return registry.Package(
        task=task.name,
        spec=fitted.spec,
        metadata=metadata,
        parameters={**parameters, "table_versions": result["table_versions"], "tuning": fitted.tuning},
        figures={},
        tags=tags | {"abandonment": str(result["abandonment"]), "horizon_days": str(result["horizon_days"])},
        example=rows[inputs].head(EXAMPLE_ROWS),
        folder=folder,
    )
