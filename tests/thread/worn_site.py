"""A tiny organisation whose model is old: five sessions that are over, one that runs; who leaves is silent first.

Cheap to import and to train on; the champion is written by hand, the challenger is really trained.
"""

import json
from datetime import UTC, date, datetime, time, timedelta

import pandas as pd
import pyarrow as pa

from data.batches import Batch
from data.contracts import TABLES
from data.home import Home
from data.store import RecordStore
from training import registry

STARTS = (date(2025, 2, 3), date(2025, 5, 5), date(2025, 8, 4), date(2025, 11, 3), date(2026, 1, 26))
RUNNING = date(2026, 4, 27)
TODAY = date(2026, 6, 15)
OLD = date(2025, 6, 1)
"""The last day that the champion's training looked at."""
IDLE = "days_since_last_activity"
DAYS, LEARNERS, LEAVERS = 84, 12, 4


def _table(name, rows):
    schema = TABLES[name].schema
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in rows], schema=schema)


def _learners(place, start):
    """Yield each learner of a session with the days they are seen on; a third leave, after a week of silence."""
    for n in range(LEARNERS):
        number = 1000 * (place + 1) + n
        left = start + timedelta(days=30 + 5 * n) if n < LEAVERS and start != RUNNING else None
        last = left - timedelta(days=7) if left else min(start + timedelta(days=DAYS), TODAY) - timedelta(days=1)
        quiet = start == RUNNING and n < LEAVERS
        last = last - timedelta(days=10 + n) if quiet else last
        seen = [start + timedelta(days=d) for d in range((last - start).days + 1) if (d + n) % 2 == 0]
        yield number, left, seen


def _enrolment(number, session, start, left):
    end = start + timedelta(days=DAYS)
    gone = {"ended_on": left, "outcome": "abandoned", "outcome_known_on": left}
    over = {"ended_on": end, "outcome": "completed", "outcome_known_on": end}
    ongoing = {"outcome": "ongoing"}
    return {
        "enrolment_id": number, "learner_id": 100_000 + number, "course_id": "C", "session_id": session, "mentor_id": 7,
        "registered_on": start, "started_on": start, "planned_end_on": end,
        **(gone if left else ongoing if start == RUNNING else over),
    }  # fmt: skip


def import_worn_site(home: Home) -> None:
    """Write the records of the organisation."""
    sessions, enrolments, activity = [], [], []
    for place, start in enumerate((*STARTS, RUNNING)):
        session = f"S{place + 1}"
        sessions.append({"course_id": "C", "session_id": session, "name": session, "starts_on": start,
                         "ends_on": start + timedelta(days=DAYS)})  # fmt: skip
        for number, left, seen in _learners(place, start):
            enrolments.append(_enrolment(number, session, start, left))
            activity += [(number, day) for day in seen]
    views = [
        {"record_id": n, "enrolment_id": number, "kind": "login", "count": 1, "known_on": day}
        | dict.fromkeys(("occurred_from", "occurred_to", "known_at"), datetime.combine(day, time(10), UTC))
        for n, (number, day) in enumerate(activity)
    ]
    tables = {"sessions": sessions, "enrolments": enrolments, "activity": views}
    made = {name: _table(name, rows) for name, rows in tables.items()}
    RecordStore(home).write_batch(Batch("test", "a" * 32, made, datetime(2026, 6, 15, tzinfo=UTC), TODAY))
    home.name_site("own")


def register_old_champion(home: Home) -> registry.Registered:
    """Register the model that serves: measured, trained more than a year ago, and by now the wrong way round."""
    folder = home.reports / "training" / ("1" * 16)
    folder.mkdir(parents=True)
    spec = {
        "kind": "linear", "features": [IDLE], "centre": [4.0], "scale": [5.0], "weights": [-0.9], "base": -1.5,
        "limit": 4.0, "calibrator": {"kind": "platt", "x": [-1.0], "y": [-1.1], "slope": 0.9},
    }  # fmt: skip
    report = {"abandonment": "recorded_or_silence", "horizon_days": 28, "trained_until": OLD.isoformat(),
              "run_key": "1" * 16, "level": "logistic", "task": "abandoned_28d", "data_end": OLD.isoformat(),
              "pooled": {}}  # fmt: skip
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    (folder / "report.html").write_text("<html></html>", encoding="utf-8")
    (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    pd.DataFrame({IDLE: [1.0, 3.0], "probability": [0.1, 0.2], "session_id": "S1", "course_id": "C",
                  "week": 3}).to_parquet(folder / "reference.parquet")  # fmt: skip
    metadata = {
        "features": [IDLE], "inputs": [IDLE, "course_id"], "level": "logistic", "task": "abandoned_28d",
        "horizon_days": 28, "trained_until": OLD.isoformat(), "run_key": "1" * 16, "measured": True, "importance": {},
    }  # fmt: skip
    tags = {"task": "abandoned_28d", "level": "logistic", "run_key": "1" * 16, registry.MEASURED: "yes"}
    example = pd.DataFrame({IDLE: [0.0], "course_id": ["C"]})
    package = registry.Package("abandoned_28d", spec, metadata, {}, {}, tags, example, folder)
    return registry.register(home, package, run_name="old")
