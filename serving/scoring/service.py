"""From records to a scored list: the champion applied to everybody on the roster as of a date."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from data.errors import StoreError
from data.progress import Report, silent
from data.store import RecordStore
from features.catalog import catalog, sentence
from features.schedule import on_date
from features.table import build
from serving.scoring.champion import CONTRIBUTION, Champion
from serving.scoring.policy import Reason, choose_reasons, rank_for_mentors

if TYPE_CHECKING:
    import pandas as pd

WEEK = timedelta(days=7)


class EmptyRosterError(StoreError):
    """Nobody is on the roster that day."""


@dataclass(frozen=True)
class ScoredList:
    """One run of the champion over the roster.

    `frame` has one row per enrolment on the roster, the riskiest first: its keys, every
    feature, `probability`, `rank` (for its mentor) and `reasons` (a tuple of `Reason`).
    """

    key: str
    as_of: date
    champion: Champion
    table_versions: dict[str, int]
    frame: pd.DataFrame


def score(store: RecordStore, champion: Champion, *, as_of: date, report: Report = silent) -> ScoredList:
    """Score everybody on the roster as of a date.

    Raises
    ------
    EmptyRosterError : nobody is on the roster that day.
    """
    import pandas as pd

    versions = store.versions()
    now, before = _feature_rows(store, champion, as_of, versions, report)
    predicted = champion.predict(now)
    frame = now.assign(probability=predicted["probability"].to_numpy())
    mentors = [None if value != value or value is None else int(value) for value in _nullable(frame["mentor_id"])]
    frame["rank"] = rank_for_mentors(frame["probability"].tolist(), mentors, frame["enrolment_id"].tolist())
    frame["reasons"] = pd.Series(_reasons(now, before, predicted, champion.features), index=frame.index, dtype=object)
    frame = frame.sort_values(["probability", "enrolment_id"], ascending=[False, True], ignore_index=True)
    return ScoredList(run_key(champion, as_of, versions), as_of, champion, versions, frame)


def run_key(champion: Champion, as_of: date, versions: dict[str, int]) -> str:
    """Return the name of a run: the same model, date and records give the same key."""
    content = [champion.name, champion.version, as_of.isoformat(), sorted(versions.items())]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:24]


def _feature_rows(
    store: RecordStore, champion: Champion, as_of: date, versions: dict[str, int], report: Report
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the features as of the date, and a week before for who was there already."""
    import pandas as pd

    with store.connect(versions) as con:
        schedule = {session: [as_of - WEEK, as_of] for session in on_date(con, as_of)}
        rows = build(con, schedule, report=report)
    days = pd.to_datetime(rows["as_of_on"])
    now = rows[days == pd.Timestamp(as_of)].reset_index(drop=True)
    if now.empty:
        raise EmptyRosterError(
            "nobody is on the roster that day", where=as_of.isoformat(), todo="choose another --as-of"
        )
    missing = [name for name in champion.inputs if name not in now.columns]
    if missing:
        raise StoreError("the model reads features this version does not make", where=", ".join(missing[:5]))
    return now, rows[days == pd.Timestamp(as_of - WEEK)]


def _nullable(column: pd.Series) -> list[Any]:
    return list(column.astype("object").where(column.notna(), None))


def _reasons(
    now: pd.DataFrame, before: pd.DataFrame, predicted: pd.DataFrame, names: list[str]
) -> list[tuple[Reason, ...]]:
    """Return each row's reasons; only features of the catalogue can be told."""
    entries = catalog()
    told = [name for name in names if name in entries and CONTRIBUTION + name in predicted]
    weights = predicted[[CONTRIBUTION + name for name in told]].to_numpy()
    values = now[told].to_numpy(dtype=float)
    past = before.set_index("enrolment_id")[told].reindex(now["enrolment_id"]).to_numpy(dtype=float)

    def row(i: int) -> tuple[Reason, ...]:
        candidates = (
            Reason(name, _number(values[i, j]), _number(past[i, j]), float(weights[i, j]))
            for j, name in enumerate(told)
            if weights[i, j] > 0
        )
        return choose_reasons(
            candidates, family=lambda n: entries[n].family, unit=lambda n: entries[n].unit, speaks=_speaks
        )

    return [row(i) for i in range(len(now))]


def _speaks(reason: Reason) -> bool:
    return bool(sentence(reason.feature, reason.value, reason.previous))


def _number(value: float) -> float | None:
    return None if value != value else float(value)
