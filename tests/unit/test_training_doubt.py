"""How sure a probability is: Venn-ABERS by hand, intervals that cover, the mark of a short history."""

import numpy as np
import pandas as pd
import pytest

from training import doubt
from training.calibration import KINDS, beta, platt, venn_abers_pair
from training.served_model import calibrate, calibrated_odds, interval, interval_odds

SESSIONS, ROWS = 24, 1500


def made(seed, between):
    """Rows of sessions that each differ from the calibrator by a shift in log-odds."""
    random = np.random.default_rng(seed)
    session = np.repeat(np.arange(SESSIONS), ROWS)
    raw = random.normal(-2, 1, len(session))
    odds = raw + random.normal(0, between, SESSIONS)[session]
    label = (random.random(len(raw)) < 1 / (1 + np.exp(-odds))).astype(float)
    on = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.permutation(SESSIONS)[session], unit="D")
    return raw, pd.DataFrame({"session_id": session.astype(str), "as_of_on": on, "label": label})


def test_the_venn_abers_pair_by_hand():
    raw, label = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 1.0, 0.0, 1.0])
    low, high = venn_abers_pair(raw, label, np.array([0.0, 2.5, 5.0]))
    assert low == pytest.approx([0.0, 1 / 3, 0.5])
    assert high == pytest.approx([0.5, 2 / 3, 1.0])


def test_the_pair_narrows_with_more_rows_and_holds_the_rate():
    widths = []
    for n in (200, 20_000):
        random = np.random.default_rng(1)
        raw = random.uniform(-3, 0, n)
        label = (random.random(n) < 1 / (1 + np.exp(-raw))).astype(float)
        at = np.linspace(-2.5, -0.5, 9)
        low, high = venn_abers_pair(raw, label, at)
        assert (low <= high).all()
        widths.append(float(np.mean(high - low)))
    assert widths[1] < widths[0] / 3
    assert np.abs((low + high) / 2 - 1 / (1 + np.exp(-at))).max() < 0.05


def test_beta_bends_where_a_line_cannot():
    random = np.random.default_rng(2)
    raw = random.normal(0, 2, 30_000)
    truth = 1 / (1 + np.exp(-(0.3 * np.minimum(raw, 0) + 2 * np.maximum(raw, 0) - 1)))
    label = (random.random(len(raw)) < truth).astype(float)
    off = [np.abs(calibrate(fit(raw, label), raw) - truth).mean() for fit in (beta, platt)]
    assert off[0] < off[1] / 2


@pytest.mark.parametrize("between", [0.0, 0.5])
def test_intervals_cover_the_rates_of_other_sessions(between):
    raw, rows = made(3, between)
    calibrator = KINDS["platt"](raw, rows["label"].to_numpy())
    still = np.zeros(len(raw))
    learnt = doubt.learn(raw, rows["label"].to_numpy(), rows, calibrator, still, ["day_of_course"])
    assert learnt["between"] == pytest.approx(between, abs=0.15)
    raw, later = made(4, between)
    odds = calibrated_odds(calibrator, raw)
    ends = tuple(1 / (1 + np.exp(-end)) for end in interval_odds(learnt, raw, odds, still))
    told = doubt.coverage(later, calibrate(calibrator, raw), ends, np.zeros(len(raw), dtype=bool))
    assert 0.82 <= told["cells_covered"] <= 1.0
    assert told["low_confidence_share"] == 0


def test_too_little_history_gives_the_stated_default_and_a_wider_spread_a_wider_interval():
    raw, rows = made(5, 0.2)
    few = rows.iloc[:30]
    learnt = doubt.learn(
        raw[:30],
        few["label"].to_numpy(),
        few,
        KINDS["platt"](raw, rows["label"].to_numpy()),
        np.zeros(30),
        ["x", "day_of_course"],
    )
    assert learnt["between"] == doubt.UNKNOWN_BETWEEN
    assert learnt["history"] == "day_of_course"
    low, high = interval_odds(learnt, raw, raw, np.zeros(len(raw)))
    lower, higher = interval_odds(learnt, raw, raw, np.full(len(raw), 0.7))
    assert (lower < low).all()
    assert (higher > high).all()


def test_a_short_history_has_low_confidence_and_a_model_never_measured_has_no_interval():
    line = {"kind": "linear", "features": ["day_of_course"], "centre": [0.0], "scale": [1.0], "weights": [0.0]}
    calibrator = {"kind": "platt", "x": [0.0], "y": [-1.0], "slope": 1.0}
    learnt = {
        "z": 1.645, "between": 0.2, "x": [-1.0, 1.0], "low": [-2.0, -0.5], "high": [-1.8, 0.2],
        "history": "day_of_course", "fewest_days": 14, "widest": 9.0,
    }  # fmt: skip
    spec = line | {"limit": 4.0, "base": 0.0, "calibrator": calibrator, "doubt": learnt}
    low, high, unsure = interval(spec, np.array([[3.0], [14.0]]))
    assert unsure.tolist() == [True, False]
    assert (low < calibrate(calibrator, np.zeros(2))).all()
    assert (high > calibrate(calibrator, np.zeros(2))).all()
    low, high, unsure = interval({name: value for name, value in spec.items() if name != "doubt"}, np.array([[30.0]]))
    assert np.isnan([*low, *high]).all()
    assert unsure.all()
