"""One learner from the store, and many: what features, scores and reasons take. One JSON object a line.

`python -m tests.bench.bench_scoring` measures a made-up model of the shape that training grows; with a home that has
records and a champion, `python -m tests.bench.bench_scoring HOME 2026-06-15` measures one learner of it too.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from data.home import Home
from data.store import RecordStore
from features.catalog import catalog
from features.one import OneByOne
from features.schedule import on_date
from serving.scoring.champion import load_champion
from serving.scoring.one import score_one
from serving.scoring.service import weeks_compare
from tests.bench.measure import Measure
from training import served_model
from training.model import MAX_ROUNDS, PARAMETERS, SEEDS

Taken = tuple[float, float]
"""Wall and CPU seconds."""
BATCH, REASONED, LEARNERS = 100_000, 32_000, 200
UNKNOWN = 0.1
"""Share of the made-up values that are null."""


def made_spec(names: list[str]) -> dict[str, Any]:
    """Return a model of made-up numbers, of the shape that training grows: its parameters, seeds and most rounds."""
    x = made_rows(0, 20_000, len(names))
    y = (np.nan_to_num(x[:, :8]).sum(axis=1) + np.random.default_rng(2).normal(size=len(x)) > 3).astype(float)
    boosters = [
        lightgbm.train(
            {**PARAMETERS, "seed": seed, "num_threads": 1}, lightgbm.Dataset(x, y), num_boost_round=MAX_ROUNDS
        ).model_to_string()
        for seed in SEEDS
    ]
    zeros, ones = np.zeros(len(names)).tolist(), np.ones(len(names)).tolist()
    start = {"kind": "linear", "features": names, "centre": zeros, "scale": ones, "weights": zeros, "base": 0.0,
             "limit": 5.0}  # fmt: skip
    return {"kind": "boosters", "features": names, "boosters": boosters, "start": start,
            "calibrator": {"kind": "platt", "x": [0.0], "y": [0.0], "slope": 1.0},
            "doubt": {"z": 1.6, "between": 0.3, "x": [-5.0, 5.0], "low": [-6.0, 4.0], "high": [-4.0, 6.0],
                      "history": "days_since_start", "fewest_days": 14, "widest": 3.0}}  # fmt: skip


def made_rows(seed: int, rows: int, columns: int) -> np.ndarray:
    """Return made-up values, some of them null."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns))
    x[rng.random(x.shape) < UNKNOWN] = np.nan
    return x


def batch() -> Iterator[Measure]:
    """Yield what a hundred thousand scores take beside LightGBM's own call, and reasons for 32,000 learners."""
    names = list(catalog())
    spec = made_spec(names)
    x = made_rows(1, BATCH, len(names))
    frame = pd.DataFrame(x, columns=names)
    boosters = [lightgbm.Booster(model_str=text) for text in spec["boosters"]]
    served_model.predict(spec, frame.head(10))

    def own() -> None:
        for booster in boosters:
            booster.predict(x, raw_score=True, num_threads=1)

    mine, its = _medians(lambda: served_model.predict(spec, frame), own)
    told = f"scores of {BATCH:,}: × LightGBM's own calls ({len(SEEDS)} seeds of {MAX_ROUNDS} trees)"
    yield _line(told, BATCH, mine, "LightGBM's own calls", its, mine[0] / its[0], 1.25)
    (reasons,) = _medians(lambda: served_model.predict(spec, frame.head(REASONED), reasons=True), times=1)
    yield _line(f"scores and contributions of {REASONED:,}: seconds", REASONED, reasons, "", None, reasons[0], 30.0)


class Trees:
    """A made-up model, called as serving calls the champion's."""

    def __init__(self, names: list[str]) -> None:
        self.spec = made_spec(names)

    def predict(self, frame: pd.DataFrame, params: dict[str, Any]) -> pd.DataFrame:
        """Return what the served model's own code does."""
        return served_model.predict(self.spec, frame, reasons=params["reasons"])


def one(home: Home, day: date) -> Iterator[Measure]:
    """Yield what one learner takes, in a process that stays, and the first of each session; then by made-up trees."""
    store, champion = RecordStore(home), load_champion(home)
    trees = replace(champion, model=Trees([name for name in champion.features if name in catalog()]))
    goal, level = 50.0, champion.metadata["level"]
    with store.connect() as con:
        weeks, sessions = weeks_compare(con), list(on_date(con, day))
        people = con.execute(
            "SELECT enrolment_id, session_id FROM enrolments WHERE list_contains(?, session_id) ORDER BY 1", [sessions]
        ).fetchall()
        kept = OneByOne(con, champion.inputs if set(champion.inputs) <= set(catalog()) else champion.features)
        firsts = {session: enrolment for enrolment, session in people}.values()
        picked = np.random.default_rng(1).choice([who for who, _ in people], LEARNERS)
        for model, told, asked, wanted in (
            (champion, f"one learner, the first of a session: its records read too, {level}", firsts, None),
            (champion, f"one learner: features, score, reasons, {level}", picked, goal),
            (trees, f"one learner: features, score, reasons, {len(SEEDS)} seeds of {MAX_ROUNDS} trees", picked, goal),
        ):
            held = [_seconds(partial(score_one, kept, model, int(who), day, weeks=weeks)) for who in asked]
            median = _median(held)
            yield _line(f"{told}: ms", 1, median, "", None, 1000 * median[0], wanted)


def _seconds(work: Callable[[], object]) -> Taken:
    start, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - cpu


def _median(held: Sequence[Taken]) -> Taken:
    return statistics.median(wall for wall, _ in held), statistics.median(cpu for _, cpu in held)


def _medians(*works: Callable[[], object], times: int = 3) -> list[Taken]:
    """Return the median seconds of each, taken in turn."""
    taken = [[_seconds(work) for work in works] for _ in range(times)]
    return [_median(held) for held in zip(*taken, strict=True)]


def _line(name: str, rows: int, took: Taken, peer: str, its: Taken | None, ratio: float, goal: float | None) -> Measure:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    met = None if goal is None else ratio <= goal
    return Measure(
        name, rows, round(took[0], 4), round(peak, 1), round(rows / took[0]), peer or None,
        None if its is None else round(its[0], 3), round(ratio, 2), goal, met, cpu_seconds=round(took[1], 4),
        peer_cpu_seconds=None if its is None else round(its[1], 3),
    )  # fmt: skip


def main() -> None:
    """Print one line a measure."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("home", type=Path, nargs="?")
    asked.add_argument("day", type=date.fromisoformat, nargs="?")
    given = asked.parse_args()
    for measure in one(Home(given.home), given.day) if given.home else batch():
        print(measure.line(), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
