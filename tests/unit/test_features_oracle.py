"""The table gives the readable query's numbers: on the example site, on made-up learners, on OULAD when it is there."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from data.home import Home
from data.imports import EXAMPLE, import_folder
from data.simulator import Plan, keep
from data.store import RecordStore
from features import schedule
from features.oracle import NAMES, OTHERS, oracle
from features.table import build
from tests.bench import made_records
from tests.bench.features import PEERS, agree

OULAD = Path(os.environ.get("FILROUGE_OULAD") or Path(__file__).parents[3] / "shared" / "data" / "oulad")


def assert_same(con, dates):
    """Every number is equal; sums of decayed weights, which round in the order they are added, to twelve digits."""
    keys = ["session_id", "as_of_on", "enrolment_id"]
    fast, plain = build(con, dates, names=[*NAMES, *OTHERS]).sort_values(keys), oracle(con, dates).sort_values(keys)
    assert len(plain) > 100
    assert (fast[keys].to_numpy() == plain[keys].to_numpy()).all()
    for name in (*NAMES, *OTHERS):
        tolerance = 1e-12 if "decayed" in name else 0.0
        np.testing.assert_allclose(
            fast[name].to_numpy(), plain[name].to_numpy(), rtol=tolerance, atol=0, err_msg=name, equal_nan=True
        )


def test_on_the_example_site_with_its_closures(tmp_path):
    home = Home(tmp_path).prepare()
    import_folder(home, "moodle", EXAMPLE, as_of=date(2026, 6, 15))
    with RecordStore(home).connect() as con:
        assert_same(con, schedule.weekly(con, date(2026, 6, 15)))


def test_on_simulated_learners_who_leave(tmp_path):
    home = Home(tmp_path).prepare()
    keep(home, Plan(sessions=2, learners=60, weeks=20), at=datetime(2026, 1, 1, tzinfo=UTC))
    with RecordStore(home).connect() as con:
        assert_same(con, schedule.weekly(con, date(2026, 1, 1)))


@pytest.mark.oulad
@pytest.mark.skipif(not OULAD.exists(), reason="OULAD is not on this machine")
def test_on_oulad_that_counts_by_windows(tmp_path):
    home = Home(tmp_path).prepare()
    import_folder(home, "oulad", OULAD)
    with RecordStore(home).connect() as con:
        days = schedule.on_course_days(con, [35, 95])
        assert_same(con, {session: days[session] for session in list(days)[:2]})


@pytest.mark.parametrize("peer", PEERS)
def test_each_peer_of_the_bench_gives_the_same_numbers(peer, tmp_path):
    folder = made_records.write(tmp_path, 3_000, 40)
    with made_records.connect(folder) as con:
        expected = oracle(con, made_records.schedule(folder))
    assert agree(PEERS[peer](folder), expected) == []
