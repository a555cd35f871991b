"""When a difference is worth a person's attention: effect sizes first, never a p-value alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """What counts as drift.

    `distance` is Evidently's normed Wasserstein distance (in standard deviations of the
    reference); `missing` is the difference of the shares of nulls; `drifted_share` is the
    share of compared columns beyond which the whole is called drifted.
    """

    min_rows: int = 30
    distance: float = 0.3
    missing: float = 0.1
    drifted_share: float = 0.3


DEFAULT = Thresholds()
