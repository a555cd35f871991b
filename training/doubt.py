"""How sure a probability is: an interval for each row, and a mark of low confidence for short histories.

What is learnt here, on the tuning fold alone, is written in the model's spec and read by `served_model.interval`. The
interval is that of a rate: of learners alike, on another session and date, what share would be positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from training.calibration import KINDS, time_halves, venn_abers_pair
from training.metrics import Array
from training.served_model import calibrated_odds, interval_odds

Doubt = dict[str, Any]
Z = 1.645
"""Half-width, in standard deviations, of an interval of 90 %."""
FEWEST_DAYS = 14
"""A learner seen for fewer days than this has a short history."""
FEWEST_EXPECTED, FEWEST_CELLS = 3.0, 4
UNKNOWN_BETWEEN = 0.5
"""Standard deviation between sessions and dates, in log-odds, where the tuning fold is too small to tell it."""
FAR_WIDER = 2.0
HISTORY = ("days_since_start", "day_of_course")
BINS = 10


def learn(
    raw: Array, label: Array, cells: pd.DataFrame, calibrator: dict[str, Any], spread: Array, features: Sequence[str]
) -> Doubt:
    """Return what intervals need, learnt on the tuning fold.

    Parameters
    ----------
    raw, label, spread : of the tuning rows; `spread` is the seeds' standard deviation.
    cells : session_id and as_of_on of the same rows.
    features : the model's inputs, to find how long each learner has been seen.
    """
    knots = np.asarray(_knots(raw))
    low, high = (_odds(rate) for rate in venn_abers_pair(raw, label, knots))
    doubt = {
        "z": Z,
        "between": _between(raw, label, cells, calibrator["kind"]),
        "x": knots.tolist(),
        "low": low.tolist(),
        "high": high.tolist(),
        "history": next(name for name in HISTORY if name in features),
        "fewest_days": FEWEST_DAYS,
    }
    bottom, top = interval_odds(doubt, raw, calibrated_odds(calibrator, raw), spread)
    return doubt | {"widest": FAR_WIDER * float(np.median(top - bottom))}


def coverage(
    rows: pd.DataFrame, probability: Array, ends: tuple[Array, Array], unsure: Any, bins: int = BINS
) -> dict[str, float]:
    """Return how often the intervals hold the rates that came true, in cells of a session and a tenth of the rows.

    A rate is noisy itself: its binomial error is added to the interval's half-width, in quadrature, so that the aim
    stays 90 %. Beside it, the share of rows marked as of low confidence, and the cells' coverage without them.

    Parameters
    ----------
    rows : session_id and label of the test rows.
    """
    tenth = np.floor(np.argsort(np.argsort(probability, kind="stable")) * bins / max(len(probability), 1))
    table = pd.DataFrame(
        {
            "session": rows["session_id"].to_numpy(dtype=object), "tenth": tenth, "p": probability,
            "label": rows["label"].to_numpy(dtype=np.float64), "low": ends[0], "high": ends[1],
        }
    )  # fmt: skip
    sure = ~np.asarray(unsure, dtype=bool)
    return {
        "aim": 0.9,
        "cells_covered": _covered(table),
        "cells_covered_sure": _covered(table[sure]),
        "mean_width": float(np.mean(ends[1] - ends[0])),
        "low_confidence_share": float(np.mean(~sure)),
    }


def _covered(table: pd.DataFrame) -> float:
    if table.empty:
        return float("nan")
    cells = table.groupby(["session", "tenth"]).agg(
        n=("p", "size"), p=("p", "mean"), low=("low", "mean"), high=("high", "mean"), rate=("label", "mean")
    )
    noise = Z * np.sqrt(cells["p"] * (1 - cells["p"]) / cells["n"])
    below = np.sqrt((cells["p"] - cells["low"]) ** 2 + noise**2)
    above = np.sqrt((cells["high"] - cells["p"]) ** 2 + noise**2)
    return float(((cells["rate"] >= cells["p"] - below) & (cells["rate"] <= cells["p"] + above)).mean())


def _between(raw: Array, label: Array, cells: pd.DataFrame, kind: str) -> float:
    """Return the standard deviation, over sessions and dates, of the shift in log-odds that the calibrator misses.

    The calibrator is fitted on one half of time and read on the other; each cell's shift has its own sampling error,
    which is taken off (the method of moments of DerSimonian and Laird 1986), and so is what the halves differ by.
    """
    days = pd.to_datetime(cells["as_of_on"])
    halves = time_halves(label, days.to_numpy().astype(np.float64))
    shifts: list[tuple[float, float]] = []
    for fitted, read in halves:
        odds = calibrated_odds(KINDS[kind](raw[fitted], label[fitted]), raw[read])
        group = cells["session_id"].astype(str).to_numpy()[read] + days.astype(str).to_numpy()[read]
        shifts += _shifts(odds, label[read], np.unique(group, return_inverse=True)[1])
    if len(shifts) < FEWEST_CELLS:
        return UNKNOWN_BETWEEN
    shift, variance = np.array(shifts).T
    weight = 1 / variance
    mean = np.average(shift, weights=weight)
    excess = float(np.sum(weight * (shift - mean) ** 2) - (len(shift) - 1))
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    return float(np.sqrt(max(excess, 0.0) / scale))


def _shifts(odds: Array, label: Array, cell: Any) -> list[tuple[float, float]]:
    """Each cell's shift in log-odds, and its variance; cells where little is expected are left out."""
    chance = 1 / (1 + np.exp(-odds))
    expected, seen, n = (np.bincount(cell, weights=one) for one in (chance, label, np.ones(len(label))))
    known = np.bincount(cell, weights=chance * (1 - chance))
    return [
        (float(_log_odds(s, size) - _log_odds(e, size)), float(1 / k))
        for e, s, size, k in zip(expected, seen, n, known, strict=True)
        if e >= FEWEST_EXPECTED
    ]


def _log_odds(positives: float, n: float) -> float:
    return float(np.log((positives + 0.5) / (n - positives + 0.5)))


def _knots(raw: Array) -> Array:
    return np.unique(np.quantile(raw, np.linspace(0, 1, 21)))


def _odds(rate: Array) -> Array:
    held = np.clip(rate, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(held / (1 - held)))
