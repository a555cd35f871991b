"""What holds for any history: folds never overlap, figures stay in bounds, capacity is never exceeded."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from training import metrics
from training.alerting import LEARNERS_A_MENTOR, Capacity, alert_figures, alerted
from training.calibration import platt
from training.metrics import Ranking
from training.served_model import calibrate
from training.splits import SplitError, split

MONDAY = pd.Timestamp("2025-01-06")


@st.composite
def histories(draw):
    """Sessions of any length starting in any week, seen every week, with labels of any kind."""
    horizon = draw(st.integers(1, 60))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = []
    for session in range(draw(st.integers(3, 7))):
        start = MONDAY + pd.Timedelta(days=7 * draw(st.integers(0, 60)))
        for week in range(draw(st.integers(1, 12))):
            as_of = start + pd.Timedelta(days=7 * week)
            rows += [(f"S{session}", start, as_of, as_of + pd.Timedelta(days=horizon - 1)) for _ in range(6)]
    frame = pd.DataFrame(rows, columns=["session_id", "session_starts_on", "as_of_on", "label_until"])
    return frame.assign(label=random.choice([0.0, 1.0, np.nan], len(frame), p=[0.5, 0.4, 0.1])), horizon


@settings(max_examples=60, deadline=None)
@given(histories())
def test_no_training_label_window_reaches_a_test_date_and_no_session_is_shared(history):
    rows, horizon = history
    try:
        every = split(rows)
    except SplitError:
        return
    assert np.sum([folds.test for folds in every], axis=0).max() == 1
    for folds in every:
        for mask in (folds.fit, folds.tune, folds.refit):
            assert rows["label_until"][mask].max() < rows["as_of_on"][folds.test].min()
            assert rows["as_of_on"][folds.test].min() - rows["as_of_on"][mask].max() >= pd.Timedelta(days=horizon)
            assert not set(rows["session_id"][mask]) & set(rows["session_id"][folds.test])
            assert rows["label"][mask].notna().all()
        assert rows["label_until"][folds.fit].max() < rows["as_of_on"][folds.tune].min()


FLOATS = st.floats(0, 1, allow_nan=False)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), FLOATS), min_size=1, max_size=60))
def test_figures_stay_in_their_bounds(pairs):
    label, score = (np.array([p[i] for p in pairs], dtype=float) for i in (0, 1))
    ranking = Ranking.of(label, score)
    assert 0 <= metrics.ece(label, score) <= 1
    assert 0 <= metrics.brier(label, score) <= 1
    for value in (metrics.roc_auc(ranking), metrics.pr_auc(ranking), *metrics.found_at(ranking, 0.1)):
        assert np.isnan(value) or -1e-9 <= value <= 1 + 1e-9


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(-20, 20)), min_size=4, max_size=60), st.floats(-1e6, 1e6))
def test_a_calibrated_score_is_a_probability(pairs, anything):
    label, raw = (np.array([p[i] for p in pairs], dtype=float) for i in (0, 1))
    if label.min() == label.max():
        return
    probability = calibrate(platt(raw, label), np.append(raw, anything))
    assert ((probability > 0) & (probability < 1)).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 6), st.integers(1, 5), st.integers(0, 2**32 - 1), st.booleans())
def test_capacity_is_never_exceeded_and_nobody_is_alerted_twice_too_soon(learners, weeks, capacity, seed, mentored):
    random = np.random.default_rng(seed)
    rows = pd.DataFrame(
        [(n, MONDAY + pd.Timedelta(days=7 * w)) for w in range(weeks) for n in range(learners)],
        columns=["enrolment_id", "as_of_on"],
    )
    mentors = pd.array([int(n) % 3 if mentored else None for n in rows["enrolment_id"]], dtype="Int64")
    rows = rows.assign(session_id="S", mentor_id=mentors, label=0.0, abandoned_on=pd.NaT)
    limit = Capacity(capacity, again_days=14)
    chosen = alerted(rows, random.random(len(rows)), limit)
    taken = rows[chosen].assign(list=rows["mentor_id"].astype("object").where(rows["mentor_id"].notna(), -1)[chosen])
    room = capacity if mentored else capacity * -(-learners // LEARNERS_A_MENTOR)
    assert taken.groupby(["list", "as_of_on"]).size().max() <= room
    gaps = taken.sort_values("as_of_on").groupby("enrolment_id")["as_of_on"].diff().dropna()
    assert (gaps >= pd.Timedelta(days=14)).all()
    figures = alert_figures(rows, chosen, limit)
    assert figures.n_alerts == chosen.sum()
    assert 0 <= figures.share_of_others_ever_alerted <= 1
