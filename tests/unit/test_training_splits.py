"""Folds: OULAD's protocol, other sites' by time, and the independent check."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from training.splits import SplitError, check_no_overlap, shuffled_halves, split


def snapshots(sessions, *, weeks=10, learners=20, every=7, horizon=28):
    """Weekly snapshots of sessions (code -> first day); one learner in four leaves."""
    rows = []
    for code, start in sessions.items():
        for week in range(1, weeks + 1):
            as_of = pd.Timestamp(start) + pd.Timedelta(days=every * week)
            until = as_of + pd.Timedelta(days=horizon - 1)
            rows += [(code, pd.Timestamp(start), as_of, float(n % 4 == 0), until) for n in range(learners)]
    return pd.DataFrame(rows, columns=["session_id", "session_starts_on", "as_of_on", "label", "label_until"])


OULAD = snapshots(
    {"AAA-2013B": "2013-02-01", "AAA-2013J": "2013-10-01", "BBB-2014B": "2014-02-01", "AAA-2014J": "2014-10-01"},
    weeks=8, every=27,
)  # fmt: skip
SITE = snapshots({"A": "2025-09-01", "B": "2025-11-03", "C": "2026-01-05", "D": "2026-03-02"})


def codes(rows, mask):
    return set(rows["session_id"][mask])


def test_oulad_folds_are_those_of_the_protocol():
    (folds,) = split(OULAD)
    assert folds.protocol == "oulad"
    assert codes(OULAD, folds.fit) == {"AAA-2013B", "AAA-2013J"}
    assert codes(OULAD, folds.tune) == {"BBB-2014B"}
    assert codes(OULAD, folds.test) == {"AAA-2014J"}
    assert (folds.refit == (folds.fit | folds.tune)).all()


def test_elsewhere_each_of_the_latest_starts_is_tested_in_turn_by_what_was_over_before():
    every = split(SITE)
    assert [codes(SITE, folds.test) for folds in every] == [{"C"}, {"D"}]
    for folds in every:
        assert codes(SITE, folds.fit) | codes(SITE, folds.tune) < set("ABCD")
        assert max(codes(SITE, folds.fit)) < min(codes(SITE, folds.tune)) < min(codes(SITE, folds.test))


def test_rows_whose_label_reaches_the_next_fold_are_purged():
    folds = split(SITE)[-1]
    first_test = SITE["as_of_on"][folds.test].min()
    reaching = (SITE["label_until"] >= pd.Timestamp("2026-03-02")).to_numpy() & (SITE["session_id"] != "D").to_numpy()
    assert reaching.any()
    assert not (folds.refit & reaching).any()
    assert first_test - SITE["as_of_on"][folds.refit].max() >= pd.Timedelta(days=28)


def test_a_row_purged_before_tuning_still_trains_what_is_tested():
    folds = split(SITE)[-1]
    assert (folds.refit & ~folds.fit & ~folds.tune).any()


@pytest.mark.parametrize("sessions", [{"A": "2025-09-01"}, {"A": "2025-09-01", "B": "2026-01-05"}])
def test_too_little_history_is_said_in_one_line(sessions):
    with pytest.raises(SplitError, match="too little history"):
        split(snapshots(sessions))


def test_nobody_left_is_too_little_history():
    with pytest.raises(SplitError, match="too little history"):
        split(SITE.assign(label=0.0))


def test_the_check_refuses_a_shared_session_a_reaching_label_and_an_empty_fold():
    folds = split(SITE)[-1]
    sessions = SITE["session_id"].to_numpy()
    half = (SITE["as_of_on"] < "2026-04-06").to_numpy() & (sessions == "D")
    with pytest.raises(SplitError, match=r"reaches a test date|both trained"):
        check_no_overlap(SITE, replace(folds, refit=folds.refit | half, test=folds.test & ~half))
    late = SITE.assign(label_until=SITE["label_until"] + pd.Timedelta(days=60))
    with pytest.raises(SplitError, match="reaches a test date"):
        check_no_overlap(late, folds)
    with pytest.raises(SplitError, match="tune fold is empty"):
        check_no_overlap(SITE, replace(folds, tune=np.zeros(len(SITE), dtype=bool)))
    with pytest.raises(SplitError, match="two folds share a session"):
        check_no_overlap(SITE, replace(folds, tune=folds.tune | folds.fit))


def test_the_leaky_split_is_a_partition_and_the_same_each_time():
    train, test = shuffled_halves(100, share=0.3, seed=5)
    assert (train ^ test).all()
    assert test.sum() == 30
    assert (shuffled_halves(100, share=0.3, seed=5)[1] == test).all()
