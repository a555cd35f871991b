"""The whole watch of one day: drift, freshness, performance, and the verdict; one JSON file a day, kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from data.departures import (
    RECORDED_OR_SILENCE,
    Days,
    abandonments,
    known_outcomes,
    read_silences,
    to_days,
    within_horizon,
)
from data.steps import written_whole
from data.store import RecordStore
from monitoring import performance, verdict
from monitoring.freshness import KINDS, Kind, closures, read_freshness, silent
from monitoring.groups import Group, by_group
from monitoring.holdout import HoldOut, Lot, held_out
from monitoring.performance import Interval, Performance
from monitoring.report import DriftReport, read_run, write_drift_report

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

    from data.home import Home

Flags = npt.NDArray[np.bool_]
SHORT_DAYS, KEPT = 14, timedelta(days=180)
"""The horizon whose labels come first; how far back lists are judged."""
GROUPS = ("gender", "age_band", "disability")
"""Of the learners' attributes, which serve this audit and no score."""
PLACE = ("enrolment_id", "learner_id", "session_id", "course_id", "probability")


@dataclass(frozen=True)
class Model:
    """What the watch knows of the model behind a list: what it predicts, and what its test promised.

    `trained_until` is the last day that the labels it learnt from look at, `data_end` the last that its training knew.
    """

    told: str
    horizon_days: int
    level: str
    abandonment: str
    silence_days: int
    trained_until: date | None
    expected: dict[str, Interval]
    below: float | None
    measured: bool
    data_end: date | None = None

    def foretells(self, days: Days) -> Flags:
        """Tell which lists can judge it, by day: it neither learnt nor was chosen on what they foretell."""
        seen = np.zeros(len(days), bool)
        if self.measured and self.trained_until is not None:
            seen |= days <= np.datetime64(self.trained_until, "D")
        if self.measured and self.data_end is not None:
            seen |= days + np.timedelta64(self.horizon_days - 1, "D") <= np.datetime64(self.data_end, "D")
        return ~seen


def write_watch(home: Home, scored: Path, *, zone: str, lot: Lot | None = None) -> tuple[DriftReport, dict[str, Any]]:
    """Watch a scored list, its model and the sources, and write `reports/drift` and `reports/watch`.

    Parameters
    ----------
    scored : a folder that `filrouge score` wrote.
    zone : the organisation's time zone.
    lot : what the lot at the threshold said up to that day; None where there is none.

    Raises
    ------
    StoreError : the folder holds no scored list.
    """
    model, store = read_model(home, read_run(scored)), RecordStore(home)
    with store.connect() as con:
        drift = write_drift_report(scored, home.reports / "drift", closures=closures(con))
        fresh = read_freshness(con, drift.as_of, zone=zone, brought=brought(store))
        found = judge(con, home, model, drift.as_of, lot=lot)
    told = told_of(drift, model, fresh, found)
    path = home.reports / "watch" / f"{drift.as_of}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as partial:
        partial.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    return drift, told


def told_of(drift: DriftReport, model: Model, fresh: tuple[Kind, ...], found: dict[str, Any]) -> dict[str, Any]:
    """Return the day's watch as plain types, with its verdict."""
    signs, columns = signs_of(drift, model, fresh, found), drift.comparison.columns
    return {
        "as_of": drift.as_of.isoformat(), "model": model.told, "level": model.level,
        "verdict": verdict.verdict(signs).as_json(), "drift": drift.comparison.verdict,
        "columns": {"compared": len(columns), "moved": sum(one.drifted for one in columns)},
        "freshness": [one.as_json() for one in fresh],
        "performance": {name: _plain(one) for name, one in found.items()},
        "expected": {name: vars(one) for name, one in model.expected.items()},
        "trained_until": model.trained_until.isoformat() if model.trained_until else None,
    }  # fmt: skip


def _plain(found: Any) -> Any:
    if isinstance(found, Performance | Group | HoldOut):
        return found.as_json()
    return {name: one.as_json() for name, one in found.items()} if isinstance(found, dict) else found


def signs_of(drift: DriftReport, model: Model, fresh: tuple[Kind, ...], found: dict[str, Any]) -> verdict.Signs:
    """Return what the verdict is made of."""
    own, expected = found["horizon"], model.expected.get("roc_auc")
    ranked = own if own.enough else found["short"]
    auc, guess = ranked.figures.get("roc_auc"), found["estimate"].figures.get("roc_auc")
    return verdict.Signs(
        drift=drift.comparison.verdict,
        quiet=tuple(one.kind for one in silent(fresh)),
        ranking=performance.ranking(ranked, expected),
        calibration=performance.calibration(own),
        below=bool(auc and model.below is not None and auc.high is not None and auc.high < model.below),
        estimate=performance.lost(guess, expected),
        new_courses=drift.comparison.new_courses,
        age_days=(drift.as_of - model.trained_until).days if model.trained_until else None,
        rules=model.level == "rules",
        measured=model.measured,
    )


def read_model(home: Home, run: dict[str, Any]) -> Model:
    """Return what the list's own run and the report of its model's training say; nothing expected without a report."""
    path = home.reports / "training" / str(run.get("run_key")) / "report.json"
    report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    pooled, bounds = report.get("pooled") or {}, report.get("intervals") or {}
    expected = {
        name: Interval(float(pooled[name]), *((bounds.get(name) or {}).get(side) for side in ("low", "high")))
        for name in ("roc_auc", "pr_auc", "brier")
        if pooled.get(name) is not None
    }
    until, end, level = run.get("trained_until"), report.get("data_end"), str(run.get("level") or "")
    return Model(
        str(run["model"]), int(run.get("horizon_days") or 28), level, str(report.get("abandonment") or "recorded"),
        int((report.get("asked") or {}).get("silence_days") or 10), date.fromisoformat(until) if until else None,
        expected, _below(report, level), run.get("measured") is not False, date.fromisoformat(end) if end else None,
    )  # fmt: skip


def _below(report: dict[str, Any], level: str) -> float | None:
    """Return what the level below had in the test, null where there is none."""
    levels = report.get("levels") or {}
    names = list(levels)
    if level not in names or not names.index(level):
        return None
    value = (levels[names[names.index(level) - 1]].get("pooled") or {}).get("roc_auc")
    return None if value is None else float(value)


def judge(con: DuckDBPyConnection, home: Home, model: Model, as_of: date, *, lot: Lot | None = None) -> dict[str, Any]:
    """Return the performance of the model's lists, by what was known before a day.

    `short` and `horizon`: labels that are over, of 14 days and of the model's own horizon; `estimate`: without labels,
    of the latest list; `by_course` and by attribute; `untouched`: learners whom nobody contacted within the horizon,
    which mentors chose; `holdout`: those whom a lot left, null where there is none.
    """
    rows = labelled(con, read_lists(home, model, as_of), model, as_of)
    own = rows.assign(label=rows["label"])
    short = rows.assign(label=rows["label_short"])
    latest = rows[rows["as_of"] == rows["as_of"].max()]
    days = model.horizon_days
    groups = {"by_course": by_group(own, "course_id", horizon_days=days)}
    for name in GROUPS:
        groups[f"by_{name}"] = by_group(own, name, horizon_days=days)
    return {
        "short": performance.measured(short, horizon_days=min(SHORT_DAYS, days), calibrated=days <= SHORT_DAYS),
        "horizon": performance.measured(own, horizon_days=days),
        "estimate": performance.estimated(latest, horizon_days=days, expected=model.expected),
        **groups,
        "untouched": performance.measured(own[~own["contacted"]], horizon_days=days),
        "contacts": int(own["contacted"].sum()),
        "holdout": held_out(own, lot, horizon_days=days),
    }


def read_lists(home: Home, model: Model, as_of: date) -> pd.DataFrame:
    """Return the model's lists of the last months up to a day: one a day, the newest."""
    import pandas as pd

    lists = dict(_lists(home, model, as_of))
    parts = [
        pd.read_parquet(path / "current.parquet", columns=list(PLACE)).assign(as_of=day)
        for day, path in sorted(lists.items())
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*PLACE, "as_of"])


def _lists(home: Home, model: Model, as_of: date) -> Iterator[tuple[date, Path]]:
    for path in sorted(home.scored.glob("[0-9]*/run.json"), key=lambda one: one.stat().st_mtime_ns):
        run = read_run(path.parent)
        day = date.fromisoformat(run["as_of"])
        if run["model"] == model.told and as_of - KEPT <= day <= as_of:
            yield day, path.parent


def labelled(con: DuckDBPyConnection, rows: pd.DataFrame, model: Model, as_of: date) -> pd.DataFrame:
    """Add the labels known before a day, the attributes of the audit, and whether somebody made contact meanwhile.

    `label` is of the model's own horizon, `label_short` of 14 days at most; NaN where it is not over, and on days that
    the model was trained on: a list of a past day may be made after it.
    """
    end = as_of - timedelta(days=1)
    enrolments = known_outcomes(con, end)
    silence = (
        read_silences(con, enrolments, end, model.silence_days) if model.abandonment == RECORDED_OR_SILENCE else None
    )
    known = abandonments(enrolments, silent_on=silence).set_index("enrolment_id")
    rows = rows[rows["enrolment_id"].isin(known.index)].reset_index(drop=True)
    mine, days = known.loc[rows["enrolment_id"].to_numpy()], to_days(rows["as_of"])
    for name, horizon in (("label", model.horizon_days), ("label_short", min(SHORT_DAYS, model.horizon_days))):
        until = days + np.timedelta64(horizon - 1, "D")
        rows[name] = within_horizon(mine, until, np.datetime64(end, "D"))
        rows.loc[until > np.datetime64(end, "D"), name] = np.nan
    rows.loc[~model.foretells(days), ["label", "label_short"]] = np.nan
    rows["contacted"] = _contacted(con, rows, model.horizon_days)
    attributes = con.execute("SELECT * FROM learner_attributes").df()
    there = (
        attributes.drop_duplicates("learner_id").set_index("learner_id") if "learner_id" in attributes else attributes
    )
    for name in GROUPS:
        rows[name] = rows["learner_id"].map(there[name]) if name in there else None
    return rows


def _contacted(con: DuckDBPyConnection, rows: pd.DataFrame, horizon: int) -> pd.Series:
    """Return whether a contact was made within each row's horizon."""
    contacts = con.execute("SELECT enrolment_id, contacted_on AS on_day FROM contacts").df()
    days = rows["as_of"].to_numpy().astype("datetime64[D]")
    told = rows[["enrolment_id"]].assign(at=np.arange(len(rows)), day=days)
    met = told.merge(contacts, on="enrolment_id")
    after = met["on_day"].to_numpy().astype("datetime64[D]") - met["day"].to_numpy().astype("datetime64[D]")
    within = (after >= np.timedelta64(0)) & (after < np.timedelta64(horizon, "D"))
    return rows.index.to_series().isin(met.loc[within, "at"])


def brought(store: RecordStore) -> dict[str, tuple[str, ...]]:
    """Return the names of the imports that brought each kind of record."""
    names: dict[str, dict[str, None]] = {kind: {} for kind in KINDS}
    for one in store.batches():
        for kind in KINDS:
            if kind in one.tables and one.tables[kind].rows:
                names[kind][one.source] = None
    return {kind: tuple(found) for kind, found in names.items()}
