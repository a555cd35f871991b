"""One learner from the store, and many: what features, scores and reasons take. One JSON object a line.

`python -m tests.bench.bench_scoring` measures a made-up model of the shape that training grows; with a home that has
records and a champion, `python -m tests.bench.bench_scoring HOME 2026-06-15` measures one learner of it too.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date
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
from training.model import PARAMETERS

TREES, SEEDS = 200, 5
BATCH, REASONED, LEARNERS = 100_000, 32_000, 200


def made_spec(names: list[str]) -> dict[str, Any]:
    """Return a model of made-up numbers: as many trees and seeds as a real one."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20_000, len(names)))
    y = (x[:, :8].sum(axis=1) + rng.normal(size=len(x)) > 3).astype(float)
    settings = {**PARAMETERS, "objective": "binary", "verbose": -1}
    settings.pop("monotone_constraints", None)
    boosters = [
        lightgbm.train(settings | {"seed": seed}, lightgbm.Dataset(x, y), num_boost_round=TREES).model_to_string()
        for seed in range(SEEDS)
    ]
    zeros, ones = np.zeros(len(names)).tolist(), np.ones(len(names)).tolist()
    start = {"kind": "linear", "features": names, "centre": zeros, "scale": ones, "weights": zeros, "base": 0.0,
             "limit": 5.0}  # fmt: skip
    return {"kind": "boosters", "features": names, "boosters": boosters, "start": start,
            "calibrator": {"kind": "platt", "x": [0.0], "y": [0.0], "slope": 1.0}}  # fmt: skip


def batch() -> Iterator[Measure]:
    """Yield what a hundred thousand scores take beside LightGBM's own call, and reasons for 32,000 learners."""
    names = list(catalog())
    spec = made_spec(names)
    x = np.random.default_rng(1).normal(size=(BATCH, len(names)))
    frame = pd.DataFrame(x, columns=names)
    boosters = [lightgbm.Booster(model_str=text) for text in spec["boosters"]]
    served_model.predict(spec, frame.head(10))

    def own() -> None:
        for booster in boosters:
            booster.predict(x, raw_score=True, num_threads=1)

    mine, its = _medians(lambda: served_model.predict(spec, frame), own)
    told = f"scores of {BATCH:,}: × LightGBM's own calls ({SEEDS} seeds of {TREES} trees)"
    yield _line(told, BATCH, mine, "LightGBM's own calls", its, mine / its, 1.25)
    (reasons,) = _medians(lambda: served_model.predict(spec, frame.head(REASONED), reasons=True), times=1)
    yield _line(f"scores and contributions of {REASONED:,}: seconds", REASONED, reasons, "", None, reasons, 30.0)


def one(home: Home, day: date) -> Iterator[Measure]:
    """Yield what one learner takes, in a process that stays, and the first learner of each session."""
    store, champion = RecordStore(home), load_champion(home)
    with store.connect() as con:
        weeks, sessions = weeks_compare(con), list(on_date(con, day))
        people = con.execute(
            "SELECT enrolment_id, session_id FROM enrolments WHERE list_contains(?, session_id) ORDER BY 1", [sessions]
        ).fetchall()
        kept = OneByOne(con, champion.inputs if set(champion.inputs) <= set(catalog()) else champion.features)
        firsts = {session: enrolment for enrolment, session in people}
        first = [_seconds(lambda who=who: score_one(kept, champion, who, day, weeks=weeks)) for who in firsts.values()]
        picked = np.random.default_rng(1).choice([who for who, _ in people], LEARNERS)
        took = [_seconds(lambda who=who: score_one(kept, champion, int(who), day, weeks=weeks)) for who in picked]
    for name, held, goal in (
        ("one learner of a session already read: features, score, reasons", took, 50.0),
        ("the first learner of a session: its records read too", first, None),
    ):
        median = statistics.median(wall for wall, _ in held)
        yield _line(f"{name}: ms", 1, median, "", None, 1000 * median, goal, statistics.median(c for _, c in held))


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    start, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - cpu


def _medians(*works: Callable[[], object], times: int = 3) -> list[float]:
    """Return the median seconds of each, taken in turn."""
    taken = [[_seconds(work)[0] for work in works] for _ in range(times)]
    return [statistics.median(held) for held in zip(*taken, strict=True)]


def _line(
    name: str, rows: int, seconds: float, peer: str, its: float | None, ratio: float, goal: float | None,
    cpu: float | None = None,
) -> Measure:  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    met = None if goal is None else ratio <= goal
    return Measure(
        name, rows, round(seconds, 4), round(peak, 1), round(rows / seconds), peer or None,
        None if its is None else round(its, 3), round(ratio, 2), goal, met,
        cpu_seconds=None if cpu is None else round(cpu, 4),
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
