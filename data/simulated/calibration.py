"""What the simulator gives, beside what it is calibrated to.

`python -m data.simulated.calibration [OULAD folder [page]]` prints it, or writes it into a page between its marks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import numpy as np

from data.privacy import Pseudonymiser
from data.simulated.columns import Array
from data.simulated.hazard import CAUSES, JOB, RETENTION
from data.simulated.signals import reachable
from data.simulated.texts import SENTENCES, sentences
from data.simulated.truth import HORIZON_WEEKS, Arm
from data.simulated.world import World
from data.simulator import Plan, simulate

PLAN = Plan(sessions=5, learners=2000)
PSEUDONYMS = Pseudonymiser(b"calibration" * 3, "simulator")
BEGIN, END = "<!-- calibration: begin -->", "<!-- calibration: end -->"
CENSUS_DAY = 14
"""OULAD's enrolments withdrawn by then are left out: one in eight, most of them before the first day."""


def retention(worlds: Sequence[World]) -> dict[int, float]:
    """Return the share of simulated enrolments still there after each week of RETENTION."""
    left = np.concatenate([world.left for world in worlds])
    return {week: float((left > 7 * week).mean()) for week in RETENTION}


def oulad_retention(folder: Path) -> dict[int, float]:
    """Return OULAD's: of the enrolments there on day 14, the share still there so many weeks later."""
    path = folder / "studentRegistration.csv"
    with duckdb.connect() as connection:
        shares = [
            connection.execute(
                "SELECT avg((gone IS NULL OR gone > ?)::INTEGER) FROM (SELECT try_cast(date_unregistration AS INTEGER)"
                " AS gone FROM read_csv(?, all_varchar = true)) WHERE gone IS NULL OR gone > ?",
                [CENSUS_DAY + 7 * week, str(path), CENSUS_DAY],
            ).fetchall()[0][0]
            for week in RETENTION
        ]
    return dict(zip(RETENTION, shares, strict=True))


def causes(worlds: Sequence[World]) -> dict[str, float]:
    """Return the share of each cause among simulated departures."""
    found = np.concatenate([world.cause[world.leaves] for world in worlds])
    return {cause: float((found == cause).mean()) for cause in CAUSES}


def auc(truth: Array, score: Array) -> float:
    """Return the area under the ROC curve, ties counting for half (Mann and Whitney)."""
    order, first, count = np.unique(score, return_inverse=True, return_counts=True)[0:3]
    ranks = (np.cumsum(count) - (count - 1) / 2)[first]
    positive = truth.sum()
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * (len(order[first]) - positive)))


def rankings(worlds: Sequence[World]) -> tuple[float, int, dict[str, float]]:
    """Return the share who abandon within 28 days, pooled over weekly dates, how many, and each ranking's AUC."""
    parts = [_ranked(world) for world in worlds]
    together = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    truth = together.pop("abandons")
    return float(truth.mean()), len(truth), {name: auc(truth, score) for name, score in together.items()}


def _ranked(world: World) -> dict[str, Array]:
    """Return, on each weekly date whose horizon is inside the session, what happens and what could rank it."""
    arm, seen = Arm(world, begun=False), np.cumsum(world.present, axis=1)
    dates = np.arange(2, world.plan.weeks - HORIZON_WEEKS)
    rows, at = np.nonzero(7 * dates[None, :] < world.left[:, None])
    week = dates[at]
    early = np.where(week > 2, seen[rows, 7 * week - 15], 0)
    share = 1 - world.rates.job / np.maximum(world.rates.every, 1e-300)
    return {
        "abandons": arm.happens[rows, week],
        "the risk along the hidden path": arm.risk[rows, week],
        "the hazard of the day": (arm.daily() * share)[rows, week],
        "the hidden engagement alone": -world.engagement[rows, week],
        "days seen in the last 14": -(seen[rows, 7 * week - 1] - early).astype(float),
    }


def effects(worlds: Sequence[World]) -> dict[str, tuple[float, float]]:
    """Return the mean chance of leaving a day, without and with a contact begun that day, by what weighs on them."""
    told = [_weighs(world) for world in worlds]
    without, contacted = (
        {name: np.concatenate([daily[mask[name]] for daily, mask in zip(each, told, strict=True)]) for name in told[0]}
        for each in ([Arm(world, begun=begun).daily() for world in worlds] for begun in (False, True))
    )
    return {name: (float(without[name].mean()), float(contacted[name].mean())) for name in without}


def _weighs(world: World) -> dict[str, Array]:
    there = 7 * np.arange(world.plan.weeks)[None, :] < world.left[:, None]
    states, struck = world.states, world.states.struck
    return {
        "everybody": there,
        "the isolated (over 1)": there & (states.isolation > 1),
        "the overloaded (over 1)": there & (states.overload > 1),
        "those with a job offer": there & (struck[:, :, 1] > 0.5),
        "those who move": there & (struck[:, :, 3] > 0.5),
    }


def lines(folder: Path | None) -> Iterator[str]:
    """Yield the page, in Markdown."""
    simulation = simulate(PLAN, PSEUDONYMS)
    worlds = simulation.worlds
    yield f"Plan: {PLAN.sessions} sessions of {PLAN.learners:,} learners, {PLAN.weeks} weeks, seed {PLAN.seed}.\n"
    yield from _retention_lines(worlds, folder)
    yield from _cause_lines(causes(worlds))
    base, n, ranked = rankings(worlds)
    yield f"\nAbandonment within 28 days: {base:.4f} of {n:,} learner-weeks. ROC AUC of a ranking by:\n"
    yield from (f"- {name}: {value:.3f}" for name, value in ranked.items())
    yield f"- a logistic regression on what shows, fitted on other sessions: {auc(*reachable(worlds, PSEUDONYMS)):.3f}"
    yield "\n| mean chance of leaving a day, in 10,000 | no contact | a contact | ratio |\n|---|---|---|---|"
    yield from (f"| {name} | {1e4 * a:.2f} | {1e4 * b:.2f} | {b / a:.2f} |" for name, (a, b) in effects(worlds).items())
    yield "\n| table | rows an enrolment |\n|---|---|"
    yield from (f"| `{name}` | {table.num_rows / PLAN.size:,.2f} |" for name, table in simulation.tables.items())
    yield f"\nSentences: {sum(len(sentences(state)) for state in SENTENCES)}, of {_templates()} patterns."


def _templates() -> int:
    return sum(len(SENTENCES[state].strip().splitlines()) for state in SENTENCES)


def _retention_lines(worlds: Sequence[World], folder: Path | None) -> Iterator[str]:
    made, theirs = retention(worlds), oulad_retention(folder) if folder else {}
    yield "| still there after | aim | simulated | OULAD, from day 14 |\n|---|---|---|---|"
    for week, share in RETENTION.items():
        told = f"{theirs[week]:.3f}" if week in theirs else ""
        yield f"| {week} weeks | {share:.3f} | {made[week]:.3f} | {told} |"


def _cause_lines(found: Mapping[str, float]) -> Iterator[str]:
    yield "\n| cause of departure | DARES | simulated |\n|---|---|---|"
    for cause, weight in CAUSES.items():
        note = " (no abandonment)" if cause == JOB else ""
        yield f"| {cause}{note} | {weight / sum(CAUSES.values()):.3f} | {found[cause]:.3f} |"


def written(page: str, told: str) -> str:
    """Return a page whose part between the marks says what is told."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{told}\n{END}{rest.partition(END)[2]}"


def main(given: Sequence[str]) -> None:
    """Print the calibration, or write it into a page."""
    told = "\n".join(lines(Path(given[0]) if given else None))
    if len(given) > 1:
        page = Path(given[1])
        page.write_text(written(page.read_text(encoding="utf-8"), told), encoding="utf-8")
    else:
        sys.stdout.write(told + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
