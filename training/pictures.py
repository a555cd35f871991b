"""The report's pictures, drawn without a screen: reliability, precision against recall, each date, what weighs."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from training.metrics import Array, Ranking

INK, SECOND, FAINT = "#1f3a5f", "#b3412e", "#9aa5b1"
Axes = Any


def _drawn(draw: Any, title: str, x: str, y: str) -> bytes:
    """One picture as PNG bytes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 3.6), dpi=110, layout="constrained")
    axes = figure.subplots()
    draw(axes)
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.grid(color="#e6e9ed", linewidth=0.6)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def reliability(points: Sequence[tuple[float, float, int]]) -> bytes:
    """Draw observed rates against mean probabilities, in equal-mass bins."""
    top = max([max(mean, rate) for mean, rate, _ in points] + [0.01]) * 1.05

    def draw(axes: Axes) -> None:
        axes.plot([0, top], [0, top], color=FAINT, linestyle="--", linewidth=1)
        axes.plot([p[0] for p in points], [p[1] for p in points], "o-", color=INK)

    return _drawn(draw, "Reliability (equal-mass bins)", "mean probability", "observed rate")


def precision_recall(label: Array, by_level: Mapping[str, Array], base_rate: float) -> bytes:
    """Draw precision against recall for each level, with the base rate."""

    def draw(axes: Axes) -> None:
        for name, score in by_level.items():
            positives, cases = Ranking.of(label, score).cumulated()
            keep = np.unique(np.linspace(0, len(cases) - 1, 400).astype(int))
            axes.plot((positives / positives[-1])[keep], (positives / cases)[keep], label=name, linewidth=1.2)
        axes.axhline(base_rate, color=FAINT, linestyle="--", linewidth=1, label="base rate")
        axes.legend(fontsize=8)

    return _drawn(draw, "Precision against recall", "recall", "precision")


def by_day(rows: Sequence[Mapping[str, float]]) -> bytes:
    """Draw ROC AUC and PR-AUC along the course, with the base rate."""
    day = [row["as_of_day"] for row in rows]

    def draw(axes: Axes) -> None:
        for key, colour in (("roc_auc", INK), ("pr_auc", SECOND), ("base_rate", FAINT)):
            axes.plot(day, [row[key] for row in rows], "o-", color=colour, markersize=3, label=key)
        axes.set_ylim(0, 1)
        axes.legend(fontsize=8)

    return _drawn(draw, "Along the course", "day of the course", "figure")


def importance(shares: Mapping[str, float], most: int = 15) -> bytes:
    """Draw the inputs that weigh most, by share of the total gain."""
    best = sorted(shares.items(), key=lambda item: -item[1])[:most][::-1]

    def draw(axes: Axes) -> None:
        axes.barh([name for name, _ in best], [share for _, share in best], color=INK)
        axes.tick_params(axis="y", labelsize=7)

    return _drawn(draw, "What weighs most", "share of the gain", "")
