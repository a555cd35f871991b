"""Risks with and without a contact, when people chose whom to contact. Pure.

Augmented inverse propensity weighting (Robins, Rotnitzky and Zhao 1994), cross-fitted (Chernozhukov et al. 2018): one
model says who is contacted, another who abandons; either may be wrong, not both. No model predicts a learner it was
taught with.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Whose = npt.NDArray[np.int64]
MOST_CROSSED = 12
"""Columns up to which their squares and products are looked at too; beyond, they would outnumber the cases."""


def pulls(
    learner: Whose, contacted: Flags, abandoned: Flags, known: Array, propensity: Array, *, folds: int
) -> tuple[Array, Array]:
    """Return, case by case, what the risks with and without a contact are the means of.

    Parameters
    ----------
    known : (cases, columns), nulls being NaN.
    propensity : chance of a contact, strictly between 0 and 1.
    """
    left, side = abandoned.astype(float), contacted.astype(float)
    told = {arm: chance_of(known, abandoned, learner, folds=folds, among=contacted == arm) for arm in (True, False)}
    with_contact = told[True] + side * (left - told[True]) / propensity
    without = told[False] + (1 - side) * (left - told[False]) / (1 - propensity)
    return with_contact, without


def chance_of(known: Array, what: Flags, learner: Whose, *, folds: int, among: Flags | None = None) -> Array:
    """Return each case's chance of something, by a model taught by other learners' cases.

    Where those cases are all alike there is nothing to learn: their share is the chance of all, 0 or 1 if need be.

    Parameters
    ----------
    among : the only cases that teach; all of them by default. Every case is told.
    """
    teaching = np.ones(len(what), bool) if among is None else among
    filled, found = _filled(known), np.full(len(what), what[teaching].mean())
    for fold in _folds(learner, folds):
        mine = teaching & ~fold
        if not mine.any():
            continue
        found[fold] = what[mine].mean()
        if 0 < what[mine].sum() < mine.sum():
            found[fold] = _model(filled.shape[1]).fit(filled[mine], what[mine]).predict_proba(filled[fold])[:, 1]
    return found


def _folds(learner: Whose, folds: int) -> Iterator[Flags]:
    """Yield the cases of each fold; a learner's are in one."""
    _, line = np.unique(learner, return_inverse=True)
    for fold in range(folds):
        yield line % folds == fold


def _model(columns: int) -> Pipeline:
    crossed = [PolynomialFeatures(2, include_bias=False), StandardScaler()] if columns <= MOST_CROSSED else []
    fitted = LogisticRegression(C=1.0, solver="newton-cholesky", max_iter=200)
    return make_pipeline(StandardScaler(), *crossed, fitted)


def _filled(known: Array) -> Array:
    """Return what is known with its nulls at the middle of their column, and told by a column beside."""
    missing = np.isnan(known)
    holed, empty = missing.any(axis=0) & ~missing.all(axis=0), missing.all(axis=0)
    middle = np.nanmedian(np.where(empty, 0.0, known), axis=0)
    return np.column_stack([np.where(missing, middle, known), missing[:, holed].astype(float)])
