"""The gate: which level serves, a table of cases."""

import numpy as np
import pytest

from training.gate import climb, serving_level

NOISE = np.linspace(-0.01, 0.01, 101)
SHARED = np.sin(np.arange(101.0))


def draws(value, spread=1.0):
    return value + SHARED * 0.05 + NOISE * spread


@pytest.mark.parametrize(
    ("case", "values", "expected"),
    [
        ("rules alone", {"rules": 0.10}, "rules"),
        ("each better than the last", {"rules": 0.10, "peers": 0.15, "logistic": 0.20, "lightgbm": 0.25}, "lightgbm"),
        ("nobody beats the rules", {"rules": 0.10, "peers": 0.09, "logistic": 0.10, "lightgbm": 0.08}, "rules"),
        ("a failed rung is stepped over", {"rules": 0.1, "peers": 0.09, "logistic": 0.2, "lightgbm": 0.19}, "logistic"),
        ("beats what serves, not the rung below", {"rules": 0.2, "peers": 0.1, "lightgbm": 0.15}, "rules"),
        ("no rules on this site", {"logistic": 0.10, "lightgbm": 0.30}, "lightgbm"),
    ],
)  # fmt: skip
def test_the_level_that_serves(case, values, expected):
    steps = climb(values, {name: draws(value) for name, value in values.items()})
    assert serving_level(steps) == expected, case


def test_a_gain_whose_interval_reaches_zero_does_not_pass():
    values = {"rules": 0.100, "lightgbm": 0.105}
    unsure = climb(values, {"rules": draws(0.100, 1), "lightgbm": draws(0.105, -1)})
    assert [step.passed for step in unsure] == [True, False]
    assert unsure[1].gain.low < 0 < unsure[1].gain.high
    sure = climb(values, {"rules": draws(0.100, 1), "lightgbm": draws(0.105, 1)})
    assert serving_level(sure) == "lightgbm"


def test_each_step_says_what_it_had_to_beat():
    values = {"rules": 0.10, "peers": 0.05, "logistic": 0.20}
    steps = climb(values, {name: draws(value) for name, value in values.items()})
    assert [(s.level, s.against, s.passed) for s in steps] == [
        ("rules", "", True), ("peers", "rules", False), ("logistic", "rules", True),
    ]  # fmt: skip
