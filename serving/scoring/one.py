"""One learner now: features, score and reasons from the store, for a process that stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from features.one import OneByOne
from serving.scoring.champion import Champion
from serving.scoring.policy import Reason
from serving.scoring.service import WEEK, reasons_of


@dataclass(frozen=True)
class ScoredOne:
    """An enrolment's probability on a date, and why."""

    enrolment_id: int
    as_of: date
    probability: float
    reasons: tuple[Reason, ...]


def score_one(
    records: OneByOne, champion: Champion, enrolment_id: int, as_of: date, *, weeks: bool = True
) -> ScoredOne | None:
    """Return what `service.score` says of one enrolment, None when it is not in the roster that day.

    Parameters
    ----------
    records : made with at least the champion's inputs among its names.
    weeks : whether « a week earlier » means something for these records (`service.weeks_compare`).
    """
    rows = records.features(enrolment_id, [as_of - WEEK, as_of] if weeks else [as_of])
    today = (rows["as_of_on"] == pd.Timestamp(as_of)).to_numpy()
    now, before = rows[today].reset_index(drop=True), rows[~today]
    if now.empty:
        return None
    predicted = champion.predict(now)
    (reasons,) = reasons_of(now, before, predicted, champion)
    return ScoredOne(enrolment_id, as_of, float(predicted["probability"].iloc[0]), reasons)
