"""What matured labels say of a challenger's shadow lists: which lists count, on which days, and who ranks better."""

import json
from contextlib import contextmanager
from datetime import date, timedelta

import pandas as pd
import pytest

from data.home import Home
from monitoring.shadow import judge_shadow
from tests.unit.test_monitoring_watch import enrolment, left, shown

DAY = date(2026, 6, 15)
LISTED = DAY - timedelta(days=28)
PAIR = ("filrouge 1", "filrouge 2")
SESSIONS, EACH, LEAVERS = 6, 10, 3
OLD = {"run_key": "none", "trained_until": "2026-01-01", "horizon_days": 28, "measured": True}


def people():
    """Six sessions of ten, of whom the first three leave twenty days before the day."""
    for number in range(SESSIONS * EACH):
        place = {"session_id": f"S{number // EACH}"}
        leaves = number % EACH < LEAVERS
        yield {**(left(number, DAY - timedelta(days=20)) if leaves else enrolment(number)), **place}


@pytest.fixture
def home(tmp_path, monkeypatch):
    made, rows = Home(tmp_path).prepare(), list(people())

    class Store:
        def __init__(self, _):
            pass

        @contextmanager
        def connect(self):
            with shown(enrolments=rows) as con:
                yield con

    monkeypatch.setattr("monitoring.shadow.RecordStore", Store)
    return made


def keep(home, day, *, pair=PAIR, good="probability", **run):
    """Write a shadow list of everybody, of which one side ranks the leavers first and the other last."""
    folder = home.scored / f"shadow-{day}-{pair[1].split()[1]}-{pair[0].split()[1]}"
    folder.mkdir(parents=True)
    told = {"as_of": day.isoformat(), "model": pair[1], "beside": pair[0], **OLD, "beside_run": OLD, **run}
    (folder / "run.json").write_text(json.dumps(told), encoding="utf-8")
    rows = [{"enrolment_id": one["enrolment_id"], "learner_id": one["learner_id"], "session_id": one["session_id"],
             "probability": 0.5, "served": 0.5, good: 0.9 if one["outcome"] == "abandoned" else 0.1}
            for one in people()]  # fmt: skip
    pd.DataFrame(rows).to_parquet(folder / "shadow.parquet")


def counts(told):
    return {name: (one["n"], one["n_positive"]) for name, one in told.items()}


@pytest.mark.parametrize(("good", "sign"), [("probability", 1), ("served", -1)])
def test_the_one_that_ranks_the_leavers_first_is_better_on_the_same_rows(home, good, sign):
    keep(home, LISTED, good=good)
    keep(home, LISTED + timedelta(days=1), good=good)
    told = judge_shadow(home, PAIR, DAY)
    n = SESSIONS * EACH
    assert counts(told) == {"horizon": (n, SESSIONS * LEAVERS), "short": (2 * n, 2.0 * SESSIONS * LEAVERS)}
    gain = told["horizon"]["differences"]["roc_auc"]
    assert gain["value"] == pytest.approx(sign * 0.5)
    assert min(gain["low"] * sign, gain["high"] * sign) > 0


def test_lists_of_another_pair_and_of_days_to_come_are_left_out(home):
    keep(home, LISTED, pair=("filrouge 3", "filrouge 2"))
    keep(home, LISTED, pair=("filrouge 1", "filrouge 4"))
    keep(home, DAY + timedelta(days=1))
    assert judge_shadow(home, PAIR, DAY) == {}


SEEN = LISTED.isoformat()


@pytest.mark.parametrize(
    ("case", "run"),
    [
        ("the challenger learnt from that very day", {"trained_until": SEEN}),
        ("the champion did", {"beside_run": {**OLD, "trained_until": SEEN}}),
        ("the challenger was tested on that day's labels", {"run_key": "tested"}),
    ],
)
def test_a_day_that_one_of_the_two_was_trained_on_judges_neither(home, case, run):
    folder = home.reports / "training" / "tested"
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps({"data_end": (DAY - timedelta(days=1)).isoformat()}))
    keep(home, LISTED, **run)
    told = judge_shadow(home, PAIR, DAY)
    assert counts(told) == {"horizon": (0, 0.0), "short": (0, 0.0)}, case
