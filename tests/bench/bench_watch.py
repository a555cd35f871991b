"""What the watch finds on simulated sites, and what it says when nothing happens: one JSON object a line.

`python -m tests.bench.bench_watch drift --worlds 40 >> docs/watch.jsonl`; `python -m docs.build` writes the page.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from data.simulated.plan import Outage, Shift
from features.table import IDENTITY
from monitoring.drift import SCORE, Comparison, compare
from monitoring.freshness import read_freshness
from monitoring.performance import estimated, measured
from tests.bench.machine import machine
from tests.bench.watched_worlds import (
    CHANGE_AT,
    CHANGE_ON,
    CHANGES,
    FIRST_ON,
    LOOK_ON,
    LOOKS,
    labelled,
    lists_of,
    reference_of,
    shown,
    tables_of,
)

ALARMS = ("watch", "drifted")
SPREADS = {"alike": 0.0, "different": 0.3}
"""Between sessions: none, or a third of the spread between learners."""
FARTHEST = 3.0
"""Standard deviations from the mean beyond which a feature tells the model no more: it does not extrapolate."""
Line = dict[str, Any]


def looks(reference: Any, lists: dict[date, Any]) -> Iterator[tuple[date, Comparison]]:
    """Yield what each Monday's look says."""
    names = [SCORE, *(name for name in reference if name not in (SCORE, *IDENTITY))]
    for day, rows in lists.items():
        yield day, compare(reference, rows, names)


def episodes(alarms: Sequence[bool]) -> int:
    """Return how many times an alarm begins."""
    return sum(now and not before for before, now in zip([False, *alarms], alarms, strict=False))


def quiet_worlds(name: str, spread: float, seeds: Sequence[int]) -> Line:
    """Look at worlds where nothing changes."""
    alarms, columns, compared = [list[bool]() for _ in seeds], 0, 0
    for told, seed in zip(alarms, seeds, strict=True):
        tables = tables_of(seed, spread=spread)
        for _, one in looks(reference_of(tables), lists_of(tables)):
            told.append(one.verdict in ALARMS)
            columns += sum(c.drifted for c in one.columns)
            compared += len(one.columns)
    flat = [one for told in alarms for one in told]
    return {
        "what": "drift: nothing changes", "sessions": name, "spread": spread, "worlds": len(seeds), "looks": len(flat),
        "false_alarms": sum(flat), "share_of_looks": sum(flat) / len(flat),
        "episodes_a_year": sum(map(episodes, alarms)) * 52 / len(flat), "columns_moved": columns / compared,
    }  # fmt: skip


def changed_worlds(what: str, name: str, spread: float, seeds: Sequence[int]) -> Line:
    """Look at worlds where something changes on the eve of a look, from that look on."""
    delays: list[int | None] = []
    for seed in seeds:
        tables = CHANGES[what](tables_of(seed, spread=spread))
        found = looks(reference_of(tables), lists_of(tables, range(CHANGE_AT, LOOKS)))
        new = what == "a new course"
        seen = (day for day, one in found if one.verdict in ALARMS or (new and one.new_courses))
        first = next(seen, None)
        delays.append(None if first is None else (first - CHANGE_ON).days)
    caught = sorted(delay for delay in delays if delay is not None)
    return {
        "what": f"drift: {what}", "sessions": name, "spread": spread, "worlds": len(seeds), "found": len(caught),
        "days": 7 * (LOOKS - CHANGE_AT - 1), "median_delay": statistics.median(caught) if caught else None,
        "longest_delay": caught[-1] if caught else None,
    }  # fmt: skip


def drift(worlds: int) -> None:
    """Print the lines of drift."""
    for name, spread in SPREADS.items():
        tell(quiet_worlds(name, spread, range(1, worlds + 1)))
        for what in CHANGES:
            tell(changed_worlds(what, name, spread, range(1, worlds // 2 + 1)))


def freshness(worlds: int) -> None:
    """Print the lines of freshness: a look each morning, sources that are well, then one that falls silent."""
    days = [LOOK_ON + timedelta(days=n) for n in range(7 * LOOKS)]
    states: dict[str, list[str]] = defaultdict(list)
    for seed in range(1, worlds + 1):
        with shown(tables_of(seed)) as con:
            for day in days:
                for one in read_freshness(con, day, zone="Europe/Paris"):
                    states[one.kind].append(one.found.state)
    for kind, found in states.items():
        years = len(found) / 365
        tell({"what": "freshness: all is well", "kind": kind, "worlds": worlds, "looks": len(found),
              "quiet": found.count("quiet"), "quiet_a_year": episodes([s == "quiet" for s in found]) / years,
              "slow": found.count("slow"), "slow_a_year": episodes([s == "slow" for s in found]) / years,
              "unknown": found.count("not_enough_data")})  # fmt: skip
    for kind in states:
        tell(_outages(kind, worlds))


def _outages(kind: str, worlds: int) -> Line:
    """Silence a source from the day of the change on, and count the mornings until it is called quiet."""
    delays: list[int | None] = []
    outage = Outage(kind, CHANGE_ON, CHANGE_ON + timedelta(days=40))
    for seed in range(1, worlds + 1):
        with shown(tables_of(seed, outages=(outage,))) as con:
            looks = ((n, read_freshness(con, CHANGE_ON + timedelta(days=n), zone="Europe/Paris")) for n in range(1, 29))
            found = (n for n, told in looks for one in told if one.kind == kind and one.found.state == "quiet")
            delays.append(next(found, None))
    caught = sorted(delay for delay in delays if delay is not None)
    return {
        "what": "freshness: nothing comes any more", "kind": kind, "worlds": worlds, "found": len(caught), "days": 28,
        "median_delay": statistics.median(caught) if caught else None, "longest_delay": caught[-1] if caught else None,
    }  # fmt: skip


def estimate(worlds: int) -> None:
    """Print how near the estimate without labels comes to what the labels then say, when other people come."""
    for told, strength in (("the same people", 0.0), ("less engaged people", 0.5), ("more engaged people", -0.5)):
        found = [_estimated(seed, strength) for seed in range(1, worlds + 1)]
        for name in ("roc_auc", "brier"):
            gaps = [one[name][0] - one[name][1] for one in found]
            tell({"what": f"estimate: {told}", "figure": name, "worlds": worlds, "rows": sum(one["n"] for one in found),
                  "measured": statistics.mean(one[name][1] for one in found), "gap": statistics.mean(gaps),
                  "greatest_gap": max(map(abs, gaps))})  # fmt: skip


def _estimated(seed: int, strength: float) -> dict[str, Any]:
    """Fit a logistic regression on a plain world's earlier sessions, and score another world's people with it."""
    plain, other = (
        tables_of(seed + n, shift=Shift(FIRST_ON, s), learners=200) for n, s in ((0, 0.0), (1000, strength))
    )
    before = labelled(plain, reference_of(plain))
    after = labelled(other, pd.concat(lists_of(other).values(), ignore_index=True))
    known = before.notna().all() & after.notna().all()
    names = [name for name in before if known[name] and name not in (*IDENTITY, SCORE, "label")]
    bounded = FunctionTransformer(np.clip, kw_args={"a_min": -FARTHEST, "a_max": FARTHEST})
    model = make_pipeline(StandardScaler(), bounded, LogisticRegression(C=0.01, max_iter=2000))
    model.fit(before[names].to_numpy(), before["label"])
    after["probability"] = model.predict_proba(after[names].to_numpy())[:, 1]
    guess, truth = estimated(after, horizon_days=28), measured(after, horizon_days=28)
    return {"n": len(after)} | {n: (guess.figures[n].value, truth.figures[n].value) for n in ("roc_auc", "brier")}


def tell(line: Line) -> None:
    """Print a line, with what it was measured on."""
    sys.stdout.write(json.dumps({**line, **machine()}) + "\n")
    sys.stdout.flush()


BENCHES = {"drift": drift, "freshness": freshness, "estimate": estimate}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=BENCHES)
    parser.add_argument("--worlds", type=int, default=40)
    given = parser.parse_args()
    BENCHES[given.what](given.worlds)
