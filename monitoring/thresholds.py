"""When a difference is worth a person's attention: effect sizes first, never a p-value alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """What counts as drift.

    `distance` is Evidently's normed Wasserstein distance (in standard deviations of the
    reference); `missing` is the difference of the shares of nulls; `watched_share` and
    `drifted_share` are the shares of compared columns beyond which the whole is worth a look, or drifted.
    """

    min_rows: int = 30
    distance: float = 0.3
    missing: float = 0.1
    watched_share: float = 0.05
    drifted_share: float = 0.3


DEFAULT = Thresholds()
