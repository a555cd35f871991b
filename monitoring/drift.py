"""Drift as pure functions: which rows and columns may be compared, and what the difference means."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from monitoring.thresholds import DEFAULT, Thresholds

if TYPE_CHECKING:
    import pandas as pd

SCORE = "probability"
VERDICTS = ("not_enough_data", "stable", "watch", "drifted")


@dataclass(frozen=True)
class ColumnDrift:
    """One compared column; `distance` is null where a window holds no value at all."""

    name: str
    distance: float | None
    drifted: bool
    missing_reference: float
    missing_current: float
    median_reference: float | None
    median_current: float | None


@dataclass(frozen=True)
class Comparison:
    """The result of one comparison, ready for JSON."""

    verdict: str
    n_reference: int
    n_current: int
    same_weeks: bool
    columns: tuple[ColumnDrift, ...]
    skipped: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return plain types only."""
        return {**asdict(self), "n_drifted": sum(c.drifted for c in self.columns), "n_columns": len(self.columns)}


def same_weeks(reference: pd.DataFrame, current: pd.DataFrame, *, min_rows: int) -> tuple[pd.DataFrame, bool]:
    """Keep the reference rows of the weeks of the course that the current rows are in.

    A learner in week 2 is not compared with one in week 12. Where that leaves fewer than
    `min_rows`, the whole reference is kept and the second value says False.
    """
    weeks = set((current["day_of_course"] // 7).tolist())
    kept = reference[(reference["day_of_course"] // 7).isin(weeks)]
    return (kept, True) if len(kept) >= min_rows else (reference, False)


def comparable(reference: pd.DataFrame, current: pd.DataFrame, names: list[str]) -> tuple[list[str], dict[str, str]]:
    """Split columns into those whose values can be compared, and those skipped with the reason."""
    kept, skipped = [], {}
    for name in names:
        reason = _reason_to_skip(reference, current, name)
        if reason:
            skipped[name] = reason
        else:
            kept.append(name)
    return kept, skipped


def _reason_to_skip(reference: pd.DataFrame, current: pd.DataFrame, name: str) -> str:
    if name not in reference or name not in current:
        return "absent from one window"
    if reference[name].isna().all() and current[name].isna().all():
        return "no value in either window"
    if (
        reference[name].nunique() <= 1
        and current[name].nunique() <= 1
        and _first(reference[name]) == _first(current[name])
    ):
        return "constant"
    return ""


def _first(values: pd.Series) -> float | None:
    present = values.dropna()
    return float(present.iloc[0]) if len(present) else None


def distance_of(reference: pd.Series, current: pd.Series) -> float | None:
    """Return the normed Wasserstein distance, as Evidently defines it, or None without values on both sides.

    In standard deviations of the reference (at least 0.001, so that a nearly constant column stays finite).
    """
    from scipy.stats import wasserstein_distance

    before, after = reference.dropna().to_numpy(float), current.dropna().to_numpy(float)
    if not len(before) or not len(after):
        return None
    return float(wasserstein_distance(before, after) / max(float(before.std()), 0.001))


def column_drift(reference: pd.Series, current: pd.Series, *, limits: Thresholds = DEFAULT) -> ColumnDrift:
    """Judge one column from its distance and from the shares of nulls."""
    distance = distance_of(reference, current)
    missing = float(reference.isna().mean()), float(current.isna().mean())
    moved = distance is not None and distance >= limits.distance
    return ColumnDrift(
        name=str(reference.name),
        distance=distance,
        drifted=moved or abs(missing[1] - missing[0]) >= limits.missing,
        missing_reference=missing[0],
        missing_current=missing[1],
        median_reference=_median(reference),
        median_current=_median(current),
    )


def _median(values: pd.Series) -> float | None:
    present = values.dropna()
    return float(present.median()) if len(present) else None


def verdict(columns: tuple[ColumnDrift, ...], rows: tuple[int, int], *, limits: Thresholds = DEFAULT) -> str:
    """Return one of `VERDICTS`.

    `watch` when the score itself moved, or `watched_share` of the columns: of a hundred columns on a
    small roster, one or two always move.
    """
    if min(rows) < limits.min_rows or not columns:
        return "not_enough_data"
    moved = sum(c.drifted for c in columns) / len(columns)
    if moved >= limits.drifted_share:
        return "drifted"
    score_moved = any(c.drifted for c in columns if c.name == SCORE)
    return "watch" if score_moved or moved >= limits.watched_share else "stable"
