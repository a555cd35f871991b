"""The audit of groups: figures by hand, small groups never shown, and a difference told from luck."""

import numpy as np
import pandas as pd
import pytest

from data.contracts import TABLES
from features.catalog import catalog
from training.fairness import ATTRIBUTES, FEWEST_LEARNERS, audit, groups_of, widest


def site(n=400, seed=0):
    """Four rows a learner; group F first half, M second, a few X."""
    random = np.random.default_rng(seed)
    learner = np.repeat(np.arange(n), 4)
    rows = pd.DataFrame({"learner_id": learner, "label": (random.random(4 * n) < 0.2).astype(float)})
    gender = np.where(np.arange(n) < n // 2, "F", "M").astype(object)
    gender[-10:] = "X"
    attributes = pd.DataFrame({"learner_id": np.arange(n), "gender": gender, "age_band": None, "disability": None})
    return rows, attributes, random


def test_the_figures_of_each_group_by_hand():
    rows, attributes, random = site()
    alerts, chance = random.random(len(rows)) < 0.3, random.random(len(rows))
    told = {one["group"]: one for one in audit(rows, chance, alerts, attributes)["gender"]["groups"]}
    label = rows["label"].to_numpy()
    mine = rows["learner_id"].to_numpy() < 200
    assert told["F"] == {
        "group": "F",
        "suppressed": False,
        "n_learners": 200,
        "n": 800,
        "base_rate": pytest.approx(label[mine].mean()),
        "tpr": pytest.approx(alerts[mine & (label == 1)].mean()),
        "fpr": pytest.approx(alerts[mine & (label == 0)].mean()),
        "mean_probability": pytest.approx(chance[mine].mean()),
        "calibration_gap": pytest.approx(chance[mine].mean() - label[mine].mean()),
    }


def test_a_small_group_is_named_only_and_takes_no_part_in_a_difference():
    rows, attributes, _ = site()
    alerts = (rows["learner_id"] >= 390).to_numpy()  # nobody but the small group
    found = audit(rows, alerts.astype(float), alerts, attributes)["gender"]
    hidden = [one for one in found["groups"] if one["group"] == "X"]
    assert hidden == [{"group": "X", "suppressed": True, "n_learners": f"< {FEWEST_LEARNERS} or too few positives"}]
    assert (found["delta_tpr"], found["p_tpr"]) == (0.0, 1.0)


@pytest.mark.parametrize(("case", "unfair", "sure"), [("alerts at random", 0.0, False), ("one group alone", 0.3, True)])
def test_a_difference_is_told_from_luck_by_shuffling_learners(case, unfair, sure):
    rows, attributes, random = site()
    more = np.where(rows["learner_id"].to_numpy() < 200, unfair, 0.0)
    alerts = random.random(len(rows)) < 0.2 + more
    found = audit(rows, random.random(len(rows)), alerts, attributes)["gender"]
    assert (found["p_fpr"] < 0.05) == sure, case
    assert found["delta_fpr"] == pytest.approx(unfair, abs=0.06)


def test_our_widest_difference_is_fairlearn_s():
    from fairlearn.metrics import MetricFrame, false_positive_rate, true_positive_rate

    rows, attributes, random = site()
    alerts = random.random(len(rows)) < 0.3
    groups = groups_of(rows, attributes)["gender"]
    kept, label = groups.code >= 0, rows["label"].to_numpy()
    frame = MetricFrame(
        metrics={"tpr": true_positive_rate, "fpr": false_positive_rate},
        y_true=label[kept],
        y_pred=alerts[kept].astype(float),
        sensitive_features=groups.group[kept],
    )
    theirs = frame.difference(method="between_groups")
    assert widest(groups.code, 2, label, alerts) == pytest.approx([theirs["tpr"], theirs["fpr"]])
    whole = np.full(len(rows), 3.0)
    assert widest(groups.code, 2, label, alerts, whole) == pytest.approx(widest(groups.code, 2, label, alerts))


def test_a_site_without_attributes_has_no_audit():
    rows, attributes, _ = site(40)
    nobody = attributes.assign(gender=None)
    alerts = np.zeros(len(rows), dtype=bool)
    assert audit(rows, alerts.astype(float), alerts, nobody) == {}
    few = audit(rows, alerts.astype(float), alerts, attributes)["gender"]
    assert all(one["suppressed"] for one in few["groups"])
    assert few["delta_tpr"] is None


def test_no_attribute_is_a_feature():
    columns = {column.name for column in TABLES["learner_attributes"].columns} - {"learner_id"}
    assert set(ATTRIBUTES) <= columns
    words = {*columns, *ATTRIBUTES, "sex", "handicap", "birth"}
    assert not [name for name in catalog() if any(word in name for word in words)]
