"""Simulated learners: retention as OULAD's, a truth apart, signals that follow the hidden state."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from data.contracts import TABLES
from data.home import Home
from data.privacy import Pseudonymiser
from data.simulated_world import CAUSES, RETENTION, make_world
from data.simulator import Plan, Simulation, keep, simulate
from data.store import RecordStore

PSEUDONYMS = Pseudonymiser(b"k" * 32, "simulator")
TOLERANCE = 0.01
"""Three standard errors of a retention near .82 among 20,000 learners, rounded up."""


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simulate(Plan(sessions=2, learners=60, weeks=20), PSEUDONYMS)


@pytest.mark.parametrize("seed", [1, 2])
def test_retention_is_oulads(seed: int) -> None:
    world = make_world(Plan(sessions=10, learners=2000, seed=seed), np.random.default_rng(seed), PSEUDONYMS)
    for week, share in RETENTION.items():
        assert abs((world.left >= 7 * week).mean() - share) < TOLERANCE, week


def test_causes_follow_dares() -> None:
    world = make_world(Plan(sessions=10, learners=2000), np.random.default_rng(1), PSEUDONYMS)
    told = world.cause[world.left < 7 * world.plan.weeks]
    for cause, weight in CAUSES.items():
        assert abs((told == cause).mean() - weight / sum(CAUSES.values())) < 0.03, cause


def test_hazard_ranks_those_who_leave() -> None:
    """Those who leave in a week had, on average, at least one and a half times the hazard of those who stay."""
    world = make_world(Plan(sessions=10, learners=2000), np.random.default_rng(1), PSEUDONYMS)
    week = 5
    there = world.left > 7 * week
    leaves = there & (world.left <= 7 * (week + 1))
    assert world.hazard[leaves, week].mean() > 1.5 * world.hazard[there & ~leaves, week].mean()


def test_same_seed_same_learners(simulation: Simulation) -> None:
    again = simulate(Plan(sessions=2, learners=60, weeks=20), PSEUDONYMS)
    other = simulate(Plan(sessions=2, learners=60, weeks=20, seed=2), PSEUDONYMS)
    assert {name: table.equals(again.tables[name]) for name, table in simulation.tables.items()} == dict.fromkeys(
        simulation.tables, True
    )
    assert not simulation.truth.equals(other.truth)


def test_the_engaged_do_more(simulation: Simulation) -> None:
    """Days of login rise with the hidden state among those who stay to the end."""
    world = simulation.world
    stays = world.left >= 7 * world.plan.weeks
    activity = simulation.tables["activity"].to_pandas()
    logins = activity[activity.kind == "login"].groupby("enrolment_id").size().reindex(world.enrolment, fill_value=0)
    assert np.corrcoef(world.engagement[stays].mean(axis=1), logins.to_numpy()[stays])[0, 1] > 0.7


def test_nothing_after_departure(simulation: Simulation) -> None:
    left = dict(zip(simulation.world.enrolment, simulation.world.starts + simulation.world.left, strict=True))
    for name in ("activity", "posts", "quiz_results", "survey_answers"):
        table = simulation.tables[name].to_pandas()
        days = (table.known_on - date(1970, 1, 1)).map(lambda gap: gap.days)
        assert (days < table.enrolment_id.map(left)).all(), name


def test_a_quiz_is_handed_in_on_a_day(simulation: Simulation) -> None:
    results = simulation.tables["quiz_results"].to_pandas()
    assert (results.submitted_on == results.submitted_at.dt.tz_convert("Europe/Paris").dt.date).all()


def test_kept_in_the_store_as_of_a_day(tmp_path: Path) -> None:
    """Every table holds its contract; departures after the last day are not known; twice changes nothing."""
    home, plan = Home(tmp_path / "home").prepare(), Plan(sessions=2, learners=60, weeks=20, until=date(2024, 12, 20))
    manifest = keep(home, plan, at=datetime(2026, 1, 1, tzinfo=UTC))
    assert manifest.refused == {}
    assert keep(home, plan, at=datetime(2026, 1, 2, tzinfo=UTC)).already
    with RecordStore(home).connect() as con:
        for name in ("activity", "posts", "quiz_results", "survey_answers"):
            assert con.execute(f"SELECT max(known_on) <= DATE '2024-12-20' FROM {name}").fetchall() == [(True,)], name
        assert con.execute("SELECT max(outcome_known_on) < DATE '2024-12-20' FROM enrolments").fetchall() == [(True,)]
        kinds = con.execute("SELECT count(DISTINCT outcome) FROM enrolments").fetchall()
    assert kinds == [(3,)]
    truth = pq.read_table(home.root / "truth.parquet")
    assert truth.column_names == ["enrolment_id", "day", "hazard", "cause", "left_on"]
    assert "truth" not in TABLES
