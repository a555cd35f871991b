"""A row scored alone has the numbers of its line of a table, to the last bit, for each kind of model."""

import numpy as np
import pandas as pd
import pytest

from training import served_model

NAMES = [f"f{n}" for n in range(37)]
ROWS = 700
"""More than are worked on at a time."""


def values():
    rng = np.random.default_rng(7)
    x = rng.normal(size=(ROWS, len(NAMES))) * 3
    x[rng.random(x.shape) < 0.2] = np.nan
    return x


def linear():
    rng = np.random.default_rng(8)
    centre, scale, weights = rng.normal(size=(3, len(NAMES)))
    return {"kind": "linear", "features": NAMES, "centre": centre.tolist(), "scale": (1 + np.abs(scale)).tolist(),
            "weights": weights.tolist(), "base": 0.3, "limit": 2.0}  # fmt: skip


def points():
    rules = [{"column": n, "op": op, "threshold": t, "points": p}
             for n, (op, t, p) in enumerate([(">=", 1.0, 2.0), ("<=", -0.5, 1.0), (">=", 0.0, 3.0)])]  # fmt: skip
    return {"kind": "points", "features": NAMES, "rules": [*rules, rules[0]], "slope": 0.37, "base": -2.1}


def boosters():
    import lightgbm

    x = values()
    y = (np.nan_to_num(x[:, :5]).sum(axis=1) > 0).astype(float)
    told = {"objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": 8, "feature_fraction": 0.5}
    grown = [lightgbm.train(told | {"seed": seed}, lightgbm.Dataset(x, y), 12).model_to_string() for seed in (1, 2, 3)]
    return {"kind": "boosters", "features": NAMES, "boosters": grown, "start": linear()}


SPECS = {"points": points, "linear": linear, "boosters": boosters}


@pytest.mark.parametrize("kind", SPECS)
def test_a_row_alone_is_its_line_of_a_table_to_the_last_bit(kind):
    spec = SPECS[kind]() | {"calibrator": {"kind": "isotonic", "x": [-2.0, 1.0], "y": [-1.5, 0.5], "slope": 0.8}}
    frame = pd.DataFrame(values(), columns=NAMES)
    whole = served_model.predict(spec, frame, reasons=True)
    rows = [{n: None if v != v else v for n, v in row.items()} for row in frame.to_dict("records")]
    alone = [served_model.score(spec, [row], reasons=True) for row in rows]
    assert [float(p[0]) for p, _ in alone] == whole["probability"].tolist()
    told = whole[[f"contribution:{name}" for name in NAMES]].to_numpy()
    np.testing.assert_array_equal(np.vstack([parts for _, parts in alone]), told)
    some, none = served_model.score(spec, rows[:5])
    assert (some.tolist(), none) == (whole["probability"].tolist()[:5], None)


def test_the_course_s_past_rate_is_read_as_in_a_table():
    spec = linear() | {"features": [*NAMES[:2], served_model.PAST_RATE], "centre": [0, 0, 0], "scale": [1, 1, 1],
                       "weights": [1, 1, 1], "calibrator": {"x": [0.0], "y": [0.0], "slope": 1.0},
                       "course_past_rate": {"rates": {"A": 0.4, "B": None}, "default": 0.1}}  # fmt: skip
    frame = pd.DataFrame({"f0": [1.0, 2.0, 3.0, 4.0], "f1": [0.0, np.nan, 1.0, 2.0],
                          "course_id": np.array(["A", "B", "new", None], dtype=object)})  # fmt: skip
    rows = [{n: None if v != v else v for n, v in row.items()} for row in frame.to_dict("records")]
    np.testing.assert_array_equal(served_model.matrix_of(spec, rows), served_model.matrix(spec, frame))
    np.testing.assert_array_equal(served_model.matrix_of(spec, [])[:, 2], [])
