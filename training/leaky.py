"""The same model measured the way that flatters: random split, learners already gone kept. For comparison only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from training.ladder import Catalogue, Fitted, Options, refit_on
from training.metrics import Array, Ranking, roc_auc
from training.served_model import matrix, raw_scores
from training.splits import shuffled_halves

TEST_SHARE, SEED = 0.3, 0


def leaky_roc_auc(
    rows: pd.DataFrame, fitted: Fitted, features: Sequence[str], catalogue: Catalogue, *, options: Options
) -> dict[int | None, float]:
    """Return the leaky ROC AUC by `as_of_day`, and pooled under None.

    Parameters
    ----------
    rows : labelled snapshots of a roster from which nobody is ever known to have left.
    fitted : the level, trained here again, with the rounds it was tuned to, and one seed.
    """
    train, test = shuffled_halves(len(rows), share=TEST_SHARE, seed=SEED)
    one_seed = replace(options, seeds=options.seeds[:1])
    spec = refit_on(rows, train, features, fitted, catalogue, options=one_seed)
    read = rows[test]
    score, label = raw_scores(spec, matrix(spec, read)), read["label"].to_numpy(dtype=np.float64)
    day = read["as_of_day"].to_numpy()
    by_day: dict[int | None, float] = {int(d): _auc(label[day == d], score[day == d]) for d in np.unique(day)}
    return by_day | {None: _auc(label, score)}


def _auc(label: Array, score: Array) -> float:
    return roc_auc(Ranking.of(label, score))
