"""Subgroups at the mentors' capacity: who is alerted rightly, who wrongly. Attributes are never features."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.metrics import Array

FEWEST_LEARNERS, FEWEST_POSITIVES = 30, 5
"""A group below either is named with its size band only, and takes no part in a difference."""
ATTRIBUTES = ("gender", "age_band", "disability")
PERMUTATIONS = 200


def audit(
    rows: pd.DataFrame, probability: Array, alerts: npt.NDArray[np.bool_], attributes: pd.DataFrame, *, seed: int = 0
) -> dict[str, Any]:
    """Return, for each attribute, its groups and the differences in TPR and FPR with their permutation tests.

    Parameters
    ----------
    rows : learner_id and label of the test rows.
    attributes : canonical learner_attributes; "not said" makes no group.
    """
    known = attributes.set_index("learner_id").reindex(rows["learner_id"].to_numpy())
    label = rows["label"].to_numpy(dtype=np.float64)
    learner = np.unique(rows["learner_id"].to_numpy(), return_inverse=True)[1]
    out: dict[str, Any] = {}
    for name in ATTRIBUTES:
        group = known[name].astype("string").fillna("").to_numpy(dtype=object)
        groups = [g for g in sorted(set(group)) if g]
        if groups:
            table = [_group(g, group == g, learner, (label, probability, alerts)) for g in groups]
            kept = [row["group"] for row in table if not row["suppressed"]]
            out[name] = {"groups": table} | _differences(kept, group, learner, (label, alerts), seed=seed)
    return out


def _group(name: str, mask: npt.NDArray[np.bool_], learner: Any, values: tuple[Any, ...]) -> dict[str, Any]:
    label, probability, alerts = (v[mask] for v in values)
    learners = len(np.unique(learner[mask]))
    if learners < FEWEST_LEARNERS or label.sum() < FEWEST_POSITIVES:
        return {"group": name, "suppressed": True, "n_learners": f"< {FEWEST_LEARNERS} or too few positives"}
    return {
        "group": name,
        "suppressed": False,
        "n_learners": learners,
        "n": len(label),
        "base_rate": float(label.mean()),
        "tpr": float(alerts[label == 1].mean()),
        "fpr": float(alerts[label == 0].mean()),
        "mean_probability": float(probability.mean()),
        "calibration_gap": float(probability.mean() - label.mean()),
    }


def _differences(
    kept: list[str], group: Any, learner: Any, values: tuple[Any, ...], *, seed: int
) -> dict[str, float | None]:
    """Widest difference between groups, and the share of shuffles of learners that reach it."""
    if len(kept) < 2:
        return {"delta_tpr": None, "p_tpr": None, "delta_fpr": None, "p_fpr": None}
    first = np.unique(learner, return_index=True)[1]
    of_learner = np.array([kept.index(g) if g in kept else -1 for g in group[first]])
    seen = _widest(of_learner[learner], len(kept), *values)
    random = np.random.default_rng(seed)
    drawn = [_widest(random.permutation(of_learner)[learner], len(kept), *values) for _ in range(PERMUTATIONS)]
    p = (1 + np.sum(np.asarray(drawn) >= seen, axis=0)) / (1 + PERMUTATIONS)
    return {"delta_tpr": float(seen[0]), "p_tpr": float(p[0]), "delta_fpr": float(seen[1]), "p_fpr": float(p[1])}


def _widest(code: Any, n: int, label: Array, alerts: npt.NDArray[np.bool_]) -> Array:
    """Return (ΔTPR, ΔFPR) between the groups coded 0..n-1; -1 is left out."""
    out = []
    for value in (1.0, 0.0):
        mask = (label == value) & (code >= 0)
        cases = np.bincount(code[mask], minlength=n)
        rates = np.bincount(code[mask], weights=alerts[mask], minlength=n) / np.maximum(cases, 1)
        out.append(float(rates.max() - rates.min()))
    return np.asarray(out)
