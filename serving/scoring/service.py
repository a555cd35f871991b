"""From records to a scored list: the champion applied to everybody on the roster as of a date."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import features
from data.errors import StoreError
from data.progress import Report, silent
from data.steps import code_fingerprint
from data.store import RecordStore
from features.catalog import catalog, sentence
from features.schedule import on_date
from features.table import build
from serving.alerts import kinds
from serving.alerts.kinds import Rules
from serving.scoring.champion import CONTRIBUTION, Champion
from serving.scoring.policy import MIN_CONTRIBUTION, Reason, choose_reasons, on_risky_side, rank_for_mentors

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

WEEK = timedelta(days=7)


class EmptyRosterError(StoreError):
    """Nobody is on the roster that day."""


@dataclass(frozen=True)
class ScoredList:
    """One run of the champion over the roster.

    `frame` has one row per enrolment on the roster, the riskiest first: its keys, every
    feature, `probability`, `rank` (for its mentor), `reasons` (a tuple of `Reason`), what rules see
    (`signals`, `regular`; see `serving/alerts/kinds.py`), and `low` and `high` where the model tells them.
    """

    key: str
    as_of: date
    champion: Champion
    table_versions: dict[str, int]
    frame: pd.DataFrame


def score(
    store: RecordStore, champion: Champion, *, as_of: date, report: Report = silent, rules: Rules | None = None
) -> ScoredList:
    """Score everybody on the roster as of a date, and keep what rules see of them.

    Raises
    ------
    EmptyRosterError : nobody is on the roster that day.
    """
    import pandas as pd

    versions = store.versions()
    now, before = feature_rows(store, champion, as_of, versions, report)
    known = rules or Rules()
    predicted = champion.predict(now)
    frame = now.assign(probability=predicted["probability"].to_numpy())
    mentors = [None if value != value or value is None else int(value) for value in _nullable(frame["mentor_id"])]
    frame["rank"] = rank_for_mentors(frame["probability"].tolist(), mentors, frame["enrolment_id"].tolist())
    frame["reasons"] = pd.Series(reasons_of(now, before, predicted, champion), index=frame.index, dtype=object)
    frame["signals"] = pd.Series(signals_of(now, before, known), index=frame.index, dtype=object)
    frame["regular"] = pd.Series([kinds.regular(row, known) for row in rows_of(now)], index=frame.index, dtype=object)
    for name in ("low", "high"):
        frame[name] = predicted.get(f"probability_{name}")
    frame = frame.sort_values(["probability", "enrolment_id"], ascending=[False, True], ignore_index=True)
    return ScoredList(run_key(champion, as_of, versions, known), as_of, champion, versions, frame)


def run_key(champion: Champion, as_of: date, versions: dict[str, int], rules: Rules | None = None) -> str:
    """Return the name of a run: the same model, date, records and rules give the same key."""
    code = code_fingerprint([Path(features.__file__).parent, Path(__file__).parent])
    told = [hashlib.sha256(Path(kinds.__file__).read_bytes()).hexdigest(), sorted(vars(rules or Rules()).items())]
    content = [champion.name, champion.version, as_of.isoformat(), sorted(versions.items()), code, told]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:24]


def weeks_compare(con: DuckDBPyConnection) -> bool:
    """Whether « a week earlier » means something: not where activity comes counted by longer windows (OULAD)."""
    query = "SELECT coalesce(max(epoch_us(occurred_to) - epoch_us(occurred_from)), 0) FROM activity"
    found = con.sql(query).fetchone()
    return found is None or int(found[0]) <= WEEK // timedelta(microseconds=1)


def feature_rows(
    store: RecordStore, champion: Champion, as_of: date, versions: dict[str, int], report: Report
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the features as of the date, and a week before (none where weeks do not compare).

    Raises
    ------
    EmptyRosterError : nobody is on the roster that day.
    StoreError : the model reads features that this version does not make.
    """
    import pandas as pd

    with store.connect(versions) as con:
        dates = [as_of - WEEK, as_of] if weeks_compare(con) else [as_of]
        rows = build(con, dict.fromkeys(on_date(con, as_of), dates), report=report)
    days = pd.to_datetime(rows["as_of_on"])
    now = rows[days == pd.Timestamp(as_of)].reset_index(drop=True)
    if now.empty:
        raise EmptyRosterError(
            "nobody is on the roster that day", where=as_of.isoformat(), todo="choose another --as-of"
        )
    missing = [name for name in champion.inputs if name not in now.columns]
    if missing:
        raise StoreError(
            "the model reads features this version does not make",
            where=", ".join(missing[:5]),
            todo=f'run `filrouge train`, then `filrouge models promote {champion.name} --by "Name" --despite "reason"`',
        )
    return now, rows[days == pd.Timestamp(as_of - WEEK)]


def _nullable(column: pd.Series) -> list[Any]:
    return list(column.astype("object").where(column.notna(), None))


def signals_of(now: pd.DataFrame, before: pd.DataFrame, rules: Rules) -> list[list[dict[str, Any]]]:
    """Return what rules see of each row, as kept with its score; rows come with their features and their frame."""
    past = dict(zip(before["enrolment_id"], rows_of(before), strict=True))
    told = []
    for row, number, as_of in zip(rows_of(now), now["enrolment_id"], now["as_of_on"], strict=True):
        signals = kinds.signals(row, kinds.frame_of(row, as_of.date()), rules)
        told.append(kinds.as_json(signals, row, past.get(number, {})))
    return told


def rows_of(frame: pd.DataFrame) -> list[dict[str, float | None]]:
    """Return the features that rules read, a row as a dictionary; null for what is not known."""
    names = [name for name in kinds.FEATURES if name in frame]
    values = frame[names].to_numpy(dtype=float)
    return [dict(zip(names, map(number_of, row), strict=True)) for row in values]


def reasons_of(
    now: pd.DataFrame, before: pd.DataFrame, predicted: pd.DataFrame, champion: Champion
) -> list[tuple[Reason, ...]]:
    """Return each row's reasons; only features that the catalogue tells, on their risky side."""
    told = [name for name in champion.features if name in catalog() and CONTRIBUTION + name in predicted]
    weights = predicted[[CONTRIBUTION + name for name in told]].to_numpy()
    values = now[told].to_numpy(dtype=float)
    past = _in_order(before["enrolment_id"], before[told].to_numpy(dtype=float), now["enrolment_id"])
    reasons = teller(champion)
    return [reasons(told, values[i], past[i], weights[i]) for i in range(len(now))]


Teller = Callable[
    [Sequence[str], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], tuple[Reason, ...]
]  # fmt: skip
"""From the names of some features, their values, those of a week before and their contributions, to a row's reasons."""


def teller(champion: Champion) -> Teller:
    """Return what chooses a row's reasons; a name that the catalogue does not know is never one."""
    entries = catalog()
    centres = {name: number_of(value) for name, value in champion.centres().items()}

    def speaks(reason: Reason) -> bool:
        known = entries[reason.feature]
        risky = on_risky_side(reason.value, centres.get(reason.feature), known.direction)
        return risky and known.may_worry(reason.value) and bool(sentence(known.name, reason.value, reason.previous))

    def row(
        names: Sequence[str], values: NDArray[np.float64], past: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> tuple[Reason, ...]:
        candidates = (
            Reason(name, number_of(value), number_of(before), float(weight))
            for name, value, before, weight in zip(names, values, past, weights, strict=True)
            if weight >= MIN_CONTRIBUTION and name in entries
        )
        return choose_reasons(
            candidates, family=lambda n: entries[n].family, unit=lambda n: entries[n].unit, speaks=speaks
        )

    return row


def _in_order(ids: pd.Series, values: NDArray[np.float64], wanted: pd.Series) -> NDArray[np.float64]:
    """Return the lines of some ids in the order wanted, NaN where there is none.

    Not by an index of pandas: it takes two large numbers for the ends of a range, and overflows.
    """
    place = {number: line for line, number in enumerate(ids.tolist())}
    blank = np.full(values.shape[1], np.nan)
    lines = [values[place[number]] if number in place else blank for number in wanted.tolist()]
    return np.array(lines, dtype=float).reshape(len(lines), values.shape[1])


def known_features(names: Iterable[str]) -> list[str]:
    """Return those that the catalogue has, once each."""
    known = catalog()
    return [name for name in dict.fromkeys(names) if name in known]


def number_of(value: float) -> float | None:
    """Return a value of a table as a number; null for NaN."""
    return None if value != value else float(value)
