"""Subgroups at the mentors' capacity: who is alerted rightly, who wrongly. Attributes are never features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.metrics import Array

FEWEST_LEARNERS, FEWEST_POSITIVES = 30, 5
"""A group below either is named with its size band only, and takes no part in a difference."""
ATTRIBUTES = ("gender", "age_band", "disability")
PERMUTATIONS = 200


@dataclass(frozen=True)
class Groups:
    """One attribute of some rows: each row's group ("" where none is known), and its number among the groups shown.

    `code` is -1 for a row without a group, or of a group too small to be shown.
    """

    group: npt.NDArray[np.object_]
    shown: tuple[str, ...]
    suppressed: tuple[str, ...]
    code: npt.NDArray[np.intp]


def groups_of(rows: pd.DataFrame, attributes: pd.DataFrame) -> dict[str, Groups]:
    """Return the groups of each attribute that the site records.

    Parameters
    ----------
    rows : learner_id and label of the test rows.
    attributes : canonical learner_attributes; "not said" makes no group.
    """
    known = attributes.set_index("learner_id").reindex(rows["learner_id"].to_numpy())
    out: dict[str, Groups] = {}
    for name in ATTRIBUTES:
        group = known[name].astype("string").fillna("").to_numpy(dtype=object)
        names = [g for g in sorted(set(group)) if g]
        if names:
            shown = tuple(g for g in names if _large_enough(rows[group == g]))
            numbers = {g: i for i, g in enumerate(shown)}
            code = np.array([numbers.get(g, -1) for g in group], dtype=np.intp)
            out[name] = Groups(group, shown, tuple(g for g in names if g not in shown), code)
    return out


def _large_enough(rows: pd.DataFrame) -> bool:
    return rows["learner_id"].nunique() >= FEWEST_LEARNERS and rows["label"].sum() >= FEWEST_POSITIVES


def audit(
    rows: pd.DataFrame, probability: Array, alerts: npt.NDArray[np.bool_], attributes: pd.DataFrame, *, seed: int = 0
) -> dict[str, Any]:
    """Return, for each attribute, its groups and the differences in TPR and FPR with their permutation tests.

    Parameters
    ----------
    rows : learner_id and label of the test rows.
    attributes : canonical learner_attributes; "not said" makes no group.
    """
    label = rows["label"].to_numpy(dtype=np.float64)
    learner = np.unique(rows["learner_id"].to_numpy(), return_inverse=True)[1]
    out: dict[str, Any] = {}
    for name, groups in groups_of(rows, attributes).items():
        told = _figures(groups, learner, (label, probability, alerts)) if groups.shown else {}
        table = [told.get(g) or _hidden(g) for g in sorted(groups.shown + groups.suppressed)]
        out[name] = {"groups": table} | _differences(groups, learner, (label, alerts), seed=seed)
    return out


def _hidden(name: str) -> dict[str, Any]:
    return {"group": name, "suppressed": True, "n_learners": f"< {FEWEST_LEARNERS} or too few positives"}


def _figures(groups: Groups, learner: Any, values: tuple[Any, ...]) -> dict[str, dict[str, Any]]:
    """The figures of each group large enough to be shown, by fairlearn's `MetricFrame`."""
    from fairlearn.metrics import MetricFrame, count, false_positive_rate, true_positive_rate

    kept = groups.code >= 0
    label, probability, alerts = (value[kept] for value in values)
    params = {"n_learners": {"of": learner[kept]}, "mean_probability": {"of": probability}}
    params["calibration_gap"] = {"of": probability}
    frame = MetricFrame(
        metrics={
            "n_learners": lambda y, alerted, of: len(np.unique(of)),  # noqa: ARG005
            "n": count,
            "base_rate": lambda y, alerted: float(np.mean(y)),  # noqa: ARG005
            "tpr": true_positive_rate,
            "fpr": false_positive_rate,
            "mean_probability": lambda y, alerted, of: float(np.mean(of)),  # noqa: ARG005
            "calibration_gap": lambda y, alerted, of: float(np.mean(of) - np.mean(y)),  # noqa: ARG005
        },
        y_true=label,
        y_pred=alerts.astype(np.float64),
        sensitive_features=groups.group[kept],
        sample_params=params,
    )
    return {
        str(name): {"group": str(name), "suppressed": False}
        | {figure: int(value) if figure in ("n", "n_learners") else float(value) for figure, value in row.items()}
        for name, row in frame.by_group.iterrows()
    }


def _differences(groups: Groups, learner: Any, values: tuple[Any, ...], *, seed: int) -> dict[str, float | None]:
    """Widest difference between groups, and the share of shuffles of learners that reach it."""
    if len(groups.shown) < 2:
        return {"delta_tpr": None, "p_tpr": None, "delta_fpr": None, "p_fpr": None}
    of_learner = groups.code[np.unique(learner, return_index=True)[1]]
    seen = widest(of_learner[learner], len(groups.shown), *values)
    random = np.random.default_rng(seed)
    drawn = [widest(random.permutation(of_learner)[learner], len(groups.shown), *values) for _ in range(PERMUTATIONS)]
    p = (1 + np.sum(np.asarray(drawn) >= seen, axis=0)) / (1 + PERMUTATIONS)
    return {"delta_tpr": float(seen[0]), "p_tpr": float(p[0]), "delta_fpr": float(seen[1]), "p_fpr": float(p[1])}


def widest(code: Any, n: int, label: Array, alerts: npt.NDArray[np.bool_], weight: Array | None = None) -> Array:
    """Return (ΔTPR, ΔFPR) between the groups coded 0..n-1; -1 is left out, and so is a group without cases."""
    weighed = np.ones(len(label)) if weight is None else weight
    out = []
    for value in (1.0, 0.0):
        mask = (label == value) & (code >= 0)
        cases = np.bincount(code[mask], weights=weighed[mask], minlength=n)
        found = np.bincount(code[mask], weights=(weighed * alerts)[mask], minlength=n)
        rates = found[cases > 0] / cases[cases > 0]
        out.append(float(rates.max() - rates.min()) if len(rates) else 0.0)
    return np.asarray(out)
