"""The development harness: it never reads the test's term, and it says which variant is better."""

import numpy as np
import pandas as pd
import pytest

from data.errors import ModelError
from training import development
from training.development import VARIANTS, Reading, Variant, against, figures, reading, scores, without_the_test


def snapshots(terms=("2013B", "2013J", "2014B", "2014J"), n=240):
    """Rows of every term: one feature tells, another says nothing, a third is only there after the first term."""
    random = np.random.default_rng(0)
    parts = []
    for term in terms:
        telling = random.normal(size=n)
        label = (random.random(n) < 1 / (1 + np.exp(1 - 2 * telling))).astype(float)
        parts.append(
            pd.DataFrame(
                {
                    "session_id": f"AAA_{term}", "course_id": "AAA", "learner_id": np.arange(n),
                    "as_of_on": pd.Timestamp("2013-03-01"), "as_of_day": 35, "day_of_course": 35,
                    "abandoned_on": pd.NaT, "mean_score": telling, "posts_30d": random.normal(size=n),
                    "mean_score_vs_earlier": np.nan if term == "2013B" else telling, "label": label,
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


FEATURES = ("mean_score", "posts_30d", "mean_score_vs_earlier")


def test_the_test_s_term_is_dropped_before_anything_is_read():
    rows = without_the_test(snapshots())
    assert not rows["session_id"].str.endswith("2014J").any()
    for name, (fit, read) in development.READINGS.items():
        assert development.TEST_TERM not in (*fit, read)
        found = reading(snapshots(), FEATURES, name)
        assert set(found.fit["session_id"]) == {f"AAA_{term}" for term in fit}
        assert set(found.read["session_id"]) == {f"AAA_{read}"}


def test_moving_the_test_s_labels_moves_no_figure():
    rows = snapshots()
    other = rows.assign(label=rows["label"].where(~rows["session_id"].str.endswith("2014J"), 1.0))
    one, two = (figures(found, scores(Variant(rounds=5), found)) for found in map(_later, (rows, other)))
    assert one == two


def _later(rows):
    return reading(rows, FEATURES, "later")


@pytest.mark.parametrize("terms", [("2014J",), ("2013B", "2020X")])
def test_other_rows_are_refused(terms):
    with pytest.raises(ModelError):
        without_the_test(snapshots(terms))


def test_a_feature_that_tells_is_better_than_none_by_a_paired_interval():
    found = _later(snapshots(n=600))
    blind = Variant(keeps=lambda entry: entry.name == "posts_30d", rounds=10)
    kept, other = scores(Variant(rounds=10), found), scores(blind, found)
    gaps = against(found, kept, other)
    assert gaps["roc_auc"].high < 0
    assert figures(found, kept)["roc_auc"] > 0.7


def test_every_variant_can_be_fitted():
    rows = snapshots(n=120)
    found = _later(rows)
    assert isinstance(found, Reading)
    for name in ("half_logistic", "also_within_56", "old_term_half", "without_cohort"):
        short = Variant(**{**VARIANTS[name].__dict__, "rounds": 2})
        late = found.fit.assign(abandoned_on=found.fit["as_of_on"].where(found.fit["label"] == 1))
        assert np.isfinite(scores(short, Reading(late, found.read, found.features), seeds=(1,))).all()
