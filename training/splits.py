"""Folds by time and by session, never at random; and an independent check that nothing overlaps.

Train on the earlier sessions, tune and calibrate on later ones, test once on the latest. A
row whose label looks at a day of a later fold is purged, so that the gap between the last
training date and the first test date is at least one horizon.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import ModelError
from training.labels import Days, to_days

Mask = npt.NDArray[np.bool_]
MAX_CUTS, MAX_TESTS = 20, 6
SESSIONS_IN_A_ROW = 3
TRAIN_SHARE, FEWEST = 2.0, 5.0
"""A fold of training holds at least twice, and one of tuning at least once, `FEWEST` rows of the rarer label."""


class SplitError(ModelError):
    """The folds overlap in time or share a session, or there is too little history to make them."""


class TooLittleHistoryError(SplitError):
    """There is too little history for three folds by time: nothing can be measured yet."""


@dataclass(frozen=True)
class Folds:
    """Row masks over one table of snapshots.

    `fit` trains what is tuned on `tune`; `refit` (fit, tune and what was purged between
    them) trains what is tested on `test`.
    """

    protocol: str
    fit: Mask
    tune: Mask
    refit: Mask
    test: Mask


OULAD_FOLDS = {"2013B": "fit", "2013J": "fit", "2014B": "tune", "2014J": "test"}


def presentation(session_id: str) -> str:
    """Return OULAD's presentation code, the end of the session's code."""
    return session_id[-5:]


def is_oulad(session_ids: npt.NDArray[np.object_]) -> bool:
    """Whether every session is an OULAD presentation, and all four are there."""
    return {presentation(str(code)) for code in session_ids} == set(OULAD_FOLDS)


def split(rows: pd.DataFrame) -> list[Folds]:
    """Return the folds of labelled snapshots, earliest test first; the last ones make the model that serves.

    OULAD has one test, the protocol's. Elsewhere the origin rolls: each of the latest session
    starts is a test in turn, of a model that saw only what was over before it.

    Parameters
    ----------
    rows : session_id, session_starts_on, as_of_on, label (NaN where unknown), label_until.

    Raises
    ------
    TooLittleHistoryError : no three folds by time hold both labels.
    """
    found = [_oulad(rows)] if is_oulad(rows["session_id"].unique()) else _by_time(rows)
    for folds in found:
        check_no_overlap(rows, folds)
    return found


def _oulad(rows: pd.DataFrame) -> Folds:
    """The protocol of evaluation.md: 2013B and 2013J, then 2014B, then 2014J."""
    name = rows["session_id"].astype(str).map(presentation).map(OULAD_FOLDS).to_numpy(dtype=object)
    labelled = rows["label"].notna().to_numpy()
    test = labelled & (name == "test")
    before = labelled & (to_days(rows["label_until"].to_numpy()) < to_days(rows["as_of_on"].to_numpy())[test].min())
    fit, tune = before & (name == "fit"), before & (name == "tune")
    return Folds("oulad", fit, tune, fit | tune, test)


def _by_time(rows: pd.DataFrame) -> list[Folds]:
    """One set of folds for each of the latest session starts that has history enough before it."""
    starts = to_days(rows["session_starts_on"].to_numpy())
    cuts = np.unique(starts)
    tried = (_before(rows, starts, cuts, first_test) for first_test in cuts[2:])
    found = [folds for folds in tried if folds is not None][-MAX_TESTS:]
    label = rows["label"].to_numpy(dtype=np.float64)
    if not found or _rarest(label[np.any([folds.test for folds in found], axis=0)]) < 1:
        raise TooLittleHistoryError(
            "too little history to train, tune and test on different sessions",
            where=f"{rows['session_id'].nunique()} sessions old enough, {int(np.nansum(label))} rows of leavers",
            accepted="three sessions one after the other, each with learners who left and learners who stayed",
            todo="import more finished sessions",
        )
    return found


def _before(rows: pd.DataFrame, starts: Days, cuts: Days, first_test: np.datetime64) -> Folds | None:
    """Folds that test the sessions starting that day, tuned from the cut that leaves most of the rarer label."""
    label = rows["label"].to_numpy(dtype=np.float64)
    best: tuple[float, Folds | None] = (FEWEST, None)
    for first_tune in cuts[cuts < first_test][1:][-MAX_CUTS:]:
        folds = _cut(rows, starts, first_tune, first_test)
        worth = min(_rarest(label[folds.fit]) / TRAIN_SHARE, _rarest(label[folds.tune]))
        if worth >= best[0] and folds.test.any():
            best = (worth, folds)
    return best[1]


def _cut(rows: pd.DataFrame, starts: Days, first_tune: np.datetime64, first_test: np.datetime64) -> Folds:
    labelled, until = rows["label"].notna().to_numpy(), to_days(rows["label_until"].to_numpy())
    fit = labelled & (starts < first_tune) & (until < first_tune)
    tune = labelled & (starts >= first_tune) & (starts < first_test) & (until < first_test)
    refit = labelled & (starts < first_test) & (until < first_test)
    return Folds("by time and session, rolling", fit, tune, refit, labelled & (starts == first_test))


def _rarest(label: npt.NDArray[np.float64]) -> float:
    """Count the rarer of the two labels."""
    positives = float(label.sum())
    return min(positives, len(label) - positives)


def check_no_overlap(rows: pd.DataFrame, folds: Folds) -> None:
    """Check, from dates and sessions alone, that no training label window reaches a test date.

    Written apart from the code that splits, so that one mistake is not made twice.

    Raises
    ------
    TooLittleHistoryError : an empty fold.
    SplitError : a shared session, or a label window that reaches a later fold.
    """
    as_of, until = to_days(rows["as_of_on"].to_numpy()), to_days(rows["label_until"].to_numpy())
    sessions = rows["session_id"].to_numpy(dtype=object)
    named = {"train": folds.fit, "tune": folds.tune, "test": folds.test}
    for name, mask in named.items():
        if not mask.any():
            raise TooLittleHistoryError(f"the {name} fold is empty", todo="import more finished sessions")
    for mask in (folds.fit, folds.tune, folds.refit):
        if until[mask].max() >= as_of[folds.test].min():
            raise SplitError("a training label window reaches a test date", where=folds.protocol)
        if set(sessions[mask]) & set(sessions[folds.test]):
            raise SplitError("a session is both trained on and tested", where=folds.protocol)
    for earlier, later in pairwise(named.values()):
        if set(sessions[earlier]) & set(sessions[later]):
            raise SplitError("two folds share a session", where=folds.protocol)


def first_measure_on(spans: Iterable[tuple[date, date]]) -> date | None:
    """Return the earliest day on which three sessions in a row can be over; None when no three follow one another.

    A lower bound: each of the three must also hold learners who left and learners who stayed.

    Parameters
    ----------
    spans : each session's first day, and the last day that its earliest label looks at.
    """
    chained: list[date] = []
    for starts_on, over_on in sorted(spans, key=lambda span: (span[1], span[0])):
        if not chained or starts_on > chained[-1]:
            chained.append(over_on)
    return chained[SESSIONS_IN_A_ROW - 1] if len(chained) >= SESSIONS_IN_A_ROW else None


def shuffled_halves(n: int, *, share: float, seed: int) -> tuple[Mask, Mask]:
    """Return a random split, which leaks; only to show how much a leaky figure flatters."""
    test = np.zeros(n, dtype=bool)
    test[np.random.default_rng(seed).permutation(n)[: round(n * share)]] = True
    return ~test, test
