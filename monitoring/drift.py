"""Drift as pure functions: which columns may be compared, what a difference means, what the whole is called."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from monitoring.distances import Coded, Floats, coded, medians, missing
from monitoring.noise import Difference, Noise, adjusted, between_sessions, chances, observed
from monitoring.thresholds import DEFAULT, Thresholds
from monitoring.windows import COURSE, NEVER_CLOSED, Closures, alike

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

SCORE = "probability"
VERDICTS = ("not_enough_data", "stable", "watch", "drifted")
RARE_ROWS, RARE_SHARE = 5, 0.01


@dataclass(frozen=True)
class ColumnDrift:
    """One compared column; `distance` is null where a window holds no value at all.

    `usual` is the distance that one earlier session in twenty exceeds, in the same place; `chance` that of such a
    distance between sessions, adjusted for the number of columns (the score's own is not); `missing_chance` that of
    such a difference of nulls. `drifted`: the values moved, or the nulls did (`missing_drifted`).
    """

    name: str
    distance: float | None
    drifted: bool
    missing_reference: float
    missing_current: float
    median_reference: float | None
    median_current: float | None
    usual: float | None = None
    chance: float | None = None
    missing_chance: float | None = None
    missing_drifted: bool = False


@dataclass(frozen=True)
class Comparison:
    """The result of one comparison, ready for JSON.

    `n_current` rows of the list were compared with `n_reference` rows of `n_sessions` earlier sessions, in the same
    weeks of the course; `n_unlike` rows had nothing to be compared with. `of_course`: share of the compared rows that
    met earlier sessions of their own course.
    """

    verdict: str
    n_reference: int
    n_current: int
    n_sessions: int
    n_unlike: int
    of_course: float
    new_courses: tuple[str, ...]
    columns: tuple[ColumnDrift, ...]
    skipped: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return plain types only."""
        return {**asdict(self), "n_drifted": sum(c.drifted for c in self.columns), "n_columns": len(self.columns)}


def compare(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    names: Sequence[str],
    *,
    limits: Thresholds = DEFAULT,
    closures: Closures = NEVER_CLOSED,
) -> Comparison:
    """Compare a scored list with the earlier sessions of its model's training, like with like.

    Parameters
    ----------
    reference, current : a row per enrolment and day, with `day_of_course`, `session_id`, `course_id` and the columns.
    names : the columns to compare; `probability` is judged apart from the features.
    closures : when the organisation was closed: lists that look back on a closure are compared with others that do.
    """
    found = alike(reference, current, limits=limits, closures=closures)
    kept, skipped = comparable(reference, current, list(names))
    columns: tuple[ColumnDrift, ...] = ()
    if found.groups and kept:
        data = coded(reference, current, kept)
        seen = observed(data, found)
        noise = between_sessions(data, found, draws=limits.draws, spread=seen.spread)
        columns = _worst_first(_judged(kept, data, seen, noise, limits))
    of_course = sum(len(group.rows) for group in found.groups if group.of_course) / max(found.n_current, 1)
    return Comparison(
        verdict(columns, (found.n_current, found.n_unlike), limits=limits), found.n_reference, found.n_current,
        found.n_sessions, found.n_unlike, of_course, found.new_courses, columns, skipped,
    )  # fmt: skip


def by_course(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    names: Sequence[str],
    *,
    limits: Thresholds = DEFAULT,
    closures: Closures = NEVER_CLOSED,
) -> dict[str, Comparison]:
    """Compare each course's rows of a list apart; courses with too few rows are left out.

    The level is shared between them: with twenty courses, one would always seem to move.
    """
    if COURSE not in current:
        return {}
    sizes = current[COURSE].value_counts()
    enough = sorted(str(name) for name, n in sizes.items() if n >= limits.min_rows_of_course)
    shared = replace(limits, error=limits.error / max(len(enough), 1), min_rows=limits.min_rows_of_course)
    own = {str(name): current[current[COURSE] == name].reset_index(drop=True) for name in enough}
    return {name: compare(reference, rows, names, limits=shared, closures=closures) for name, rows in own.items()}


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
    before, after = (np.unique(frame[name].to_numpy(np.float64), return_counts=True) for frame in (reference, current))
    valued = [values[~np.isnan(values)] for values, _ in (before, after)]
    if not len(valued[0]) and not len(valued[1]):
        return "no value in either window"
    if max(map(len, valued)) <= 1 and valued[0].tolist() == valued[1].tolist():
        return "constant" if len(before[0]) == len(after[0]) else ""
    if not len(before[0]):
        return ""
    usual = before[0][before[1].argmax()]
    return "rare" if all(_rare(values, counts, usual) for values, counts in (before, after)) else ""


def _rare(values: Floats, counts: NDArray[np.int64], usual: float) -> bool:
    """Whether hardly any row differs from the usual value."""
    same = np.isnan(values) if np.isnan(usual) else values == usual
    return int(counts[~same].sum()) < max(RARE_ROWS, RARE_SHARE * int(counts.sum()))


def _judged(
    names: Sequence[str], data: Coded, one: Difference, noise: Noise, limits: Thresholds
) -> tuple[ColumnDrift, ...]:
    """Judge each column: the difference must be worth a word, and more than earlier sessions differ."""
    of_distance, of_missing = chances(one, noise)
    features = np.array([name != SCORE for name in names])
    of_distance, of_missing = (
        np.where(features, adjusted(np.where(features, found, np.nan)), found) for found in (of_distance, of_missing)
    )
    nulls, usual = (missing(one.before), missing(one.after)), noise.usual()
    middles = medians(one.before, data.grid), medians(one.after, data.grid)
    told = []
    for n, name in enumerate(names):
        far = bool(one.distance[n] >= limits.distance and of_distance[n] <= limits.error)
        gone = bool(abs(one.missing[n]) >= limits.missing and of_missing[n] <= limits.error)
        told.append(ColumnDrift(
            name, _number(one.distance[n]), far or gone, float(nulls[0][n]), float(nulls[1][n]),
            _number(middles[0][n]), _number(middles[1][n]), _number(usual[n]), _number(of_distance[n]),
            _number(of_missing[n]), gone,
        ))  # fmt: skip
    return tuple(told)


def _number(value: float) -> float | None:
    return None if value != value else float(value)


def _worst_first(columns: tuple[ColumnDrift, ...]) -> tuple[ColumnDrift, ...]:
    return tuple(sorted(columns, key=lambda c: (not c.drifted, -(c.distance or 0.0), c.name)))


def verdict(columns: Sequence[ColumnDrift], rows: tuple[int, int], *, limits: Thresholds = DEFAULT) -> str:
    """Return one of `VERDICTS`.

    `watch` when the score itself moved, or `watched_share` of the columns: a column or two of a hundred that moved
    alone are told, and no more.

    Parameters
    ----------
    rows : current rows compared, and those that had nothing to be compared with.
    """
    compared, unlike = rows
    if compared < limits.min_rows or unlike > limits.unlike_share * (compared + unlike) or not columns:
        return "not_enough_data"
    features = [c for c in columns if c.name != SCORE]
    moved = sum(c.drifted for c in features) / max(len(features), 1)
    if moved >= limits.drifted_share:
        return "drifted"
    score_moved = any(c.drifted for c in columns if c.name == SCORE)
    return "watch" if score_moved or moved >= limits.watched_share else "stable"
