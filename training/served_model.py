"""The model that serves: one self-contained script, read by MLflow as a model's code.

It imports nothing of ours, so that it loads in a process that never sees `training`.
Training calls the same functions, so that what was measured is what serves. A model is a
`spec`, plain JSON: an additive part (rules, peers, logistic) or LightGBM boosters (their raw
scores averaged over seeds) grown from a part of the logistic regression; then a calibrator
from raw score (log-odds) to probability.
"""

from __future__ import annotations

import ctypes
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
Spec = dict[str, Any]

COURSE = "course_id"
PAST_RATE = "course_past_rate"
THREADS = 1
"""A few rows cost less on one thread; and two threads on a busy machine cost thirty times one."""
ROWS = 512
"""Rows whose distances from the centre are worked on at a time: they stay in the processor's own memory."""
COMPARE = {">=": np.greater_equal, "<=": np.less_equal}
RAW, CONTRIBUTIONS, FLOAT64 = 1, 3, 1
"""LightGBM's own numbers for what a call predicts, and for the type of its values."""


def matrix(spec: Spec, frame: pd.DataFrame) -> Array:
    """Return the model's inputs, one column a feature in the spec's order; NaN is null."""
    names = [name for name in spec["features"] if name != PAST_RATE]
    x = np.ascontiguousarray(frame[names].to_numpy(dtype=np.float64, na_value=np.nan))
    if len(names) == len(spec["features"]):
        return x
    rates = spec["course_past_rate"]
    known = frame[COURSE].map(rates["rates"]).to_numpy(dtype=np.float64, na_value=np.nan)
    return np.insert(x, spec["features"].index(PAST_RATE), np.where(np.isnan(known), rates["default"], known), axis=1)


def matrix_of(spec: Spec, rows: Sequence[Mapping[str, float | str | None]]) -> Array:
    """Return the same as `matrix`, from rows that are not a table; None is null."""
    names, told = spec["features"], rows
    if PAST_RATE in names:
        rates, default = spec["course_past_rate"]["rates"], spec["course_past_rate"]["default"]
        known = [rates.get(row[COURSE]) for row in rows]
        told = [{**row, PAST_RATE: default if rate is None else rate} for row, rate in zip(rows, known, strict=True)]
    null = float("nan")
    numbers = [[null if row[name] is None else row[name] for name in names] for row in told]
    return np.array(numbers, dtype=np.float64).reshape(-1, len(names))


def contributions(spec: Spec, x: Array) -> Array:
    """Return log-odds contributed by each feature; with the base they add up to the raw score.

    One row per row of `x`, one column per feature, and the base (expected value) last.
    """
    return LEVELS[spec["kind"]](spec, x)


def raw_scores(spec: Spec, x: Array) -> Array:
    """Return the uncalibrated log-odds of each row."""
    return scores_and_spread(spec, x)[0]


def scores_and_spread(spec: Spec, x: Array) -> tuple[Array, Array]:
    """Return the uncalibrated log-odds of each row, and their standard deviation over seeds (0: no luck in it)."""
    if spec["kind"] == "linear":
        return _sum(spec, x), np.zeros(len(x))
    if spec["kind"] == "points":
        return np.asarray(_points(spec, x).sum(axis=1)), np.zeros(len(x))
    scores = _each(spec, x, RAW)
    found = np.asarray(np.mean(scores, axis=0) + _sum(spec["start"], x), dtype=np.float64)
    return found, np.asarray(np.std(scores, axis=0, ddof=min(1, len(scores) - 1)), dtype=np.float64)


def calibrate(calibrator: Spec, raw: Array) -> Array:
    """Return probabilities in (0, 1), strictly increasing in the raw score.

    Every kind is knots in log-odds joined by lines, which go on with the end slope, so that no two learners tie:
    one knot for `platt`, the centres of the steps for `isotonic`, spread scores for `beta` and `venn_abers`.
    """
    return _chance(calibrated_odds(calibrator, raw))


def calibrated_odds(calibrator: Spec, raw: Array) -> Array:
    """Return the calibrated log-odds of raw scores."""
    knots, values = np.asarray(calibrator["x"]), np.asarray(calibrator["y"])
    inside = np.interp(raw, knots, values)
    below = np.minimum(raw - knots[0], 0.0) * calibrator["slope"]
    above = np.maximum(raw - knots[-1], 0.0) * calibrator["slope"]
    return np.asarray(inside + below + above)


def interval(
    spec: Spec, x: Array, scored: tuple[Array, Array] | None = None
) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
    """Return the ends of each probability's 90 % interval, and whether it deserves little confidence.

    The interval holds the Venn-ABERS pair, widened by how much a session and date differ from another and by the
    spread of the seeds. Little confidence: a short history, or an interval far wider than usual. A model that was
    never measured has no interval (NaN), and deserves little confidence. `scored`: what `scores_and_spread` told.
    """
    doubt = spec.get("doubt")
    if doubt is None:
        return np.full(len(x), np.nan), np.full(len(x), np.nan), np.ones(len(x), dtype=bool)
    raw, spread = scored or scores_and_spread(spec, x)
    low, high = interval_odds(doubt, raw, calibrated_odds(spec["calibrator"], raw), spread)
    history = x[:, spec["features"].index(doubt["history"])]
    return _chance(low), _chance(high), (history < doubt["fewest_days"]) | (high - low > doubt["widest"])


def interval_odds(doubt: Spec, raw: Array, odds: Array, spread: Array) -> tuple[Array, Array]:
    """Return the interval's ends in log-odds, around calibrated log-odds."""
    margin = doubt["z"] * np.sqrt(doubt["between"] ** 2 + spread**2)
    low, high = (np.interp(raw, doubt["x"], doubt[end]) for end in ("low", "high"))
    return np.minimum(low, odds) - margin, np.maximum(high, odds) + margin


def predict(spec: Spec, frame: pd.DataFrame, *, reasons: bool = False) -> pd.DataFrame:
    """Return `probability`, `probability_low`, `probability_high` and `low_confidence`.

    And one `contribution:<feature>` column each when asked.
    """
    x = matrix(spec, frame)
    scored = scores_and_spread(spec, x)
    low, high, unsure = interval(spec, x, scored)
    told = {"probability": calibrate(spec["calibrator"], scored[0]), "probability_low": low, "probability_high": high}
    out = pd.DataFrame({**told, "low_confidence": unsure}, index=frame.index)
    if not reasons:
        return out
    parts = contributions(spec, x)[:, :-1]
    names = [f"contribution:{name}" for name in spec["features"]]
    return pd.concat([out, pd.DataFrame(parts, columns=names, index=frame.index)], axis=1)


def score(
    spec: Spec, rows: Sequence[Mapping[str, float | str | None]], *, reasons: bool = False
) -> tuple[Array, Array | None]:
    """Return each row's probability, and when asked its contributions, a column a feature in the spec's order.

    What `predict` tells, without tables: the same numbers to the last bit, whatever the number of rows.
    """
    x = matrix_of(spec, rows)
    probability = calibrate(spec["calibrator"], raw_scores(spec, x))
    return probability, contributions(spec, x)[:, :-1] if reasons else None


def predict_horizons(specs: Mapping[str, Spec], frame: pd.DataFrame, *, anchor: str) -> pd.DataFrame:
    """Return `probability_<days>d` for each horizon, never lower for a longer one.

    Parameters
    ----------
    specs : each horizon's spec, by its days.
    anchor : the horizon that alerts; the others give way to it.
    """
    days = sorted(specs, key=int)
    read = {one: predict(specs[one], frame)["probability"] for one in days}
    held = hold_apart({int(one): p.to_numpy(dtype=np.float64) for one, p in read.items()}, anchor=int(anchor))
    return pd.DataFrame({f"probability_{one}d": held[int(one)] for one in days}, index=frame.index)


def hold_apart(probabilities: Mapping[int, Array], *, anchor: int) -> dict[int, Array]:
    """Return the same, so that a longer horizon is never less likely: from the anchor outwards, each gives way."""
    held = {anchor: np.asarray(probabilities[anchor])}
    for one in sorted((h for h in probabilities if h < anchor), reverse=True):
        held[one] = np.minimum(probabilities[one], held[min(held)])
    for one in sorted(h for h in probabilities if h > anchor):
        held[one] = np.maximum(probabilities[one], held[max(held)])
    return held


def _chance(odds: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0))))


def _with_base(parts: Array, base: float) -> Array:
    return np.column_stack([parts, np.full(len(parts), base)])


def _points(spec: Spec, x: Array) -> Array:
    """Rules: points where the test holds; a null is no proof, and scores nothing."""
    parts = np.zeros_like(x)
    for rule in spec["rules"]:
        held = COMPARE[rule["op"]](x[:, rule["column"]], rule["threshold"])
        parts[:, rule["column"]] += rule["points"] * held
    return _with_base(parts * spec["slope"], spec["base"])


def _linear(spec: Spec, x: Array) -> Array:
    """Peers and logistic: scaled distance from the centre, null at the centre, far values held."""
    return _with_base(_distance(spec, x) * np.asarray(spec["weights"]), spec["base"])


def _sum(spec: Spec, x: Array) -> Array:
    """What `_linear` adds up to, without keeping the parts: some rows at a time, that stay near the processor.

    Added up row by row: a product of matrices adds in an order that depends on how many rows there are.
    """
    weights = np.asarray(spec["weights"])
    told = [(_distance(spec, x[at : at + ROWS]) * weights).sum(axis=1) + spec["base"] for at in range(0, len(x), ROWS)]
    return np.concatenate(told) if told else np.empty(0)


def _distance(spec: Spec, x: Array) -> Array:
    distance = x - np.asarray(spec["centre"])
    distance /= np.asarray(spec["scale"])
    np.clip(distance, -spec["limit"], spec["limit"], out=distance)
    distance[np.isnan(distance)] = 0.0
    return np.asarray(distance, dtype=np.float64)


def _trees(spec: Spec, x: Array) -> Array:
    parts, *others = _each(spec, x, CONTRIBUTIONS)
    for other in others:
        parts = parts + other
    return np.asarray(parts / (1 + len(others)) + _linear(spec["start"], x), dtype=np.float64)


def _each(spec: Spec, x: Array, what: int) -> list[Array]:
    """Return what each booster says of rows: one row alone by the call that LightGBM has for it."""
    boosters = _boosters(spec)
    if len(x) != 1:
        asked = {"raw_score": True} if what == RAW else {"pred_contrib": True}
        return [booster.predict(x, num_threads=THREADS, **asked) for booster in boosters]
    held = spec.setdefault("_alone", {})
    if what not in held:
        held[what] = [Alone(booster, x.shape[1], what) for booster in boosters]
    row = np.ascontiguousarray(x, dtype=np.float64)
    place = ctypes.c_void_p(row.ctypes.data)
    return [one.predict(place) for one in held[what]]


class Alone:
    """A booster ready for one row at a time, by LightGBM's single-row fast call: its settings are read once.

    Parameters
    ----------
    booster : kept for as long as this is, since the call reads it.
    columns : numbers in a row.
    what : `RAW` or `CONTRIBUTIONS`.
    """

    def __init__(self, booster: Any, columns: int, what: int) -> None:
        from lightgbm.basic import _LIB, _safe_call  # type: ignore[attr-defined]  # its own way to its library

        self._booster, self._lib, self._checked, self._lock = booster, _LIB, _safe_call, threading.Lock()
        self._ready, self._length = ctypes.c_void_p(), ctypes.c_int64()
        self._checked(
            self._lib.LGBM_BoosterPredictForMatSingleRowFastInit(
                booster._handle, what, 0, -1, FLOAT64, ctypes.c_int32(columns), b"num_threads=1",
                ctypes.byref(self._ready),
            )
        )  # fmt: skip
        self._out = np.empty(columns + 1 if what == CONTRIBUTIONS else 1)
        self._place = self._out.ctypes.data_as(ctypes.POINTER(ctypes.c_double))

    def predict(self, row: ctypes.c_void_p) -> Array:
        """Return what the booster says of the row held there, shaped as its own call for a table of one."""
        with self._lock:
            self._checked(
                self._lib.LGBM_BoosterPredictForMatSingleRowFast(
                    self._ready, row, ctypes.byref(self._length), self._place
                )
            )
            told = self._out.copy()
        return told if len(told) == 1 else told.reshape(1, -1)

    def __del__(self) -> None:
        if self._ready:
            self._lib.LGBM_FastConfigFree(self._ready)


def _boosters(spec: Spec) -> list[Any]:
    """Return the boosters, parsed once a spec."""
    if "_parsed" not in spec:
        import lightgbm

        spec["_parsed"] = [lightgbm.Booster(model_str=text) for text in spec["boosters"]]
    return list(spec["_parsed"])


LEVELS = {"points": _points, "linear": _linear, "boosters": _trees}


def _serve() -> None:
    """Hand the model to MLflow."""
    import mlflow

    class Served(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]
        """Calibrated probability of the task, and log-odds contributions when asked."""

        _skip_type_hint_validation = True  # the signature checks the inputs

        def load_context(self, context: Any) -> None:
            with open(context.artifacts["spec"], encoding="utf-8") as file:  # noqa: PTH123
                self.spec = json.load(file)

        def predict(self, model_input, params=None):  # type: ignore[no-untyped-def]
            return predict(self.spec, model_input, reasons=bool((params or {}).get("reasons", False)))

        def score(self, rows: Any, *, reasons: bool = False) -> tuple[Array, Array | None]:
            """Return `score` of rows that are no table."""
            return score(self.spec, rows, reasons=reasons)

    mlflow.models.set_model(Served())


if __name__.startswith("code_model_"):  # the name MLflow gives to a model's code
    _serve()
