"""Simulated sites for the bench of the watch: Mondays of four sessions under way, after ten that taught a model.

Everybody's truth is known (`data/simulator.py`): nothing changes in a world unless it is told to. Sessions may differ
from one another (`spread`): each has people more or less engaged, as real ones do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from data.contracts import TABLES
from data.departures import abandonments, known_outcomes, to_days, within_horizon
from data.privacy import Pseudonymiser
from data.simulated.plan import Outage, Plan, Shift, parts
from data.simulated.world import World, make_world
from data.simulator import records
from features.table import IDENTITY, build
from training.labels import parse_task
from training.ladder import probabilities
from training.unmeasured import rules_by_default

TAUGHT, LEARNERS, WEEKS, EVERY = 10, 40, 16, 4
LOOKS, CHANGE_AT, AFTER = 12, 4, 4
"""Weekly looks at each world; the one on whose eve something changes, where something does; weeks known after them."""
FIRST_ON = date(2024, 9, 2)
LOOK_ON = FIRST_ON + timedelta(weeks=EVERY * (TAUGHT - 1) + WEEKS)
CHANGE_ON = LOOK_ON + timedelta(weeks=CHANGE_AT)
PSEUDONYMS = Pseudonymiser(b"watch" * 8, "simulator")
Tables = Mapping[str, pa.Table]


def plan_of(seed: int, *, learners: int = LEARNERS, looks: int = LOOKS, outages: tuple[Outage, ...] = ()) -> Plan:
    """Return the plan of a world: as many sessions as begin before its last look."""
    sessions = (EVERY * (TAUGHT - 1) + WEEKS + looks - 1) // EVERY + 1
    until = LOOK_ON + timedelta(weeks=looks + AFTER)
    return Plan(sessions=sessions, learners=learners, weeks=WEEKS, every_weeks=EVERY, seed=seed, first_on=FIRST_ON,
                until=until, outages=outages)  # fmt: skip


def worlds_of(plan: Plan, *, spread: float, shift: Shift | None = None) -> list[World]:
    """Return the worlds of the sessions, each with people engaged more or less than the others.

    Parameters
    ----------
    spread : standard deviation, between sessions, of their people's mean engagement (a learner's is 1).
    shift : what changes from a day on, for everybody, beside that.
    """
    rng = np.random.default_rng(plan.seed)
    made = []
    for part in parts(plan):
        own = Shift(plan.first_on, float(spread * rng.normal()))
        told = replace(plan, shift=shift or (own if spread else None))
        made.append(make_world(told, part, PSEUDONYMS))
    return made


def tables_of(plan: Plan, *, spread: float = 0.0, shift: Shift | None = None) -> dict[str, pa.Table]:
    """Return a world's records."""
    return dict(records(worlds_of(plan, spread=spread, shift=shift), PSEUDONYMS))


@contextmanager
def shown(tables: Tables, *, copied: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Show records as the store does, all canonical tables there.

    Parameters
    ----------
    copied : into tables of its own: worth it where they are asked a hundred times.
    """
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'; SET threads = 1")
        for name, spec in TABLES.items():
            table = tables[name] if name in tables else spec.schema.empty_table()
            con.register(f"given_{name}" if copied else name, table)
            if copied:
                con.execute(f"CREATE TABLE {name} AS SELECT * FROM given_{name}")
        yield con


def codes_of(tables: Tables) -> list[str]:
    """Return the sessions' codes, in the order in which they begin."""
    told = zip(tables["sessions"]["starts_on"].to_pylist(), tables["sessions"]["session_id"].to_pylist(), strict=True)
    return [code for _, code in sorted(told)]


def starts_on(number: int) -> date:
    """Return the first day of a session, counted from 0."""
    return FIRST_ON + timedelta(weeks=EVERY * number)


def _scored(rows: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in rows if name not in IDENTITY]
    return rows.assign(probability=probabilities(rules_by_default(parse_task("abandoned_28d", None), names), rows))


def reference_of(tables: Tables) -> pd.DataFrame:
    """Return every Monday of the sessions that taught."""
    with shown(tables) as con:
        dates = {
            code: [starts_on(n) + timedelta(weeks=week) for week in range(1, WEEKS)]
            for n, code in enumerate(codes_of(tables)[:TAUGHT])
        }
        return _scored(build(con, dates))


def lists_of(tables: Tables, looks: range = range(LOOKS)) -> dict[date, pd.DataFrame]:
    """Return the list of each look, of the sessions that did not teach."""
    dates = [LOOK_ON + timedelta(weeks=n) for n in looks]
    schedule = {}
    for n, code in enumerate(codes_of(tables)[TAUGHT:], start=TAUGHT):
        first, end = starts_on(n) + timedelta(weeks=1), starts_on(n) + timedelta(weeks=WEEKS)
        schedule[code] = [day for day in dates if first <= day < end]
    with shown(tables) as con:
        rows = _scored(build(con, schedule))
    days = pd.to_datetime(rows["as_of_on"]).dt.date
    return {day: rows[days == day].reset_index(drop=True) for day in dates}


def labelled(tables: Tables, rows: pd.DataFrame, end: date, *, horizon: int = 28) -> pd.DataFrame:
    """Return rows with the label of their horizon, by what was known on a day; those not over are left out."""
    with shown(tables) as con:
        known = abandonments(known_outcomes(con, end)).set_index("enrolment_id")
    until = to_days(rows["as_of_on"]) + np.timedelta64(horizon - 1, "D")
    label = within_horizon(known.loc[rows["enrolment_id"].to_numpy()], until, np.datetime64(end, "D"))
    return rows.assign(label=label)[~np.isnan(label)].reset_index(drop=True)
