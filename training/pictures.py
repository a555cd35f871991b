"""The report's pictures, drawn without a screen: reliability, precision against recall, each date, what weighs."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np

from training.metrics import Array, Ranking
from training.wording import level

LABEL_WIDTH = 34
INK, SECOND, FAINT = "#1f3a5f", "#b3412e", "#9aa5b1"
CURVES = (("roc_auc", "ROC AUC", INK), ("pr_auc", "PR-AUC", SECOND), ("base_rate", "base rate", FAINT))
Axes = Any


def _drawn(draw: Any, title: str, x: str, y: str) -> bytes:
    """One picture as PNG bytes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 3.6), dpi=110, layout="constrained")
    axes = figure.subplots()
    draw(axes)
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.grid(color="#e6e9ed", linewidth=0.6)
    axes.set_axisbelow(True)
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
            found, right = (positives / positives[-1])[keep], (positives / cases)[keep]
            axes.plot(found, right, drawstyle="steps-pre", label=level(name), linewidth=1.2)
        axes.set_ylim(0, 1.03)
        axes.axhline(base_rate, color=FAINT, linestyle="--", linewidth=1, label="base rate")
        axes.legend(fontsize=8)

    return _drawn(draw, "Precision against recall", "recall", "precision")


def by_day(rows: Sequence[Mapping[str, float]]) -> bytes:
    """Draw ROC AUC and PR-AUC along the course, with the base rate."""
    day = [row["as_of_day"] for row in rows]

    def draw(axes: Axes) -> None:
        for key, words, colour in CURVES:
            axes.plot(day, [row[key] for row in rows], "o-", color=colour, markersize=3, label=words)
        axes.set_ylim(0, 1.03)
        axes.legend(fontsize=8)

    return _drawn(draw, "Along the course", "day of the course", "figure")


def lead_time(days: Sequence[float], n_abandoned: int) -> bytes:
    """Draw how many days before abandonment the first alert came, a bar a week.

    Parameters
    ----------
    days : from first alert to abandonment, of those alerted at all; none or less is too late.
    n_abandoned : leavers whose day is known, alerted or not.
    """
    known = np.asarray(days, dtype=np.float64)
    ahead = known[known > 0]
    edges = np.arange(0, (float(ahead.max()) if len(ahead) else 28.0) + 7, 7)

    def draw(axes: Axes) -> None:
        axes.hist(ahead, bins=edges, color=INK, edgecolor="white", linewidth=0.6)
        if len(ahead):
            middle = float(np.median(ahead))
            axes.axvline(middle, color=SECOND, linewidth=1.2, label=f"median {middle:.0f} days")
            axes.legend(fontsize=8)
        axes.yaxis.get_major_locator().set_params(integer=True)

    title = f"First alert: {len(ahead)} of {n_abandoned} leavers ahead, {len(known) - len(ahead)} too late"
    return _drawn(draw, title, "days from first alert to abandonment", "leavers")


def ladder(levels: Sequence[tuple[str, float, float, float, bool]], base_rate: float) -> bytes:
    """Draw each level's PR-AUC with its interval, and which were kept.

    Parameters
    ----------
    levels : name, figure, low, high, whether the gate let it through; lowest level first.
    """

    def draw(axes: Axes) -> None:
        for y, (_, value, low, high, passed) in enumerate(levels):
            colour = INK if passed else FAINT
            axes.plot([low, high], [y, y], color=colour, linewidth=2)
            axes.plot([value], [y], "o", color=colour)
        axes.axvline(base_rate, color=SECOND, linestyle="--", linewidth=1, label="base rate")
        names = [name if passed else f"{name}\n(left aside)" for name, _, _, _, passed in levels]
        axes.set_yticks(range(len(levels)), names, fontsize=8)
        axes.set_ylim(-0.5, len(levels) - 0.5)
        axes.set_xlim(left=0)
        axes.legend(fontsize=8)

    return _drawn(draw, "The ladder (95 % intervals)", "PR-AUC", "")


def importance(shares: Mapping[str, float], unit: str, most: int = 12) -> bytes:
    """Draw the inputs that weigh most, by share of the whole; `shares` are by label."""
    best = [one for one in sorted(shares.items(), key=lambda item: -item[1])[:most] if one[1] > 0][::-1]

    def draw(axes: Axes) -> None:
        names = [fill(name, LABEL_WIDTH, max_lines=2, placeholder=" …") for name, _ in best]
        axes.barh(range(len(best)), [share for _, share in best], color=INK)
        axes.set_yticks(range(len(best)), names)
        axes.tick_params(axis="y", labelsize=7)

    return _drawn(draw, "What weighs most", unit, "")
