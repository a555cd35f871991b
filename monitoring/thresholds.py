"""When a difference is worth a person's attention: effect sizes first, never a p-value alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """What counts as drift.

    `distance` is the normed Wasserstein distance (in standard deviations of the reference), `missing` the difference
    of the shares of nulls: the smallest worth a word. `error` bounds the share of false findings among the columns
    found (Benjamini and Hochberg), and is the score's own level. `watched_share` and `drifted_share` are the shares of
    compared columns beyond which the whole is worth a look, or drifted.

    `min_rows` is of the current list, `min_rows_of_course` of one course in it; `min_sessions` earlier sessions are
    wanted at the same week (each of `min_rows_of_session` rows), and `enough_of_course` of the same course for the
    others to be left aside. `unlike_share`: beyond it, too much of the list has nothing to be compared with.
    """

    min_rows: int = 30
    min_rows_of_course: int = 15
    min_rows_of_session: int = 5
    min_sessions: int = 4
    enough_of_course: int = 6
    unlike_share: float = 0.5
    distance: float = 0.3
    missing: float = 0.1
    error: float = 0.05
    watched_share: float = 0.015
    drifted_share: float = 0.3
    draws: int = 120


DEFAULT = Thresholds()
