"""Simulated sites for the bench of the watch: twelve Mondays of four sessions under way, after ten that taught a model.

Everybody's truth is known (`data/simulator.py`): nothing changes in a world unless it is told to. Sessions may differ
from one another (`spread`): each has people more or less engaged, as real ones do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
LOOKS, CHANGE_AT = 12, 4
"""Weekly looks at each world; the one on whose eve something changes, where something does."""
FIRST_ON = date(2024, 9, 2)
LOOK_ON = FIRST_ON + timedelta(weeks=EVERY * (TAUGHT - 1) + WEEKS)
CHANGE_ON = LOOK_ON + timedelta(weeks=CHANGE_AT)
PSEUDONYMS = Pseudonymiser(b"watch" * 8, "simulator")
Tables = Mapping[str, pa.Table]
Change = Callable[[Tables], Tables]


def plan_of(seed: int, *, outages: tuple[Outage, ...] = (), learners: int = LEARNERS) -> Plan:
    """Return the plan of a world."""
    until = LOOK_ON + timedelta(weeks=LOOKS + 4)
    return Plan(sessions=TAUGHT + 6, learners=learners, weeks=WEEKS, every_weeks=EVERY, seed=seed, first_on=FIRST_ON,
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


def tables_of(
    seed: int, *, spread: float = 0.0, shift: Shift | None = None, outages: tuple[Outage, ...] = (),
    learners: int = LEARNERS,
) -> dict[str, pa.Table]:  # fmt: skip
    """Return a world's records."""
    plan = plan_of(seed, outages=outages, learners=learners)
    return dict(records(worlds_of(plan, spread=spread, shift=shift), PSEUDONYMS))


@contextmanager
def shown(tables: Tables) -> Iterator[duckdb.DuckDBPyConnection]:
    """Show records as the store does, all canonical tables there."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'; SET threads = 1")
        for name, spec in TABLES.items():
            con.register(name, tables[name] if name in tables else spec.schema.empty_table())
        yield con


@dataclass(frozen=True)
class Windows:
    """What the model was taught on, and what each Monday's list is."""

    reference: pd.DataFrame
    lists: dict[date, pd.DataFrame]
    names: list[str]


def codes() -> list[str]:
    """Return the sessions' codes, in order."""
    from data.simulated.records import session_code

    return [session_code(number) for number in range(TAUGHT + 6)]


def _scored(rows: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in rows if name not in IDENTITY]
    return rows.assign(probability=probabilities(rules_by_default(parse_task("abandoned_28d", None), names), rows))


def reference_of(tables: Tables) -> pd.DataFrame:
    """Return every Monday of the sessions that taught."""
    taught = codes()[:TAUGHT]
    with shown(tables) as con:
        dates = {
            code: [FIRST_ON + timedelta(weeks=EVERY * n + week) for week in range(1, WEEKS)]
            for n, code in enumerate(taught)
        }
        return _scored(build(con, dates))


def lists_of(tables: Tables, looks: range = range(LOOKS)) -> dict[date, pd.DataFrame]:
    """Return the list of each look, of the sessions that did not teach."""
    dates = {n: LOOK_ON + timedelta(weeks=n) for n in looks}
    schedule = {}
    for n, code in enumerate(codes()[TAUGHT:], start=TAUGHT):
        start = FIRST_ON + timedelta(weeks=EVERY * n)
        schedule[code] = [
            day for day in dates.values() if start + timedelta(weeks=1) <= day < start + timedelta(weeks=WEEKS)
        ]
    with shown(tables) as con:
        rows = _scored(build(con, schedule))
    days = pd.to_datetime(rows["as_of_on"]).dt.date
    return {day: rows[days == day].reset_index(drop=True) for day in dates.values()}


def labelled(tables: Tables, rows: pd.DataFrame, *, horizon: int = 28) -> pd.DataFrame:
    """Return rows with the label of their horizon, by what was known on the last day; those not over are left out."""
    end = LOOK_ON + timedelta(weeks=LOOKS + 4)
    with shown(tables) as con:
        known = abandonments(known_outcomes(con, end)).set_index("enrolment_id")
    until = to_days(rows["as_of_on"]) + np.timedelta64(horizon - 1, "D")
    label = within_horizon(known.loc[rows["enrolment_id"].to_numpy()], until, np.datetime64(end, "D"))
    return rows.assign(label=label)[~np.isnan(label)].reset_index(drop=True)


def posts_gone(tables: Tables) -> Tables:
    """Two posts of three are not written any more."""
    return _thinned(tables, "posts", lambda table: pa.array([True] * table.num_rows), 3)


def logins_halved(tables: Tables) -> Tables:
    """One login of two is not recorded any more."""
    return _thinned(tables, "activity", lambda table: pa.array([k == "login" for k in table["kind"].to_pylist()]), 2)


def marks_in_another_unit(tables: Tables) -> Tables:
    """Marks out of 20 are read as if they were out of 100."""
    table = tables["quiz_results"]
    late, score = _late(table), table["score"].to_numpy()
    at = table.schema.get_field_index("score")
    changed = pa.array(np.where(late, score / 5, score), table.schema.field("score").type, from_pandas=True)
    return {**tables, "quiz_results": table.set_column(at, "score", changed)}


def new_course(tables: Tables) -> Tables:
    """The sessions that begin from then on are of a course never given before."""
    new = {code for n, code in enumerate(codes()) if FIRST_ON + timedelta(weeks=EVERY * n) >= CHANGE_ON}
    made = dict(tables)
    for name in ("enrolments", "sessions"):
        table = tables[name]
        told = [
            "NEW" if s in new else c
            for s, c in zip(*(table[x].to_pylist() for x in ("session_id", "course_id")), strict=True)
        ]
        at = table.schema.get_field_index("course_id")
        made[name] = table.set_column(at, "course_id", pa.array(told, table.schema.field("course_id").type))
    return made


def _late(table: pa.Table) -> np.ndarray:
    days: np.ndarray = table["known_on"].cast(pa.int32()).to_numpy()
    return days >= (CHANGE_ON - date(1970, 1, 1)).days


def _thinned(tables: Tables, name: str, chosen: Callable[[pa.Table], pa.Array], keep: int) -> Tables:
    """Keep one row of so many of those chosen, from the day of the change on."""
    table = tables[name]
    at_stake = _late(table) & chosen(table).to_numpy(zero_copy_only=False)
    gone = at_stake & (np.arange(table.num_rows) % keep != 0)
    return {**tables, name: table.filter(pa.array(~gone))}


CHANGES: dict[str, Change] = {
    "two posts of three gone": posts_gone,
    "logins halved": logins_halved,
    "marks in another unit": marks_in_another_unit,
    "a new course": new_course,
}
