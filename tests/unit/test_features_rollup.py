"""Records packed as numbers: small rooms and blocks change nothing; what is common is what a plain count says."""

import numpy as np
import pandas as pd
import pytest

from features import peers, rollup_activity, rollup_opened, runs
from features.table import build
from tests.bench import made_records

NAMES = ("actions_total", "kinds_used_30d", "logins_30d", "resources_opened", "common_resources_missing")


@pytest.mark.parametrize(("held", "few"), [(500, 0), (3_000, 0), (20_000, 0), (20_000, 20_000), (3_000, 20_000)])
def test_small_runs_give_the_same_numbers(tmp_path, monkeypatch, held, few):
    """Folded often, once at the end, or never: a cell's records are never cut in two."""
    folder = made_records.write(tmp_path, 9_000, 30)
    with made_records.connect(folder) as con:
        expected = build(con, made_records.schedule(folder), names=NAMES)
        for module in (rollup_activity, rollup_opened, runs):
            monkeypatch.setattr(module, "BATCH", 2048)
        monkeypatch.setattr(runs, "HELD", held)
        monkeypatch.setattr(runs, "FEW", few)
        found = build(con, made_records.schedule(folder), names=NAMES)
    assert expected["actions_total"].max() > 100
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.parametrize("seed", range(5))
def test_common_resources_are_counted_as_date_by_date(seed):
    """Resources become common and stop being so; learners come and go."""
    rng = np.random.default_rng(seed)
    dates, people, resources = 9, 12, 15
    row, resource = np.nonzero(rng.random((people, resources)) < 0.5)
    slot, later = rng.integers(0, dates, len(row)), rng.integers(0, dates + 1, len(row))
    begin, end = np.sort(rng.integers(0, dates + 1, (2, people)), axis=0)
    members = (np.arange(dates)[:, None] >= begin) & (np.arange(dates)[:, None] < end)
    common = rng.random((dates, resources)) < 0.5
    openers, opened = np.zeros((dates, resources)), np.zeros((dates, people))
    for date in range(dates):
        np.add.at(openers[date], resource, members[date, row] & (later <= date))
        np.add.at(opened[date], row, common[date, resource] & (slot <= date))
    events = {"row": row, "resource": resource, "slot": slot}
    assert np.array_equal(peers._openers(members, row, resource, later, resources), openers)
    assert np.array_equal(peers._opened(common, events, people), opened)
